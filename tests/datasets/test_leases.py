from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from isogloss.datasets import leases
from isogloss.datasets.conditional_writes import create, replace
from isogloss.datasets.leases import Lease
from isogloss.datasets.storage import Storage
from isogloss.datasets.stores import StoreError
from tests.object_store import ObjectStore


@pytest.fixture
def storage(bucket: str, object_store: ObjectStore) -> Storage:
    return Storage(f"{bucket}/store", object_store.credentials)


def lease(storage: Storage) -> Lease:
    return Lease(storage, beat=0.1, expiry=1.0)


def test_only_one_creates_and_only_what_is_known_is_replaced(storage: Storage) -> None:
    path = storage.child("x")
    first = create(storage, path, b"1")
    assert first == storage.version(path)
    assert create(storage, path, b"2") is None
    second = replace(storage, path, b"3", str(first))
    assert second == storage.version(path) != first
    assert replace(storage, path, b"4", str(first)) is None
    assert storage.read_bytes(path) == b"3"
    storage.remove(path)
    assert replace(storage, path, b"5", str(second)) is None


def test_the_second_waits_until_the_first_has_ended(storage: Storage) -> None:
    order: list[str] = []

    def wait_for_it() -> None:
        with lease(storage):
            order.append("second")

    with lease(storage) as held:
        thread = threading.Thread(target=wait_for_it)
        thread.start()
        # Longer than a lease lasts that nobody renews.
        time.sleep(2.5)
        held.require_held()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert not storage.exists(storage.child(".lease"))


def test_what_a_killed_run_left_is_taken_over(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    create(storage, storage.child(".lease"), b"of somebody who was killed")
    start = time.monotonic()
    with lease(storage) as held:
        held.require_held()
    assert 1.0 < time.monotonic() - start < 5
    assert "s3://" in caplog.text
    assert ".lease was left by a run that was killed" in caplog.text


def test_who_has_lost_the_lease_goes_on_no_further(storage: Storage) -> None:
    with lease(storage) as held:
        storage.write_bytes(storage.child(".lease"), b"of another run")
        time.sleep(0.5)
        with pytest.raises(StoreError, match="another run has taken over"):
            held.require_held()
    # It is not ours to delete.
    assert storage.read_bytes(storage.child(".lease")) == b"of another run"


def test_a_store_that_is_out_of_reach_for_long_may_be_held_by_others(
    storage: Storage, object_store: ObjectStore
) -> None:
    with lease(storage) as held:
        object_store.fault = lambda method, path: 403 if method == "PUT" else None
        time.sleep(1.5)
        with pytest.raises(StoreError, match=r"could not renew its lease"):
            held.require_held()
        object_store.fault = lambda method, path: None
        time.sleep(0.5)
        # Nobody has.
        held.require_held()


def test_a_look_that_fails_after_a_lost_answer_does_not_end_the_lease(
    storage: Storage, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str | None] = []

    def lose_one_answer(*given: Any) -> str | None:
        version = replace(*given)
        if not lost:
            lost.append(version)
            # The store has written it. The looks that follow fail, too.
            object_store.fault = lambda method, path: 403 if method in ("GET", "HEAD") else None
            raise StoreError("timed out")
        return version

    monkeypatch.setattr(leases, "replace", lose_one_answer)
    with lease(storage) as held:
        time.sleep(0.5)
        assert lost != []
        object_store.fault = lambda method, path: None
        time.sleep(1.2)
        held.require_held()
    assert not storage.exists(storage.child(".lease"))


def test_a_store_that_is_out_of_reach_at_the_end_fails_no_run(
    storage: Storage, object_store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    with lease(storage):
        object_store.fault = lambda method, path: 403
    assert "The lease is left behind" in caplog.text


def test_a_machine_that_has_slept_may_have_lost_its_lease(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    clocks = SimpleNamespace(
        monotonic=lambda: 0.0, CLOCK_BOOTTIME=7, clock_gettime=lambda clock: now[0]
    )
    with Lease(storage, beat=60.0, expiry=120.0) as held:
        monkeypatch.setattr(leases, "time", clocks)
        held._renewed = 0.0
        now[0] = 100.0
        held.require_held()
        now[0] = 3_600.0
        with pytest.raises(StoreError, match="could not renew its lease for 3600 s"):
            held.require_held()
