from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from documentation.public_merging import (
    Sources,
    read_single_answers,
    read_sources,
    write_locales,
    write_merging,
    write_percent,
)


def mean(recipe: str, baseline: str, value: float, seed: int) -> dict[str, object]:
    bounds = {"ci_low": value - 0.1, "ci_high": value + 0.1, "n_locales": 13, "seed": seed}
    return {"recipe": recipe, "baseline": baseline, "mean": value, **bounds}


def test_merging_shows_means_over_seeds_and_what_differs_in_all() -> None:
    labels = {"own": "target_train", "leave_one_out": "none", "similarity": "target_dev"}
    summary = [
        mean(recipe, "", value + 0.02 * seed, seed)
        for seed in (0, 1)
        for recipe, value in {"own": 0.9, "leave_one_out": 0.4, "similarity": 0.5}.items()
    ]
    summary += [mean("leave_one_out", "own", -0.5, seed) for seed in (0, 1)]
    summary += [mean("leave_one_out", "nearest_source", 0.14 * seed, seed) for seed in (0, 1)]
    recipes: list[dict[str, object]] = [
        {"recipe": recipe, "label": recipe.replace("_", " "), "supervision": supervision}
        for recipe, supervision in labels.items()
    ]
    rows = write_merging({"summary": summary, "recipes": recipes}).splitlines()[2:]
    assert rows == [
        "| own | **train** | .91 [.81, 1.01] | .014 |  |  |  |  |",
        "| leave one out | none | .41 [.31, .51] | .014 |  | +.07 [-.03, .17] |  "
        "| **-.50 [-.60, -.40]** |",
    ]


def test_how_often_the_pivot_gives_one_answer_is_a_mean_over_seeds(tmp_path: Path) -> None:
    folder = tmp_path / "04_feature/encoder/source_logits"
    folder.mkdir(parents=True)
    for seed, answers in enumerate([[0, 0, 0, 1], [2, 2, 1, 0]]):
        save_file({"de-DE.test": np.eye(3)[answers]}, folder / f"en-US-{seed}.safetensors")
    merging = {"pivot": "en-US", "seeds": [0, 1], "locales": {"spelled": ["de-DE"]}}
    assert read_single_answers(tmp_path, "encoder", merging) == {"de-DE": pytest.approx(0.625)}


def test_a_locale_has_its_accuracies_and_what_its_own_classifier_does_elsewhere() -> None:
    accuracies = {"own": 0.9, "joint": 0.7, "pivot": float("nan"), "leave_one_out": 0.6}
    accuracies |= {"nearest_source-syntax_knn": 0.5}
    merging = {"comparison": [{"locale": "ar-SA", "name": "Arabic", **accuracies}]}
    accuracy = pd.DataFrame({"ar-SA": [np.nan, 0.5, 0.6], "de-DE": [0.1, np.nan, 0.2]})
    accuracy["it-IT"] = [0.2, 0.3, np.nan]
    sources = Sources(accuracy.set_axis(["ar-SA", "de-DE", "it-IT"]), {"ar-SA": "de-DE"})
    row = write_locales(merging, {"ar-SA": 0.85}, sources).splitlines()[2]
    assert row == ("| ar-SA Arabic | .90 | .70 | – | .50 de-DE | .60 | .60 it-IT | .85 | .15 |")


def test_sources_are_read_without_their_own_locales(tmp_path: Path) -> None:
    folder = tmp_path / "07_model_output/encoder"
    folder.mkdir(parents=True)
    rows = [("a", "a", "test", 0.9), ("a", "b", "test", 0.5), ("a", "b", "dev", 0.1)]
    rows += [("b", "a", "test", 0.2), ("a", "b", "test", 0.7)]
    columns = ["source", "target", "partition", "accuracy"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "transfer_accuracy.parquet")
    results = [("nearest_source", "a", "b"), ("pivot", "a", "c"), ("nearest_source", "b", "a")]
    pd.DataFrame(results, columns=["method", "locale", "source"]).to_parquet(
        tmp_path / "07_model_output/merge_results.parquet"
    )
    found = read_sources(tmp_path, "encoder")
    assert found.nearest == {"a": "b", "b": "a"}
    assert found.accuracy.loc["a", "b"] == pytest.approx(0.6)
    assert np.isnan(found.accuracy["a"]["a"])
    assert found.write_best("a") == ".20 b"
    assert found.write_elsewhere("a") == ".60"


def test_no_share_is_no_percentage() -> None:
    assert [write_percent(share) for share in (0.0, 0.64)] == ["0", "64 %"]
