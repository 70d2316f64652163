"""An object store for all tests of a module, and an empty bucket in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.object_store import ObjectStore, running


@pytest.fixture(scope="session")
def object_store_server() -> Iterator[ObjectStore]:
    pytest.importorskip("s3fs")
    with running() as store:
        yield store


@pytest.fixture
def object_store(object_store_server: ObjectStore) -> Iterator[ObjectStore]:
    """A server without faults."""
    object_store_server.fault = lambda method, path: None
    yield object_store_server
    object_store_server.fault = lambda method, path: None


@pytest.fixture
def bucket(object_store: ObjectStore) -> str:
    """Address of an empty bucket."""
    return object_store.make_bucket()
