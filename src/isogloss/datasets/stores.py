"""Opening the store that an address names, and saying in plain words why it cannot be reached."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.core import split_protocol
from fsspec.implementations.local import LocalFileSystem

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fsspec import AbstractFileSystem

LOCAL = (None, "file", "local")
SHORTEST_SECRET = 8
"""A shorter value of credentials is none."""
VERSION_KEYS = ("ETag", "etag", "md5Hash", "content_md5")
"""What stores call the digest of a file's content."""
MISSING_PACKAGE = "pip install 'isogloss[s3]' for s3://, or what fsspec needs for another store."


WRONG_OPTIONS = (AttributeError, TypeError, ValueError)
"""What the libraries raise for options that they do not know, some when they first connect."""


class StoreError(Refusal):
    """A store cannot be reached, or refuses; says where and how to mend it."""


def open_store(
    address: str, credentials: Mapping[str, Any] | None
) -> tuple[AbstractFileSystem, str]:
    """Open the store of an address.

    Args:
        address: a path or URL.
        credentials: options for the store, as fsspec takes them.

    Returns:
        The store, and the path in it.

    Raises:
        StoreError: if the package for it is missing, or it does not know an option.
    """
    options: dict[str, Any] = {}
    if split_protocol(address)[0] not in LOCAL:
        # Other processes write too, and a listing must show it.
        options = {"use_listings_cache": False, **(credentials or {})}
    try:
        filesystem, path = fsspec.core.url_to_fs(address, **options)
    except ImportError as error:
        raise StoreError(f"{address} cannot be opened ({error}). {MISSING_PACKAGE}") from None
    except WRONG_OPTIONS as error:
        raise _wrong_options(address, error, credentials) from None
    return filesystem, str(path)


def _wrong_options(
    address: str, error: Exception, credentials: Mapping[str, Any] | None
) -> StoreError:
    # Whatever else is in the error, the options may hold keys.
    return StoreError(
        f"{address} cannot be opened ({type(error).__name__}). Correct the address, or its "
        f"options in credentials.yml ({', '.join(credentials or {}) or 'none are given'})."
    )


def is_local(filesystem: AbstractFileSystem) -> bool:
    """Say whether files lie on disks of this machine."""
    return isinstance(filesystem, LocalFileSystem)


def content_version(details: Mapping[str, Any]) -> str:
    """Give what changes whenever a file gets other content, from what a store says of it."""
    for name in VERSION_KEYS:
        if details.get(name):
            return str(details[name]).strip('"')
    return str(sorted((str(name), str(value)) for name, value in details.items()))


@contextmanager
def reaching(
    place: str, credentials: Mapping[str, Any] | None, *, local: bool = False
) -> Iterator[None]:
    """Say what went wrong in reaching a store; what is absent, or there already, passes.

    Args:
        place: what is read or written there.
        credentials: whose values no message repeats.
        local: a disk of this machine speaks for itself.

    Raises:
        StoreError: if the store cannot be reached, or refuses.
    """
    if local:
        yield
        return
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except _store_errors() as error:
        reason = f"{type(error).__name__}: {error}"
        for secret in _secrets(credentials or {}):
            reason = reason.replace(secret, "<key>")
        raise StoreError(
            f"{place} cannot be read or written ({reason}). Look after the connection, the "
            "address, and the keys (the environment, or credentials.yml). The same command again "
            "goes on from here."
        ) from None
    except WRONG_OPTIONS as error:
        raise _wrong_options(place, error, credentials) from None


@contextmanager
def needing_bucket(place: str) -> Iterator[None]:
    """Say that a bucket does not exist, where nothing else can be missing.

    Args:
        place: what is written or listed there.

    Raises:
        StoreError: if it does not.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise StoreError(
            f"{place} cannot be written or listed ({error}). Make the bucket first, or correct "
            "the address."
        ) from None


def _store_errors() -> tuple[type[Exception], ...]:
    """Give the errors of a store; those of the library behind S3 come as they are."""
    botocore = sys.modules.get("botocore.exceptions")
    return (OSError,) if botocore is None else (OSError, botocore.BotoCoreError)


def _secrets(options: Mapping[str, Any]) -> Iterator[str]:
    for value in options.values():
        if isinstance(value, dict):
            yield from _secrets(value)
        elif isinstance(value, str) and len(value) >= SHORTEST_SECRET:
            yield value
