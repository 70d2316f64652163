from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.merging.baselines import list_baselines
from isogloss.pipelines.merging.comparisons import average_over_locales, compare_with_baselines
from tests.pipelines.merging.planted_locales import LOCALES, make_locales, row_of


def compare(merged: float = 0.8, other: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame(compare_with_baselines(make_locales(merged, other), 0.95))


def test_every_baseline_is_a_family_of_the_locales_that_have_it() -> None:
    table = compare()
    sizes = table.groupby("baseline")["family"].agg(["size", "first"])
    assert sizes["size"].to_dict() == sizes["first"].to_dict() == {
        "own_sources": 5,
        "mean_source": 5,
        "best_source-source_dev": 5,
        "best_source-pivot_dev": 4,
        "pivot": 4,
        "own": 5,
        "majority": 5,
    }  # fmt: skip
    assert set(table["recipe"]) == {"linear-average"}
    assert set(table["locale"]) == set(LOCALES)


def test_differences_are_those_of_the_outcomes() -> None:
    locales = make_locales()
    table = pd.DataFrame(compare_with_baselines(locales, 0.95)).set_index(["baseline", "locale"])
    for scored in locales:
        named = {one.recipe: one.outcomes.mean() for one in scored.approaches}
        row = row_of(table, "own", scored.target.locale)
        assert row["difference"] == pytest.approx(named["linear-average"] - named["own"])
    assert np.isnan(row_of(table, "own_sources", "de-DE")["p_mcnemar"])


def test_a_planted_gain_is_found_in_every_locale_and_none_without() -> None:
    planted = compare(merged=0.85, other=0.4).query("baseline == 'own_sources'")
    assert (planted["p_adjusted"] < 0.05).all()
    assert (planted["ci_low"] > 0).all()
    nothing = compare(merged=0.5, other=0.5).query("baseline == 'best_source-source_dev'")
    assert (nothing["p_adjusted"] > 0.05).all()
    assert (nothing["p_adjusted"] >= nothing["p"]).all()


def test_means_over_locales() -> None:
    locales = make_locales()
    table = pd.DataFrame(average_over_locales(locales, 0.95, 0)).set_index(["recipe", "baseline"])
    own = [scored.approaches[0].outcomes.mean() for scored in locales]
    row = row_of(table, "own", "")
    assert row["mean"] == pytest.approx(np.mean(own))
    assert row["sd"] == pytest.approx(np.std(own, ddof=1))
    assert (row["lowest"], row["highest"]) == (min(own), max(own))
    assert row["n_locales"] == 5
    gain = row_of(table, "linear-average", "own")
    assert gain["mean"] == pytest.approx(row_of(table, "linear-average", "")["mean"] - row["mean"])
    assert gain["ci_low"] < gain["mean"] < gain["ci_high"] < 0


def test_means_of_two_locales_have_no_impossible_interval() -> None:
    table = pd.DataFrame(average_over_locales(make_locales(items=20)[:2], 0.95, seed=0))
    accuracies = table[table["baseline"] == ""]
    assert accuracies["ci_low"].min() == 0.0
    assert accuracies["ci_high"].max() == 1.0
    assert table["ci_low"].dropna().between(-1, 1).all()
    assert table["ci_high"].dropna().between(-1, 1).all()
    assert table["ci_low"].min() < 0


def test_a_merge_is_compared_with_what_it_differs_from_in_one_respect() -> None:
    [scored, *_] = make_locales()
    planted = scored.approaches[-1]
    shared = {"features": "geo", "k": 2, "include_target": False}
    similar = {**shared, "weighting": "similarity", "normalisation": "softmax", "temperature": 0.05}
    wrong = replace(planted, outcomes=np.zeros_like(planted.outcomes))
    merges = [
        replace(planted, recipe="similarity", settings=similar),
        replace(wrong, recipe="average", settings={**shared, "weighting": "average"}),
        replace(wrong, recipe="other k", settings={**shared, "weighting": "average", "k": 3}),
        replace(wrong, recipe="ties", method="ties", settings={**similar, "density": 0.2}),
    ]
    locale = replace(scored, approaches=[*scored.approaches[:-1], *merges])
    table = pd.DataFrame(compare_with_baselines([locale], 0.95)).set_index(["recipe", "baseline"])
    skill = planted.outcomes.mean()
    assert row_of(table, "similarity", "average")["difference"] == pytest.approx(skill)
    assert row_of(table, "ties", "linear")["difference"] == pytest.approx(-skill)
    pairs = {(recipe, baseline) for recipe, baseline in table.index}
    assert {pair for pair in pairs if pair[1] in ("average", "linear")} == {
        ("similarity", "average"),
        ("ties", "linear"),
    }


def test_the_nearest_source_is_that_by_the_features_of_the_merge() -> None:
    locales = []
    for scored in make_locales():
        target = replace(scored.target, nearest={"fam": "fr-FR", "geo": "tr-TR"})
        merge = scored.approaches[-1]
        merges = [
            replace(merge, recipe=features, settings={"features": features})
            for features in ("geo", "fam", "accuracy", "")
        ]
        locales.append(
            replace(scored, target=target, approaches=[*list_baselines(target), *merges])
        )
    table = pd.DataFrame(compare_with_baselines(locales, 0.95))
    near = table[(table["baseline"] == "nearest_source") & (table["locale"] == "de-DE")]
    found = near.set_index("recipe")["difference"].to_dict()
    [german] = [one for one in locales if one.target.locale == "de-DE"]
    named = {one.recipe: one.outcomes.mean() for one in german.approaches}
    assert found == {
        "geo": pytest.approx(named["geo"] - named["nearest_source-geo"]),
        "fam": pytest.approx(named["fam"] - named["nearest_source-fam"]),
        "accuracy": pytest.approx(named["accuracy"] - named["best_source-target_dev"]),
        "": pytest.approx(named["geo"] - named["nearest_source-fam"]),
    }
