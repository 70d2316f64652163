from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from isogloss.statistics.classification_scores import compare_right_answers, macro_f1

GOLD = np.array([0, 0, 0, 1, 1, 2])


def slow_macro_f1(
    predicted: NDArray[np.int_], gold: NDArray[np.int_], weight: NDArray[np.float64]
) -> float:
    found = []
    for one in {label for label, w in zip(gold, weight, strict=True) if w > 0}:
        hits = sum(w for p, g, w in zip(predicted, gold, weight, strict=True) if p == g == one)
        precise = sum(w for p, w in zip(predicted, weight, strict=True) if p == one)
        actual = sum(w for g, w in zip(gold, weight, strict=True) if g == one)
        precision = hits / precise if precise else 0.0
        recall = hits / actual
        both = precision + recall
        found.append(2 * precision * recall / both if both else 0.0)
    return sum(found) / len(found)


def test_hand_computed() -> None:
    # class 0: 2 hits of 3 predicted, 3 actual; class 1: 1 of 2, 2; class 2: 0 of 0, 1; 3 is unknown
    predicted = np.array([[0, 0, 1, 1, 0, 3]])
    found = macro_f1(predicted, GOLD, np.ones((1, 6)) / 6)
    assert found == pytest.approx(np.array([[(2 / 3 + 1 / 2 + 0) / 3]]))


def test_right_and_wrong_throughout() -> None:
    assert macro_f1(GOLD[None], GOLD, np.ones((1, 6))) == 1
    assert macro_f1((GOLD[None] + 1) % 3, GOLD, np.ones((1, 6))) == 0


def test_weights_are_as_good_as_repeated_items() -> None:
    generator = np.random.default_rng(0)
    gold, predicted = generator.integers(0, 5, 60), generator.integers(0, 6, (3, 60))
    weights = generator.multinomial(60, np.full(60, 1 / 60), size=20).astype(float)
    weights[0, gold == 4] = 0
    found = macro_f1(predicted, gold, weights / 60)
    expected = [[slow_macro_f1(own, gold, row) for row in weights] for own in predicted]
    assert found == pytest.approx(np.array(expected))


def test_rounds_without_items() -> None:
    assert np.isnan(macro_f1(GOLD[None], GOLD, np.zeros((1, 6)))).all()


def test_discordant_items() -> None:
    first = np.array([1, 1, 1, 1, 1, 1, 0, 0], bool)
    second = np.array([0, 0, 0, 0, 0, 1, 0, 1], bool)
    found = compare_right_answers(first, second)
    assert (found.first_only, found.second_only) == (5, 1)
    assert found.p == pytest.approx(2 * (6 + 1) / 2**6)
    assert compare_right_answers(first, first).p == 1
