from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.chat import ChatError, ChatModel, ResponseStore, UnansweredError, answer, batch_lines
from isogloss.chat.batch_state import BatchState
from tests.chat.conftest import ask, ask_all
from tests.chat.stub_server import Fault, StubServer, answer_batch, batch_answer, status

Chat = Callable[..., ChatModel]
TEXTS = [f"to question {number}" for number in range(6)]


def batch(chat: Chat, **settings: Any) -> ChatModel:
    return chat(engine="batch", poll_seconds=0.01, retries=2, **settings)


def texts(responses: Any) -> list[str]:
    return [response.text for response in responses]


def input_lines(server: StubServer, made: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.files[made["input_file_id"]].splitlines()]


def test_answers_of_a_batch_are_joined_by_key(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    model = batch(chat)
    assert texts(answer(model, ask_all(6), store)) == TEXTS
    (made,) = server.batches.values()
    assert (made["endpoint"], made["completion_window"]) == ("/v1/chat/completions", "24h")
    line = input_lines(server, made)[0]
    assert line == {
        "custom_id": model.key(ask_all(1)[0]),
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": model.body(ask_all(1)[0]),
    }
    assert texts(answer(model, ask_all(6), store)) == TEXTS
    assert len(server.batches) == 1


def test_answers_of_a_batch_and_of_single_requests_are_the_same_store(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    answer(batch(chat), ask_all(4), store)
    assert texts(answer(chat(), ask_all(6), store)) == TEXTS
    assert set(server.answered.values()) == {1}


def test_large_studies_are_split_and_polled_until_all_have_ended(
    server: StubServer, chat: Chat, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_lines, "MOST_REQUESTS", 4)
    looks: list[str] = []

    def slowly(stub: StubServer, made: dict[str, Any]) -> None:
        looks.append(made["id"])
        made["request_counts"] = {"completed": 1, "failed": 0, "total": 4}
        if looks.count(made["id"]) >= 3:
            answer_batch(stub, made)

    server.finish_batch = slowly
    assert texts(answer(batch(chat), ask_all(6), store)) == TEXTS
    assert len(server.batches) == 2
    assert len(looks) == 6


def messy(server: StubServer, made: dict[str, Any]) -> None:
    """Answer some requests twice, some with errors, some not at all, and some that nobody asked."""
    asked = input_lines(server, made)
    output = [batch_answer(server, line) for line in asked[:3]]
    output += [output[0], {**output[1], "custom_id": "never asked"}]
    refused = {"status_code": 400, "body": {"error": {"message": "too long"}}}
    failed = {"status_code": 500, "body": {"error": {"message": "broke"}}}
    errors = [
        {"custom_id": asked[3]["custom_id"], "response": refused, "error": None},
        {"custom_id": asked[4]["custom_id"], "response": failed, "error": None},
    ]
    made |= {
        "status": "completed",
        "output_file_id": server.keep_file(output[::-1]),
        "error_file_id": server.keep_file(errors),
    }


def test_errors_and_missing_lines_are_counted_and_asked_in_the_next_run(
    server: StubServer, chat: Chat, store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    server.finish_batch = messy
    model = batch(chat)
    with pytest.raises(UnansweredError, match="2 requests got no answer") as caught:
        answer(model, ask_all(6), store)
    assert sorted(caught.value.reasons.values()) == ["HTTP 500: broke", "the batch brought no line"]
    assert (
        "of 6 requests: 3 answers, 2 errors, 1 without a line; 1 repeated lines, 1 of unknown "
        "requests, 0 damaged." in caplog.text
    )
    server.finish_batch = answer_batch
    responses = answer(model, ask_all(6), store)
    assert texts(responses) == [*TEXTS[:3], "", *TEXTS[4:]]
    assert responses[3].error == "HTTP 400: too long"
    assert len(input_lines(server, server.batches["batch_1"])) == 2
    assert set(server.answered.values()) == {1}


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_what_a_batch_did_before_its_time_was_over_is_kept(
    server: StubServer, chat: Chat, store: ResponseStore, end: str
) -> None:
    def run_out(stub: StubServer, made: dict[str, Any]) -> None:
        output = [batch_answer(stub, line) for line in input_lines(stub, made)[:4]]
        made |= {"status": end, "output_file_id": stub.keep_file(output)}

    server.finish_batch = run_out
    with pytest.raises(UnansweredError, match=f"Batch batch_0 {end}.*\n.*\n.*\n.* 4 answers"):
        answer(batch(chat), ask_all(6), store)
    server.finish_batch = answer_batch
    assert texts(answer(batch(chat), ask_all(6), store)) == TEXTS
    assert set(server.answered.values()) == {1}


def test_a_batch_that_the_server_refuses_says_why(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    def refuse(stub: StubServer, made: dict[str, Any]) -> None:
        errors = {"object": "list", "data": [{"code": "limit", "message": "too many tokens"}]}
        made |= {"status": "failed", "errors": errors}

    server.finish_batch = refuse
    with pytest.raises(UnansweredError, match=r"stub: Batch batch_0 failed \(too many tokens\)\."):
        answer(batch(chat), ask_all(6), store)


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    "moment",
    [
        "BatchState.plan",
        "_Server.submit",
        "BatchState.submitted",
        "_Server.look",
        "_Server.fetch",
        "OpenStore.keep_answers",
        "OpenStore.keep_failures",
        "BatchState.finish",
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_killed_submits_nothing_twice(
    server: StubServer,
    chat: Chat,
    store: ResponseStore,
    moment: str,
    after: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from isogloss.chat import batch_api, batch_state
    from isogloss.chat import store as store_module

    owner, _, method = moment.partition(".")
    places = (batch_api, batch_state, store_module)
    kind = next(vars(place)[owner] for place in places if owner in vars(place))
    whole = getattr(kind, method)

    def kill(self: Any, *arguments: Any) -> None:
        if after:
            whole(self, *arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(kind, method, kill)
        with pytest.raises(Killed):
            answer(batch(chat), ask_all(6), store)
    assert texts(answer(batch(chat), ask_all(6), store)) == TEXTS
    assert len(server.batches) == 1
    assert set(server.answered.values()) == {1}


def test_a_submission_whose_answer_got_lost_is_found_at_the_server(
    server: StubServer, chat: Chat, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.chat import stub_server

    make = stub_server._Handler._make_batch

    def make_and_hang_up(self: Any, content: bytes) -> Any:
        made = make(self, content)
        self.close_connection = True
        raise ConnectionError(made)

    monkeypatch.setattr(stub_server._Handler, "_make_batch", make_and_hang_up)
    assert texts(answer(batch(chat), ask_all(6), store)) == TEXTS
    assert len(server.batches) == 1


def test_a_submission_that_failed_is_made_in_the_next_run(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.batch_faults = lambda call, tried: status(500) if call == "/v1/batches" else None
    with pytest.raises(ChatError, match="submitting a batch failed .HTTP 500.*submitted twice"):
        answer(batch(chat), ask_all(6), store)
    # Never tried again unseen: it might have been done.
    assert server.batch_calls["/v1/batches"] == 1
    server.batch_faults = lambda call, tried: None
    assert texts(answer(batch(chat), ask_all(6), store)) == TEXTS
    assert len(server.batches) == 1


@pytest.mark.parametrize("call", ["/v1/files", "batch", "content"])
@pytest.mark.parametrize("fault", [status(500), status(429, retry_after="0"), Fault("close")])
def test_calls_that_can_be_repeated_are(
    server: StubServer, chat: Chat, store: ResponseStore, call: str, fault: Fault
) -> None:
    server.batch_faults = lambda named, tried: fault if named == call and tried == 0 else None
    assert texts(answer(batch(chat), ask_all(6), store)) == TEXTS


@pytest.mark.parametrize("call", ["/v1/files", "/v1/batches", "batch", "list"])
@pytest.mark.parametrize("content", ["{}", "<html>", '{"id": 5, "status": null, "data": "x"}'])
def test_what_is_no_answer_of_a_batch_api_is_refused(
    server: StubServer, chat: Chat, store: ResponseStore, call: str, content: str
) -> None:
    junk = Fault("text", content=content)
    calls = (call, "/v1/batches") if call == "list" else (call,)
    server.batch_faults = lambda named, tried: junk if named in calls else None
    with pytest.raises(ChatError, match="nothing that a Batch API sends"):
        answer(batch(chat), ask_all(6), store)


def test_a_key_that_is_not_accepted_is_one_clear_error(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.batch_faults = lambda call, tried: status(401, "no such key")
    with pytest.raises(ChatError, match="stub: uploading a batch failed .The server does not acc"):
        answer(batch(chat), ask_all(6), store)


def test_what_another_engine_has_under_way_is_not_asked_again(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.batch_faults = lambda call, tried: status(401) if call == "batch" else None
    with pytest.raises(ChatError):
        answer(batch(chat), ask_all(4), store)
    with pytest.raises(ChatError, match=r"4 requests to stub are in a batch.*`engine: batch`"):
        answer(chat(), ask_all(6), store)
    with pytest.raises(ChatError, match=r"4 requests to stub are in a batch.*`engine: batch`"):
        answer(chat(engine="vllm_batch"), ask_all(6), store)
    assert texts(answer(chat(), [ask("question 5")], store)) == ["to question 5"]
    Path(BatchState(store.journal).place).unlink()
    assert texts(answer(chat(), ask_all(6), store)) == TEXTS


def test_only_as_much_is_handed_over_as_the_budget_has_room_for(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    # Each request is estimated at 73 tokens, and takes 15.
    limited = batch(chat, token_budget=300)
    with pytest.raises(UnansweredError, match=r"token_budget: 300"):
        answer(limited, ask_all(6), store)
    assert len(store.read().responses) == 4
    with pytest.raises(UnansweredError, match=r"token_budget: 100"):
        answer(batch(chat, token_budget=100), ask_all(6), store)
    assert len(server.batches) == 1
    prices = {"input": 1.0, "output": 2.0}
    assert texts(answer(batch(chat, prices=prices), ask_all(6), store)) == TEXTS
    assert store.spending().money == pytest.approx(2 * (10 + 2 * 5) / 1e6)


def test_a_batch_under_way_of_other_prompts_takes_up_the_budget_too(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.batch_faults = lambda call, tried: status(401) if call == "batch" else None
    limited = batch(chat, token_budget=300)
    with pytest.raises(ChatError):
        answer(limited, ask_all(3), store)
    server.batch_faults = lambda call, tried: None
    with pytest.raises(UnansweredError, match=r"token_budget: 300"):
        answer(limited, [ask("another question"), ask("and one more")], store)
    handed_over = [len(input_lines(server, made)) for made in server.batches.values()]
    assert handed_over == [3, 1], "the answers to the first three are to be paid as well"
    assert texts(answer(limited, ask_all(3), store)) == TEXTS[:3]


def run_vllm(command: str, server: StubServer) -> None:
    """Do what `vllm run-batch` does."""
    words = shlex.split(command)
    assert words[:2] == ["vllm", "run-batch"]
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options["--model"] == "a/model name"
    with open(options["--input-file"], encoding="utf-8") as file:
        answers = [batch_answer(server, json.loads(line)) for line in file]
    with open(options["--output-file"], "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in answers[::-1])


def test_vllm_is_handed_the_same_file_and_its_output_is_read(
    server: StubServer, chat: Chat, store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    model = chat(engine="vllm_batch", model="a/model name")
    commands = []
    for count in (4, 4, 6):
        with pytest.raises(UnansweredError, match="Requests wait for vLLM. Run:") as caught:
            answer(model, ask_all(count), store)
        commands.append([line for line in str(caught.value).splitlines() if "run-batch" in line])
    # The requests that came later have a file of their own; those that wait are not written again.
    assert commands[0] == commands[1] == commands[2][:1]
    assert len(commands[2]) == 2
    run_vllm(commands[2][0], server)
    assert texts(answer(model, ask_all(4), store)) == TEXTS[:4]
    with pytest.raises(UnansweredError, match="for the 2 missing answers"):
        answer(model, ask_all(6), store)
    run_vllm(commands[2][1], server)
    with caplog.at_level(logging.INFO):
        assert texts(answer(model, ask_all(6), store)) == TEXTS
    assert "of 2 requests: 2 answers, 0 errors" in caplog.text
    assert set(server.answered.values()) == {1}
    assert server.headers == []


def test_a_file_that_vllm_has_not_finished_is_not_taken_for_done(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    model = chat(engine="vllm_batch", model="a/model name")
    with pytest.raises(UnansweredError) as caught:
        answer(model, ask_all(4), store)
    [command] = [line for line in str(caught.value).splitlines() if "run-batch" in line]
    run_vllm(command, server)
    output = Path(shlex.split(command)[5])
    whole = output.read_bytes()
    lines = whole.splitlines(keepends=True)
    output.write_bytes(b"".join(lines[:2]) + lines[2][:30])
    with pytest.raises(UnansweredError, match="lacks 2 of 4 requests: vLLM is still at it"):
        answer(model, ask_all(4), store)
    assert not store.read().responses
    output.write_bytes(whole)
    assert texts(answer(model, ask_all(4), store)) == TEXTS[:4]
    assert set(server.answered.values()) == {1}
