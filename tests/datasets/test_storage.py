from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import pytest

from isogloss.datasets import local_copies
from isogloss.datasets.conditional_writes import create, replace
from isogloss.datasets.local_copies import COPIES, LocalCopies
from isogloss.datasets.storage import Storage
from isogloss.datasets.stores import StoreError
from isogloss.errors import Refusal
from tests.object_store import ACCESS_KEY, SECRET_KEY, ObjectStore


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def test_paths_in_a_store_are_whole_addresses(bucket: str, object_store: ObjectStore) -> None:
    storage = Storage(f"{bucket}/run/a", object_store.credentials)
    storage.write_bytes(storage.child("x.txt"), b"1")
    storage.write_bytes(storage.child("inner/y.txt"), b"12")
    root = f"{bucket}/run/a"
    assert storage.path == root
    assert storage.find(root) == [f"{root}/inner/y.txt", f"{root}/x.txt"]
    assert storage.sizes(root) == {f"{root}/x.txt": 1}
    assert storage.names(root) == ["inner", "x.txt"]
    assert storage.exists(root)
    assert storage.is_folder(root)
    assert not storage.is_folder(f"{root}/x.txt")
    assert storage.sizes(f"{bucket}/none") == {}
    assert storage.find(f"{bucket}/none") == []
    assert storage.version(f"{bucket}/none") is None


def test_what_another_process_writes_or_deletes_is_seen_at_once(
    bucket: str, object_store: ObjectStore
) -> None:
    storage = Storage(f"{bucket}/a", object_store.credentials)
    other = object_store.filesystem()
    other.pipe_file(f"{bucket}/a/one", b"1")
    assert storage.find(storage.path) == [f"{bucket}/a/one"]
    before = storage.version(f"{bucket}/a/one")
    other.pipe_file(f"{bucket}/a/two", b"2")
    other.pipe_file(f"{bucket}/a/one", b"11")
    assert storage.sizes(storage.path) == {f"{bucket}/a/one": 2, f"{bucket}/a/two": 1}
    assert storage.version(f"{bucket}/a/one") not in (before, None)
    other.rm_file(f"{bucket}/a/two")
    assert not storage.exists(f"{bucket}/a/two")
    assert storage.read_many([f"{bucket}/a/one", f"{bucket}/a/two"]) == {f"{bucket}/a/one": b"11"}


def test_the_version_tells_other_content_and_nothing_else(
    bucket: str, object_store: ObjectStore
) -> None:
    storage = Storage(f"{bucket}/a", object_store.credentials)
    versions = []
    for content in (b"x", b"y", b"x"):
        storage.write_bytes(storage.path, content)
        versions.append(storage.version(storage.path))
    assert versions[0] == versions[2] != versions[1]
    # As in a listing, so that both can be compared.
    assert storage.versions_below(bucket) == {f"{bucket}/a": versions[0]}


def test_a_file_that_cannot_be_written_whole_is_not_there(
    bucket: str, object_store: ObjectStore
) -> None:
    storage = Storage(f"{bucket}/a", object_store.credentials)
    storage.write_bytes(storage.path, b"old")

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        storage.write(storage.path, fail)
    assert storage.read_bytes(storage.path) == b"old"
    assert [path.name for path in COPIES.scratch().glob("tmp*")] == []


@pytest.mark.slow
def test_a_large_file_goes_up_in_parts_and_appears_when_all_are_there(
    bucket: str, object_store: ObjectStore, tmp_path: Path
) -> None:
    size = 101 << 20
    storage = Storage(f"{bucket}/large", object_store.credentials)
    object_store.fault = lambda method, path: 403 if method == "POST" else None
    with pytest.raises(StoreError):
        storage.write(storage.path, lambda path: write(path, bytes(size)))
    object_store.fault = lambda method, path: None
    assert not storage.exists(storage.path)
    storage.write(storage.path, lambda path: write(path, bytes(size)))
    assert storage.sizes(bucket) == {storage.path: size}
    assert storage.copy(storage.path).path.stat().st_size == size


def test_a_store_that_asks_to_slow_down_is_asked_again(
    bucket: str, object_store: ObjectStore
) -> None:
    storage = Storage(f"{bucket}/a", object_store.credentials)
    refused: list[bool] = []

    def throttle(method: str, path: str) -> int | None:
        # Every other request.
        refused.append(len(refused) % 2 == 0)
        return 503 if refused[-1] else None

    object_store.fault = throttle
    storage.write_bytes(storage.path, b"content")
    assert storage.read_bytes(storage.path) == b"content"
    assert storage.exists(storage.path)
    assert sum(refused) >= 3


