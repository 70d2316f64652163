from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.alignment.similarity import Workers
from isogloss.pipelines.alignment.summary import SUMMARY_COLUMNS, layers_in_range, summarise
from isogloss.pipelines.alignment.tables import alignment_table
from isogloss.statistics.intervals import distinct_hits, proportion_interval, standard_error
from isogloss.tensors import TensorFile
from tests.pipelines.alignment.conftest import make_vectors

LAYERS, N = 5, 20


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredOutcomes:
    path: Path = tmp_path_factory.mktemp("outcomes") / "mean.safetensors"
    layers = [
        measure_layer(
            make_vectors(3, N, 16, seed=3, noise=1 + abs(layer - 2) / 2),
            Settings((8,), 4),
            Workers(1),
        )
        for layer in range(LAYERS)
    ]
    tensors = {f"0/{name}": np.stack([layer[name] for layer in layers]) for name in layers[0]}
    metadata = {
        "languages": ["a", "b", "c"],
        "pairs": [["a", "b"], ["a", "c"], ["b", "c"]],
        "samples": {"0": [str(row) for row in range(N)]},
        "n_pool": {"0": 3 * N - 1},
        "final_norm": True,
    }
    save_file(tensors, path, metadata={name: json.dumps(value) for name, value in metadata.items()})
    return StoredOutcomes("mean", TensorFile(str(path)))


def parameters(**settings: object) -> AlignmentParameters:
    return AlignmentParameters.model_validate({"pool_sizes": [8], **settings})


def test_mean_over_inner_layers_is_the_mean_of_the_table(stored: StoredOutcomes) -> None:
    summary = summarise("m", [stored], parameters())
    assert list(summary.columns) == list(SUMMARY_COLUMNS)
    table = alignment_table("m", [stored], parameters())
    inner = table[table["layer"].between(1, 3)].groupby(["language_a", "language_b"])
    for metric, columns in {
        "cosine": ["cosine"],
        "mexa": ["mexa"],
        "mexa_at_8": ["mexa_at_8"],
        "retrieval": ["retrieval_rank_score"],
        "recall_at_1": ["recall_at_1_ab", "recall_at_1_ba"],
        "contrast": ["contrast"],
        "cka": ["cka"],
        "auc": ["auc"],
    }.items():
        rows = summary[(summary["metric"] == metric) & (summary["aggregation"] == "mean")]
        np.testing.assert_allclose(
            rows["score"], inner[columns].mean().mean(axis=1), err_msg=metric
        )
        assert (rows[["layer_first", "layer_last", "best_layer"]] == [1, 3, -1]).all(axis=None)
        assert (rows["n"] == N).all()


def test_interval_of_the_mean_follows_from_sentence_means_over_layers(
    stored: StoredOutcomes,
) -> None:
    summary = summarise("m", [stored], parameters(layer_range="all"))
    rows = summary[(summary["metric"] == "cosine") & (summary["aggregation"] == "mean")]
    by_sentence = stored.file.read("0/cosine").astype(float).mean(axis=0)
    error = by_sentence.std(axis=1, ddof=1) / np.sqrt(N)
    score = rows["score"].to_numpy()
    reach = 2.093024 * error / (1 - score**2)
    np.testing.assert_allclose(np.arctanh(rows["ci_high"]) - np.arctanh(score), reach, rtol=1e-5)
    rescues = stored.file.read("0/rescues").astype(float)
    hits = (stored.file.read("0/beaten") == 0).astype(float)
    influence = (hits - rescues).mean(axis=0)
    excess = rescues.mean(axis=2).sum(axis=0) / LAYERS**2
    rows = summary[(summary["metric"] == "mexa") & (summary["aggregation"] == "mean")]
    error = standard_error(influence - influence.mean(axis=1, keepdims=True), excess)
    low, _ = proportion_interval(
        rows["score"].to_numpy(), error, N, hitting=distinct_hits(hits.mean(axis=0))
    )
    np.testing.assert_allclose(rows["ci_low"], low)


def test_split_maximum_is_chosen_on_odd_and_reported_on_even_positions(
    stored: StoredOutcomes,
) -> None:
    summary = summarise("m", [stored], parameters(layer_range="all"))
    rows = summary[(summary["metric"] == "cosine") & (summary["aggregation"] == "max")]
    cosine = stored.file.read("0/cosine").astype(float)
    best = cosine[:, :, ::2].mean(axis=2).argmax(axis=0)
    assert (best == 2).all()  # where the planted noise is least
    np.testing.assert_array_equal(rows["best_layer"], best)
    even = cosine[2, :, 1::2]
    np.testing.assert_allclose(rows["score"], even.mean(axis=1))
    assert (rows["n"] == N // 2).all()
    error = even.std(axis=1, ddof=1) / np.sqrt(N // 2)
    score = rows["score"].to_numpy()
    reach = 2.262157 * error / (1 - score**2)
    np.testing.assert_allclose(np.arctanh(rows["ci_high"]) - np.arctanh(score), reach, rtol=1e-5)


def test_same_maximum_is_that_of_the_thesis(stored: StoredOutcomes) -> None:
    given = parameters(layer_range="all", max_selection="same")
    summary = summarise("m", [stored], given)
    hits = (stored.file.read("0/beaten") == 0).mean(axis=2)
    rows = summary[(summary["metric"] == "mexa") & (summary["aggregation"] == "max")]
    np.testing.assert_allclose(rows["score"], hits.max(axis=0))
    np.testing.assert_array_equal(rows["best_layer"], hits.argmax(axis=0))
    assert ((rows["ci_low"] < rows["score"]) & (rows["score"] <= rows["ci_high"])).all()
    assert (rows["layer_last"] == LAYERS - 1).all()
    assert summarise("m", [stored], given).equals(summary)  # the seed is a parameter


def test_what_is_undefined_stays_so(stored: StoredOutcomes) -> None:
    summary = summarise("m", [stored], parameters(pool_sizes=[8, 50]))
    rows = summary[summary["metric"] == "mexa_at_50"]
    assert rows[["score", "ci_low", "ci_high"]].isna().all(axis=None)
    assert (rows["best_layer"] == -1).all()
    assert (rows["n_pool"] == 50).all()


def test_floors_are_those_of_the_layers(stored: StoredOutcomes) -> None:
    summary = summarise("m", [stored], parameters())
    floors = stored.file.read("0/mexa_floor")
    rows = summary[summary["metric"] == "mexa"]
    mean, best = (rows[rows["aggregation"] == name] for name in ("mean", "max"))
    np.testing.assert_allclose(mean["floor"], floors[1:4].mean(axis=0))
    np.testing.assert_allclose(best["floor"], floors[best["best_layer"], np.arange(3)])
    same = summarise("m", [stored], parameters(max_selection="same"))
    assert same.loc[same["aggregation"] == "max", "floor"].isna().all()
    assert summary.loc[summary["metric"] == "retrieval", "floor"].isna().all()


def test_layer_ranges() -> None:
    assert layers_in_range(parameters(), 6) == range(1, 5)
    assert layers_in_range(parameters(), 6, final_norm=False) == range(1, 6)
    assert layers_in_range(parameters(layer_range="all"), 6) == range(6)
    assert layers_in_range(parameters(layer_range=[2, 5]), 6) == range(2, 6)
    with pytest.raises(ValueError, match=r"\(2, 6\) does not fit a model with the layers 0..5"):
        layers_in_range(parameters(layer_range=[2, 6]), 6)
    with pytest.raises(ValueError, match="'inner' does not fit"):
        layers_in_range(parameters(), 2)
