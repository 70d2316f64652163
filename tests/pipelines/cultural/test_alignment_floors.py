from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.cultural.alignment_floors import (
    expected_closeness,
    pro_shares_of_options,
)
from isogloss.pipelines.cultural.survey_questions import read_questions
from tests.pipelines.cultural.small_surveys import QUESTIONS, question_table


def test_shares_leave_out_options_that_take_no_side() -> None:
    table = question_table(
        ("a", 1, 3, "1", "2 3", ""), ("b", 1, 10, "6-10", "1-5", ""), ("c", 1, 5, "1-2", "4-5", "3")
    )
    found = pro_shares_of_options(["c", "a", "b", "x"], read_questions(table))
    assert found == pytest.approx([0.5, 1 / 3, 0.5, np.nan], nan_ok=True)


def test_the_shipped_questions_can_be_answered_uniformly() -> None:
    found = pro_shares_of_options(list(QUESTIONS["question"]), read_questions(QUESTIONS))
    known = found[~np.isnan(found)]
    assert len(known) > 80
    assert known.min() > 0.1
    assert known.max() < 0.9


def test_closeness_of_uniform_answers_is_the_mean_of_many_draws() -> None:
    generator = np.random.default_rng(0)
    shares, opinions = np.array([1 / 3, 0.5, np.nan]), np.array([10.0, 37, 10])
    targets = np.array([[0.3, 0.9, 0.5], [0.8, 0.1, 0.5]])
    found = expected_closeness(shares, opinions, targets)
    for column in (0, 1):
        drawn = generator.binomial(int(opinions[column]), shares[column], 200_000)
        score = drawn / opinions[column]
        for group in (0, 1):
            expected = 1 - np.abs(score - targets[group, column]).mean()
            assert found[group, column] == pytest.approx(expected, abs=0.001)
    assert np.isnan(found[:, 2]).all()


def test_a_known_distribution_has_no_noise() -> None:
    found = expected_closeness(np.array([0.5]), np.array([np.inf]), np.array([[0.2]]))
    assert found == pytest.approx(0.7)
