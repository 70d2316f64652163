"""The tables on merging of the page on public data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from documentation.markdown import cell, table
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.merge_means import Mean, average_means
from isogloss.tensors import TensorFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

BASELINES = {
    "own_sources": "its sources",
    "nearest_source": "the nearest source",
    "best_source-source_dev": "the best source",
    "own": "the own one",
}
"""What merges are set beside -> how a column is headed."""
SHOWN = ("own", "joint", "best_source-source_dev", "mean_source", "pivot", "majority")
"""Classifiers that are shown beside merges and votes that have seen no label of the target."""

LABELS = {"none": "none", "target_train": "**train**"}
"""How a recipe is supervised -> which labels of its target it has seen."""


@dataclass(frozen=True)
class Sources:
    """Classifiers of other locales.

    Attributes:
        accuracy: [source, target], on test utterances, mean of seeds; NaN on their own.
        nearest: target -> the source nearest by syntax.
    """

    accuracy: pd.DataFrame
    nearest: Mapping[str, str]

    def write_best(self, target: str) -> str:
        """Write which source is best on the test utterances of a target."""
        column = self.accuracy[target]
        return f"{format_score(float(column.max()))} {column.idxmax()}"

    def write_elsewhere(self, source: str) -> str:
        """Write how good a classifier is on the other locales, on average."""
        return format_score(float(self.accuracy.T[source].mean()))


def read_sources(data_root: Path, encoder: str) -> Sources:
    """Read how good every classifier is on other locales, and which one is nearest."""
    rows = pd.read_parquet(data_root / f"07_model_output/{encoder}/transfer_accuracy.parquet")
    rows = rows[(rows["partition"] == "test") & (rows["source"] != rows["target"])]
    results = pd.read_parquet(data_root / "07_model_output/merge_results.parquet")
    results = results[results["method"] == "nearest_source"]
    return Sources(
        rows.pivot_table("accuracy", "source", "target", aggfunc="mean"),
        dict(zip(results["locale"], results["source"], strict=True)),
    )


def write_merging(merging: Mapping[str, Any]) -> str:
    """Write a row a way to a classifier of a locale: mean accuracy, and gains over baselines."""
    means = average_means(pd.DataFrame(merging["summary"]))
    rows = []
    for recipe in merging["recipes"]:
        name = str(recipe["recipe"])
        if (name, "") in means and _is_shown(recipe):
            gains = [_gain(means.get((name, baseline))) for baseline in BASELINES]
            mean = means[name, ""]
            spread = format_score(mean.spread, 3)
            labels = LABELS[str(recipe["supervision"])]
            rows.append([cell(recipe["label"]), labels, mean.as_score(), spread, *gains])
    heads = [f"gain over {name}" for name in BASELINES.values()]
    return table(["classifier", "labels of the target", "accuracy", "SD over seeds", *heads], rows)


def read_single_answers(
    data_root: Path, encoder: str, merging: Mapping[str, Any]
) -> dict[str, float]:
    """Read how often the classifier of the pivot gives its most frequent answer, by locale."""
    folder = data_root / f"04_feature/{encoder}/source_logits"
    files = [
        TensorFile(str(folder / f"{merging['pivot']}-{n}.safetensors")) for n in merging["seeds"]
    ]
    return {
        locale: float(
            np.mean(
                [
                    np.bincount(file.read(f"{locale}.test").argmax(axis=1)).max()
                    / file.shape(f"{locale}.test")[0]
                    for file in files
                ]
            )
        )
        for locale in merging["locales"]["spelled"]
    }


def write_locales(merging: Mapping[str, Any], single: Mapping[str, float], sources: Sources) -> str:
    """Write a row a locale: accuracies on it, and how its own classifier does elsewhere.

    Args:
        merging: `merging.json` of the run.
        single: locale -> how often the pivot's classifier gives its most frequent answer.
        sources: classifiers of other locales.
    """
    named = {
        "own": "own",
        "joint": "one of all",
        "pivot": "English",
        "nearest_source-syntax_knn": "nearest source",
        "leave_one_out": "all others merged",
    }
    heads = ["best source (test labels)", "one answer of English", "its own elsewhere"]
    rows = []
    for _, row in pd.DataFrame(merging["comparison"]).iterrows():
        locale = str(row["locale"])
        cells = {name: format_score(float(row[name])) for name in named}
        cells["nearest_source-syntax_knn"] += f" {sources.nearest[locale]}"
        last = [format_score(single[locale]), sources.write_elsewhere(locale)]
        rows.append(
            [f"{locale} {cell(row['name'])}", *cells.values(), sources.write_best(locale), *last]
        )
    return table(["locale", *named.values(), *heads], rows)


def write_percent(value: object) -> str:
    """Write a share as percent: `0.81 %`, `0`."""
    return "0" if not float(str(value)) else f"{100 * float(str(value)):.2g} %"


def _is_shown(recipe: Mapping[str, object]) -> bool:
    """Leave out what has seen labels of the target, and votes that count heads."""
    name, labelled = str(recipe["recipe"]), recipe["supervision"] != "none"
    counted = name.startswith(("ensemble_majority", "ensemble_weighted"))
    return name in SHOWN or not (labelled or counted or name.startswith("best_source"))


def _gain(mean: Mean | None) -> str:
    if mean is None:
        return ""
    text = f"{mean.as_gain()} {mean.interval}".rstrip()
    return f"**{text}**" if mean.told else text
