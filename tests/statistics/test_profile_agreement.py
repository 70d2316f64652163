from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics import profile_agreement
from isogloss.statistics.profile_agreement import (
    average_similarity,
    correlate_profiles,
    follow_shared,
    mean_of_others,
)

GENERATOR = np.random.default_rng(5)
OWN = GENERATOR.integers(0, 11, size=(3, 14)) / 10
GROUPS = GENERATOR.random((4, 14))
OTHERS = (GROUPS.sum(axis=0) - GROUPS) / 3
COUNTS = GENERATOR.multinomial(14, np.full(14, 1 / 14), size=5)


def residual_correlation(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(z)), z])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y)]
    return float(np.corrcoef(*left)[0, 1])


@pytest.mark.parametrize("ranked", [False, True])
def test_correlations_equal_those_of_scipy(ranked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_agreement, "CHUNK", 300)  # two rounds at a time
    found = correlate_profiles(OWN, GROUPS, OTHERS, COUNTS, ranked=ranked)
    for number, counts in enumerate(COUNTS):
        for voice, own in enumerate(OWN):
            for group in range(4):
                drawn = [np.repeat(v, counts) for v in (own, GROUPS[group], OTHERS[group])]
                if ranked:
                    drawn = [stats.rankdata(v) for v in drawn]
                x, y, z = drawn
                at = (number, voice, group)
                assert found.overall[at] == pytest.approx(stats.pearsonr(x, y).statistic)
                assert found.normative[at] == pytest.approx(stats.pearsonr(x, z).statistic)
                assert found.distinctive[at] == pytest.approx(residual_correlation(x, y, z))


def test_similarity_is_averaged_over_drawn_questions() -> None:
    near = 1 - np.abs(OWN[:, None] - GROUPS)
    common = 1 - np.abs(OWN[:, None] - OTHERS)
    found = average_similarity(near, common, COUNTS)
    expected = np.repeat(np.abs(OWN[1] - GROUPS[2]), COUNTS[3]).mean()
    other = np.repeat(np.abs(OWN[1] - OTHERS[2]), COUNTS[3]).mean()
    assert found.overall[3, 1, 2] == pytest.approx(1 - expected)
    assert found.normative[3, 1, 2] == pytest.approx(1 - other)
    assert found.distinctive[3, 1, 2] == pytest.approx(other - expected)


def test_without_others_there_is_only_the_overall_part() -> None:
    found = correlate_profiles(OWN, GROUPS[:1], None, COUNTS, ranked=True)
    assert not np.isnan(found.overall).any()
    assert np.isnan(found.normative).all()
    assert np.isnan(found.distinctive).all()


def test_the_mean_of_others_leaves_the_group_out_and_what_others_lack() -> None:
    scores = np.array([[0.1, 0.2], [0.3, np.nan], [0.8, np.nan]])
    expected = np.array([[0.55, np.nan], [0.45, 0.2], [0.2, 0.2]])
    assert mean_of_others(scores) == pytest.approx(expected, nan_ok=True)


def test_agreement_with_everybody_is_not_distinctive() -> None:
    generator = np.random.default_rng(0)
    common = generator.normal(size=800)
    groups = common + 0.5 * generator.normal(size=(5, 800))
    voices = np.stack([common, common + groups[0]]) + 0.5 * generator.normal(size=(2, 800))
    once = np.ones((1, 800))
    found = correlate_profiles(voices, groups, mean_of_others(groups), once, ranked=True)
    assert found.overall[0, 0].min() > 0.7
    assert np.abs(found.distinctive[0, 0]).max() < 0.3
    assert found.distinctive[0, 1, 0] > 0.5


def test_following_what_is_shared_equals_listed_tetrads() -> None:
    mine, among = GENERATOR.uniform(-0.5, 0.9, (3, 4)), GENERATOR.uniform(0.1, 0.9, (4, 4))
    among = (among + among.T) / 2
    found = follow_shared(mine, among)
    for g in range(4):
        pairs = [(a, b) for a in range(4) for b in range(4) if len({a, b, g}) == 3]
        below = sum(among[a, b] for a, b in pairs)
        for voice in range(3):
            above = sum(mine[voice, a] * among[b, g] for a, b in pairs)
            assert found[voice, g] == pytest.approx(above / below)


def test_who_follows_one_profile_behind_all_groups_has_vanishing_tetrads() -> None:
    loadings, own = np.array([0.9, 0.4, 0.7, 0.6, 0.8]), 0.55
    among = np.outer(loadings, loadings)
    np.fill_diagonal(among, 1.0)
    assert follow_shared(own * loadings[None], among) == pytest.approx(own * loadings[None])
    follower = own * loadings
    follower[2] += 0.2
    assert follow_shared(follower[None], among)[0, 2] == pytest.approx(own * loadings[2])


def test_a_single_other_group_does_not_tell_what_is_shared() -> None:
    among = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert np.isnan(follow_shared(np.array([[0.3, 0.4]]), among)).all()
    opposed = np.array([[1.0, 0.5, 0.5], [0.5, 1.0, -0.2], [0.5, -0.2, 1.0]])
    assert np.isnan(follow_shared(np.array([[0.3, 0.4, 0.2]]), opposed)[0]).tolist() == [
        True, False, False,
    ]  # fmt: skip
