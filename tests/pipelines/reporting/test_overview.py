from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.outcomes import OutcomeFile
from isogloss.pipelines.reporting.overview import layer_overview, pivot_overview
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.statistics.intervals import standard_error

if TYPE_CHECKING:
    from isogloss.tensors import TensorFile

PARAMETERS = ReportingParameters(rounds=400)


@pytest.fixture(scope="module")
def by_layer(file: TensorFile) -> pd.DataFrame:
    return layer_overview("mean", OutcomeFile(file), "tiny_q4", PARAMETERS)


def test_layers_are_means_over_pairs(file: TensorFile, by_layer: pd.DataFrame) -> None:
    rows = by_layer[by_layer["metric"] == "mexa_at_60"]
    hits = (file.read("0/beaten") == 0).mean(axis=(1, 2))
    np.testing.assert_allclose(rows["score"], hits)
    assert rows["layer"].tolist() == [0, 1, 2, 3]
    assert set(rows["pairs"]) == {10}
    assert set(rows["n"]) == {60}
    assert rows["chance"].tolist() == [1 / 119] * 4


def test_band_is_that_of_the_pair_average_over_sentences(
    file: TensorFile, by_layer: pd.DataFrame
) -> None:
    row = by_layer[(by_layer["metric"] == "cosine") & (by_layer["layer"] == 1)].iloc[0]
    averaged = file.read("0/cosine", 1).astype(np.float64).mean(axis=0)
    reach = 2.0009953 * averaged.std(ddof=1) / np.sqrt(60)
    assert row["ci_high"] - row["score"] == pytest.approx(reach)
    assert row["score"] - row["ci_low"] == pytest.approx(reach)


def _row(table: pd.DataFrame, metric: str, layer: int) -> dict[str, Any]:
    found = table[(table["metric"] == metric) & (table["layer"] == layer)]
    return {str(name): value for name, value in found.iloc[0].items()}


def test_pairs_are_not_taken_as_independent(file: TensorFile, by_layer: pd.DataFrame) -> None:
    row = _row(by_layer, "cosine", 2)
    values = file.read("0/cosine", 2).astype(np.float64)
    centred = values - values.mean(axis=1, keepdims=True)
    naive = np.sqrt((standard_error(centred) ** 2).sum()) / len(values)
    assert (row["ci_high"] - row["score"]) / 2.0009953 > 1.2 * naive


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


def test_two_samples_narrow_the_band(two_samples: TensorFile, by_layer: pd.DataFrame) -> None:
    both = layer_overview("mean", OutcomeFile(two_samples), "tiny_q4", PARAMETERS)
    row = both[(both["metric"] == "auc") & (both["layer"] == 1)].iloc[0]
    single = by_layer[(by_layer["metric"] == "auc") & (by_layer["layer"] == 1)].iloc[0]
    assert row["sentences"] == 120
    assert row["samples"] == 2
    ratio = (row["ci_high"] - row["ci_low"]) / (single["ci_high"] - single["ci_low"])
    assert 0.5 < ratio < 0.95


def test_languages_are_ranked_with_their_ties(file: TensorFile, summary: pd.DataFrame) -> None:
    ranking = pivot_overview({"mean": OutcomeFile(file)}, summary, "eng", PARAMETERS)
    assert set(ranking["language"].head(2)) == {"deu", "fra"}
    assert ranking["language"].tolist()[2:] == ["swh", "yor"]
    assert ranking["rank"].tolist() == [1, 2, 3, 4]
    assert ranking["tied_with_best"].tolist() == [True, True, False, False]
    assert ranking["tied_with_next"].tolist()[0]
    assert not ranking["tied_with_next"].tolist()[1]
    assert set(ranking["metric"]) == {"mexa_at_60"}
    assert ranking["chance"].tolist() == [1 / 119] * 4
    assert ranking["difference_to_best"].iloc[0] == 0
    third = ranking.iloc[2]
    assert third["difference_to_best"] == pytest.approx(third["score"] - ranking["score"].iloc[0])
    assert third["difference_to_best_ci_high"] < 0


def test_scores_come_from_the_summary(file: TensorFile, summary: pd.DataFrame) -> None:
    ranking = pivot_overview({"mean": OutcomeFile(file)}, summary, "yor", PARAMETERS)
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


def test_an_unknown_pivot_is_refused(file: TensorFile, summary: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no pair with the pivot 'kor'"):
        pivot_overview({"mean": OutcomeFile(file)}, summary, "kor", PARAMETERS)
