from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from isogloss.pipelines.cultural.ground_truth import score_groups, share_codes
from isogloss.pipelines.cultural.survey_questions import CON, MISSING, NEUTRAL, PRO
from tests.pipelines.cultural.small_surveys import labels, respondents

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_a_score_by_hand() -> None:
    # pro 0.5 + 2, con 1.5, neutral 4, no answer 8
    weights = [0.5, 1.5, 2.0, 4.0, 8.0]
    sides = np.array([[PRO, CON, PRO, NEUTRAL, MISSING]], np.int8)
    found = score_groups(respondents(weights), labels(["US"] * 5), sides)
    assert found.score[0, 0] == pytest.approx(2.5 / 4)
    assert found.n[0, 0] == 3
    assert found.n_eff[0, 0] == pytest.approx(4**2 / (0.25 + 2.25 + 4))
    assert found.neutral[0, 0] == pytest.approx(4 / 8)
    # sqrt(5/4 sum (w (y - p) / W)^2), the sum of which is zero
    z = np.array([0.5 * 0.375, -1.5 * 0.625, 2 * 0.375, 0, 0]) / 4
    assert z.sum() == pytest.approx(0)
    assert found.error[0, 0] == pytest.approx(np.sqrt(5 / 4 * (z**2).sum()))


def test_equal_weights_give_the_binomial_error() -> None:
    sides = np.array([[PRO] * 30 + [CON] * 70], np.int8)
    found = score_groups(respondents([3.0] * 100), labels(["US"] * 100), sides)
    assert found.score[0, 0] == pytest.approx(0.3)
    assert found.error[0, 0] == pytest.approx(np.sqrt(0.3 * 0.7 / 99))
    assert found.n_eff[0, 0] == pytest.approx(100)
    # Wilson's interval with t instead of z: the binomial error exceeds that of n_eff a little
    quantile, n = stats.t.ppf(0.975, 99), 99.0
    centre = (0.3 + quantile**2 / (2 * n)) / (1 + quantile**2 / n)
    assert (found.low + found.high)[0, 0] / 2 == pytest.approx(centre)


def reference_error(
    weights: NDArray[np.float64],
    group: NDArray[np.bool_],
    strata: NDArray[np.str_],
    clusters: NDArray[np.str_],
    sides: NDArray[np.int8],
) -> float:
    """Compute the linearised error as a textbook does, with loops."""
    counts = group & ((sides == PRO) | (sides == CON))
    whole = weights[counts].sum()
    score = weights[counts & (sides == PRO)].sum() / whole
    z = np.where(counts, weights * ((sides == PRO) - score) / whole, 0)
    variance = 0.0
    for stratum in np.unique(strata):
        units = np.unique(clusters[strata == stratum])
        totals = [z[(strata == stratum) & (clusters == unit)].sum() for unit in units]
        if len(totals) == 1:
            variance += totals[0] ** 2
        else:
            m = len(totals)
            variance += m / (m - 1) * sum((total - np.mean(totals)) ** 2 for total in totals)
    return float(np.sqrt(variance))


@pytest.mark.parametrize("clustered", [False, True])
def test_strata_clusters_and_parts_of_a_sample_as_in_a_textbook(clustered: bool) -> None:
    generator = np.random.default_rng(3)
    n = 400
    weights = generator.lognormal(0, 0.5, n)
    countries = generator.choice(["DE", "FR", "GB"], n)
    strata = np.char.add(countries, generator.choice([" 1", " 2"], n))
    strata[0], countries[0] = "XX 1", "XX"
    clusters = np.char.add(strata, generator.choice(list("abcdefg"), n))
    languages = generator.choice(["eng", "fra", "none"], n)
    sides = generator.choice([MISSING, PRO, CON, NEUTRAL], (11, n), p=[0.1, 0.3, 0.4, 0.2])
    sides = sides.astype(np.int8)
    people = respondents(weights, countries, strata, clusters if clustered else None)
    groups = labels(languages)
    places = np.where(groups.places == groups.names.index("none"), -1, groups.places)
    found = score_groups(people, groups._replace(places=places), sides)
    units = clusters if clustered else np.arange(n).astype(str)
    for place, language in enumerate(groups.names):
        for number in range(len(sides)):
            if language == "none":
                assert np.isnan(found.score[place, number])
                assert found.n[place, number] == 0
                continue
            expected = reference_error(weights, languages == language, strata, units, sides[number])
            assert found.error[place, number] == pytest.approx(expected, rel=1e-9)


def test_a_design_effect_widens_errors_and_intervals() -> None:
    sides = np.array([[PRO] * 300 + [CON] * 300], np.int8)
    people, groups = respondents([1.0] * 600), labels(["US"] * 600)
    plain = score_groups(people, groups, sides)
    wide = score_groups(people, groups, sides, design_effect=4.0)
    assert wide.error[0, 0] == pytest.approx(2 * plain.error[0, 0])
    ratio = (wide.high - wide.low)[0, 0] / (plain.high - plain.low)[0, 0]
    assert ratio == pytest.approx(2, rel=0.02)
    assert wide.score[0, 0] == plain.score[0, 0] == 0.5


