from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.profile_permutation import (
    permutation_keys,
    permuted_correlations,
    permuted_similarities,
    restricted_orders,
)
from tests.statistics.test_profile_agreement import residual_correlation

GENERATOR = np.random.default_rng(8)
OWN = GENERATOR.integers(0, 11, size=(2, 9)) / 10
GROUPS = GENERATOR.random((3, 9))
OTHERS = (GROUPS.sum(axis=0) - GROUPS) / 2
ORDERS = restricted_orders(permutation_keys(9, 4, GENERATOR))


@pytest.mark.parametrize("ranked", [False, True])
def test_permuted_answers_are_correlated_like_any_others(ranked: bool) -> None:
    found = permuted_correlations(OWN, GROUPS, OTHERS, ORDERS, ranked=ranked)
    rank = stats.rankdata if ranked else np.asarray
    for number, order in enumerate(ORDERS):
        for voice in range(2):
            for group in range(3):
                x, y, z = (rank(v) for v in (OWN[voice][order], GROUPS[group], OTHERS[group]))
                at = (number, voice, group)
                assert found.overall[at] == pytest.approx(stats.pearsonr(x, y).statistic)
                assert found.normative[at] == pytest.approx(stats.pearsonr(x, z).statistic)
                assert found.distinctive[at] == pytest.approx(residual_correlation(x, y, z))


@pytest.mark.parametrize("ranked", [False, True])
def test_the_distinctive_part_is_tested_by_permuting_residuals(ranked: bool) -> None:
    found = permuted_correlations(OWN, GROUPS, OTHERS, ORDERS, ranked=ranked)
    rank = stats.rankdata if ranked else np.asarray
    for number, order in enumerate(ORDERS):
        x, y, z = (rank(v) for v in (OWN[1], GROUPS[2], OTHERS[2]))
        design = np.column_stack([np.ones(9), z])
        rest = x - design @ np.linalg.lstsq(design, x, rcond=None)[0]
        expected = residual_correlation(rest[order], y, z)
        assert found.tested[number, 1, 2] == pytest.approx(expected)
    assert found.tested[0] == pytest.approx(found.distinctive[0])


def test_similarity_of_permuted_answers() -> None:
    pairs = 1 - np.abs(OWN[0][None, :, None] - GROUPS[:, None, :])
    found = permuted_similarities(pairs, ORDERS)
    for number, order in enumerate(ORDERS):
        expected = 1 - np.abs(OWN[0][order] - GROUPS).mean(axis=1)
        assert found[number] == pytest.approx(expected)


def test_the_first_permutation_is_the_order_as_it_is() -> None:
    assert (ORDERS[0] == np.arange(9)).all()
    assert (np.sort(ORDERS, axis=1) == np.arange(9)).all()


def test_questions_stay_in_their_stratum_and_every_order_is_as_likely() -> None:
    strata = np.array(["a", "b", "a", "b", "a"])
    keys = permutation_keys(5, 6000, np.random.default_rng(1))
    orders = restricted_orders(keys, strata)
    assert (orders[0] == np.arange(5)).all()
    assert (strata[orders] == strata).all()
    counts = [
        int((orders[1:, [0, 2, 4]] == order).all(axis=1).sum()) for order in permutations([0, 2, 4])
    ]
    assert stats.chisquare(counts).pvalue > 0.01


def test_profiles_with_other_questions_share_the_permutations_of_common_ones() -> None:
    keys = permutation_keys(6, 50, np.random.default_rng(2))
    whole, part = restricted_orders(keys), restricted_orders(keys[:, :4])
    for all_, some in zip(whole, part, strict=True):
        assert (all_[all_ < 4] == some).all()
