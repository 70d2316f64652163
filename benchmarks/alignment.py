"""Alignment of all language pairs against the double loop of the MEXA reference.

102 languages x 100 sentences x 640 dimensions, 19 states, 3 poolings, of random vectors that share
what their sentences say. The reference computes MEXA alone, with one call of scipy's cosine a cell
in double precision, on one core; it is timed on single pairs and multiplied up. Ours computes every
metric, rank and influence; one pooling is run whole, reading from disk included, and counted three
times.
"""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.spatial.distance import cosine

from benchmarks.peak import interleaved, product_work
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.alignment.embeddings import open_embeddings
from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.measurement import measure_pooling
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.alignment.similarity import TILE, working
from isogloss.tensors import TensorFile

LANGUAGES, SENTENCES, HIDDEN, STATES, POOLINGS = 102, 100, 640, 19, 3
PAIRS = LANGUAGES * (LANGUAGES - 1) // 2
GIBIBYTE = 2.0**30


class Result(TypedDict):
    """What was measured; times in seconds, memory in GiB, shares in 0..1."""

    threads: int
    layer_seconds: float
    row_block_layer_seconds: float
    reference_pair_seconds: float
    speedup: float
    peak_gigaflops: float
    share_of_peak_full_product: float
    share_of_peak_executed: float
    pooling_seconds: float
    study_minutes: float
    reference_days: float
    process_peak_gib: float
    reference_peak_gib: float


def correlated_vectors(seed: int) -> NDArray[np.float32]:
    """Give one layer of all languages, float32 [languages, sentences, hidden].

    Args:
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    shape = (LANGUAGES, SENTENCES, HIDDEN)
    vectors = generator.standard_normal(shape, dtype=np.float32)
    vectors += generator.standard_normal(shape[1:], dtype=np.float32)
    return vectors + np.float32(0.5)


def reference_mexa(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Compute MEXA cell by cell: the strict row-and-column rule over scipy's cosines.

    Args:
        first: [sentences, hidden].
        second: their translations.
    """
    n = len(first)
    one, other = first.astype(np.float64), second.astype(np.float64)
    similarity = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            similarity[i, j] = 1 - cosine(one[i], other[j])
    hits = 0
    for i in range(n):
        row, column = np.delete(similarity[i], i), np.delete(similarity[:, i], i)
        hits += bool(similarity[i, i] > max(row) and similarity[i, i] > max(column))
    return hits / n


def _traced_peak(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / GIBIBYTE


def _save_embeddings(folder: Path) -> StoredPartitions[TensorFile]:
    names = [f"l{number:03d}" for number in range(LANGUAGES)]
    metadata = {"sentence_ids": json.dumps([str(row) for row in range(SENTENCES)])}
    layers = [correlated_vectors(state) for state in range(4)]
    for position, name in enumerate(names):
        states = np.stack([layers[state % len(layers)][position] for state in range(STATES)])
        save_file({"mean": states}, folder / f"{name}.safetensors", metadata=metadata)
    return StoredPartitions(
        {},
        {name: {} for name in names},
        lambda name: TensorFile(str(folder / f"{name}.safetensors")),
    )


def _time_pooling(threads: int) -> float:
    """Time one pooling: files read, all layers measured."""
    samples = {0: [str(row) for row in range(SENTENCES)]}
    parameters = AlignmentParameters(threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        embeddings = open_embeddings(_save_embeddings(Path(folder)), "mean")
        start = time.perf_counter()
        measure_pooling(embeddings, samples, "l000", parameters)
        return time.perf_counter() - start


def _time_in_turn(threads: int, repetitions: int) -> tuple[dict[str, float], float]:
    """Time peak, ours and the reference in turn; give medians and the peak's operations."""
    vectors = correlated_vectors(0)
    stored = Settings(pool_sizes=(60, 100), csls_neighbours=4)
    by_block = replace(stored, matrix_bytes=0)
    products = [product_work(seed=number) for number in range(threads)]
    with working(threads) as workers:
        # BLAS has one thread here, so the yardstick runs one product a thread.
        works: dict[str, Callable[[], object]] = {
            "peak": lambda: workers.map(lambda product: product[0](), products),
            "layer": lambda: measure_layer(vectors, stored, workers),
            "row_blocks": lambda: measure_layer(vectors, by_block, workers),
            "reference": lambda: reference_mexa(vectors[0], vectors[1]),
        }
        seconds = interleaved(works, repetitions)
    return seconds, sum(operations for _, operations in products)


def run(repetitions: int = 5) -> Result:
    """Measure, print a small table and give the figures.

    Args:
        repetitions: rounds in which peak, ours and the reference are timed in turn.
    """
    threads = len(os.sched_getaffinity(0))
    seconds, operations = _time_in_turn(threads, repetitions)
    pooling_seconds = _time_pooling(threads)
    process_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIBIBYTE
    vectors = correlated_vectors(0)[:2]
    reference_peak = _traced_peak(lambda: reference_mexa(vectors[0], vectors[1]))
    flops = operations / seconds["peak"]
    size = LANGUAGES * SENTENCES
    full = 2.0 * size**2 * HIDDEN / flops
    # The upper half in tiles, centred cosines and two sets of Gram matrices.
    executed = full * (0.5 + TILE / (2 * size) + 1 / SENTENCES + 1 / LANGUAGES)
    reference = seconds["reference"] * PAIRS
    result = Result(
        threads=threads,
        layer_seconds=seconds["layer"],
        row_block_layer_seconds=seconds["row_blocks"],
        reference_pair_seconds=seconds["reference"],
        speedup=reference / seconds["layer"],
        peak_gigaflops=flops / 1e9,
        share_of_peak_full_product=full / seconds["layer"],
        share_of_peak_executed=executed / seconds["layer"],
        pooling_seconds=pooling_seconds,
        study_minutes=pooling_seconds * POOLINGS / 60,
        reference_days=reference * STATES * POOLINGS / 86400,
        process_peak_gib=process_peak,
        reference_peak_gib=reference_peak,
    )
    for name, value in result.items():
        print(f"{name:28s} {value:12.4g}")
    return result


if __name__ == "__main__":
    run()
