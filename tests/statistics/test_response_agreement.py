from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.response_agreement import (
    Moments,
    crossed_pairs,
    distinct_pairs,
    pair_correlation,
    sampled_groups,
)

GENERATOR = np.random.default_rng(11)
QUESTIONS = np.repeat([0, 1, 2, 3], [5, 2, 1, 7])
SCORES = GENERATOR.integers(0, 11, len(QUESTIONS)) / 10
PROMPTS = GENERATOR.integers(0, 3, len(QUESTIONS))


def listed_correlation(pairs: list[list[tuple[float, float]]]) -> float:
    """Correlate listed pairs, those of each question weighing 1 together."""
    x, y = (np.array([pair[i] for own in pairs for pair in own]) for i in (0, 1))
    w = np.array([1 / len(own) for own in pairs for _ in own])
    return float(
        np.cov(x, y, aweights=w)[0, 1] / np.sqrt(np.cov(x, aweights=w) * np.cov(y, aweights=w))
    )


@pytest.mark.parametrize("by_prompt", [False, True])
def test_distinct_pairs_equal_listed_ones(by_prompt: bool) -> None:
    units = PROMPTS if by_prompt else np.arange(len(SCORES))
    found = distinct_pairs(SCORES, QUESTIONS, units, 4)
    pairs = [
        [
            (SCORES[i], SCORES[j])
            for i in np.flatnonzero(QUESTIONS == question)
            for j in np.flatnonzero(QUESTIONS == question)
            if units[i] != units[j]
        ]
        for question in range(4)
    ]
    assert found.pairs.tolist() == [len(own) for own in pairs]
    assert np.isnan(found.product[2])
    usable = [number for number in range(4) if pairs[number]]
    kept = Moments(*(array[usable] for array in found))
    expected = listed_correlation([pairs[number] for number in usable])
    assert pair_correlation(kept, np.ones((1, len(usable))))[0] == pytest.approx(expected)


def test_crossed_pairs_equal_listed_ones() -> None:
    other_questions = np.repeat([0, 1, 3], [2, 4, 3])
    other = GENERATOR.integers(0, 11, len(other_questions)) / 10
    found = crossed_pairs((SCORES, QUESTIONS), (other, other_questions), 4)
    pairs = [
        [(x, y) for x in SCORES[QUESTIONS == q] for y in other[other_questions == q]]
        for q in range(4)
    ]
    assert found.pairs.tolist() == [len(own) for own in pairs]
    usable = [0, 1, 3]
    kept = Moments(*(array[usable] for array in found))
    expected = listed_correlation([pairs[number] for number in usable])
    assert pair_correlation(kept, np.ones((1, 3)))[0] == pytest.approx(expected)


def test_weights_repeat_questions() -> None:
    moments = distinct_pairs(SCORES, QUESTIONS, np.arange(len(SCORES)), 4)
    usable = [0, 1, 3]
    kept = Moments(*(array[usable] for array in moments))
    repeated = Moments(*(array[[0, 0, 1, 3]] for array in moments))
    weighted = pair_correlation(kept, np.array([[2.0, 1, 1]]))
    assert weighted == pytest.approx(pair_correlation(repeated, np.ones((1, 4))))


def test_models_and_countries_with_the_same_noise_have_the_same_consistency() -> None:
    generator = np.random.default_rng(0)
    p = generator.random(400)
    drawn = generator.binomial(10, p[:, None], size=(400, 30)) / 10
    questions = np.repeat(np.arange(400), 30)
    model = distinct_pairs(drawn.ravel(), questions, np.arange(drawn.size), 400)
    country = sampled_groups(p, p * (1 - p) / 10)
    once = np.ones((1, 400))
    expected = p.var() / (p.var() + (p * (1 - p) / 10).mean())
    assert pair_correlation(country, once)[0] == pytest.approx(expected)
    assert pair_correlation(model, once)[0] == pytest.approx(expected, abs=0.01)


def test_the_binomial_country_equals_pairs_of_drawn_groups() -> None:
    generator = np.random.default_rng(4)
    p = generator.random(60)
    pairs = generator.binomial(10, p[:, None], size=(60, 4000)) / 10
    expected = stats.pearsonr(pairs[:, :2000].ravel(), pairs[:, 2000:].ravel()).statistic
    found = pair_correlation(sampled_groups(p, p * (1 - p) / 10), np.ones((1, 60)))
    assert found[0] == pytest.approx(expected, abs=0.005)


def test_equal_responses_have_no_consistency() -> None:
    moments = distinct_pairs(np.full(6, 0.4), [0, 0, 0, 1, 1, 1], np.arange(6), 2)
    assert np.isnan(pair_correlation(moments, np.ones((1, 2)))).all()
