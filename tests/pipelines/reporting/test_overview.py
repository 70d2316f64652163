from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.reporting.overview import Scope, _every_other, layer_overview
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.statistics.alignment_metrics import summary_metric
from isogloss.statistics.intervals import standard_error
from tests.pipelines.reporting.conftest import LANGUAGES, beats

if TYPE_CHECKING:
    from collections.abc import Callable

    from isogloss.tensors import TensorFile

PARAMETERS = ReportingParameters(rounds=400)
METRICS = ("mexa", "mexa_at_60", "mexa_at_100", "auc", "cosine", "retrieval", "recall_at_1")
SCOPE = Scope(METRICS, range(4), 0.95)


@pytest.fixture(scope="module")
def by_layer(stored: StoredOutcomes) -> pd.DataFrame:
    return layer_overview(stored, SCOPE, PARAMETERS)


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
    narrow = layer_overview(stored, Scope(("auc",), range(4), 0.5), PARAMETERS)
    wide = by_layer[by_layer["metric"] == "auc"]
    assert (narrow["ci_high"] < wide["ci_high"].to_numpy()).all()
    assert narrow["held_out_ci_low"].max() > wide["held_out_ci_low"].max()


def test_influences_are_those_of_the_delete_one_jackknife(
    stored: StoredOutcomes, cosines: Callable[[int, str, str], NDArray[np.float64]]
) -> None:
    def mexa(similarity: NDArray[np.float64]) -> float:
        return float((beats(similarity).sum(axis=1) == 0).mean())

    pairs = list(combinations(LANGUAGES, 2))
    left_out = np.zeros(60)
    for j in range(60):
        keep = np.delete(np.arange(60), j)
        left_out[j] = np.mean([mexa(cosines(1, a, b)[np.ix_(keep, keep)]) for a, b in pairs])
    found = summary_metric("mexa").values(stored.read(0, 1), 299).averaged().influence[0]
    np.testing.assert_allclose(found, 59 * (left_out.mean() - left_out), atol=1e-12)


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
    rows = layer_overview(stored, Scope(("mexa_at_60",), range(2), 0.95), PARAMETERS)
    assert rows["selected"].tolist() == [False, True, False, False]
    assert not rows["tied_with_selected"][2:].any()
    assert rows["layer_last"].tolist() == [1] * 4


def test_two_samples_narrow_the_band(two_samples: TensorFile, by_layer: pd.DataFrame) -> None:
    both = layer_overview(StoredOutcomes("mean", two_samples), SCOPE, PARAMETERS)
    row = both[(both["metric"] == "auc") & (both["layer"] == 1)].iloc[0]
    single = by_layer[(by_layer["metric"] == "auc") & (by_layer["layer"] == 1)].iloc[0]
    assert row["sentences"] == 120
    assert row["samples"] == 2
    ratio = (row["ci_high"] - row["ci_low"]) / (single["ci_high"] - single["ci_low"])
    assert 0.5 < ratio < 0.95


def test_sentences_of_several_samples_choose_or_report_but_not_both() -> None:
    halves = _every_other([["a", "b", "c"], ["c", "a", "d"]])
    assert [half.tolist() for half in halves] == [[True, False, True], [True, True, False]]
