from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.reporting.overview import layer_overview, pivot_overview
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.statistics.intervals import standard_error
from tests.pipelines.reporting.conftest import LANGUAGES, beats

if TYPE_CHECKING:
    from collections.abc import Callable

    from isogloss.tensors import TensorFile

PARAMETERS = ReportingParameters(rounds=400)
METRICS = ["mexa", "mexa_at_60", "mexa_at_100", "auc", "cosine", "retrieval", "recall_at_1"]


@pytest.fixture(scope="module")
def by_layer(stored: StoredOutcomes) -> pd.DataFrame:
    return layer_overview(stored, METRICS, range(4), PARAMETERS, 0.95)


def test_layers_are_means_over_pairs(file: TensorFile, by_layer: pd.DataFrame) -> None:
    rows = by_layer[by_layer["metric"] == "mexa_at_60"]
    hits = (file.read("0/beaten") == 0).mean(axis=(1, 2))
    np.testing.assert_allclose(rows["score"], hits)
    assert rows["layer"].tolist() == [0, 1, 2, 3]
    assert set(rows["pairs"]) == {10}
    assert set(rows["n"]) == {60}
    assert rows["chance"].tolist() == [1 / 119] * 4
    np.testing.assert_allclose(rows["floor"], file.read("0/mexa_floor").mean(axis=1))


def test_metrics_that_the_sample_is_too_small_for_are_left_out(by_layer: pd.DataFrame) -> None:
    assert list(pd.unique(by_layer["metric"])) == [name for name in METRICS if "100" not in name]


def test_intervals_have_the_confidence_asked_for(
    stored: StoredOutcomes, by_layer: pd.DataFrame
) -> None:
    narrow = layer_overview(stored, ["auc"], range(4), PARAMETERS, 0.5)
    wide = by_layer[by_layer["metric"] == "auc"]
    assert (narrow["ci_high"] < wide["ci_high"].to_numpy()).all()
    assert narrow["held_out_ci_low"].max() > wide["held_out_ci_low"].max()


def test_influences_are_those_of_the_delete_one_jackknife(
    file: TensorFile,
    by_layer: pd.DataFrame,
    cosines: Callable[[int, str, str], NDArray[np.float64]],
) -> None:
    def mexa(similarity: NDArray[np.float64]) -> float:
        return float((beats(similarity).sum(axis=1) == 0).mean())

    pairs = list(combinations(LANGUAGES, 2))
    left_out = np.zeros(60)
    for j in range(60):
        keep = np.delete(np.arange(60), j)
        left_out[j] = np.mean([mexa(cosines(1, a, b)[np.ix_(keep, keep)]) for a, b in pairs])
    variance = 59 / 60 * np.square(left_out - left_out.mean()).sum()
    row = _row(by_layer, "mexa", 1)
    error = (row["ci_high"] - row["ci_low"]) / 2 / 2.0009953
    # Some of the jackknife's variance is counted twice, and taken off.
    rescues = file.read("0/rescues", 1).mean(axis=1).sum() / 10**2
    expected = np.sqrt(variance - rescues / 60)
    assert error == pytest.approx(expected, rel=0.01)
    assert error < 0.9 * np.sqrt(variance)


def test_band_is_that_of_the_pair_average_over_sentences(
    file: TensorFile, by_layer: pd.DataFrame
) -> None:
    row = by_layer[(by_layer["metric"] == "cosine") & (by_layer["layer"] == 1)].iloc[0]
    averaged = file.read("0/cosine", 1).astype(np.float64).mean(axis=0)
    reach = 2.0009953 * averaged.std(ddof=1) / np.sqrt(60) / (1 - row["score"] ** 2)
    assert np.arctanh(row["ci_high"]) - np.arctanh(row["score"]) == pytest.approx(reach)
    assert np.arctanh(row["score"]) - np.arctanh(row["ci_low"]) == pytest.approx(reach)
    assert row["confidence"] == 0.95


def _row(table: pd.DataFrame, metric: str, layer: int) -> dict[str, Any]:
    found = table[(table["metric"] == metric) & (table["layer"] == layer)]
    return {str(name): value for name, value in found.iloc[0].items()}


