from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

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
        "pivot": 4,
        "own": 5,
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
    assert table[["ci_low", "ci_high"]].abs().max(axis=None) <= 1
    assert table["ci_low"].min() < 0
