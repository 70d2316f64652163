from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy

from isogloss.errors import Refusal
from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters
from isogloss.pipelines.reporting.score_merging import declared_recipe, score_merging
from isogloss.scoreboard_schemas import Scoreboard
from tests.pipelines.reporting.merge_pages import (
    AVERAGE,
    SEEN,
    TIES,
    make_comparisons,
    make_results,
)

LOCALES = pd.DataFrame(
    {"locale": ["de-DE", "en-US", "ja-JP", "sw-KE"], "language": ["deu", "eng", "jpn", "swh"]}
)
SETTINGS = ScoreboardParameters()


def weights(**source_weights: dict[str, float]) -> pd.DataFrame:
    """Weights of the declared merge: target -> source -> weight."""
    return pd.DataFrame(
        [
            (AVERAGE, target.replace("_", "-"), 0, source, weight)
            for target, own in source_weights.items()
            for source, weight in own.items()
        ],
        columns=["recipe", "target", "seed", "source", "weight"],
    )


WEIGHTS = weights(de_DE={"en-US": 0.75, "sw-KE": 0.25}, sw_KE={"en-US": 0.5, "de-DE": 0.5})


def score(
    results: pd.DataFrame, comparisons: pd.DataFrame, settings: ScoreboardParameters = SETTINGS
) -> pd.DataFrame:
    cells = score_merging(
        results, comparisons, WEIGHTS, LOCALES, "sample", 0.95, settings, ReportingParameters()
    )
    return Scoreboard.validate(cells)


def synergies(**values: float) -> pd.DataFrame:
    results = make_results()
    for locale, value in values.items():
        own = (results["locale"] == locale.replace("_", "-")) & (results["recipe"] == AVERAGE)
        results.loc[own, ["synergy", "synergy_ci_low", "synergy_ci_high"]] = [
            value, value - 0.1, value + 0.1
        ]  # fmt: skip
    return results


def test_targets_have_their_synergy_and_what_cannot_be_spelled_has_none() -> None:
    cells = score(synergies(de_DE=0.2, en_US=0.1, sw_KE=-0.1), make_comparisons())
    targets = cells[cells["role"] == "target"].set_index("language")
    assert targets["value"].to_dict() == pytest.approx({"deu": 0.2, "eng": 0.1, "swh": -0.1})
    assert set(targets["above_chance"]) == {False}
    assert set(cells["note"]) == {"one seed, synthetic sample"}


def test_sources_have_the_weighted_mean_of_what_they_went_into() -> None:
    cells = score(synergies(de_DE=0.2, en_US=0.1, sw_KE=-0.1), make_comparisons())
    sources = cells[cells["role"] == "source"].set_index("language")
    # English: .75 in German, .5 in Swahili
    assert sources["value"]["eng"] == pytest.approx((0.75 * 0.2 + 0.5 * -0.1) / 1.25)
    assert sources["ci_low"]["eng"] == pytest.approx((0.75 * 0.1 + 0.5 * -0.2) / 1.25)
    assert sources["value"].to_dict() == pytest.approx({"eng": 0.08, "swh": 0.2, "deu": -0.1})
    assert sources["n"].to_dict() == {"eng": 2, "swh": 1, "deu": 1}
    assert sources["above_chance"].isna().all()


def test_errors_of_sources_have_the_degrees_of_freedom_of_the_items() -> None:
    results = synergies(de_DE=0.2, en_US=0.1, sw_KE=-0.1)
    cells = score(results, make_comparisons()).set_index(["role", "language"])
    items = results["n"].unique().item()
    error = 0.1 / scipy.stats.t.ppf(0.975, items - 1)
    # "de-DE" and "sw-KE" hold English: n counts two targets, but the intervals are of items
    assert cells.loc[("source", "eng"), "n"] == 2
    assert cells.loc[("source", "eng"), "items"] == items
    assert cells["error"].to_numpy() == pytest.approx(error)


def test_above_chance_is_the_study_s_own_adjusted_test() -> None:
    cells = score(make_results(), make_comparisons(p=0.01))
    assert set(cells.loc[cells["role"] == "target", "above_chance"]) == {True}


def test_seeds_are_averaged_bounds_too() -> None:
    results = pd.concat([make_results(0, 0.0), make_results(1, 0.1)])
    comparisons = pd.concat([make_comparisons(0, 0.01), make_comparisons(1, 0.2)])
    cells = score(results, comparisons)
    german = cells[(cells["role"] == "target") & (cells["language"] == "deu")].iloc[0]
    assert german["value"] == pytest.approx(0.1)
    assert (german["ci_low"], german["ci_high"]) == pytest.approx((0.0, 0.2))
    # one of two seeds is not told from its sources
    assert german["above_chance"] == np.False_


def test_the_declared_merge_is_linear_and_has_seen_no_label() -> None:
    assert declared_recipe(make_results(), SETTINGS) == AVERAGE
    assert declared_recipe(make_results(), ScoreboardParameters(merge_recipe=TIES)) == TIES
    seen = make_results()
    seen = seen[~seen["recipe"].isin([AVERAGE, TIES])]
    assert SEEN in set(seen["recipe"])
    assert declared_recipe(seen, SETTINGS) is None


def test_an_unknown_merge_is_refused() -> None:
    with pytest.raises(Refusal, match=r"merge_recipe: there is no merge 'averag'.*There are: auto"):
        declared_recipe(make_results(), ScoreboardParameters(merge_recipe="averag"))
