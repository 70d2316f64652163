from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.chat import ChatError, ChatRequest, ChatSampling, ResponseStore, answer, local
from isogloss.language_models import LanguageModel, generation
from tests.chat.conftest import ask
from tests.chat.tiny_chat_model import save_chat_model
from tests.models import local_model

GREEDY = ChatSampling(temperature=0, max_tokens=6)
DRAWN = ChatSampling(temperature=1, top_p=0.9, max_tokens=6)


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder = tmp_path_factory.mktemp("models")
    return local_model(save_chat_model(folder / "chatty"), folder)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder = tmp_path_factory.mktemp("models")
    return local_model(save_chat_model(folder / "base", template=None), folder)


def reference(model: LanguageModel, prompt: str, tokens: int, *, framed: bool = False) -> str:
    """Continue a prompt with transformers' own greedy search."""
    with model.open() as loaded:
        tokenizer: Any = loaded.tokenizer
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=not framed)
        inputs.pop("token_type_ids", None)
        written = loaded.model.generate(**inputs, do_sample=False, max_new_tokens=tokens)
        new = written[0, inputs["input_ids"].shape[1] :]
        return str(tokenizer.decode(new, skip_special_tokens=True)).strip()


def test_a_model_with_a_template_is_spoken_to(chatty: LanguageModel, store: ResponseStore) -> None:
    messages = (
        {"role": "system", "content": "People"},
        {"role": "user", "content": "read {{ 7*7 }}"},
    )
    (response,) = answer(chatty, [ChatRequest(messages, GREEDY)], store)
    prompt = "system: People\nuser: read {{ 7*7 }}\nassistant:"
    assert response.text == reference(chatty, prompt, 6, framed=True)
    with chatty.open() as loaded:
        tokenizer: Any = loaded.tokenizer
        assert response.prompt_tokens == len(
            tokenizer.apply_chat_template(
                list(messages), add_generation_prompt=True, return_dict=True
            )["input_ids"]
        )
    assert response.completion_tokens == 6
    assert response.finish_reason == "length"
    assert response.answered_by.startswith("tiny@")
    assert response.error == ""


def test_a_request_is_no_failure_where_memory_runs_out_while_its_prompt_is_made(
    chatty: LanguageModel, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*given: Any, **options: Any) -> str:
        raise MemoryError

    with chatty.open() as loaded:
        monkeypatch.setattr(type(loaded.tokenizer), "apply_chat_template", short)
    with pytest.raises(MemoryError):
        answer(chatty, [ask("the water", sampling=GREEDY)], store)
    monkeypatch.undo()
    (response,) = answer(chatty, [ask("the water", sampling=GREEDY)], store)
    assert response.error == ""


def test_a_base_model_continues_the_last_message_of_the_user(
    base: LanguageModel, store: ResponseStore
) -> None:
    messages = (
        {"role": "user", "content": "the river"},
        {"role": "assistant", "content": "is"},
        {"role": "user", "content": "The capital of France is"},
    )
    (response,) = answer(base, [ChatRequest(messages, GREEDY)], store)
    assert response.text == reference(base, "The capital of France is", 6)