def test_pairs_are_not_taken_as_independent(file: TensorFile, by_layer: pd.DataFrame) -> None:
    row = _row(by_layer, "cosine", 2)
    values = file.read("0/cosine", 2).astype(np.float64)
    centred = values - values.mean(axis=1, keepdims=True)
    naive = np.sqrt((standard_error(centred) ** 2).sum()) / len(values)
    assert (row["ci_high"] - row["ci_low"]) / 2 / 2.0009953 > 1.2 * naive


def test_best_layer_is_chosen_on_odd_and_measured_on_even_sentences(
    file: TensorFile, by_layer: pd.DataFrame
) -> None:
    rows = by_layer[by_layer["metric"] == "mexa_at_60"].set_index("layer")
    hits = (file.read("0/beaten") == 0).mean(axis=1)
    best = int(hits[:, 0::2].mean(axis=1).argmax())
    assert best == 2
    assert rows["selected"].tolist() == [False, False, True, False]
    row = _row(by_layer, "mexa_at_60", 2)
    assert row["held_out_score"] == pytest.approx(hits[2, 1::2].mean())
    assert row["held_out_ci_low"] < row["held_out_score"] < row["held_out_ci_high"]
    assert rows["held_out_score"].notna().sum() == 1
    assert rows["tied_with_selected"].tolist()[2]
    assert not rows["tied_with_selected"].tolist()[0]


def test_the_best_layer_is_one_of_the_summary(stored: StoredOutcomes) -> None:
    rows = layer_overview(stored, ["mexa_at_60"], range(0, 2), PARAMETERS, 0.95)
    assert rows["selected"].tolist() == [False, True, False, False]
    assert not rows["tied_with_selected"][2:].any()
    assert rows["layer_last"].tolist() == [1] * 4


def test_two_samples_narrow_the_band(two_samples: TensorFile, by_layer: pd.DataFrame) -> None:
    both = layer_overview(StoredOutcomes("mean", two_samples), METRICS, range(4), PARAMETERS, 0.95)
    row = both[(both["metric"] == "auc") & (both["layer"] == 1)].iloc[0]
    single = by_layer[(by_layer["metric"] == "auc") & (by_layer["layer"] == 1)].iloc[0]
    assert row["sentences"] == 120
    assert row["samples"] == 2
    ratio = (row["ci_high"] - row["ci_low"]) / (single["ci_high"] - single["ci_low"])
    assert 0.5 < ratio < 0.95


def test_languages_are_ranked_with_their_ties(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    ranking = pivot_overview([stored], summary, "eng", PARAMETERS)
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


def test_scores_come_from_the_summary(stored: StoredOutcomes, summary: pd.DataFrame) -> None:
    ranking = pivot_overview([stored], summary, "yor", PARAMETERS)
    pair = summary[
        (summary["language_a"] == "swh")
        & (summary["language_b"] == "yor")
        & (summary["metric"] == "mexa_at_60")
        & (summary["pooling"] == "mean")
        & (summary["aggregation"] == "mean")
    ].iloc[0]
    row = ranking[ranking["language"] == "swh"].iloc[0]
    assert row["score"] == pair["score"]
    assert row["ci_low"] == pair["ci_low"]


def test_an_unknown_pivot_is_refused(stored: StoredOutcomes, summary: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no pair with the pivot 'kor'"):
        pivot_overview([stored], summary, "kor", PARAMETERS)


def test_scores_are_judged_by_their_floor(stored: StoredOutcomes, summary: pd.DataFrame) -> None:
    low = summary.assign(floor=0.2).astype({"floor": "float64"})
    ranking = pivot_overview([stored], low, "eng", PARAMETERS)
    assert ranking["floor"].tolist() == [0.2] * 4
    assert ranking["above_floor"].tolist() == (ranking["ci_low"] > 0.2).tolist()
    assert not ranking["above_floor"].all()
    unknown = pivot_overview([stored], summary.assign(floor=np.nan), "eng", PARAMETERS)
    assert unknown["above_floor"].isna().all()


def test_a_metric_that_was_not_measured_is_refused(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    wanted = ReportingParameters(metric="mexa_at_40")
    with pytest.raises(ValueError, match="'mexa_at_40' was not measured.*one of mexa_at_60, mexa"):
        pivot_overview([stored], summary, "eng", wanted)
