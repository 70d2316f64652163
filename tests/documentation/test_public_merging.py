from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from documentation.public_merging import (
    read_single_answers,
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
    summary += [mean("leave_one_out", "pivot", 0.14 * seed, seed) for seed in (0, 1)]
    recipes: list[dict[str, object]] = [
        {"recipe": recipe, "label": recipe.replace("_", " "), "supervision": supervision}
        for recipe, supervision in labels.items()
    ]
    rows = write_merging({"summary": summary, "recipes": recipes}).splitlines()[2:]
    assert rows == [
        "| own | .91 [.81, 1.01] | .014 |  |  |  |  |  |",
        "| leave one out | .41 [.31, .51] | .014 |  |  |  | +.07 [-.03, .17] "
        "| **-.50 [-.60, -.40]** |",
    ]


def test_how_often_the_pivot_gives_one_answer_is_a_mean_over_seeds(tmp_path: Path) -> None:
    folder = tmp_path / "04_feature/encoder/source_logits"
    folder.mkdir(parents=True)
    for seed, answers in enumerate([[0, 0, 0, 1], [2, 2, 1, 0]]):
        save_file({"de-DE.test": np.eye(3)[answers]}, folder / f"en-US-{seed}.safetensors")
    merging = {"pivot": "en-US", "seeds": [0, 1], "locales": {"spelled": ["de-DE"]}}
    assert read_single_answers(tmp_path, "encoder", merging) == {"de-DE": pytest.approx(0.625)}


def test_a_locale_has_its_accuracies_and_what_cannot_be_spelled() -> None:
    accuracies = {"own": 0.9, "joint": 0.7, "pivot": float("nan"), "majority": 0.27}
    accuracies |= {"nearest_source-syntax_knn": 0.5, "leave_one_out": 0.6}
    merging = {
        "comparison": [{"locale": "ar-SA", "name": "Arabic", **accuracies}],
        "spelling": [{"locale": "ar-SA", "unknown_share": 0.0081}],
    }
    row = write_locales(merging, {"ar-SA": 0.85}).splitlines()[2]
    assert row == "| ar-SA Arabic | 0.81 % | .90 | .70 | – | .50 | .60 | .27 | .85 |"


def test_no_share_is_no_percentage() -> None:
    assert [write_percent(share) for share in (0.0, 0.64)] == ["0", "64 %"]
