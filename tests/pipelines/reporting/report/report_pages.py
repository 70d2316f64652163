"""A small report of small tables, for tests of what is on the page and how it behaves."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from isogloss.pictures import Picture
from isogloss.pipelines.reporting.claim_alignment import ABOVE_GUESSING
from isogloss.pipelines.reporting.claim_rows import ABOVE
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.report.page import Contents
from isogloss.pipelines.reporting.report.sections import Readers
from tests.scoreboard_tables import CELL, CLAIM, rows

CODES = ["deu", "eng", "swh", "tur"]
LANGUAGES = pd.DataFrame(
    {
        "language": CODES,
        "name": ["German", "English", "Swahili", "Turkish"],
        "family": ["Indo-European", "Indo-European", "Atlantic-Congo", "Turkic"],
        "genus": ["Germanic", "Germanic", "Bantu", "Oghuz"],
        "script": "Latn",
    }
)
PARAMETERS = ReportingParameters(
    model_labels={"gemma": "Gemma, 4-bit"}, corpora={"sample": "{n} sentences of ours"}
)
READERS: Readers = {"languages": LANGUAGES, "pivot": "eng", "parameters": PARAMETERS}
FACTS: dict[str, Any] = {
    "date": "2026-01-02 03:04 UTC",
    "versions": {"isogloss": "0.1.0", "python": "3.11.7"},
    "commit": "a" * 40,
    "changed": True,
    "environment": "thesis",
    "models": {"gemma": {"kind": "causal", "quantisation": "4bit", "licence": "Gemma terms"}},
    "seeds": {"tasks.seed": 0},
    "changed_parameters": {"tasks.shots": [5, 2]},
    "docs": "../../site",
    "files": {"task_scores": "task_scores.csv", "scoreboard": "scoreboard.csv"},
    "outdated": [],
}


def layer_scores(model: str = "gemma") -> pd.DataFrame:
    """Give the alignment of every two languages in layers 0, 1 and 2: .1, .2, .3 and so on."""
    pairs = [(a, b) for place, a in enumerate(CODES) for b in CODES[place + 1 :]]
    table = pd.DataFrame(
        [
            {"layer": layer, "language_a": a, "language_b": b, "place": place + 6 * layer}
            for layer in range(3)
            for place, (a, b) in enumerate(pairs)
        ]
    )
    score = 0.05 * table.pop("place")
    return table.assign(
        model=model, pooling="mean", sample=0, n=60, chance=1 / 119, mexa_at_60=score,
        mexa_at_60_ci_low=score - 0.04, mexa_at_60_ci_high=score + 0.04,
    )  # fmt: skip


def summary(model: str = "gemma") -> pd.DataFrame:
    """Give the means over layers 1 and 2 of `layer_scores`."""
    table = layer_scores(model)
    inner = table[table["layer"] > 0]
    keys = ["model", "pooling", "sample", "language_a", "language_b", "n", "chance"]
    means = inner.groupby(keys, as_index=False)[["mexa_at_60"]].mean()
    return means.rename(columns={"mexa_at_60": "score"}).assign(
        metric="mexa_at_60", aggregation="mean", ci_low=np.nan, ci_high=np.nan, n_pool=60,
        floor=0.0, layer_first=1, layer_last=2,
    )  # fmt: skip


def ranking() -> pd.DataFrame:
    """Give what `pivot_overview` says of three languages."""
    return pd.DataFrame(
        {
            "model": "gemma", "pooling": "mean", "metric": "mexa_at_60", "aggregation": "mean",
            "language": ["deu", "tur", "swh"], "score": [0.8, 0.4, 0.0],
            "ci_low": [0.7, 0.3, 0.0], "ci_high": [0.9, 0.5, 0.06], "n": 60, "chance": 1 / 119,
            "above_random_pairing": [True, True, False],
        }
    )  # fmt: skip


def picture(title: str = "Alignment of every pair", caption: str = "n = 60.") -> Picture:
    """Draw a figure that has clip paths, markers, text and an image."""
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.plot([0, 1, 2], [0, 1, 0], marker="o")
    axes.imshow([[0, 1], [1, 0]])
    svg, png = StringIO(), BytesIO()
    figure.savefig(svg, format="svg", metadata={"Title": title, "Description": caption})
    figure.savefig(png, format="png", dpi=20)
    return Picture(png.getvalue(), svg.getvalue())


def scoreboard() -> pd.DataFrame:
    """Give cells of two studies; Swahili was not asked to read, and German is above chance."""
    alignment = {
        "study": "alignment", "metric": "mexa_at_60", "n": 60, "unit": "sentences",
        "source": "pivot_overview", "formula": "methods/alignment.md#summary-over-layers",
    }  # fmt: skip
    return rows(
        CELL,
        {"language": "deu", "value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "above_chance": True},
        {"language": "tur", "value": 0.3, "ci_low": 0.2, "ci_high": 0.4, "above_chance": False},
        {**alignment, "language": "swh", "value": 0.0, "ci_low": 0.0, "ci_high": 0.06},
        {**alignment, "language": "deu", "value": 0.8, "ci_low": 0.7, "ci_high": 0.9},
        {**alignment, "language": "tur", "value": 0.4, "ci_low": 0.3, "ci_high": 0.5},
    )


def claims() -> pd.DataFrame:
    """Give a claim that is carried."""
    further = {"items": 20, "of": 2, "data": "sample", ABOVE: ["deu"]}
    further |= {"highest": ["deu", 0.5, 0.4, 0.6]}
    said = {"subject": ABOVE_GUESSING, "language": "deu", "further": json.dumps(further)}
    return rows(CLAIM, said)


def contents(**changes: Any) -> Contents:
    """Give what a report is made of, with some of it changed."""
    content: dict[str, Any] = {
        "sections": [],
        "scoreboard": scoreboard(),
        "claims": claims(),
        "summary": "One thing was learned.",
        "facts": FACTS,
        "languages": LANGUAGES,
        "pivot": "eng",
        "corpus": "sample",
        "parameters": PARAMETERS,
        **changes,
    }
    return cast("Contents", content)
