from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.language_models import generation, next_tokens
from isogloss.language_models.generation import Sampling, generate_texts

Opened = Callable[..., AbstractContextManager[Any]]
PROMPTS = (
    "The capital of France is Paris and the water of the river is",
    "old",
    "Die Hauptstadt von Frankreich ist Paris und das Wasser",
    "People read",
)
BUDGETS = (12, 7, 12, 20)


def _reference(loaded: Any, prompt: str, budget: int) -> list[int]:
    """Continue one prompt with transformers' own greedy search."""
    inputs = loaded.tokenizer(prompt, return_tensors="pt")
    inputs.pop("token_type_ids", None)
    output: list[int] = loaded.model.generate(
        **inputs,
        do_sample=False,
        max_new_tokens=budget,
        pad_token_id=loaded.tokenizer.pad_token_id,
    )[0].tolist()
    return output[1 if loaded.kind == "seq2seq" else inputs["input_ids"].shape[1] :]


def _generated_ids(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[int]]:
    """Watch the tokens behind the texts."""
    seen: dict[int, list[int]] = {}
    describe = generation._Writer.describe

    def watch(self: Any, row: Any) -> Any:
        seen[row.place] = list(row.written)
        return describe(self, row)

    monkeypatch.setattr(generation._Writer, "describe", watch)
    return seen


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_neox", "bloom", "opt", "t5"])
@pytest.mark.parametrize("token_budget", [1, "auto"])
def test_greedy_texts_are_those_of_transformers(
    opened: Opened, architecture: str, token_budget: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _generated_ids(monkeypatch)
    kind = "seq2seq" if architecture == "t5" else "causal"
    with opened(architecture, kind=kind) as loaded:
        texts = generate_texts(
            loaded, PROMPTS, BUDGETS, stop_at_newline=False, token_budget=token_budget
        )
        for place, (prompt, budget) in enumerate(zip(PROMPTS, BUDGETS, strict=True)):
            expected = _reference(loaded, prompt, budget)
            assert seen[place] == expected
            assert texts[place].tokens == len(expected)
            decoded = loaded.tokenizer.decode(expected, skip_special_tokens=True)
            assert texts[place].text == decoded.strip()


def _say(loaded: Any, token_after: Callable[[int], int]) -> None:
    """Let the model answer each token by another one."""
    forward = loaded.model.forward
    vocabulary = loaded.model.config.vocab_size

    def answer(input_ids: Any = None, logits_to_keep: int = 0, **arguments: Any) -> Any:
        output = forward(input_ids=input_ids, **arguments)
        following = [[token_after(token) for token in row] for row in input_ids.tolist()]
        output.logits = torch.nn.functional.one_hot(torch.tensor(following), vocabulary).float()
        return output

    loaded.model.forward = answer


def _ids(loaded: Any, text: str) -> list[int]:
    ids: list[int] = loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


@pytest.mark.parametrize("architecture", ["llama", "gpt_neox"])
def test_a_text_ends_at_a_line_break_at_its_end_or_with_its_budget(
    opened: Opened, architecture: str
) -> None:
    with opened(architecture) as loaded:
        x, y, z, w = (_ids(loaded, letter)[-1] for letter in "xyzw")
        line_break, end = _ids(loaded, "\n")[-1], loaded.tokenizer.eos_token_id
        # Byte fallback and byte-level tokenizers write it differently; both read "\n".
        assert "\n" in loaded.tokenizer.decode([line_break])
        follows = {x: w, w: line_break, y: end, z: z, line_break: z}
        _say(loaded, lambda token: follows.get(token, z))
        prompts, budgets = ["x", "y", "z", "x"], [5, 5, 5, 1]
        told: list[int] = []
        texts = generate_texts(loaded, prompts, budgets, advance=told.append)
        assert [text.stop_reason for text in texts] == ["newline", "end", "budget", "budget"]
        assert [text.tokens for text in texts] == [2, 1, 5, 1]
        assert [text.text for text in texts] == ["w", "", "zzzzz", "w"]
        assert sum(told) == 4
        on = generate_texts(loaded, ["x"], [5], stop_at_newline=False)[0]
        assert (on.stop_reason, on.tokens) == ("budget", 5)
        assert on.text == "w\nzzz"


def test_finished_rows_leave_the_batch(opened: Opened) -> None:
    rows: list[int] = []
    with opened("llama") as loaded:
        _say(loaded, lambda token: _ids(loaded, "z")[-1])
        forward = loaded.model.forward

        def watch(input_ids: Any = None, logits_to_keep: int = 0, **arguments: Any) -> Any:
            rows.append(len(input_ids))
            return forward(input_ids=input_ids, **arguments)

        loaded.model.forward = watch
        generate_texts(loaded, ["x"] * 3, [1, 2, 4])
    assert rows == [3, 2, 1, 1]


def test_ends_that_the_model_states_are_heeded_and_its_other_settings_are_not(
    opened: Opened,
) -> None:
    with opened("llama") as loaded:
        z = _ids(loaded, "z")[-1]
        _say(loaded, lambda token: z)
        settings = loaded.model.generation_config
        settings.do_sample, settings.temperature, settings.max_new_tokens = True, 9.0, 1
        assert generate_texts(loaded, ["x"], [3])[0].text == "zzz"
        settings.eos_token_id = [z, 2]
        (text,) = generate_texts(loaded, ["x"], [3])
        assert (text.tokens, text.stop_reason) == (1, "end")


def test_draws_depend_on_seed_and_place_alone(opened: Opened) -> None:
    def texts(loaded: Any, prompts: Sequence[str], seed: int, budget: Any = "auto") -> list[str]:
        made = generate_texts(
            loaded,
            prompts,
            [8] * len(prompts),
            stop_at_newline=False,
            sampling=Sampling(1.0, seed),
            token_budget=budget,
        )
        return [text.text for text in made]

    with opened("llama") as loaded:
        first = texts(loaded, ["x", "x", "old"], 0)
        assert texts(loaded, ["x", "x", "old"], 0, budget=1) == first
        assert texts(loaded, ["x", "x"], 0) == first[:2]
        assert first[0] != first[1]
        assert texts(loaded, ["x", "x", "old"], 1) != first


def test_draws_with_a_seed_a_prompt_do_not_depend_on_its_place(opened: Opened) -> None:
    def texts(loaded: Any, prompts: Sequence[str], seeds: Sequence[int]) -> list[str]:
        sampling = Sampling(1.0, seeds)
        made = generate_texts(
            loaded, prompts, [8] * len(prompts), stop_at_newline=False, sampling=sampling
        )
        return [text.text for text in made]

    with opened("llama") as loaded:
        first = texts(loaded, ["x", "x", "old"], [5, 2**90, 7])
        assert first[0] != first[1]
        assert texts(loaded, ["old", "x"], [7, 2**90]) == [first[2], first[1]]


def test_a_nucleus_holds_the_most_likely_tokens_up_to_its_probability(opened: Opened) -> None:
    def shares(top_p: float) -> Any:
        writer = generation._Writer(loaded, True, Sampling(1.0, 0, top_p))
        generator = np.random.default_rng(0)
        drawn = writer._choose(logits, [generator] * 4000)
        return np.bincount(drawn, minlength=4) / 4000

    with opened("llama") as loaded:
        logits = torch.log(torch.tensor([[0.1, 0.2, 0.4, 0.3]])).expand(4000, 4)
        # .4 alone falls short of .5, .4 + .3 does not.
        np.testing.assert_allclose(shares(0.5), [0, 0, 4 / 7, 3 / 7], atol=0.03)
        np.testing.assert_allclose(shares(0.39), [0, 0, 1, 0])
        np.testing.assert_allclose(shares(0.95), [0.1, 0.2, 0.4, 0.3], atol=0.03)
        np.testing.assert_array_equal(shares(1.0), shares(0.9999))
    for wrong in (0.0, 1.1):
        with pytest.raises(ValueError, match=f"top_p is {wrong}"):
            Sampling(1.0, 0, wrong)


@pytest.mark.parametrize("top_p", [0.3, 0.95, 0.9999, 1.0])
@pytest.mark.parametrize("considered", [3, 2048])
def test_a_nucleus_is_that_of_a_plain_search(
    monkeypatch: pytest.MonkeyPatch, considered: int, top_p: float
) -> None:
    torch.manual_seed(0)
    logits = 3 * torch.randn(5, 50)
    monkeypatch.setattr(generation, "NUCLEUS", considered)
    tokens, cumulative = generation._nucleus(logits, top_p)
    for row in range(5):
        chances = logits[row].double().softmax(-1).tolist()
        expected, together = np.zeros(50), 0.0
        for token in sorted(range(50), key=lambda one: -chances[one]):
            if together < top_p:
                expected[token] = chances[token]
            together += chances[token]
        found = np.zeros(50)
        found[tokens[row]] = np.diff(cumulative[row].numpy(), prepend=0)
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert (np.diff(tokens[row]) > 0).all()


def test_draws_follow_the_probabilities(opened: Opened) -> None:
    with opened("llama") as loaded:
        writer = generation._Writer(loaded, True, Sampling(0.5, 0))
        logits = torch.log(torch.tensor([[0.1, 0.2, 0.3, 0.4]])).expand(4000, 4)
        generator = np.random.default_rng(0)
        drawn = writer._choose(logits, [generator] * 4000)
    shares = np.bincount(drawn, minlength=4) / 4000
    expected = np.array([1, 4, 9, 16]) / 30
    np.testing.assert_allclose(shares, expected, atol=4 * np.sqrt(0.25 / 4000))
    with pytest.raises(ValueError, match="temperature is 0"):
        Sampling(0, 0)


def test_a_shortage_of_memory_halves_the_batches(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = next_tokens.DecoderSteps.step

    def scarce(self: Any) -> Any:
        if len(self._ids) > 2 and self._ids.shape[1] == 1:
            raise MemoryError
        return step(self)

    with opened("llama") as loaded:
        expected = generate_texts(loaded, PROMPTS, BUDGETS, stop_at_newline=False)
        monkeypatch.setattr(next_tokens.DecoderSteps, "step", scarce)
        assert generate_texts(loaded, PROMPTS, BUDGETS, stop_at_newline=False) == expected


def test_what_cannot_be_generated_is_refused(opened: Opened) -> None:
    with opened("xlm_roberta", kind="encoder") as loaded:
        with pytest.raises(ValueError, match="'encoder'"):
            generate_texts(loaded, ["x"], [1])
    with opened("llama", max_length=16) as loaded:
        with pytest.raises(ValueError, match="Prompt 1 has 3 .* of 15 .* at most 16"):
            generate_texts(loaded, ["x", "x"], [1, 15])
        with pytest.raises(ValueError, match="at least 1"):
            generate_texts(loaded, ["x"], [0])
        with torch.no_grad():
            loaded.model.lm_head.weight.fill_(float("nan"))
        with pytest.raises(ArithmeticError, match="logits of model 'llama' are not numbers"):
            generate_texts(loaded, ["x"], [2])