def test_a_copy_lasts_as_long_as_somebody_reads_it(
    bucket: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(f"{bucket}/a.txt", object_store.credentials)
    storage.write_bytes(storage.path, b"content")
    monkeypatch.setattr(COPIES, "_budget", 0)
    copy = storage.copy(storage.path)
    assert copy.path.name == "a.txt"
    assert copy.path.read_bytes() == b"content"
    requests = object_store.requests["GET"]
    again = storage.copy(storage.path)
    # One copy of one content.
    assert again is copy
    assert object_store.requests["GET"] == requests
    path = copy.path
    del copy, again
    gc.collect()
    assert not path.parent.exists()


def test_copies_that_nobody_reads_are_kept_within_bounds(tmp_path: Path) -> None:
    copies = LocalCopies()
    copies.scratch()
    copies._budget = 10
    paths = [
        copies.give(name, "v", 4, lambda path: write(path, b"1234")).path for name in "aba" + "c"
    ]
    gc.collect()
    assert paths[0] == paths[2]
    # The one that was read longest ago has gone.
    assert [path.exists() for path in paths] == [True, False, True, True]
    assert copies.give("a", "w", 4, lambda path: write(path, b"new")).path.read_bytes() == b"new"


def test_what_a_killed_process_left_is_deleted_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(local_copies, "SETTLING_SECONDS", -1.0)
    dead = tmp_path / f"{local_copies.PREFIX}dead"
    dead.mkdir()
    (dead / "large").write_bytes(b"x")
    first, second = LocalCopies(), LocalCopies()
    living = first.scratch()
    assert not dead.exists()
    assert second.scratch() != living
    assert living.exists()
    del first
    gc.collect()
    assert not living.exists()


def test_what_is_absent_is_told_from_what_cannot_be_reached(
    bucket: str, object_store: ObjectStore
) -> None:
    storage = Storage(f"{bucket}/a", object_store.credentials)
    with pytest.raises(FileNotFoundError):
        storage.copy(storage.path)
    object_store.fault = lambda method, path: 403
    with pytest.raises(StoreError, match=rf"{bucket}/a cannot be read or written .*credentials"):
        storage.exists(storage.path)
    with pytest.raises(StoreError, match="cannot be read or written"):
        storage.write_bytes(storage.path, b"1")


def test_a_bucket_that_is_not_there_is_named(object_store: ObjectStore) -> None:
    storage = Storage("s3://no-such-bucket/a", object_store.credentials)
    for use in (
        lambda: storage.write_bytes(storage.path, b"1"),
        lambda: create(storage, storage.path, b"1"),
        lambda: storage.find(storage.path),
    ):
        with pytest.raises(StoreError, match="s3://no-such-bucket/a .*Make the bucket first"):
            use()
    assert replace(storage, storage.path, b"1", "0" * 32) is None


def test_no_message_repeats_a_key(bucket: str, object_store: ObjectStore) -> None:
    messages = []
    wrong = {**object_store.credentials, "no_such_option": SECRET_KEY, "client_kwargs": 3}
    for options in (wrong, {**object_store.credentials, "config_kwargs": {SECRET_KEY: SECRET_KEY}}):
        with pytest.raises(Refusal) as caught:
            Storage(f"{bucket}/a", options).exists(f"{bucket}/a")
        messages.append(str(caught.value))
    nowhere = {**object_store.credentials, "endpoint_url": f"http://127.0.0.1:1/{SECRET_KEY}"}
    with pytest.raises(StoreError) as caught_late:
        Storage(f"{bucket}/a", {**nowhere, "config_kwargs": {"retries": {"max_attempts": 0}}}).find(
            bucket
        )
    messages.append(str(caught_late.value))
    for message in messages:
        assert SECRET_KEY not in message
        assert ACCESS_KEY not in message


@pytest.mark.parametrize("name", ["../../../out.json", "inner/../../out.json", "/{out}/out.json"])
def test_no_name_in_a_store_leads_out_of_the_copy_of_its_folder(
    name: str, bucket: str, object_store: ObjectStore, tmp_path: Path
) -> None:
    storage = Storage(f"{bucket}/models/a", object_store.credentials)
    key = f"{storage.path}/{name.format(out=str(tmp_path).strip('/'))}"
    object_store.filesystem().pipe_file(f"{storage.path}/config.json", b"{}")
    object_store.filesystem().pipe_file(key, b"evil")
    assert storage.find(storage.path) == sorted([key, f"{storage.path}/config.json"])
    with pytest.raises(StoreError, match=r"out\.json is not copied .*lead out of the folder"):
        storage.copy_folder(storage.path)
    assert [*tmp_path.iterdir(), *COPIES.scratch().rglob("out.json")] == []


def test_a_store_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(StoreError, match=r"s9://bucket/a cannot be opened.*address"):
        Storage("s9://bucket/a")
