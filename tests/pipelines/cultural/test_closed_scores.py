from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.closed_scores import (
    average_orders,
    distribute_answers,
    measure_order_effects,
    score_distributions,
)
from isogloss.pipelines.cultural.survey_questions import read_questions
from tests.pipelines.cultural.small_prompts import read_reference

SURVEY = read_questions(read_reference("survey_questions"))
NONE = ClosedSurveyParameters()
PMI = ClosedSurveyParameters(normalisation="pmi")
TEXT = ClosedSurveyParameters(formulation="text")


def answers(
    shares: dict[int, list[float]],
    question: str = "e069_04",
    formulation: str = "number",
    prior: float = 0.1,
) -> pd.DataFrame:
    """Rows with given probabilities: order -> those of the places, in the order shown."""
    rows = []
    for order, places in shares.items():
        codes = list(range(1, len(places) + 1))
        shown = codes[::-1] if order == -1 else codes[order:] + codes[:order]
        for place, (code, share) in enumerate(zip(shown, places, strict=True), start=1):
            rows.append(("eng", question, formulation, order, place, code, np.log(share)))
    columns = ["language", "question", "formulation", "order", "place", "code", "log_likelihood"]
    return pd.DataFrame(rows, columns=columns).assign(prior=np.log(prior))


BIASED = answers({0: [0.4, 0.04, 0.04, 0.02], -1: [0.4, 0.04, 0.04, 0.02]})


def test_answers_are_distributed_within_an_order() -> None:
    table = distribute_answers(BIASED, NONE)
    assert table["probability"].tolist() == pytest.approx([0.8, 0.08, 0.08, 0.04] * 2)
    assert table["mass"].tolist() == pytest.approx([0.5] * 8)


def test_preference_for_a_place_cancels_between_forward_and_reversed() -> None:
    averaged = average_orders(distribute_answers(BIASED, NONE), NONE)
    assert averaged["share"].tolist() == pytest.approx([0.42, 0.08, 0.08, 0.42])
    assert averaged["orders"].tolist() == [2] * 4
    assert averaged["selected"].all() and averaged["complete"].all()
    (score,) = score_distributions(averaged, SURVEY)["pro_score"]
    assert score == pytest.approx(0.5)


def test_preference_for_a_place_is_measured() -> None:
    (row,) = measure_order_effects(distribute_answers(BIASED, NONE), SURVEY).to_dict("records")
    assert row["recency"] == pytest.approx(0.04 - 0.8)
    assert row["distance"] == pytest.approx(0.76)
    assert row["pro_score_lowest"] == pytest.approx(0.12)
    assert row["pro_score_highest"] == pytest.approx(0.88)


def test_preference_for_an_answer_is_no_order_effect() -> None:
    table = answers({0: [0.7, 0.1, 0.1, 0.1], -1: [0.1, 0.1, 0.1, 0.7]})
    (row,) = measure_order_effects(distribute_answers(table, NONE), SURVEY).to_dict("records")
    assert row["recency"] == pytest.approx(0)
    assert row["distance"] == pytest.approx(0)
    averaged = average_orders(distribute_answers(table, NONE), NONE)
    assert score_distributions(averaged, SURVEY)["pro_score"].iloc[0] == pytest.approx(0.8)


def test_one_order_tells_nothing_of_order() -> None:
    table = distribute_answers(answers({0: [0.4, 0.3, 0.2, 0.1]}), NONE)
    (row,) = measure_order_effects(table, SURVEY).to_dict("records")
    assert np.isnan(row["recency"]) and np.isnan(row["distance"])
    assert row["pro_score_lowest"] == row["pro_score_highest"] == pytest.approx(0.7)


def test_neutral_codes_count_for_neither_side() -> None:
    table = answers({0: [0.1, 0.1, 0.6, 0.1, 0.1]}, "c001_01")
    averaged = average_orders(distribute_answers(table, NONE), NONE)
    assert score_distributions(averaged, SURVEY)["pro_score"].iloc[0] == pytest.approx(0.5)


def test_high_codes_are_pro_where_the_survey_says_so() -> None:
    table = answers({0: [0.02, *[0.04] * 8, 0.2]}, "f121")
    averaged = average_orders(distribute_answers(table, NONE), NONE)
    assert score_distributions(averaged, SURVEY)["pro_score"].iloc[0] == pytest.approx(0.36 / 0.54)


def test_pmi_takes_off_what_an_answer_gets_anyway() -> None:
    table = answers({0: [0.4, 0.2, 0.2, 0.2]})
    table["prior"] = np.log([0.4, 0.1, 0.1, 0.1])
    raised = distribute_answers(table, PMI)["probability"].tolist()
    assert raised == pytest.approx([1 / 7, 2 / 7, 2 / 7, 2 / 7])


def test_words_of_the_ends_alone_are_no_complete_distribution() -> None:
    number = answers({0: [0.1] * 10}, "f121")
    ends = number[number["code"].isin([1, 10])].assign(formulation="text")
    ends["log_likelihood"] = np.log([0.1, 0.3])
    table = average_orders(distribute_answers(pd.concat([number, ends]), TEXT), TEXT)
    own = table[table["selected"]]
    assert own["formulation"].tolist() == ["text"] * 2
    assert not own["complete"].any()
    assert table.loc[~table["selected"], "complete"].all()
    scores = score_distributions(own, SURVEY)
    assert scores["pro_score"].iloc[0] == pytest.approx(0.75)
