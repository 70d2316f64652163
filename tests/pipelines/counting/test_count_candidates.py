from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.language_models.option_scoring import ContinuationScores
from isogloss.pipelines.counting import count_candidates
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_branches import STOPS
from isogloss.pipelines.counting.count_candidates import score_candidates
from isogloss.pipelines.counting.count_predictions import predict_from_candidates
from isogloss.pipelines.counting.count_scores import score_predictions
from tests.pipelines.counting.benchmark_examples import NUMERALS, make_items, make_lists


def naive(loaded: Any, before: list[int], answers: list[list[int]]) -> float:
    """Sum the probabilities of answers, each read by itself."""
    import torch

    total = 0.0
    for answer in answers:
        with torch.inference_mode():
            logits = loaded.model(torch.tensor([before + answer])).logits[0].double()
        taken = logits.log_softmax(-1)[len(before) - 1 : -1]
        total += float(taken[range(len(answer)), answer].sum().exp())
    return total


@pytest.mark.parametrize("framing", ["few_shot", "chat"])
def test_scores_are_those_of_every_form_and_end_read_by_itself(
    character_model: LanguageModel, talking_model: LanguageModel, framing: Any
) -> None:
    parameters = BenchmarkParameters(per_category="all", shots=2, stops="every")
    own = make_lists(parameters)["eng"]
    model = talking_model if framing == "chat" else character_model
    told: list[int] = []
    with model.open() as loaded:
        table = score_candidates(loaded, own, framing, parameters, told.append)
        tokenizer: Any = loaded.tokenizer
        prompt = own.prompts("last", framing, tokenizer)[5]
        if framing == "chat":
            assert prompt.count("<assistant>") == 3
            assert prompt.endswith(f"<assistant>Number of {own.lists[5].category}:")
        ends = [
            tokenizer.encode(stop, add_special_tokens=False) for stop in STOPS if stop != "\n\n"
        ]
        for number in (1, 10):
            forms = [
                tokenizer.encode(f" {form}", add_special_tokens=False)
                for form in (str(number), NUMERALS[number])
            ]
            answers = [form + end for form, end in product(forms, [*ends, [2]])]
            # A template puts all marks there itself, so that no BOS token is added.
            before = tokenizer.encode(prompt, add_special_tokens=framing != "chat")
            row = table[
                (table["item_id"] == own.lists[5].item_id)
                & (table["position"] == "last")
                & (table["candidate"] == number)
            ].iloc[0]
            expected = naive(loaded, before, answers)
            assert np.exp(row["log_likelihood"]) == pytest.approx(expected, rel=1e-4)
    assert sum(told) == 2 * len(own.lists)
    assert len(table) == 2 * len(own.lists) * 11
    assert set(table["framing"]) == {framing}
    assert set(table["shots"]) == {2}
    mass = np.exp(table["log_likelihood"]).groupby([table["item_id"], table["position"]]).sum()
    assert ((mass > 0) & (mass < 1)).all()


def test_without_needless_stops_a_number_is_whatever_begins_with_it(
    character_model: LanguageModel,
) -> None:
    parameters = BenchmarkParameters(
        per_category="all", positions=("first",), shots=1, forms=("digits",)
    )
    own = make_lists(parameters)["eng"]
    with character_model.open() as loaded:
        table = score_candidates(loaded, own, "few_shot", parameters)
        tokenizer: Any = loaded.tokenizer
        before = tokenizer.encode(own.prompts("first", "few_shot", tokenizer)[3])
        likely = table.loc[table["item_id"] == own.lists[3].item_id, "log_likelihood"].to_numpy()
        for number in (7, 10, 1):
            longer = [10 * number + digit for digit in range(10)]
            one, *others = (
                naive(loaded, before, [tokenizer.encode(f" {form}", add_special_tokens=False)])
                for form in (number, *longer)
            )
            assert np.exp(likely[number]) == pytest.approx(one - sum(others), rel=1e-4)


def test_fewer_forms_are_less_likely(character_model: LanguageModel) -> None:
    both = BenchmarkParameters(per_category="all", positions=("first",), shots=0, stops="every")
    digits = both.model_copy(update={"forms": ("digits",)})
    own = make_lists(both)["eng"]
    with character_model.open() as loaded:
        more = score_candidates(loaded, own, "few_shot", both)["log_likelihood"]
        less = score_candidates(loaded, own, "few_shot", digits)["log_likelihood"]
    assert (more > less - 1e-4).all()
    assert (more > less + 1e-4).any()


def test_a_model_that_counts_is_right_everywhere(
    character_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted counter reads the prompt and gives the right number, in digits and with a stop."""
    parameters = BenchmarkParameters(per_category="all", stops="every")
    own = make_lists(parameters)["eng"]
    with character_model.open() as loaded:

        def count(_: Any, pairs: Any, **__: Any) -> ContinuationScores:
            values = []
            for pair in pairs:
                prompt, answer = (
                    str(loaded.tokenizer.decode(one)) for one in (pair.context, pair.continuation)
                )
                asked = prompt.rpartition("\n\n")[2]
                category = asked.rpartition("Number of ")[2].rstrip(":")
                words = asked.partition(": ")[2].partition(".")[0].split(", ")
                right = sum(word.startswith(category[:-1]) for word in words)
                values.append(np.log(0.5) if answer == f" {right}\n" else np.log(1e-6))
            return ContinuationScores(np.array(values), np.zeros(len(pairs), bool), 0, 0)

        monkeypatch.setattr(count_candidates, "score_continuations", count)
        answers = score_candidates(loaded, own, "few_shot", parameters)
    predictions = predict_from_candidates(answers, make_items()).assign(model="counter")
    predictions["last_shown"] = pd.array([None] * len(predictions), "Int64")
    scores = score_predictions(predictions, parameters)
    whole = scores[(scores["by"] == "all") & (scores["answered_by"] == "model")]
    assert len(whole) == 2 * 10
    for metric, value in {"accuracy": 1.0, "within_1": 1.0, "mae": 0.0, "bias": 0.0}.items():
        assert (whole.loc[whole["metric"] == metric, "value"] == value).all()
    assert whole.loc[whole["metric"] == "r", "value"].min() > 0.999
    assert whole.loc[whole["metric"] == "ece", "value"].max() < 1e-3
    assert whole.loc[whole["metric"] == "accuracy", "above_baseline"].all()
