from __future__ import annotations

from itertools import permutations
from math import exp

import numpy as np
import pytest
from numpy.typing import NDArray

from isogloss.statistics.agreement import (
    PARTS,
    Agreement,
    Part,
    chance_rank_consistency,
    measure_kappa,
    measure_rank_consistency,
    rank_options,
    rank_weights,
    select_part,
)
from isogloss.statistics.clustered import ItemResampling, resample_items

Bytes = NDArray[np.int8]


def _resample(items: int, per_cluster: int = 1, rounds: int = 4000) -> ItemResampling:
    clusters = np.arange(items) // per_cluster
    return resample_items(clusters, rounds=rounds, generator=np.random.default_rng(1))


def _kappa(one: list[int], two: list[int], kept: list[bool] | None = None) -> Agreement:
    mask = np.array([kept or [True] * len(one)])
    a, b = np.array([one], np.int8), np.array([two], np.int8)
    return measure_kappa(a, b, mask, 4, _resample(len(one), rounds=200))


def _rankc_of_item(one: tuple[int, ...], two: tuple[int, ...]) -> float:
    """Do as the paper says, with sets: orders list the options, the best first."""
    n = len(one)
    weights = [exp(n - j) / sum(exp(n - k) for k in range(1, n + 1)) for j in range(1, n + 1)]
    return sum(weights[j - 1] * len(set(one[:j]) & set(two[:j])) / j for j in range(1, n + 1))


def _ranks(orders: list[tuple[int, ...]]) -> Bytes:
    return np.array([[order.index(k) + 1 for k in range(len(order))] for order in orders], np.int8)


def test_kappa_by_hand() -> None:
    # A = 3/4; p_a = (1/2, 1/4, 1/4, 0), p_b = (1/4, 1/2, 1/4, 0): E = 5/16.
    found = _kappa([1, 1, 2, 3], [1, 2, 2, 3])
    assert (found.observed[0], found.expected[0]) == pytest.approx((3 / 4, 5 / 16))
    assert found.score[0] == pytest.approx((3 / 4 - 5 / 16) / (11 / 16))
    assert found.low[0] < found.score[0] < found.high[0] <= 1


def test_kappa_is_undefined_where_all_choose_one_option() -> None:
    found = _kappa([2, 2, 2], [2, 2, 2])
    assert (found.observed[0], found.expected[0]) == (1, 1)
    assert np.isnan([found.score[0], found.low[0], found.high[0]]).all()


def test_kappa_of_equal_answers_is_1_and_not_certain() -> None:
    found = _kappa([1, 2, 3, 4] * 5, [1, 2, 3, 4] * 5)
    assert (found.score[0], found.high[0]) == pytest.approx((1, 1))
    assert 0.7 < found.low[0] < 0.85


def test_kappa_of_always_the_same_letter_is_0() -> None:
    found = _kappa([4, 4, 4, 4], [1, 4, 4, 4])
    assert found.observed[0] == 0.75
    assert found.score[0] == pytest.approx(0)


