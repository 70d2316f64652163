from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.reporting.overview import Scope
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.ranking import pivot_overview

if TYPE_CHECKING:
    from isogloss.tensors import TensorFile

PARAMETERS = ReportingParameters(rounds=400)
SCOPE = Scope(("mexa_at_60", "mexa"), range(1, 3), 0.95)


def test_languages_are_ranked_with_their_ties(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    ranking = pivot_overview([stored], summary, SCOPE, "eng", PARAMETERS)
    assert set(ranking["language"].head(2)) == {"deu", "fra"}
    assert ranking["language"].tolist()[2:] == ["swh", "yor"]
    assert ranking["rank"].tolist() == [1, 2, 3, 4]
    assert ranking["tied_with_best"].tolist() == [True, True, False, False]
    assert ranking["tied_with_next"].tolist()[0]
    assert not ranking["tied_with_next"].tolist()[1]
    assert set(ranking["metric"]) == {"mexa_at_60"}
    np.testing.assert_allclose(ranking["chance"], 1 / 119)
    assert ranking["difference_to_best"].iloc[0] == 0
    third = ranking.iloc[2]
    assert third["difference_to_best"] == pytest.approx(third["score"] - ranking["score"].iloc[0])
    assert third["difference_to_best_ci_high"] < 0


def test_scores_are_means_over_the_layers_of_the_summary(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    ranking = pivot_overview([stored], summary, SCOPE, "yor", PARAMETERS)
    pair = summary[
        (summary["language_a"] == "swh")
        & (summary["language_b"] == "yor")
        & (summary["metric"] == "mexa_at_60")
        & (summary["pooling"] == "mean")
        & (summary["aggregation"] == "mean")
    ].iloc[0]
    row = ranking[ranking["language"] == "swh"].iloc[0]
    assert row["score"] == pytest.approx(pair["score"])
    assert row["ci_low"] < row["score"] < row["ci_high"]
    pairs = stored.pairs.index(("swh", "yor"))
    floors = [stored.read_one(0, layer, "mexa_floor")[pairs] for layer in (1, 2)]
    assert row["floor"] == pytest.approx(np.mean(floors))


def test_an_unknown_pivot_is_refused(stored: StoredOutcomes, summary: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no pair with the pivot 'kor'"):
        pivot_overview([stored], summary, SCOPE, "kor", PARAMETERS)


def test_a_language_is_told_from_a_random_pairing(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    ranking = pivot_overview([stored], summary, SCOPE, "eng", PARAMETERS).set_index("language")
    assert ranking.loc[["deu", "fra", "swh"], "above_random_pairing"].all()
    assert ranking["p_pairing"].between(1 / 401, 1).all()
    wide = Scope(SCOPE.metrics, SCOPE.layers, 1 - 1e-9)
    strict = pivot_overview([stored], summary, wide, "eng", PARAMETERS)
    assert not strict["above_random_pairing"].any()
    assert (ranking["p_pairing"] <= ranking["p_pairing_adjusted"]).all()


def test_samples_are_pooled(two_samples: TensorFile, summary: pd.DataFrame) -> None:
    both = StoredOutcomes("mean", two_samples)
    pooled = pivot_overview([both], summary, SCOPE, "eng", PARAMETERS).set_index("language")
    hits = [
        (both.read_one(sample, layer, "beaten")[both.pairs.index(("deu", "eng"))] == 0).mean()
        for sample in (0, 1)
        for layer in (1, 2)
    ]
    assert pooled.loc["deu", "score"] == pytest.approx(np.mean(hits))
    assert pooled.loc["deu", "samples"] == 2


def test_a_metric_that_was_not_measured_is_refused(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    wanted = ReportingParameters(metric="mexa_at_40")
    with pytest.raises(ValueError, match="'mexa_at_40' was not measured.*one of mexa_at_60, mexa"):
        pivot_overview([stored], summary, SCOPE, "eng", wanted)
