"""How much of an alignment rests on what two languages write alike: digits and Latin words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from documentation.markdown import cell, table
from isogloss.figures.formats import format_interval, format_score
from isogloss.outcomes import StoredOutcomes
from isogloss.statistics.intervals import distinct_hits, proportion_interval
from isogloss.statistics.subpools import expected_hits
from isogloss.tensors import TensorFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PIVOT, POOL = "eng", 100
WRITTEN_ALIKE = re.compile(r"\d+|[A-Za-zÀ-ɏ]{3,}")


def write_shared(
    data_root: Path, models: Mapping[str, str], languages: Sequence[str], names: pd.Series[str]
) -> str:
    """Write a row a language: alignment of sentences that share a word with English, and of others.

    Args:
        data_root: of the run.
        models: model -> how a column is headed.
        languages: rows.
        names: code -> name of a language.
    """
    sentences = pd.read_parquet(data_root / "03_primary/parallel_sentences.parquet")
    texts = sentences.pivot_table("text", "sentence_id", "language", aggfunc="first")
    files = {
        model: StoredOutcomes(
            "mean", TensorFile(str(data_root / f"04_feature/{model}/outcomes/mean.safetensors"))
        )
        for model in models
    }
    ids = next(iter(files.values())).samples[0]
    own = texts.set_axis(texts.index.astype(str)).loc[ids]
    rows = []
    for code in languages:
        alike = shares_words(list(own[PIVOT]), list(own[code]))
        cells = [
            _mean(hits[chosen])
            for hits in (hits_of(file, code) for file in files.values())
            for chosen in (alike, ~alike)
        ]
        rows.append([cell(names[code]), str(int(alike.sum())), *cells])
    heads = [f"{name}, {which}" for name in models.values() for which in ("sharing", "others")]
    return table(["language", "sentences that share", *heads], rows)


def shares_words(first: Sequence[str], second: Sequence[str]) -> NDArray[np.bool_]:
    """Say of every pair of sentences whether a number or a word in Latin letters is in both."""
    words = [
        [set(WRITTEN_ALIKE.findall(str(text).casefold())) for text in texts]
        for texts in (first, second)
    ]
    return np.array([bool(a & b) for a, b in zip(*words, strict=True)])


def hits_of(file: StoredOutcomes, language: str) -> NDArray[np.float64]:
    """Give the share of pools and inner layers in which each sentence finds its translation."""
    pair = next(place for place, names in enumerate(file.pairs) if set(names) == {PIVOT, language})
    layers = range(1, file.layers - 1 if file.final_norm else file.layers)
    beaten = np.stack([file.read_one(0, layer, "beaten")[pair] for layer in layers])
    return np.asarray(expected_hits(beaten, POOL).mean(axis=0), np.float64)


def _mean(hits: NDArray[np.float64]) -> str:
    """Write a mean with its interval over sentences; the pool stays that of all sentences."""
    mean, error = hits.mean(), hits.std(ddof=1) / np.sqrt(len(hits))
    low, high = proportion_interval(
        np.array(mean), np.array(error), len(hits), hitting=distinct_hits(hits)
    )
    return f"{format_score(float(mean))} {format_interval(float(low), float(high))}"
