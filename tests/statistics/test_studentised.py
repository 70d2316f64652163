from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.deletion import deletion_weights
from isogloss.statistics.studentised import assess_jointly

ROUNDS = 999


def means_without(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the means of [questions, scores], and the means without each question."""
    weights = deletion_weights(np.arange(len(values)))
    found = weights @ values / weights.sum(axis=1, keepdims=True)
    return found[0], found[1:]


def draw(questions: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.multinomial(questions, np.full(questions, 1 / questions), size=ROUNDS)


def slow_ratios(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Give t of every redrawn sample about the mean of the sample, one by one."""
    found = []
    for round_ in counts:
        drawn = np.repeat(values, round_, axis=0)
        error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
        found.append(np.abs(drawn.mean(axis=0) - values.mean(axis=0)) / error)
    return np.array(found)


def test_means_are_tested_by_the_bootstrap_t() -> None:
    values = np.random.default_rng(4).normal(0.3, 1, size=(25, 3))
    counts = draw(25, 1)
    found = assess_jointly(*means_without(values), np.ones((25, 3), np.bool_), counts)
    ratios = slow_ratios(values, counts)
    seen = np.abs(values.mean(axis=0)) / stats.sem(values, axis=0)
    assert found.found == pytest.approx(values.mean(axis=0))
    assert found.error == pytest.approx(stats.sem(values, axis=0))
    assert found.p == pytest.approx((1 + (ratios >= seen).sum(axis=0)) / 1000)
    largest = ratios.max(axis=1)
    assert found.adjusted == pytest.approx([(1 + (largest >= s).sum()) / 1000 for s in seen])
    reach = np.quantile(ratios, 0.95, axis=0, method="higher") * found.error
    assert found.high - found.found == pytest.approx(reach)


def test_scores_on_other_questions_share_the_draws_of_their_own() -> None:
    values = np.random.default_rng(5).normal(size=(20, 2))
    rests = np.ones((20, 2), np.bool_)
    rests[12:, 1] = False
    first, second = means_without(values), means_without(values[:12, 1:])
    without = first[1].copy()
    without[:12, 1:], without[12:, 1] = second[1], second[0][0]
    counts = draw(20, 2)
    found = assess_jointly(np.array([first[0][0], second[0][0]]), without, rests, counts)
    assert found.error == pytest.approx([stats.sem(values[:, 0]), stats.sem(values[:12, 1])])
    alone = assess_jointly(*second, np.ones((12, 1), np.bool_), counts[:, :12])
    assert found.p[1] == pytest.approx(alone.p[0])


def test_what_never_varies_is_certain_only_if_it_is_zero() -> None:
    found = assess_jointly(
        np.array([0.0, 0.2]), np.array([[0.0, 0.2]] * 8), np.ones((8, 2), np.bool_), draw(8, 0)
    )
    assert found.p[0] == 1
    assert np.isnan(found.p[1])


def test_a_score_that_is_undefined_without_a_question_is_not_tested() -> None:
    values = np.random.default_rng(6).normal(1, 0.1, size=(10, 2))
    score, without = means_without(values)
    without[3, 1] = np.nan
    found = assess_jointly(score, without, np.ones((10, 2), np.bool_), draw(10, 0))
    assert found.p[0] < 0.01
    assert np.isnan([found.p[1], found.low[1], found.adjusted[1]]).all()


@pytest.mark.parametrize("questions", [8, 20])
def test_families_without_differences_are_seldom_told_to_differ(questions: int) -> None:
    single, whole, covered = [], [], []
    for seed in range(300):
        generator = np.random.default_rng([seed, questions])
        # skewed, and alike among models
        values = generator.exponential(size=(questions, 1)) + generator.normal(size=(questions, 6))
        score, without = means_without(values - 1)
        rests = np.ones((questions, 6), np.bool_)
        found = assess_jointly(score, without, rests, draw(questions, seed))
        single.append(found.p < 0.05)
        whole.append((found.adjusted < 0.05).any())
        covered.append((found.low <= 0) & (found.high >= 0))
    assert np.mean(single) < 0.07
    assert np.mean(whole) < 0.07
    assert 0.93 < np.mean(covered) < 0.99