@pytest.mark.parametrize("side", [PRO, CON])
def test_where_all_agree_the_interval_is_that_of_the_effective_number(side: int) -> None:
    weights = np.r_[np.full(50, 0.5), np.full(50, 1.5)]
    found = score_groups(
        respondents(list(weights)), labels(["US"] * 100), np.full((1, 100), side, np.int8)
    )
    n_eff = 100**2 / (50 * 0.25 + 50 * 2.25)
    assert found.n_eff[0, 0] == pytest.approx(n_eff)
    assert found.error[0, 0] == pytest.approx(0, abs=1e-12)
    quantile = stats.t.ppf(0.975, 99)
    reach = quantile**2 / (n_eff + quantile**2)
    low, high = (1 - reach, 1.0) if side == PRO else (0.0, reach)
    assert found.low[0, 0] == pytest.approx(low)
    assert found.high[0, 0] == pytest.approx(high)


def test_groups_and_questions_without_answers_are_empty() -> None:
    sides = np.array([[PRO, CON, MISSING], [MISSING] * 3], np.int8)
    found = score_groups(respondents([1.0, 1.0, 1.0]), labels(["A", "A", "B"]), sides)
    assert found.n.tolist() == [[2, 0], [0, 0]]
    assert np.isnan(found.score[[0, 1, 1], [1, 0, 1]]).all()


def test_the_error_of_several_countries_is_that_of_their_samples() -> None:
    # 5 % and 95 %: what differs between countries is no doubt about the mean of these countries.
    sides = np.array([[PRO] * 10 + [CON] * 190 + [PRO] * 190 + [CON] * 10], np.int8)
    countries = ["DE"] * 200 + ["FR"] * 200
    everyone = labels(["all"] * 400)
    found = score_groups(respondents([1.0] * 400, countries), everyone, sides)
    assert found.score[0, 0] == 0.5
    within = 0.05 * 0.95 / 199
    assert found.error[0, 0] == pytest.approx(np.sqrt(2 * within) / 2)
    one = score_groups(respondents([1.0] * 400, ["US"] * 400), everyone, sides)
    assert one.error[0, 0] == pytest.approx(np.sqrt(0.25 / 399))
    assert (found.high - found.low)[0, 0] < 0.6 * (one.high - one.low)[0, 0]


@pytest.mark.parametrize("size", [40, 150, 600])
@pytest.mark.parametrize("share", [0.04, 0.2, 0.5, 0.92])
@pytest.mark.parametrize("related", [False, True])
def test_intervals_cover(size: int, share: float, related: bool) -> None:
    """Draw 600 samples with the weights of a survey and count the intervals that hold the truth."""
    rounds = 600
    generator = np.random.default_rng([size, round(100 * share), related])
    trait = generator.normal(size=(rounds, size))
    weights = np.exp(0.4 * trait)
    effect = 0.7 if related else 0.0
    # Among people as they weigh, the trait has mean 0.4.
    cut = stats.norm.ppf(share) * np.sqrt(1 + effect**2) + effect * 0.4
    latent = effect * trait + generator.normal(size=trait.shape)
    sides = np.where(latent < cut, PRO, CON)
    replicates = np.repeat(np.arange(rounds), size)
    found = score_groups(
        respondents(list(weights.ravel()), replicates),
        labels(replicates),
        sides.reshape(1, -1).astype(np.int8),
    )
    coverage = ((found.low <= share) & (share <= found.high)).mean()
    # Too wide at most where the few on the rarer side weigh little, which cannot be known of them.
    assert 0.92 <= coverage <= (0.98 if size * min(share, 1 - share) > 25 else 0.998)


def test_clusters_cover_where_single_respondents_do_not() -> None:
    """Villages of 10 who think alike: taken for single respondents, they promise too much."""
    rounds, villages, people = 400, 40, 10
    generator = np.random.default_rng(5)
    lean = generator.normal(size=(rounds, villages, 1))
    latent = lean + generator.normal(size=(rounds, villages, people))
    sides = np.where(latent > 0, PRO, CON).reshape(1, -1).astype(np.int8)
    replicates = np.repeat(np.arange(rounds), villages * people)
    units = np.repeat(np.arange(rounds * villages), people)
    coverage = []
    for clusters in (units, None):
        found = score_groups(
            respondents([1.0] * len(replicates), replicates, None, clusters),
            labels(replicates),
            sides,
        )
        coverage.append(((found.low <= 0.5) & (0.5 <= found.high)).mean())
    assert coverage[0] > 0.92
    assert coverage[1] < 0.8


def test_shares_of_codes_by_hand() -> None:
    weights = np.array([1.0, 3.0, 2.0, 5.0, 7.0, 1.0])
    groups = labels(["A", "A", "A", "A", "B", "A"])
    codes = np.array([1, 1, 3, -1, 0, 9], np.int32)
    shares, n, n_eff = share_codes(weights, groups, codes, range(1, 4))
    assert shares[0].tolist() == pytest.approx([4 / 6, 0, 2 / 6])
    assert np.isnan(shares[1]).all()
    assert n.tolist() == [3, 0]
    assert n_eff[0] == pytest.approx(36 / 14)
