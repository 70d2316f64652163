"""Sends nodes to the workers of a cluster, and waits for them as long as there is a worker."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from distributed import KilledWorker
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from distributed import Client
    from kedro.pipeline.node import Node

    from isogloss.runners.worker import ProjectOfRun

logger = logging.getLogger(__name__)

LOST = (FutureCancelledError, CommClosedError)
LOOK_AFTER = 30.0
"""Seconds after which it is looked whether a node without a result can still get one."""


class Sent(NamedTuple):
    """A node that was sent to the workers.

    Attributes:
        node: its name.
        future: what Dask gives for it.
        resources: what a worker must offer to run it.
    """

    node: str
    future: Any
    resources: Mapping[str, int]


class NodeSender:
    """Sends the nodes of a run to workers that offer what their tags ask for.

    Args:
        client: of the cluster.
        project: what all nodes of the run have in common.
        wait: seconds to wait for a worker where none is left.
    """

    def __init__(self, client: Client, project: ProjectOfRun, wait: float) -> None:
        self._client, self._project, self._wait = client, project, wait
        self._offered: set[str] = set()
        self._lacking_since: dict[tuple[str, ...], float] = {}
        self._one_at_a_time = threading.Lock()

    def workers(self) -> Mapping[str, Any]:
        """Give what the scheduler knows of its workers."""
        found: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return found

    def send(self, node: Node, function: Callable[..., Any], *arguments: Any) -> Sent:
        """Have a worker call a function for a node.

        Args:
            node: what it does.
            function: takes the project, the name of the node, and the arguments.
            *arguments: further ones.
        """
        # What was offered once in this run is waited for: elsewhere results would be others.
        self._offered |= {name for one in self.workers().values() for name in one["resources"]}
        resources = {name: 1 for name in self._offered if name.lower() in node.tags}
        future = self._client.submit(
            function, self._project, node.name, *arguments,
            pure=False, resources=resources or None, key=f"{node.name}-{uuid4().hex[:8]}",
        )  # fmt: skip
        return Sent(node.name, future, resources)

    def wait_for(self, sent: Sent) -> Any:
        """Give what the worker returns, or raise what it raises.

        Raises:
            Refusal: if no worker can run the node, or it or the scheduler was lost.
        """
        try:
            return self._watch(sent)
        except KilledWorker as error:
            raise Refusal(
                f"Every worker that took the node '{sent.node}' was lost ({error}). Most often "
                "memory is short: give each more, start fewer on a machine, or lower the batch "
                "budget of the room. What is complete is kept: run the same command again."
            ) from None
        except LOST as error:
            raise Refusal(
                f"The scheduler of the cluster was lost while '{sent.node}' ran "
                f"({type(error).__name__}). What is complete is kept: start it, and run the same "
                "command again."
            ) from None

    def _watch(self, sent: Sent) -> Any:
        while True:
            try:
                return sent.future.result(timeout=max(0.1, min(LOOK_AFTER, self._wait)))
            except TimeoutError:
                # It has ended meanwhile, or this is its own error.
                if sent.future.done():
                    return sent.future.result()
            self._require_worker(sent)

    def _require_worker(self, sent: Sent) -> None:
        """Refuse to wait on where no worker has offered for long what a node needs."""
        lack = tuple(sorted(sent.resources))
        offers = [one["resources"] for one in self.workers().values()]
        what = f"worker that offers {', '.join(lack)}" if lack else "worker"
        with self._one_at_a_time:
            if any(all(offer.get(name, 0) >= 1 for name in lack) for offer in offers):
                self._lacking_since.pop(lack, None)
                return
            if lack not in self._lacking_since:
                self._lacking_since[lack] = time.monotonic()
                logger.warning("No %s is left: waiting for one for %.0f s.", what, self._wait)
            waited = time.monotonic() - self._lacking_since[lack]
        if waited >= self._wait:
            more = "".join(f' --resources "{name}=1"' for name in lack)
            raise Refusal(
                f"No {what} is left for the node '{sent.node}', and none has joined within "
                f"{self._wait:.0f} s. Look at the queue of the batch system, start some (`dask "
                f"worker ADDRESS --nthreads 1{more}`), or wait longer (--runner-params "
                "wait=SECONDS). What is complete is kept: run the same command again."
            )
