from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.counting.count_baselines import (
    answer_by_length,
    answer_constantly,
    compare_answers,
    guess_uniformly,
    list_baselines,
)

COUNTS = np.array([0, 1, 1, 4, 5, 5, 5])
NAN = float("nan")


def test_no_answer_is_wrong_and_has_no_distance() -> None:
    found = compare_answers(np.array([2.0, NAN, 3.0, 100.0]), np.array([2, 2, 2, 10]), 10)
    assert found["accuracy"].tolist() == [1, 0, 0, 0]
    assert found["within_1"].tolist() == [1, 0, 1, 0]
    assert found["mae"].tolist() == pytest.approx([0, NAN, 1, 0], nan_ok=True)
    assert found["bias"].tolist() == pytest.approx([0, NAN, 1, 0], nan_ok=True)


def test_guessing_scores_what_all_counts_that_occur_score_on_average() -> None:
    found = guess_uniformly(np.array([0, 1, 5]))
    assert found["accuracy"] == pytest.approx([1 / 3] * 3)
    assert found["within_1"] == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert found["mae"] == pytest.approx([2, 5 / 3, 3])
    assert found["bias"] == pytest.approx([2, 1, -3])
    # (1 - 1/3)^2 for the right one, (1/3)^2 for each of the others.
    assert found["brier"] == pytest.approx([6 / 9] * 3)


def test_best_constant_answer_is_chosen_for_each_metric() -> None:
    found = answer_constantly(COUNTS, 10)
    assert found["accuracy"].mean() == pytest.approx(3 / 7)  # 5
    assert found["within_1"].mean() == pytest.approx(4 / 7)  # 4 or 5
    assert found["mae"].mean() == pytest.approx(np.abs(COUNTS - 4).mean())  # the median
    assert set(found) == {"accuracy", "within_1", "mae"}


def test_line_through_lengths_is_fitted_to_other_categories() -> None:
    lengths = np.array([4, 6, 8, 10, 4, 6, 8, 10])
    counts = np.array([2, 3, 4, 5, 9, 9, 9, 9])
    categories = np.array(["a"] * 4 + ["b"] * 4)
    found = answer_by_length(counts, lengths, categories, 10)
    # Category b gets half the length, which is what a shows; a gets the constant 9 of b.
    assert found["bias"].tolist() == [7, 6, 5, 4, -7, -6, -5, -4]
    assert answer_by_length(counts, lengths, np.array(["a"] * 8), 10) == {}
    assert answer_by_length(counts, np.full(8, 5), categories, 10)["accuracy"].sum() == 0


def test_all_baselines_by_name() -> None:
    categories = np.array(list("aabbabb"))
    groups = np.array([0.0, 1, 2, 4, 4, 5, 5])
    found = list_baselines(COUNTS, COUNTS + 4, categories, groups, 10)
    assert list(found) == ["uniform", "constant", "length", "largest_group"]
    assert found["largest_group"]["accuracy"].tolist() == [1, 1, 0, 1, 0, 1, 1]
    unknown = list_baselines(COUNTS, COUNTS + 4, categories, np.append(groups[1:], NAN), 10)
    assert unknown["largest_group"] == {}
    assert found["length"]["accuracy"].tolist() == [1] * 7
