from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.intervals import (
    correlation_interval,
    distinct_hits,
    fisher_interval,
    hit_influence,
    jackknife_influence,
    mean_influence,
    pool_influences,
    proportion_interval,
    standard_error,
    student_interval,
    two_way_influence,
    wilson_interval,
)


def jackknife_error(leave_one_out: np.ndarray) -> float:
    n = len(leave_one_out)
    return float(np.sqrt((n - 1) / n * np.square(leave_one_out - leave_one_out.mean()).sum()))


def test_standard_error_of_a_mean_is_the_usual_one() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    assert standard_error(mean_influence(values)) == pytest.approx(values.std(ddof=1) / 2)


def test_jackknife_influences_give_the_jackknife_error() -> None:
    left_out = np.array([0.2, 0.5, 0.1, 0.9, 0.4])
    assert standard_error(jackknife_influence(left_out)) == pytest.approx(jackknife_error(left_out))


def test_two_way_influences_match_deleting_row_and_column() -> None:
    cells = np.random.default_rng(0).random((7, 7))
    np.fill_diagonal(cells, 0)
    n = len(cells)
    taking_part = (cells.sum(0) + cells.sum(1)) / (2 * (n - 1))
    left_out = np.array(
        [np.delete(np.delete(cells, j, 0), j, 1).sum() / ((n - 1) * (n - 2)) for j in range(n)]
    )
    assert taking_part.mean() == pytest.approx(cells.sum() / (n * (n - 1)))
    np.testing.assert_allclose(two_way_influence(taking_part), jackknife_influence(left_out))


def test_hit_influences_match_deleting_a_sentence_as_query_and_as_candidate() -> None:
    generator = np.random.default_rng(1)
    beats = generator.random((12, 12)) < 0.1
    np.fill_diagonal(beats, val=False)
    counts = beats.sum(1)
    hits = counts == 0
    rescues = (beats & (counts == 1)[:, None]).sum(0)
    left_out = np.array(
        [(np.delete(np.delete(beats, j, 0), j, 1).sum(1) == 0).mean() for j in range(12)]
    )
    assert rescues.sum() > 0
    np.testing.assert_allclose(hit_influence(hits, rescues), jackknife_influence(left_out))


def test_wilson_interval_of_published_example() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I: 15 of 148, without continuity correction.
    low, high = wilson_interval(np.array(15 / 148), 148)
    assert (float(low), float(high)) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_wilson_interval_at_the_ends() -> None:
    low, high = wilson_interval(np.array([0.0, 1.0]), 60)
    assert low[0] == pytest.approx(0, abs=1e-12)
    assert high[1] == pytest.approx(1)
    assert low[1] == pytest.approx(60 / (60 + 1.959964**2))
    assert high[0] == pytest.approx(1 - low[1])


def test_proportion_interval_is_wilson_s_with_the_effective_number() -> None:
    estimate, error = np.array([0.0, 0.02, 0.5, 0.5, 1.0]), np.array([0.0, 0.02, 0.1, 0.05, 0.0])
    low, high = proportion_interval(estimate, error, 50)
    assert (low <= estimate).all()
    assert (high >= estimate).all()
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert low[1] > 0
    t = 2.009575  # with 49 degrees of freedom
    effective = 0.25 / 0.1**2
    assert high[2] - 0.5 == pytest.approx(0.5 * t / np.sqrt(effective + t**2), rel=1e-5)
    assert high[3] < high[2]
    assert 1 - low[4] == pytest.approx(t**2 / (50 + t**2), rel=1e-5)


def test_excess_variance_is_taken_off_but_never_all() -> None:
    influence = mean_influence(np.array([1.0, 2.0, 4.0, 9.0]))
    variance = np.array([1.0, 2.0, 4.0, 9.0]).var(ddof=1)
    assert standard_error(influence, 2.0) == pytest.approx(np.sqrt((variance - 2) / 4))
    assert standard_error(influence, 1e9) == pytest.approx(np.sqrt(variance / 16))


def test_one_sentence_has_no_interval() -> None:
    low, high = student_interval(np.array([0.3]), np.array([0.0]), 1)
    assert np.isnan([low[0], high[0]]).all()
    assert np.isnan(standard_error(np.zeros((2, 1)))).all()


def test_fisher_interval_of_published_example() -> None:
    # r = .5 on 28 pairs: Fisher's z .5493 -/+ 1.96 / 5, so .156 to .736 (with Student's t instead).
    error = (1 - 0.25) / 5
    low, high = fisher_interval(np.array([0.5]), np.array([error]), 28)
    reach = 2.051831 / 5
    assert low[0] == pytest.approx(np.tanh(np.arctanh(0.5) - reach), rel=1e-6)
    assert high[0] == pytest.approx(np.tanh(np.arctanh(0.5) + reach), rel=1e-6)
    ends = fisher_interval(np.array([1.0, -1.0, 1.0 + 1e-7]), np.zeros(3), 28)
    np.testing.assert_array_equal(ends, [[1, -1, 1], [1, -1, 1]])
    assert np.isnan(fisher_interval(np.array([np.nan]), np.array([0.1]), 28)).all()


def test_a_perfect_correlation_has_no_interval() -> None:
    found = np.array([1.0, -1.0, 1 - 1e-12, 0.5])
    error = np.array([0.0, 0.0, 0.0, 0.1])
    low, high = correlation_interval(found, error, 28)
    assert np.isnan([low[:3], high[:3]]).all()
    assert [low[3], high[3]] == [ends[3] for ends in fisher_interval(found, error, 28)]


def test_hits_of_a_few_sentences_make_a_share_no_more_certain_than_none() -> None:
    t = 2.009575  # with 49 degrees of freedom
    none = t**2 / (50 + t**2)
    outcomes = np.zeros((4, 50))
    outcomes[1, :1] = outcomes[2, :5] = outcomes[3, :20] = 0.1
    score = outcomes.mean(axis=1)
    error = standard_error(mean_influence(outcomes))
    low, high = proportion_interval(score, error, 50, hitting=distinct_hits(outcomes))
    assert high[0] == pytest.approx(none, rel=1e-5)
    assert none <= high[1] <= high[2]
    assert high[3] < high[2], "twenty sentences say something"
    assert (low[1:] > 0).all()
    assert np.isnan(proportion_interval(np.array([0.3]), np.array([np.nan]), 50)).all()


def test_influences_that_cancel_do_not_make_a_share_certain() -> None:
    hitting = np.array([25.0])
    low, high = proportion_interval(np.array([0.5]), np.array([0.0]), 50, hitting=hitting)
    assert high[0] - low[0] > 0.03


def test_hits_are_counted_by_sentences() -> None:
    outcomes = np.array([[0.2, 0.2, 0.0, 0.0], [1, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    np.testing.assert_allclose(distinct_hits(outcomes), [2, 1, 0, 0])


def test_one_sample_keeps_its_influences() -> None:
    influence = np.array([[1.0, -1.0, 0.0]])
    np.testing.assert_array_equal(pool_influences([(["a", "b", "c"], influence)]), influence)


def test_the_same_sample_twice_is_no_more_certain() -> None:
    influence = np.array([[1.0, -1.0, 0.0]])
    part = (["a", "b", "c"], influence)
    np.testing.assert_allclose(pool_influences([part, part]), influence)


def test_disjoint_samples_make_one_large_one() -> None:
    one, other = np.array([[1.0, -1.0]]), np.array([[2.0, -2.0]])
    both = pool_influences([(["a", "b"], one), (["c", "d"], other)])
    np.testing.assert_allclose(both, [[1.0, -1.0, 2.0, -2.0]])
