"""Stored outcomes of planted languages, made from similarity matrices by plain loops."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from isogloss.outcomes import StoredOutcomes
from isogloss.partitions import StoredPartitions
from isogloss.tensors import TensorFile

Floats = NDArray[np.float64]

LANGUAGES = ("deu", "eng", "fra", "swh", "yor")
NOISE = {"deu": 0.6, "eng": 0.3, "fra": 0.62, "swh": 2.0, "yor": 3.5}
LAYERS = 4
SENTENCES = 60


def similarity(layer: int, one: str, other: str, n: int, seed: int = 0) -> Floats:
    """Cosines of the sentences of two languages in a layer; layer 2 is the best aligned."""
    meaning = np.random.default_rng(seed).normal(size=(n, 24))
    blur = {0: 4.0, 1: 1.3, 2: 1.0, 3: 2.0}[layer]
    vectors = []
    for language in (one, other):
        own = np.random.default_rng([seed, layer, LANGUAGES.index(language)])
        found = meaning + blur * NOISE[language] * own.normal(size=(n, 24))
        vectors.append(found / np.linalg.norm(found, axis=1, keepdims=True))
    cosines: Floats = vectors[0] @ vectors[1].T
    return cosines


def beats(cosines: Floats) -> NDArray[np.bool_]:
    """Whether sentence j beats sentence i, the diagonal left out."""
    own = np.diag(cosines)[:, None]
    found: NDArray[np.bool_] = (cosines >= own) | (cosines.T >= own)
    np.fill_diagonal(found, False)
    return found


def _pair_outcomes(cosines: Floats) -> dict[str, NDArray[Any]]:
    n = len(cosines)
    beaten = beats(cosines)
    counts = beaten.sum(axis=1)
    own = np.diag(cosines)
    off = ~np.eye(n, dtype=bool)
    loss = ((cosines > own[:, None]) & off) * 1.0
    there = ((cosines >= own[:, None]) & off).sum(axis=1)
    back = ((cosines.T >= own[:, None]) & off).sum(axis=1)
    return {
        "beaten": counts.astype(np.uint16),
        "rescues": beaten[counts == 1].sum(axis=0).astype(np.uint16),
        "cosine": own.astype(np.float32),
        "baseline": ((cosines.sum(0) + cosines.sum(1) - 2 * own) / (2 * (n - 1))).astype(
            np.float32
        ),
        "auc": (1 - (loss.sum(0) + loss.sum(1)) / (2 * (n - 1))).astype(np.float32),
        "hit_ab": (there == 0).astype(np.uint8),
        "hit_ba": (back == 0).astype(np.uint8),
        "rescues_ab": np.zeros(n, np.uint16),
        "rescues_ba": np.zeros(n, np.uint16),
        "mid_rank": (1 + counts).astype(np.float32),
        "mexa_floor": np.float64(_floor(cosines)),
        "partner": _partners(cosines),
    }


def _mutual(cosines: Floats) -> NDArray[np.bool_]:
    rows, columns = cosines.max(axis=1)[:, None], cosines.max(axis=0)
    found: NDArray[np.bool_] = (cosines == rows) & (cosines == columns)
    return found


def _floor(cosines: Floats) -> float:
    return float(_mutual(cosines)[~np.eye(len(cosines), dtype=bool)].mean())


def _partners(cosines: Floats) -> NDArray[np.int32]:
    mutual = _mutual(cosines)
    return np.where(mutual.any(axis=1), mutual.argmax(axis=1), -1).astype(np.int32)


def write_outcomes(path: Path, samples: int = 1, n: int = SENTENCES) -> TensorFile:
    """Write what the alignment room stores for one pooling."""
    pairs = list(combinations(LANGUAGES, 2))
    tensors: dict[str, NDArray[Any]] = {}
    for sample in range(samples):
        cells = [
            [_pair_outcomes(similarity(layer, a, b, n, seed=sample)) for a, b in pairs]
            for layer in range(LAYERS)
        ]
        for name in cells[0][0]:
            stacked = np.stack([np.stack([pair[name] for pair in row]) for row in cells])
            tensors[f"{sample}/{name}"] = stacked
    ids = {sample: [f"{sample}-{i}" for i in range(n)] for sample in range(samples)}
    metadata = {
        "languages": list(LANGUAGES),
        "pairs": [list(pair) for pair in pairs],
        "samples": ids,
        "n_pool": {sample: n * len(LANGUAGES) - 1 for sample in range(samples)},
        "final_norm": True,
    }
    save_file(tensors, path, {name: json.dumps(value) for name, value in metadata.items()})
    return TensorFile(str(path))


@pytest.fixture(scope="session")
def cosines() -> Callable[[int, str, str], Floats]:
    return lambda layer, one, other: similarity(layer, one, other, SENTENCES)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> TensorFile:
    return write_outcomes(tmp_path_factory.mktemp("outcomes") / "mean.safetensors")


@pytest.fixture(scope="session")
def two_samples(tmp_path_factory: pytest.TempPathFactory) -> TensorFile:
    return write_outcomes(tmp_path_factory.mktemp("outcomes") / "mean.safetensors", samples=2)


@pytest.fixture(scope="session")
def outcomes(file: TensorFile) -> StoredPartitions[TensorFile]:
    return StoredPartitions({"seed": 1}, {"mean": {}, "last": {}}, lambda _pooling: file)


@pytest.fixture(scope="session")
def stored(file: TensorFile) -> StoredOutcomes:
    return StoredOutcomes("mean", file)


@pytest.fixture(scope="session")
def summary() -> pd.DataFrame:
    """`{model}.alignment_summary` of the outcomes: mean over the layers 1 and 2."""
    rows = []
    for one, other in combinations(LANGUAGES, 2):
        hits = [
            (beats(similarity(layer, one, other, SENTENCES)).sum(axis=1) == 0).mean()
            for layer in (1, 2)
        ]
        score = float(np.mean(hits))
        for metric, pooling in (("mexa_at_60", "mean"), ("mexa_at_60", "last"), ("mexa", "mean")):
            rows.append(
                {
                    "model": "tiny_q4",
                    "metric": metric,
                    "pooling": pooling,
                    "sample": 0,
                    "aggregation": "mean",
                    "language_a": one,
                    "language_b": other,
                    "score": score,
                    "n": SENTENCES,
                    "n_pool": SENTENCES,
                    "chance": 1 / 119,
                    "floor": 0.002,
                    "confidence": 0.95,
                    "ci_low": max(score - 0.1, 0),
                    "ci_high": min(score + 0.1, 1),
                    "layer_first": 1,
                    "layer_last": 2,
                    "best_layer": -1,
                }
            )
    means = pd.DataFrame(rows)
    return pd.concat([means, means.assign(aggregation="max", n=30)], ignore_index=True)


@pytest.fixture(scope="session")
def languages() -> pd.DataFrame:
    names = {"deu": "German", "eng": "English", "fra": "French", "swh": "Swahili", "yor": "Yoruba"}
    families = ["Indo-European"] * 3 + ["Atlantic-Congo"] * 2
    return pd.DataFrame(
        {
            "language": list(names),
            "name": list(names.values()),
            "family": families,
            "script": "Latn",
        }
    )
