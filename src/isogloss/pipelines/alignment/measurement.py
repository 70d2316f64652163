"""All layers of one pooling: which languages are read when, and where their outcomes go."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.pipelines.alignment.embeddings import EmbeddingError, Embeddings
from isogloss.pipelines.alignment.layer import Outcomes, Settings, measure_layer
from isogloss.pipelines.alignment.similarity import Workers, working
from isogloss.pipelines.alignment.vectors import Scale, dimension_scale
from isogloss.progress import progress
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from isogloss.pipelines.alignment.parameters import AlignmentParameters

Samples = Mapping[int, Sequence[str]]
Pairs = Sequence[tuple[str, str]]


def measure_pooling(
    embeddings: Embeddings, samples: Samples, pivot: str, parameters: AlignmentParameters
) -> TensorTable:
    """Measure alignment in all layers of one pooling.

    Args:
        embeddings: of the pooling.
        samples: sample -> sentence ids.
        pivot: the language that others are compared with in mode `pivot`.
        parameters: of the room.

    Returns:
        `<sample>/<outcome>`, see `measure_layer`, with the layers as first axis; metadata
        `languages`, `pairs`, `samples` (sample -> sentence ids), `n_pool` (sample -> candidates of
        a rank) and `final_norm`, all JSON.

    Raises:
        EmbeddingError: if the pivot or sentences of a sample have not been embedded, or a sample
            has fewer than two sentences.
    """
    _require(embeddings, samples, pivot, parameters)
    pairs = language_pairs(embeddings.languages, pivot, parameters.mode)
    store = _Store(embeddings.layers, len(pairs))
    settings = Settings(
        pool_sizes=parameters.pool_sizes,
        csls_neighbours=parameters.csls_neighbours,
        centering=parameters.centering,
        ranks=parameters.mode == "all_pairs",
        matrix_bytes=parameters.matrix_gib * 2**30,
    )
    title = f"Measuring alignment ({embeddings.pooling})"
    sentences = sum(len(identifiers) for identifiers in samples.values())
    with (
        working(_threads(parameters)) as workers,
        progress(title, embeddings.layers, items="layers", work="sentence pairs") as report,
    ):
        for layer in range(embeddings.layers):
            for sample, identifiers in samples.items():
                reader = _Reader(embeddings, layer, identifiers, parameters.standardise)
                if settings.ranks:
                    store.put(sample, layer, _all_pairs(reader, settings, workers))
                else:
                    for pair, outcomes in enumerate(_each_pair(reader, pairs, settings, workers)):
                        store.put(sample, layer, outcomes, pair)
            report.worked(len(pairs) * sentences)
            report.finished()
    return TensorTable(store.tensors, _metadata(embeddings, samples, pairs, settings))


def language_pairs(languages: Sequence[str], pivot: str, mode: str) -> list[tuple[str, str]]:
    """List the pairs to measure, the first language before the second by code point.

    Args:
        languages: in order of code point.
        pivot: for mode `pivot`.
        mode: `all_pairs` or `pivot`.
    """
    pairs = list(combinations(languages, 2))
    return pairs if mode == "all_pairs" else [pair for pair in pairs if pivot in pair]


@dataclass
class _Store:
    """Outcomes of all layers, allocated when the first of their kind arrives."""

    layers: int
    pairs: int
    tensors: dict[str, NDArray[Any]] = field(default_factory=dict)

    def put(self, sample: int, layer: int, outcomes: Outcomes, pair: int | None = None) -> None:
        """Store the outcomes of one layer: of all pairs, or of one."""
        for name, values in outcomes.items():
            key = f"{sample}/{name}"
            if key not in self.tensors:
                shape = values.shape if pair is None else (self.pairs, *values.shape[1:])
                self.tensors[key] = np.empty((self.layers, *shape), values.dtype)
            if pair is None:
                self.tensors[key][layer] = values
            else:
                self.tensors[key][layer, pair] = values[0]


@dataclass(frozen=True)
class _Reader:
    """Reads one sample in one layer."""

    embeddings: Embeddings
    layer: int
    identifiers: Sequence[str]
    standardise: bool

    def read(self, languages: Sequence[str]) -> NDArray[np.float32]:
        """Give the vectors of some languages, [languages, n, hidden]."""
        return np.stack(
            [self.embeddings.read(language, self.layer, self.identifiers) for language in languages]
        )

    def scale(self) -> Scale | None:
        """Measure all dimensions over all languages, if they are to be standardised."""
        if not self.standardise:
            return None
        return dimension_scale(
            self.embeddings.read(language, self.layer, self.identifiers)
            for language in self.embeddings.languages
        )


def _all_pairs(reader: _Reader, settings: Settings, workers: Workers) -> Outcomes:
    return measure_layer(
        reader.read(reader.embeddings.languages), settings, workers, reader.scale()
    )


def _each_pair(
    reader: _Reader, pairs: Pairs, settings: Settings, workers: Workers
) -> list[Outcomes]:
    """Measure pairs one by one, so that no more than two languages a thread are in memory."""
    scale = reader.scale()
    alone = replace(settings, matrix_bytes=np.inf)

    def measure(pair: tuple[str, str]) -> Outcomes:
        return measure_layer(reader.read(pair), alone, Workers(1), scale)

    return workers.map(measure, pairs)


def _require(
    embeddings: Embeddings, samples: Samples, pivot: str, parameters: AlignmentParameters
) -> None:
    if parameters.mode == "pivot" and pivot not in embeddings.languages:
        raise EmbeddingError(
            f"The pivot {pivot!r} has no embeddings; there are {embeddings.languages}. Set the "
            "parameter `pivot` to one of these, or embed it."
        )
    for sample, identifiers in samples.items():
        if len(identifiers) < 2:
            raise EmbeddingError(
                f"Sample {sample} has {len(identifiers)} sentence; alignment tells translations "
                "from other sentences and needs two or more. Raise sentence_sample.size."
            )
        embeddings.require(identifiers)


def _threads(parameters: AlignmentParameters) -> int:
    if parameters.threads != "auto":
        return parameters.threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _metadata(
    embeddings: Embeddings, samples: Samples, pairs: Pairs, settings: Settings
) -> dict[str, str]:
    languages = embeddings.languages
    pool = {
        sample: len(identifiers) * len(languages) - 1 if settings.ranks else len(identifiers)
        for sample, identifiers in samples.items()
    }
    described = {
        "languages": list(languages),
        "pairs": [list(pair) for pair in pairs],
        "samples": {sample: list(identifiers) for sample, identifiers in samples.items()},
        "n_pool": pool,
        "final_norm": embeddings.final_norm,
    }
    return {name: json.dumps(value, ensure_ascii=False) for name, value in described.items()}
