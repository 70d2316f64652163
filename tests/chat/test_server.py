from __future__ import annotations

import asyncio
import logging
import pickle
import threading
import time
from collections.abc import Callable

import pytest

from isogloss.chat import ChatError, ChatModel, ResponseStore, UnansweredError, answer, turns
from isogloss.stopping import stopping_when
from tests.chat.conftest import SENTINEL, ask, ask_all
from tests.chat.stub_server import Fault, StubServer, status

Chat = Callable[..., ChatModel]

FAULTS = (
    status(429, retry_after="0.05"),
    status(429, retry_after_ms="20"),
    status(429),
    status(500),
    status(503),
    Fault("text", content='{"choices": ['),
    Fault("text", content='{"choices": []}'),
    Fault("text", content="<html>gateway</html>"),
    Fault("cut"),
    Fault("close"),
)


def test_answers_come_in_the_order_of_requests_and_are_asked_once(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    requests = [*ask_all(40), ask("question 3")]
    responses = answer(chat(), requests, store)
    assert [response.text for response in responses] == [
        f"to {request.messages[0]['content']}" for request in requests
    ]
    assert responses[0].answered_by == "m-snapshot"
    assert (responses[0].prompt_tokens, responses[0].completion_tokens) == (10, 5)
    assert set(server.tries.values()) == {1}
    assert answer(chat(), requests, store) == responses
    assert sum(server.tries.values()) == 40
    assert server.headers[0]["authorization"] == f"Bearer {SENTINEL}"


def test_a_run_with_more_requests_asks_for_the_new_ones_only(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    answer(chat(), ask_all(5), store)
    answer(chat(), ask_all(8), store)
    assert set(server.tries.values()) == {1}
    assert len(server.tries) == 8


def test_what_is_sent_is_what_was_asked(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    request = ask("{topic} [bold]%s {{ 7*7 }} Größe", sample=1)
    model = chat(extra_body={"chat_template_kwargs": {"thinking": False}})
    answer(model, [request], store)
    assert server.bodies == [model.body(request)]
    assert server.bodies[0]["chat_template_kwargs"] == {"thinking": False}
    assert server.bodies[0]["messages"][0]["content"] == "{topic} [bold]%s {{ 7*7 }} Größe"


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_may_succeed_is_tried_again(
    server: StubServer, chat: Chat, store: ResponseStore, fault: Fault
) -> None:
    server.faults = lambda prompt, tried: fault if tried < 2 else None
    assert answer(chat(), [ask("x")], store)[0].text == "to x"
    assert server.tries["x"] == 3


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_server_that_takes_too_long_is_asked_again(
    server: StubServer, chat: Chat, store: ResponseStore, kind: str
) -> None:
    server.faults = lambda prompt, tried: Fault(kind) if tried == 0 else None
    assert answer(chat(timeout=1), [ask("x")], store)[0].text == "to x"
    assert server.tries["x"] == 2
    # The server may have counted the first try.
    assert store.spending().unreported_tokens > 50


def test_concurrency_is_bounded(server: StubServer, chat: Chat, store: ResponseStore) -> None:
    server.latency = 0.05
    answer(chat(concurrency=6), ask_all(60), store)
    assert server.peak == 6


def test_a_wait_that_the_server_asks_for_holds_for_all(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    times: list[float] = []

    def busy(prompt: str, tried: int) -> Fault | None:
        times.append(time.monotonic())
        return status(429, retry_after="0.6") if len(times) == 1 else None

    server.faults, server.latency = busy, 0.02
    answer(chat(concurrency=2), ask_all(8), store)
    # Beside the refused request one was under way, and perhaps one more had begun.
    assert sum(moment < times[0] + 0.6 for moment in times) <= 3


def test_a_wait_beyond_patience_ends_the_run(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.faults = lambda prompt, tried: status(429, "by day", retry_after="3600")
    start = time.monotonic()
    with pytest.raises(UnansweredError, match=r"asks to wait 3,600 seconds \(HTTP 429: by day\)"):
        answer(chat(), ask_all(20), store)
    assert time.monotonic() - start < 5


def test_a_request_that_keeps_failing_is_named_and_tried_in_the_next_run(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.faults = lambda prompt, tried: status(500, "broke") if prompt == "question 3" else None
    with pytest.raises(UnansweredError) as caught:
        answer(chat(retries=2), ask_all(9), store)
    message = str(caught.value)
    (key,) = caught.value.reasons
    assert message.startswith(
        f"stub: 1 requests got no answer.\n  {key}: HTTP 500: broke, 3 tries\nWhat is answered is "
        f"kept in {store.folder}: 8 answers, 120 tokens. The same command again asks for the 1 "
        "missing answers, and for no other."
    )
    assert server.tries["question 3"] == 3
    server.faults = lambda prompt, tried: None
    assert [response.error for response in answer(chat(), ask_all(9), store)] == [""] * 9
    assert sum(server.answered.values()) == 9


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_request_that_is_refused_for_good_is_a_result_and_not_asked_again(
    server: StubServer,
    chat: Chat,
    store: ResponseStore,
    code: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    refuse = status(code, "too long", "context_length_exceeded")
    server.faults = lambda prompt, tried: refuse if prompt == "question 3" else None
    responses = answer(chat(), ask_all(12), store)
    assert responses[3].error == f"HTTP {code}: too long"
    assert (responses[3].text, responses[3].prompt_tokens) == ("", None)
    assert "no whole answer to 1 of 12 requests" in caplog.text
    assert answer(chat(), ask_all(12), store) == responses
    assert server.tries["question 3"] == 1
    # Sent to another server, or otherwise, it is another question.
    answer(chat(max_tokens_name="max_completion_tokens"), ask_all(12), store)
    assert server.tries["question 3"] == 2


def test_an_answer_that_a_filter_cut_is_kept_and_named(
    server: StubServer, chat: Chat, store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    def cut(body: dict[str, object]) -> dict[str, object]:
        message = {"role": "assistant", "content": "I th"}
        return {**body, "choices": [{"message": message, "finish_reason": "content_filter"}]}

    server.change = cut
    (response,) = answer(chat(), [ask("x")], store)
    assert (response.text, response.completion_tokens) == ("I th", 5)
    assert "content filter" in response.error
    assert "1 of 1 requests" in caplog.text
    answer(chat(), [ask("x")], store)
    assert server.tries["x"] == 1


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        (401, "invalid_api_key", "does not accept the key"),
        (403, "", "forbids this"),
        (404, "model_not_found", "knows no such model or address"),
        (429, "insufficient_quota", "no credit left"),
    ],
)
def test_what_no_request_will_get_past_ends_the_run_at_once(
    server: StubServer, chat: Chat, store: ResponseStore, code: int, error: str, message: str
) -> None:
    server.faults = lambda prompt, tried: status(code, "why", error)
    with pytest.raises(UnansweredError, match=message) as caught:
        answer(chat(concurrency=4), ask_all(100), store)
    assert sum(server.tries.values()) <= 4
    assert caught.value.reasons == {}
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_requests_under_way_are_waited_for_when_a_run_ends(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    gate = threading.Event()

    def forbid_one(prompt: str, tried: int) -> Fault | None:
        if prompt == "question 0":
            threading.Timer(0.3, gate.set).start()
            return status(403)
        gate.wait(10)
        return None

    server.faults = forbid_one
    with pytest.raises(UnansweredError):
        answer(chat(concurrency=4), ask_all(100), store)
    assert 1 <= sum(server.answered.values()) <= 3
    assert len(store.read().responses) == sum(server.answered.values())


def test_nothing_more_is_asked_for_a_run_that_has_ended_but_what_is_paid_for_is_kept(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    with (
        stopping_when(lambda: len(server.tries) >= 6),
        pytest.raises(UnansweredError, match="The run that asked for this has ended"),
    ):
        answer(chat(concurrency=3), ask_all(40), store)
    asked = len(server.tries)
    assert 6 <= asked <= 9
    assert len(store.read().responses) == asked


def test_a_server_that_is_not_there_is_given_up_soon(chat: Chat, store: ResponseStore) -> None:
    model = chat(base_url="http://127.0.0.1:9/v1", retries=6, backoff=0.5, concurrency=4)
    for requests in (1000, 3):
        begun = time.monotonic()
        with pytest.raises(UnansweredError) as caught:
            answer(model, ask_all(requests), store)
        # All further tries would take 25 seconds.
        assert time.monotonic() - begun < 8
        first, second = str(caught.value).splitlines()
        assert first.startswith("stub: http://127.0.0.1:9 cannot be reached (ConnectError: ")
        assert "Is the server started, and `base_url`" in first
        assert second.startswith("What is answered is kept in")
    # Nothing was sent that might have been charged.
    assert store.spending().tokens == 0


def test_a_setting_that_a_server_refuses_ends_the_run_and_is_no_result(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.faults = lambda prompt, tried: status(400, "unknown parameter")
    with pytest.raises(UnansweredError, match=r"refuses every request \(HTTP 400: unknown param"):
        answer(chat(concurrency=1), ask_all(100), store)
    assert sum(server.tries.values()) == 10
    with pytest.raises(ChatError, match="refused all of 10 requests, for example: HTTP 400"):
        answer(chat(), ask_all(10), store)
    assert sum(server.tries.values()) == 10


def test_many_refused_requests_of_a_study_that_has_answers_are_results(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    answer(chat(), ask_all(5), store)
    server.faults = lambda prompt, tried: status(400, "too long")
    responses = answer(chat(), ask_all(40), store)
    assert sum(response.error == "HTTP 400: too long" for response in responses) == 35


def test_a_wrong_function_call_is_given_as_it_came(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "other", "arguments": "{no json"}}
    server.message = lambda body: {"role": "assistant", "content": None, "tool_calls": [call]}
    tool = {"type": "function", "function": {"name": "label", "parameters": {}}}
    choice = {"type": "function", "function": {"name": "label"}}
    (response,) = answer(chat(), [ask("x", tools=(tool,), tool_choice=choice)], store)
    assert server.bodies[0]["tools"] == [tool]
    assert server.bodies[0]["tool_choice"] == choice
    assert (response.text, response.tool_calls) == ("", (("other", "{no json"),))


def test_the_token_budget_stops_the_run_before_it_is_exceeded(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.latency = 0.01
    # Each request is estimated at some 80 tokens, and takes 15.
    with pytest.raises(UnansweredError, match=r"budget is reached \(token_budget: 400\)") as caught:
        answer(chat(token_budget=400, concurrency=10), ask_all(100), store)
    spent = store.spending()
    assert 300 < spent.tokens <= 400
    assert f"{spent.answers:,} answers, {spent.tokens:,} tokens so far" in str(caught.value)
    assert f"asks for the {100 - spent.answers} missing answers" in str(caught.value)
    with pytest.raises(UnansweredError, match="budget is reached"):
        answer(chat(token_budget=400), ask_all(100), store)
    assert store.spending() == spent
    assert len(answer(chat(token_budget=4000), ask_all(100), store)) == 100
    assert sum(server.answered.values()) == 100


def test_the_money_budget_counts_at_the_prices_of_the_entry(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    prices = {"input": 1000.0, "output": 1000.0}
    with pytest.raises(UnansweredError, match=r"money_budget: 0\.2.*, price 0\.\d\d so far"):
        answer(chat(money_budget=0.2, prices=prices), ask_all(100), store)
    assert 0.1 < store.spending().money <= 0.2
    assert store.spending().money == pytest.approx(store.spending().tokens / 1000)


def test_broken_answers_use_up_the_budget_as_they_may_be_charged(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    server.faults = lambda prompt, tried: Fault("cut")
    with pytest.raises(UnansweredError, match="budget is reached"):
        answer(chat(token_budget=400, retries=20, concurrency=1), ask_all(3), store)
    assert 300 < store.spending().tokens <= 400
    assert sum(server.tries.values()) < 6


def test_answers_of_several_models_are_named(
    server: StubServer, chat: Chat, store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    server.change = lambda body: {**body, "model": f"m-{body['id'][-1]}"}
    answer(chat(), ask_all(2), store)
    assert "stub: the answers are of several models: m-0, m-1" in caplog.text


def test_answers_can_be_had_inside_a_running_event_loop(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    async def cell() -> list[str]:
        return [response.text for response in answer(chat(), ask_all(3), store)]

    assert asyncio.run(cell()) == ["to question 0", "to question 1", "to question 2"]


def test_a_full_disk_ends_the_run(
    server: StubServer, chat: Chat, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.chat.json_lines import Appender

    def full(self: Appender, lines: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Appender, "append", full)
    with pytest.raises(OSError, match="No space"):
        answer(chat(concurrency=2), ask_all(50), store)
    assert sum(server.answered.values()) <= 4


def test_waits_grow_and_have_a_limit(
    server: StubServer, chat: Chat, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def note(self: turns.Turns, seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(turns.Turns, "_sleep", note)
    server.faults = lambda prompt, tried: status(503) if tried < 9 else None
    answer(chat(backoff=1.0, retries=9), [ask("x")], store)
    assert len(waits) == 9
    for number, wait in enumerate(waits):
        whole = min(60.0, 2.0**number)
        assert whole / 2 <= wait <= whole


def test_two_runs_at_once_pay_for_nothing_twice(
    server: StubServer, chat: Chat, store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    server.latency = 0.03
    found: list[int] = []
    with caplog.at_level(logging.INFO):
        threads = [
            threading.Thread(
                target=lambda: found.append(len(answer(chat(concurrency=3), ask_all(60), store)))
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [60, 60]
    assert set(server.answered.values()) == {1}
    assert "Another run is asking" in caplog.text


@pytest.mark.slow
def test_two_thousand_requests_through_a_hostile_server(
    server: StubServer, chat: Chat, store: ResponseStore
) -> None:
    kinds = (*FAULTS, Fault("hang"), Fault("drip"))

    def hostile(prompt: str, tried: int) -> Fault | None:
        number = int(prompt.split()[1])
        # Every third request fails, once to three times, in another way each.
        if number % 3 or tried > number % 4:
            return None
        return kinds[(number // 3 + tried) % len(kinds)]

    server.faults = hostile
    requests = ask_all(2000)
    responses = answer(chat(concurrency=32, timeout=1.5, retries=8), requests, store)
    assert [response.text for response in responses] == [f"to question {n}" for n in range(2000)]
    assert set(server.answered.values()) == {1}
    assert len(server.answered) == 2000
    # The server notices somewhat late that a client has given up.
    assert server.peak <= 40
    assert len(store.read().responses) == 2000
    assert answer(chat(), requests, store) == responses
    assert sum(server.answered.values()) == 2000
