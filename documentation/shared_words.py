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
        shared = shared_words(list(own[PIVOT]), list(own[code]))
        alike = np.array([bool(words) for words in shared])
        small = count_small(list(own[PIVOT]), shared)
        cells = [
            _mean(hits[chosen])
            for hits in (hits_of(file, code) for file in files.values())
            for chosen in (alike, ~alike)
        ]
        rows.append([cell(names[code]), str(int(alike.sum())), str(small), *cells])
    heads = [f"{name}, {which}" for name in models.values() for which in ("sharing", "others")]
    return table(["language", "sentences that share", "only small words", *heads], rows)


def shared_words(first: Sequence[str], second: Sequence[str]) -> list[set[str]]:
    """Give of every pair of sentences the numbers and words in Latin letters that are in both."""
    words = [
        [set(WRITTEN_ALIKE.findall(str(text).casefold())) for text in texts]
        for texts in (first, second)
    ]
    return [a & b for a, b in zip(*words, strict=True)]


def count_small(texts: Sequence[str], shared: Sequence[set[str]]) -> int:
    """Count sentences of which only words are shared that the first language writes small.

    They are no names and no numbers, such as `site` and `culture` in English and French.

    Args:
        texts: sentences of the first language.
        shared: casefolded words of each that the second language has too.
    """
    return sum(
        bool(words) and all(word.isalpha() for word in words) and words <= _words(text)
        for text, words in zip(texts, shared, strict=True)
    )


def hits_of(file: StoredOutcomes, language: str) -> NDArray[np.float64]:
    """Give the share of pools and inner layers in which each sentence finds its translation."""
    pair = next(place for place, names in enumerate(file.pairs) if set(names) == {PIVOT, language})
    layers = range(1, file.layers - 1 if file.final_norm else file.layers)
    beaten = np.stack([file.read_one(0, layer, "beaten")[pair] for layer in layers])
    return np.asarray(expected_hits(beaten, POOL).mean(axis=0), np.float64)


def _words(text: str) -> set[str]:
    return set(WRITTEN_ALIKE.findall(str(text)))


def _mean(hits: NDArray[np.float64]) -> str:
    """Write a mean with its interval over sentences; the pool stays that of all sentences."""
    mean, error = hits.mean(), hits.std(ddof=1) / np.sqrt(len(hits))
    low, high = proportion_interval(
        np.array(mean), np.array(error), len(hits), hitting=distinct_hits(hits)
    )
    return f"{format_score(float(mean))} {format_interval(float(low), float(high))}"
