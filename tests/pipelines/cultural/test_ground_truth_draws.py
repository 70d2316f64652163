from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from isogloss.pipelines.cultural.ground_truth_draws import (
    draw_groups,
    group_variance,
    group_variances,
)
from isogloss.pipelines.cultural.survey_questions import CON, MISSING, NEUTRAL, PRO
from isogloss.pipelines.cultural.truth_parameters import GroupParameters
from tests.pipelines.cultural.small_surveys import labels

MANY = GroupParameters(rounds=40_000, draw="alike")


def generator() -> np.random.Generator:
    return np.random.default_rng(11)


def test_every_group_is_as_likely_as_any_other() -> None:
    rounds = 20_000
    members = draw_groups(6, 3, rounds, generator())
    assert members.shape == (3, rounds)
    seen = {tuple(sorted(group)): 0 for group in map(set, combinations(range(6), 3))}
    for column in members.T:
        seen[tuple(sorted(int(one) for one in column))] += 1
    counts = np.array(list(seen.values()))
    assert len(counts) == 20
    expected = rounds / 20
    assert (((counts - expected) ** 2) / expected).sum() < 43.8  # chi-squared, 19 df, p = .001


def test_a_group_of_all_has_everybody_once() -> None:
    assert (
        np.sort(draw_groups(10, 10, 50, generator()), axis=0).T.tolist() == [list(range(10))] * 50
    )


@pytest.mark.parametrize(("n", "pro"), [(40, 10), (200, 100), (1000, 30)])
def test_equal_weights_give_the_binomial_formula(n: int, pro: int) -> None:
    sides = np.array([PRO] * pro + [CON] * (n - pro) + [MISSING] * 17, np.int8)
    found = group_variance(np.full(len(sides), 2.5), sides, MANY, generator())
    p = pro / n
    assert found == pytest.approx(p * (1 - p) / 10 * (n - 10) / (n - 1), rel=0.04)


def test_unequal_weights_vary_more() -> None:
    sides = np.array([PRO, CON] * 200, np.int8)
    weights = np.random.default_rng(0).lognormal(0, 1, 400)
    found = group_variance(weights, sides, MANY, generator())
    assert found > 1.3 * 0.25 / 10


def test_people_met_by_chance_vary_as_the_weighted_share_says() -> None:
    rng = np.random.default_rng(0)
    sides = rng.choice([PRO, CON], 400).astype(np.int8)
    weights = rng.lognormal(0, 1, 400)
    p = weights[sides == PRO].sum() / weights.sum()
    settings = GroupParameters(rounds=40_000, draw="by_weight")
    found = group_variance(weights, sides, settings, generator())
    assert found == pytest.approx(p * (1 - p) / 10, rel=0.03)


def test_neutral_answers_leave_fewer_to_the_score() -> None:
    n = 1000
    sides = np.array([PRO] * 250 + [CON] * 250 + [NEUTRAL] * 500, np.int8)
    found = group_variance(np.ones(n), sides, MANY, generator())
    # p (1 - p) E[1 / k] with k of ten not neutral, binomial of 1/2, and at least one
    k = np.arange(1, 11)
    from scipy.stats import binom

    mass = binom.pmf(k, 10, 0.5)
    assert found == pytest.approx(0.25 * (mass / k).sum() / mass.sum(), rel=0.05)


def test_too_few_people_make_no_group() -> None:
    assert np.isnan(group_variance(np.ones(9), np.full(9, PRO, np.int8), MANY, generator()))
    nobody = np.full(30, NEUTRAL, np.int8)
    assert np.isnan(group_variance(np.ones(30), nobody, MANY, generator()))


def test_numbers_do_not_depend_on_other_groups_and_questions() -> None:
    rng = np.random.default_rng(2)
    weights, countries = rng.lognormal(size=300), labels(rng.choice(["DE", "FR", "GB"], 300))
    sides = rng.choice([PRO, CON], (3, 300)).astype(np.int8)
    wanted = np.ones((3, 3), bool)
    settings = GroupParameters(rounds=200, seed=4, draw="alike")
    keys = ("country", ["a", "b", "c"])
    whole = group_variances(weights, countries, sides, wanted, keys, settings)
    kept = countries.places > 0
    part = group_variances(
        weights[kept],
        labels([countries.names[place] for place in countries.places[kept]]),
        sides[1:][:, kept],
        wanted[1:, 1:],
        ("country", ["b", "c"]),
        settings,
    )
    np.testing.assert_array_equal(part, whole[1:, 1:])
    again = group_variances(weights, countries, sides, wanted, keys, settings)
    np.testing.assert_array_equal(again, whole)
    other = GroupParameters(rounds=200, seed=5, draw="alike")
    assert (group_variances(weights, countries, sides, wanted, keys, other) != whole).all()
    # people of several countries drawn alike would not be as many as live there
    abroad = ("language", keys[1])
    assert np.isnan(group_variances(weights, countries, sides, wanted, abroad, settings)).all()
    lived = GroupParameters(rounds=200, draw="by_weight")
    assert (group_variances(weights, countries, sides, wanted, abroad, lived) > 0).all()
    none = GroupParameters(rounds=0)
    assert np.isnan(group_variances(weights, countries, sides, wanted, keys, none)).all()


def test_ten_people_agree_with_ten_others_as_the_formula_says() -> None:
    """The correlation of two draws over questions is var(p) / (var(p) + mean variance)."""
    rng = np.random.default_rng(8)
    questions, people = 300, 400
    p = rng.beta(1.5, 1.5, questions)
    sides = np.where(rng.random((questions, people)) < p[:, None], PRO, CON).astype(np.int8)
    weights = rng.lognormal(0, 0.5, people)
    scores = (weights * (sides == PRO)).sum(axis=1) / weights.sum()
    settings = GroupParameters(rounds=2000, draw="alike")
    mean = np.mean([group_variance(weights, own, settings, rng) for own in sides])
    expected = scores.var() / (scores.var() + mean)
    draws = []
    for own in sides:
        members = draw_groups(people, 10, 40, rng)
        drawn = weights[members]
        draws.append((drawn * (own[members] == PRO)).sum(axis=0) / drawn.sum(axis=0))
    correlations = np.corrcoef(np.array(draws).T)
    assert correlations[np.triu_indices(40, 1)].mean() == pytest.approx(expected, abs=0.02)
