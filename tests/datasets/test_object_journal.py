from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import Any

import pytest

from isogloss.chat import (
    ChatError,
    ChatModel,
    ChatResponse,
    ChatSpecification,
    ResponseStore,
    answer,
)
from isogloss.chat.contents import Failure
from isogloss.chat.scrubbing import Scrubber
from isogloss.datasets import ResponseStoreDataset, object_journal
from isogloss.datasets.leases import Lease
from isogloss.datasets.object_journal import ObjectJournal
from isogloss.datasets.storage import Storage
from isogloss.datasets.stores import StoreError
from tests.chat.conftest import ask_all
from tests.chat.stub_server import running as running_stub
from tests.object_store import ObjectStore
from tests.sessions import ROOT

PLAIN = Scrubber("")


@pytest.fixture
def storage(bucket: str, object_store: ObjectStore) -> Storage:
    return Storage(f"{bucket}/store", object_store.credentials)


@pytest.fixture
def store(storage: Storage) -> ResponseStore:
    return ResponseStore(ObjectJournal(storage, partial(Lease, beat=0.2, expiry=1.0)))


def answered(key: str, text: str = "x", **more: Any) -> dict[str, Any]:
    return {**ChatResponse(key, text, (), "stop", 10, 5, "m").to_line(), **more}


def parts(storage: Storage, name: str = "responses.jsonl") -> list[str]:
    return storage.find(storage.child(f"{name}.parts"))


def test_an_answer_is_in_the_store_before_it_is_used(store: ResponseStore) -> None:
    assert store.read().responses == {}
    with store.open(PLAIN) as held:
        assert held.keep_answers([answered("a", "Größe"), answered("b")]) == 2
        assert store.read().responses["a"].text == "Größe"
        assert held.keep_answers([answered("a", "again")]) == 0
    assert store.read() == held.contents


def test_what_was_appended_is_merged_when_the_store_closes(
    store: ResponseStore, storage: Storage
) -> None:
    for start in (0, 3):
        with store.open(PLAIN) as held:
            for number in range(start, start + 3):
                held.keep_answers([answered(str(number))])
                held.keep_failures([Failure(f"f{number}", "HTTP 500", cost=0.5)])
        assert len(parts(storage)) == 1
        assert len(parts(storage, "failures.jsonl")) == 1
        assert store.read() == held.contents
    assert list(store.read().responses) == [str(number) for number in range(6)]
    assert store.spending().money == 3.0


