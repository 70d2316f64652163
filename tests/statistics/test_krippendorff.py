from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.krippendorff import interval_alpha, nominal_alpha

# Krippendorff 2011, Computing Krippendorff's alpha-reliability, sections A and B.
MEG = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
OWEN = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]


def test_the_published_example_of_two_categories() -> None:
    assert nominal_alpha(MEG, OWEN, np.ones((1, 10)))[0] == pytest.approx(0.095, abs=0.0005)


def test_the_published_example_of_five_categories() -> None:
    first = ["a", "a", "b", "b", "d", "c", "c", "c", "e", "d", "d", "a"]
    second = ["b", "a", "b", "b", "b", "c", "c", "c", "e", "d", "d", "d"]
    assert nominal_alpha(first, second, np.ones((1, 12)))[0] == pytest.approx(0.692, abs=0.0005)


def slow_alpha(first: list[float], second: list[float]) -> float:
    """Average squared differences within units and over all pairs of values."""
    values = [*first, *second]
    observed = np.mean([(x - y) ** 2 for x, y in zip(first, second, strict=True)])
    n = len(values)
    expected = sum((x - y) ** 2 for x in values for y in values) / (n * (n - 1))
    return float(1 - observed / expected)


def test_interval_alpha_equals_listed_pairs() -> None:
    generator = np.random.default_rng(2)
    first = generator.random(12)
    second = np.clip(first + generator.normal(0, 0.1, 12), 0, 1)
    found = interval_alpha(first, second, np.ones((1, 12)))
    assert found[0] == pytest.approx(slow_alpha(list(first), list(second)))


def test_of_two_categories_both_are_the_same() -> None:
    once = np.ones((1, 10))
    assert interval_alpha(MEG, OWEN, once) == pytest.approx(nominal_alpha(MEG, OWEN, once))


def test_weights_repeat_units() -> None:
    weights = np.array([[2.0, 0, 1, 1, 1, 1, 1, 1, 1, 1]])
    repeated = [0, 0, *range(2, 10)]
    expected = nominal_alpha(
        [MEG[i] for i in repeated], [OWEN[i] for i in repeated], np.ones((1, 10))
    )
    assert nominal_alpha(MEG, OWEN, weights) == pytest.approx(expected)


def test_one_category_leaves_nothing_to_agree_on() -> None:
    assert np.isnan(nominal_alpha(["pro"] * 3, ["pro"] * 3, np.ones((1, 3)))).all()
    assert np.isnan(interval_alpha([0.5] * 3, [0.5] * 3, np.ones((1, 3)))).all()
