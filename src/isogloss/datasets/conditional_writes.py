"""Writing to an object store only if nobody else has written meanwhile.

S3 does so by headers: `If-None-Match: *` writes only what is not there, `If-Match: ETAG` replaces
only what is still as it was.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from isogloss.datasets.stores import needing_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.datasets.storage import Storage

PROTOCOLS = frozenset({"s3", "s3a"})
NOT_AS_ASSUMED = ("PreconditionFailed", "ConditionalRequestConflict")
"""Codes of S3; the second where two write at the same moment."""


def can_exclude(storage: Storage) -> bool:
    """Say whether a store can write on a condition, so that one of several runs wins."""
    protocol = storage.filesystem.protocol
    return bool(PROTOCOLS & {protocol} if isinstance(protocol, str) else PROTOCOLS & {*protocol})


def create(storage: Storage, path: str, data: bytes) -> str | None:
    """Write what is not there yet.

    Returns:
        The version that was written; None if there is something.

    Raises:
        StoreError: if the bucket does not exist.
    """
    with needing_bucket(path):
        return _put(storage, path, data, {"IfNoneMatch": "*"})


def replace(storage: Storage, path: str, data: bytes, version: str) -> str | None:
    """Write over what is as it was.

    Returns:
        The version that was written; None if another one, or nothing, is there.
    """
    try:
        return _put(storage, path, data, {"IfMatch": f'"{version}"'})
    except FileNotFoundError:
        return None


def _put(storage: Storage, path: str, data: bytes, condition: dict[str, str]) -> str | None:
    try:
        with storage.reaching(path), _telling_refusals():
            written: dict[str, Any] = storage.filesystem.pipe_file(path, data, **condition)
    except FileExistsError:
        return None
    return str(written["ETag"]).strip('"')


@contextmanager
def _telling_refusals() -> Iterator[None]:
    """Tell that a condition did not hold from other errors; s3fs does not in all versions."""
    try:
        yield
    except OSError as error:
        response = getattr(error.__cause__, "response", None) or {}
        if response.get("Error", {}).get("Code") in NOT_AS_ASSUMED:
            raise FileExistsError(str(error)) from None
        raise