def test_items_that_are_not_kept_do_not_count() -> None:
    kept = [True] * 4 + [False] * 2
    one, two = (
        _kappa([1, 1, 2, 3], [1, 2, 2, 3]),
        _kappa([1, 1, 2, 3, 0, 1], [1, 2, 2, 3, 4, 1], kept),
    )
    assert two.score == pytest.approx(one.score)
    none = _kappa([1, 2], [1, 2], [False, False])
    assert np.isnan([none.score[0], none.low[0], none.observed[0], none.expected[0]]).all()


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_the_interval_of_kappa_has_the_error_of_the_jackknife_over_clusters(share: float) -> None:
    generator = np.random.default_rng(5)
    one = np.repeat(generator.integers(1, 5, 150), 2)
    same = np.repeat(generator.random(150) < share, 2) ^ (generator.random(300) < 0.1)
    two = np.where(same, one, generator.integers(1, 5, 300))
    resampling = _resample(300, 2)

    def kappa(rows: NDArray[np.bool_]) -> float:
        a, b = one[rows], two[rows]
        expected = sum(float((a == k).mean() * (b == k).mean()) for k in range(1, 5))
        return (float((a == b).mean()) - expected) / (1 - expected)

    left = [kappa(np.arange(300) // 2 != cluster) for cluster in range(150)]
    error = np.sqrt(149 / 150 * np.square(np.array(left) - np.mean(left)).sum())
    everything = np.ones((1, 300), bool)
    found = measure_kappa(
        one[None].astype(np.int8), two[None].astype(np.int8), everything, 4, resampling
    )
    assert found.score[0] == pytest.approx(kappa(everything[0]))
    assert (found.high[0] - found.low[0]) / (2 * 1.976) == pytest.approx(error, rel=0.06)


def test_options_are_ranked_from_the_best_and_ties_go_to_the_lowest() -> None:
    ranks = rank_options(np.array([[0.1, 0.4, 0.2, 0.3], [1.0, 1.0, 2.0, 1.0]]))
    np.testing.assert_array_equal(ranks, [[4, 1, 3, 2], [2, 3, 1, 4]])


def test_rank_consistency_is_that_of_the_paper() -> None:
    generator = np.random.default_rng(2)
    orders = [tuple(generator.permutation(4).tolist()) for _ in range(60)]
    others = [tuple(generator.permutation(4).tolist()) for _ in range(60)]
    kept = generator.random((1, 60)) < 0.7
    values = [_rankc_of_item(one, two) for one, two in zip(orders, others, strict=True)]
    found = measure_rank_consistency(
        _ranks(orders)[None], _ranks(others)[None], kept, _resample(60)
    )
    used = np.array(values)[kept[0]]
    assert found.score[0] == pytest.approx(used.mean())
    error = used.std(ddof=1) / np.sqrt(len(used))
    assert (found.high[0] - found.low[0]) / 4 == pytest.approx(error, rel=0.1)


def test_expected_rank_consistency_is_that_of_shuffled_items() -> None:
    generator = np.random.default_rng(4)
    # Both prefer the first options.
    scores = generator.normal(size=(2, 500, 4)) + np.array([2.0, 1.0, 0.0, 0.0])
    one, two = rank_options(scores)
    kept = np.ones((1, 500), bool)
    found = measure_rank_consistency(one[None], two[None], kept, _resample(500, rounds=200))
    shuffled = np.mean(
        [
            measure_rank_consistency(
                one[None], generator.permutation(two)[None], kept, _resample(500, rounds=2)
            ).score[0]
            for _ in range(40)
        ]
    )
    assert found.expected[0] == pytest.approx(shuffled, abs=0.003)
    assert found.expected[0] > chance_rank_consistency(4) + 0.1


def test_weights_and_chance_of_four_options() -> None:
    np.testing.assert_allclose(rank_weights(4), [0.643914, 0.236883, 0.087144, 0.032059], atol=1e-6)
    assert chance_rank_consistency(4) == pytest.approx(0.376837, abs=1e-6)


@pytest.mark.parametrize("part", PARTS)
def test_chance_is_the_mean_over_all_pairs_of_orders_of_the_part(part: Part) -> None:
    values = [
        _rankc_of_item(one, two)
        for one in permutations(range(4))
        for two in permutations(range(4))
        if select_part(part, np.array([[one[0] == 0]]), np.array([[two[0] == 0]]))[0, 0]
    ]
    assert chance_rank_consistency(4, part) == pytest.approx(np.mean(values))


def test_parts_split_the_items() -> None:
    a, b = np.array([[True, True, False, False]]), np.array([[True, False, True, False]])
    found = {part: select_part(part, a, b)[0].tolist() for part in PARTS}
    assert found == {
        "all": [True] * 4,
        "both_right": [True, False, False, False],
        "both_wrong": [False, False, False, True],
        "otherwise": [False, True, True, False],
    }