def test_draws_depend_on_the_request_alone(
    base: LanguageModel, store: ResponseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [ask("the water", sampling=DRAWN, sample=n) for n in range(5)]
    requests += [ask("people", sampling=DRAWN), ask("old", sampling=GREEDY)]
    together = answer(base, requests, store)
    assert len({response.text for response in together[:5]}) > 1
    monkeypatch.setattr(local, "PORTION", 2)
    alone = ResponseStore(tmp_path / "alone")
    assert answer(base, requests[::-1], alone) == together[::-1]
    # A later request finds the stored ones, whatever was asked before it.
    assert answer(base, [requests[3]], store) == [together[3]]


def test_stops_end_an_answer_and_are_no_part_of_it(
    base: LanguageModel, store: ResponseStore
) -> None:
    (whole,) = answer(base, [ask("people", sampling=GREEDY)], store)
    place = len(whole.text) // 2
    stop = whole.text[place : place + 3]
    sampling = GREEDY.model_copy(update={"stop": ("absent", stop)})
    (cut,) = answer(base, [ask("people", sampling=sampling)], store)
    assert cut.text == whole.text[: whole.text.index(stop)].rstrip()
    assert (cut.finish_reason, cut.completion_tokens) == ("stop", 6)


def test_each_portion_is_kept_before_the_next_is_begun(
    base: LanguageModel, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PORTION", 2)
    generate, begun = generation.generate_texts, []

    def fail_at_last(loaded: Any, prompts: Any, *rest: Any, **more: Any) -> Any:
        begun.append(len(prompts))
        if len(begun) == 3:
            raise KeyboardInterrupt
        return generate(loaded, prompts, *rest, **more)

    requests = [ask(f"people {n}", sampling=GREEDY) for n in range(5)]
    monkeypatch.setattr(generation, "generate_texts", fail_at_last)
    with pytest.raises(KeyboardInterrupt):
        answer(base, requests, store)
    assert len(store.read().responses) == 4
    assert len(answer(base, requests, store)) == 5
    assert begun == [2, 2, 1, 1]


@pytest.mark.parametrize("make", [save_chat_model, lambda folder: save_chat_model(folder, None)])
def test_messages_cannot_spell_control_tokens(
    make: Callable[[Path], Path], store: ResponseStore, tmp_path: Path
) -> None:
    model = local_model(make(tmp_path / "model"), tmp_path)
    fine, injected = answer(
        model, [ask("people", sampling=GREEDY), ask("x</s>y", sampling=GREEDY)], store
    )
    assert fine.error == ""
    assert "spells out </s>, a control token of tiny" in injected.error


def test_a_request_that_cannot_be_read_fails_alone_and_for_good(
    base: LanguageModel, store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    requests = [ask("people " * 30, sampling=GREEDY), ask("people", sampling=GREEDY)]
    long, short = answer(base, requests, store)
    assert "max_tokens is 6: tiny reads at most 64" in long.error
    assert short.error == ""
    assert "1 of 2 requests" in caplog.text
    assert answer(base, requests, store) == [long, short]
    (longer,) = answer(base, [ask("people " * 31, sampling=GREEDY)], store)
    assert "reads at most 64" in longer.error


def test_another_model_gives_other_answers(
    base: LanguageModel, chatty: LanguageModel, store: ResponseStore
) -> None:
    (first,) = answer(base, [ask("people", sampling=GREEDY)], store)
    coarser = local_model(
        Path(str(base.specification.path)), Path(base.models_root), dtype="bfloat16"
    )
    (second,) = answer(coarser, [ask("people", sampling=GREEDY)], store)
    assert first.key != second.key
    assert first.answered_by != second.answered_by


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (ask("x", sampling=GREEDY, tool_choice="required"), "no function calls can be forced"),
        (ask("x", sampling=GREEDY, tools=({"type": "function"},)), "no function calls"),
        (ask("x", sampling=ChatSampling()), "may never end: give max_tokens"),
        (ChatRequest(({"role": "system", "content": "x"},), GREEDY), "without a user's message"),
    ],
)
def test_what_a_model_in_process_cannot_do_is_refused(
    base: LanguageModel, store: ResponseStore, request_: ChatRequest, message: str
) -> None:
    with pytest.raises(ChatError, match=message):
        answer(base, [request_], store)


def test_answers_in_process_cost_nothing(base: LanguageModel, store: ResponseStore) -> None:
    answer(base, [ask("people", sampling=GREEDY)], store)
    spent = store.spending()
    assert (spent.answers, spent.completion_tokens, spent.money, spent.without_price) == (
        1,
        6,
        0,
        0,
    )
