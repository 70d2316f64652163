"""Leases: one run at a time writes to a folder in an object store.

The holder writes the lease anew every few seconds. A lease that nobody has renewed for a minute is
that of a run that was killed, and the next run takes it over. No clock of another machine counts.
"""

from __future__ import annotations

import json
import logging
import platform
import threading
import time
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from isogloss.datasets.conditional_writes import create, replace
from isogloss.datasets.stores import StoreError

if TYPE_CHECKING:
    from types import TracebackType

    from isogloss.datasets.storage import Storage

logger = logging.getLogger(__name__)

LEASE_FILE = ".lease"
BEAT_SECONDS = 15.0
EXPIRY_SECONDS = 60.0
LOOK_SECONDS = 2.0


class Lease:
    """Holds a folder in a store for one run; waits while another run holds it.

    Args:
        storage: the folder.
        beat: seconds between renewals.
        expiry: seconds without a renewal after which a lease counts as left behind.
    """

    def __init__(
        self, storage: Storage, beat: float = BEAT_SECONDS, expiry: float = EXPIRY_SECONDS
    ) -> None:
        self._storage, self._beat, self._expiry = storage, beat, expiry
        self._path = storage.child(LEASE_FILE)
        self._holder = uuid4().hex
        self._renewals = 0
        self._version: str | None = None
        self._renewed = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, daemon=True)

    def __enter__(self) -> Self:
        self._version = self._acquire()
        self._renewed = _now()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        try:
            if self._version is not None and self._storage.version(self._path) == self._version:
                self._storage.remove(self._path)
        except StoreError as failure:
            # All that was to be stored is: the lease left behind expires by itself.
            logger.warning("The lease is left behind, and the next run waits for it. %s", failure)

    def require_held(self) -> None:
        """Refuse to go on where another run may hold the folder.

        Raises:
            StoreError: if it does, or the store has not been reached for so long that it may.
        """
        silent = _now() - self._renewed
        if self._version is None or silent > self._expiry:
            raise StoreError(
                f"{self._storage.path}: another run has taken over, or may have: this one could "
                f"not renew its lease for {silent:.0f} s. What it was given is stored. The same "
                "command again goes on from here."
            )

    def _acquire(self) -> str:
        # By a clock that stands still while this machine sleeps: it has seen nothing meanwhile.
        seen, since, told = "", time.monotonic(), False
        while True:
            if version := create(self._storage, self._path, self._content()):
                return version
            found = self._storage.version(self._path)
            if found is not None and self._is_own():
                # The store had written it, and its answer got lost.
                return found
            if found != seen:
                seen, since = found or "", time.monotonic()
            elif found and time.monotonic() - since > self._expiry:
                if version := replace(self._storage, self._path, self._content(), found):
                    logger.warning("%s was left by a run that was killed.", self._path)
                    return version
            if not told:
                logger.info("Another run writes to %s; waiting for its end.", self._storage.path)
                told = True
            time.sleep(min(LOOK_SECONDS, self._beat))

    def _is_own(self) -> bool:
        found = self._storage.read_many([self._path])
        return self._holder.encode() in found.get(self._path, b"")

    def _content(self) -> bytes:
        # Each has another digest, by which a store tells whether it was renewed.
        self._renewals += 1
        content = {"holder": self._holder, "host": platform.node(), "renewals": self._renewals}
        return json.dumps(content).encode()

    def _renew_until_ended(self) -> None:
        while self._version is not None and not self._ended.wait(self._beat):
            begun = _now()
            try:
                self._version = self._renew(self._version)
            except StoreError as error:
                # Whether it is still ours is seen when the store answers again.
                logger.warning("%s", error)
                continue
            if self._version is not None:
                self._renewed = begun

    def _renew(self, version: str) -> str | None:
        """Write the lease anew; give its version, or None where another run has it."""
        if renewed := replace(self._storage, self._path, self._content(), version):
            return renewed
        # The store may have written it before, while its answer got lost.
        found = self._storage.version(self._path)
        return found if self._is_own() else None


def _now() -> float:
    """Give seconds of a clock that goes on while the machine sleeps, where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
