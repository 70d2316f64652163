from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.language_models.chat_template import frame_as_chat
from isogloss.language_models.loading import LoadedModel
from isogloss.language_models.option_scoring import score_continuations
from isogloss.pipelines.cultural.closed_answers import score_answers_given
from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.closed_questions import ClosedQuestion
from tests.models import encode_pair

FOUR = ClosedQuestion("e069_04", "eng", "Trust?", (1, 2, 3, 4), ("Much", "Some", "Little", "None"))
TEN = ClosedQuestion(
    "f121", "zho_simpl", "可以接受？", tuple(range(1, 11)), ("从不", *[""] * 8, "总是")
)
WORDS = {"eng": "Answer:", "zho_simpl": "回答："}
PARAMETERS = ClosedSurveyParameters(orders=("forward", "reversed"))
PMI = ClosedSurveyParameters(orders=("forward", "reversed"), normalisation="pmi")


def row_of(table: pd.DataFrame, **values: object) -> pd.Series[Any]:
    """Give the one row that has these values."""
    rows = table
    for name, value in values.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def alone(loaded: LoadedModel, context: str, continuation: str) -> float:
    pair = encode_pair(loaded.tokenizer, context, continuation)
    return float(score_continuations(loaded, [pair]).log_likelihoods[0])


def test_numbers_and_words_are_scored_in_both_orders(speaker: LanguageModel) -> None:
    with speaker.open() as loaded:
        table = score_answers_given(loaded, [FOUR], WORDS, PMI)
        assert len(table) == 2 * 2 * 4
        backwards = "Trust?\n1. None\n2. Little\n3. Some\n4. Much\nAnswer:"
        number = row_of(table, formulation="number", order=-1, code=2)
        text = row_of(table, formulation="text", order=-1, code=2)
        assert (number["place"], text["place"]) == (3, 3)
        bare = backwards.removeprefix("Trust?\n")
        np.testing.assert_allclose(
            [number["log_likelihood"], number["prior"], text["log_likelihood"], text["prior"]],
            [
                alone(loaded, backwards, " 3"),
                alone(loaded, bare, " 3"),
                alone(loaded, backwards, " Some"),
                alone(loaded, bare, " Some"),
            ],
            atol=1e-4,
        )


def test_the_prior_is_scored_for_pmi_alone(speaker: LanguageModel) -> None:
    told: list[int] = []
    with speaker.open() as loaded:
        table = score_answers_given(loaded, [FOUR, TEN], WORDS, PARAMETERS, told.append)
        assert sum(told) == len(table) == 16 + 24
        whole = score_answers_given(loaded, [FOUR, TEN], WORDS, PMI, told.append)
        assert sum(told) > 2 * len(table)
    assert table["prior"].isna().all()
    assert whole["prior"].notna().all()
    assert list(table) == list(whole)
    np.testing.assert_allclose(table["log_likelihood"], whole["log_likelihood"], atol=1e-4)


def test_number_that_begins_a_longer_one_is_less_that_one(speaker: LanguageModel) -> None:
    with speaker.open() as loaded:
        table = score_answers_given(loaded, [TEN], WORDS, PARAMETERS)
        numbers = table[table["formulation"] == "number"]
        inner = "".join(f"{number}.\n" for number in range(2, 10))
        prompt = f"可以接受？\n1. 从不\n{inner}10. 总是\n回答："
        one, two, ten = (alone(loaded, prompt, number) for number in ("1", "2", "10"))
    shown = [row_of(numbers, order=0, place=place)["log_likelihood"] for place in (1, 2, 10)]
    assert np.exp(shown[0]) == pytest.approx(np.exp(one) - np.exp(ten), rel=1e-4)
    assert shown[1:] == pytest.approx([two, ten], abs=1e-4)
    assert row_of(numbers, order=-1, place=1)["code"] == 10
    texts = table[table["formulation"] == "text"]
    assert sorted(texts["code"]) == [1, 1, 10, 10]


def test_languages_are_scored_together_as_apart(speaker: LanguageModel) -> None:
    with speaker.open() as loaded:
        both = score_answers_given(loaded, [FOUR, TEN], WORDS, PARAMETERS)
        apart = score_answers_given(loaded, [TEN], WORDS, PARAMETERS)
    own = both[both["language"] == "zho_simpl"].reset_index(drop=True)
    np.testing.assert_allclose(own["log_likelihood"], apart["log_likelihood"], atol=1e-4)


def test_chat_template_frames_the_question(chat_speaker: LanguageModel) -> None:
    with chat_speaker.open() as loaded:
        table = score_answers_given(loaded, [FOUR], WORDS, PARAMETERS)
        framed = frame_as_chat(loaded, "Trust?\n1. Much\n2. Some\n3. Little\n4. None\nAnswer:")
        expected = alone(loaded, framed, "Much")
    found = row_of(table, formulation="text", order=0, code=1)["log_likelihood"]
    assert found == pytest.approx(expected, abs=1e-4)
