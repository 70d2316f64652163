from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.mediation.outcomes import compare_runs, has_outcome, read_outcome

LOGITS = np.log(np.array([0.1, 0.2, 0.4, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01]))
CONTRAST = np.eye(10)[3] - np.eye(10)[2]


def test_outcomes_do_not_depend_on_the_normaliser() -> None:
    for outcome in ("log_odds", "expected_count", "up", "down"):
        one = read_outcome(outcome, LOGITS, CONTRAST, 2)
        assert read_outcome(outcome, LOGITS + 7, CONTRAST, 2) == pytest.approx(float(one))


def test_values_by_hand() -> None:
    assert read_outcome("log_odds", LOGITS, CONTRAST, 2) == pytest.approx(np.log(0.1 / 0.4))
    assert read_outcome("up", LOGITS, CONTRAST, 2) == pytest.approx(np.log(0.1 / 0.4))
    assert read_outcome("down", LOGITS, CONTRAST, 2) == pytest.approx(np.log(0.2 / 0.4))
    expected = float(np.exp(LOGITS) @ np.arange(10))
    assert read_outcome("expected_count", LOGITS, CONTRAST, 2) == pytest.approx(expected)


def test_there_is_no_count_beyond_the_ends() -> None:
    assert np.isnan(read_outcome("down", LOGITS, CONTRAST, 0))
    assert np.isnan(read_outcome("up", LOGITS[None, None], CONTRAST, 9)).all()
    assert read_outcome("up", LOGITS[None, None], CONTRAST, 9).shape == (1, 1)


def test_runs_are_compared_with_a_reference() -> None:
    other = LOGITS.copy()
    other[[2, 3]] = other[[3, 2]]
    stacked = np.stack([LOGITS, other])
    assert compare_runs("flip", stacked, LOGITS).tolist() == [0, 1]
    divergence = compare_runs("divergence", stacked, LOGITS)
    assert divergence[0] == pytest.approx(0)
    assert divergence[1] == pytest.approx(0.1 * np.log(0.1 / 0.4) + 0.4 * np.log(0.4 / 0.1))


def test_kinds_have_the_outcomes_that_are_defined_for_them() -> None:
    assert has_outcome("log_odds", "control")
    assert not has_outcome("expected_count", "control")
    assert not has_outcome("log_odds", "relocation"), "its count does not change"
    assert not has_outcome("up", "count_swap"), "that is its log-odds"
    assert all(has_outcome(one, "null_swap") for one in ("log_odds", "expected_count", "up"))
    assert has_outcome("log_odds", "category_swap")
    assert not has_outcome("up", "category_swap"), "its prompts have two counts"
    assert has_outcome("divergence", "control")
