"""The tables on merging of the page on public data."""

from __future__ import annotations

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
    "pivot": "English",
    "own": "the own one",
}
"""What merges are set beside -> how a column is headed."""
SHOWN = ("own", "joint", "best_source-source_dev", "mean_source", "pivot", "majority")
"""Classifiers that are shown beside merges and votes that have seen no label of the target."""


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
            rows.append([cell(recipe["label"]), mean.as_score(), spread, *gains])
    heads = [f"gain over {name}" for name in BASELINES.values()]
    return table(["classifier", "accuracy", "SD over seeds", *heads], rows)


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


def write_locales(merging: Mapping[str, Any], single: Mapping[str, float]) -> str:
    """Write a row a locale: accuracies, unknown tokens, and how often English answers the same."""
    rows = pd.DataFrame(merging["comparison"])
    spelling = pd.DataFrame(merging["spelling"]).set_index("locale")
    named = {
        "own": "own",
        "joint": "one of all",
        "pivot": "English",
        "nearest_source-syntax_knn": "nearest source",
        "leave_one_out": "all others merged",
        "majority": "most frequent intent",
    }
    return table(
        ["locale", "unknown", *named.values(), "one answer of English"],
        [
            [
                f"{row['locale']} {cell(row['name'])}",
                write_percent(spelling.loc[row["locale"], "unknown_share"]),
                *(format_score(float(row[column])) for column in named),
                format_score(single[row["locale"]]),
            ]
            for _, row in rows.iterrows()
        ],
    )


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