def test_what_is_held_by_a_merged_object_is_not_counted_twice(
    store: ResponseStore, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the run were killed between writing the merged object and deleting the others.
    monkeypatch.setattr(ObjectJournal, "_delete_held", lambda self, name, parts: None)
    with store.open(PLAIN) as held:
        for number in range(3):
            held.keep_failures([Failure(f"f{number}", "HTTP 500", cost=0.5)])
    assert len(parts(storage, "failures.jsonl")) == 4
    assert store.spending().money == 1.5
    with store.open(PLAIN) as held:
        held.keep_failures([Failure("late", "HTTP 500", cost=0.5)])
    assert store.spending().money == 2.0
    monkeypatch.undo()
    with store.open(PLAIN):
        pass
    assert len(parts(storage, "failures.jsonl")) == 1
    assert store.spending().money == 2.0


def test_a_merged_object_names_only_what_it_was_last_merged_from(
    store: ResponseStore, storage: Storage
) -> None:
    lengths = []
    for number in range(4):
        with store.open(PLAIN) as held:
            held.keep_answers([answered(str(number))])
        (path,) = parts(storage)
        head = storage.read_bytes(path).partition(b"\n")[0]
        lengths.append(len(head) if head.startswith(object_journal.MERGED_MARK) else 0)
    assert lengths[1] == lengths[2] == lengths[3] > 0
    assert list(store.read().responses) == ["0", "1", "2", "3"]


def test_large_objects_are_not_written_anew(
    store: ResponseStore, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_journal, "LARGEST_MERGE", 1_000)
    with store.open(PLAIN) as held:
        held.keep_answers([answered("a", "long" * 500)])
        held.keep_answers([answered("b")])
        held.keep_answers([answered("c")])
    assert len(parts(storage)) == 2
    assert list(store.read().responses) == ["a", "b", "c"]


def test_an_answer_that_comes_after_the_lease_was_lost_is_kept_too(
    store: ResponseStore, storage: Storage
) -> None:
    with pytest.raises(StoreError, match="another run has taken over"), store.open(PLAIN) as held:
        storage.write_bytes(storage.child(".lease"), b"of another run")
        time.sleep(0.6)
        held.keep_answers([answered("paid")])
    assert list(store.read().responses) == ["paid"]


def test_a_store_that_takes_nothing_for_a_while_is_offered_it_again(
    store: ResponseStore, object_store: ObjectStore
) -> None:
    refused: list[str] = []

    def refuse_twice(method: str, path: str) -> int | None:
        if method == "PUT" and "responses" in path and len(refused) < 2:
            refused.append(path)
            return 403
        return None

    with store.open(PLAIN) as held:
        object_store.fault = refuse_twice
        assert held.keep_answers([answered("a")]) == 1
    assert len(refused) == 2
    assert list(store.read().responses) == ["a"]


def test_a_store_that_was_begun_on_a_disk_can_be_copied(
    store: ResponseStore, storage: Storage, tmp_path: Any
) -> None:
    local = ResponseStore(tmp_path)
    with local.open(PLAIN) as held:
        held.keep_answers([answered("a")])
    storage.write_bytes(
        storage.child("responses.jsonl"), (tmp_path / "responses.jsonl").read_bytes()
    )
    with store.open(PLAIN) as held:
        assert held.keep_answers([answered("a"), answered("b")]) == 1
    assert list(store.read().responses) == ["a", "b"]


def test_a_damaged_line_is_named(store: ResponseStore, storage: Storage) -> None:
    with store.open(PLAIN) as held:
        held.keep_answers([answered("a")])
    (path,) = parts(storage)
    storage.write_bytes(path, b'{"custom_id": 3}\n')
    with pytest.raises(ChatError, match=rf"{path}, line 1 is damaged"):
        store.read()
    storage.write_bytes(path, b'{"merged": 3}\n')
    with pytest.raises(StoreError, match="line 1 is damaged"):
        store.read()


def test_records_and_batches_lie_in_the_store(store: ResponseStore, storage: Storage) -> None:
    journal = store.journal
    assert journal.read_record("batches.json") == {}
    journal.write_record("batches.json", {"a": 1})
    assert journal.read_record("batches.json") == {"a": 1}
    journal.write_lines("batches/x.jsonl", ['{"custom_id":"a"}'])
    assert [line["custom_id"] for _, line in journal.lines("batches/x.jsonl")] == ["a"]
    with journal.open_file("batches/x.jsonl") as file:
        assert (file.name, file.read()) == ("x.jsonl", b'{"custom_id":"a"}\n')
    assert journal.place == storage.path
    with pytest.raises(ChatError, match="is no folder on a local disk"):
        _ = store.folder
    storage.write_bytes(storage.child("batches.json"), b"{")
    with pytest.raises(StoreError, match=r"batches.json is not valid JSON"):
        journal.read_record("batches.json")


def test_requests_go_out_by_batches_and_come_back_into_the_store(store: ResponseStore) -> None:
    with running_stub() as server:
        settings = {"engine": "batch", "poll_seconds": 0.01, "backoff": 0.01}
        chat = ChatModel(
            "stub", ChatSpecification(model="m", base_url=server.url, **settings), None
        )
        responses = answer(chat, ask_all(5), store)
        assert [one.text for one in responses] == [f"to question {n}" for n in range(5)]
        assert answer(chat, ask_all(5), store) == responses
        files = ChatModel(
            "stub", ChatSpecification(model="m", base_url=server.url, engine="vllm_batch"), None
        )
        with pytest.raises(ChatError, match=r"on a local disk, and s3://.* is none"):
            answer(files, ask_all(6), store)


@pytest.mark.slow
def test_a_killed_run_pays_for_nothing_twice(
    object_store: ObjectStore, bucket: str, storage: Storage
) -> None:
    with running_stub() as server:
        command = [
            sys.executable,
            *("-m", "tests.chat.asking_process", server.url, f"{bucket}/store", "40", "2"),
        ]
        environment = {**os.environ, **object_store.environment, "PYTHONPATH": f"{ROOT / 'src'}"}
        server.latency = 0.05
        for kept in (4, 12, 20):
            process = subprocess.Popen(command, cwd=ROOT, env=environment)
            deadline = time.monotonic() + 60
            while _stored(storage) < kept and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
            server.settle()
            # The next need not wait a minute here.
            storage.remove(storage.child(".lease"))
        stored = _stored(storage)
        assert 20 <= stored < 40
        asked = len(server.bodies)
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)
        assert len(server.bodies) - asked == 40 - stored
    assert _stored(storage) == 40
    assert len(parts(storage)) == 1


def _stored(storage: Storage) -> int:
    return len(ResponseStore(ObjectJournal(storage)).read().responses)


def test_an_entry_in_a_bucket_gives_a_store_there(bucket: str, object_store: ObjectStore) -> None:
    dataset = ResponseStoreDataset(
        filepath=f"{bucket}/answers", credentials=object_store.credentials
    )
    assert dataset.load().place == f"{bucket}/answers"
    assert f"{bucket}/answers" in str(dataset)
    assert object_store.credentials["secret"] not in f"{dataset} {dataset.load()!r}"
