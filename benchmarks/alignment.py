"""Alignment of all language pairs against the double loop of the MEXA reference.

Vectors are random and share what their sentences say. The reference computes MEXA alone, with one
call of scipy's cosine a cell in double precision, on one core; it is timed on a single pair and
multiplied up. Ours computes every metric, rank and influence.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.spatial.distance import cosine

from benchmarks.machine import count_cores, package_version
from benchmarks.measurement import (
    Times,
    measure_curve,
    measure_seconds,
    quotients,
    ratio,
    spread,
    take_turns,
)
from benchmarks.memory import apart, peak_memory
from benchmarks.numbers import write_count
from benchmarks.peak import product_work
from benchmarks.results import Curve, Measure, Result, Spread
from benchmarks.setting import Setting
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.alignment.embeddings import open_embeddings
from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.measurement import measure_pooling
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.alignment.similarity import TILE, Workers, working
from isogloss.tensors import TensorFile

LANGUAGES, SENTENCES, HIDDEN, STATES, POOLINGS = 102, 100, 640, 19, 3
ROUNDS, CURVE_ROUNDS = 5, 3
PAIRS = LANGUAGES * (LANGUAGES - 1) // 2
SETTINGS = Settings(pool_sizes=(60, 100), csls_neighbours=4)
BY_LANGUAGES = (10, 20, 40, 80, 160, 200)
BY_SENTENCES = (100, 200, 400, 700, 1012)
LANGUAGES_OF_CURVE = 10


def correlated_vectors(
    seed: int, languages: int = LANGUAGES, sentences: int = SENTENCES, hidden: int = HIDDEN
) -> NDArray[np.float32]:
    """Give one layer of all languages, float32 [languages, sentences, hidden].

    Args:
        seed: of the draw.
        languages: how many.
        sentences: of each.
        hidden: dimensions.
    """
    generator = np.random.default_rng(seed)
    shape = (languages, sentences, hidden)
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


def save_embeddings(folder: Path, quick: bool) -> StoredPartitions[TensorFile]:
    """Save vectors of all layers of all languages, as the pipeline does."""
    languages = 6 if quick else LANGUAGES
    names = [f"l{number:03d}" for number in range(languages)]
    metadata = {"sentence_ids": json.dumps([str(row) for row in range(SENTENCES)])}
    layers = [correlated_vectors(state, languages) for state in range(4)]
    for position, name in enumerate(names):
        states = np.stack([layers[state % len(layers)][position] for state in range(STATES)])
        save_file({"mean": states}, folder / f"{name}.safetensors", metadata=metadata)
    return StoredPartitions(
        {},
        {name: {} for name in names},
        lambda name: TensorFile(str(folder / f"{name}.safetensors")),
    )


def time_pooling(quick: bool) -> tuple[float, float]:
    """Time one pooling, files read and all layers measured; give seconds and peak GiB."""
    samples = {0: [str(row) for row in range(SENTENCES)]}
    parameters = AlignmentParameters(threads=count_cores())
    with tempfile.TemporaryDirectory() as folder:
        embeddings = open_embeddings(save_embeddings(Path(folder), quick), "mean")
        work = partial(measure_pooling, embeddings, samples, "l000", parameters)
        return measure_seconds(work), peak_memory()


def time_in_turn(languages: int, rounds: int) -> tuple[Times, float]:
    """Time peak, ours and the reference in turn; give seconds and the peak's operations."""
    vectors = correlated_vectors(0, languages)
    by_block = replace(SETTINGS, matrix_bytes=0)
    products = [product_work(seed=number) for number in range(count_cores())]
    with working(len(products)) as workers:
        # BLAS has one thread here, so the yardstick runs one product a thread.
        works: dict[str, Callable[[], object]] = {
            "peak": lambda: workers.map(lambda product: product[0](), products),
            "layer": lambda: measure_layer(vectors, SETTINGS, workers),
            "row_blocks": lambda: measure_layer(vectors, by_block, workers),
            "reference": lambda: reference_mexa(vectors[0], vectors[1]),
        }
        times = take_turns(works, rounds)
    return times, sum(operations for _, operations in products)


def compare(times: Times, operations: float, languages: int) -> list[Measure]:
    """Set this project beside the reference and beside the peak."""
    pairs = languages * (languages - 1) // 2
    reference = [one * pairs for one in times["reference"]]
    peer = f"the double loop of MEXA's reference ({package_version('scipy')}), one core"
    shares = product_shares(times, operations, languages)
    common = {"unit": "share", "rounds": len(reference), "against": "matrix products, float32"}
    return [
        ratio("all pairs of a layer, all metrics", peer, reference, times["layer"], aim=500),
        ratio("the same by row blocks (`matrix_gib: 0`)", peer, reference, times["row_blocks"]),
        Measure(
            what="share of the peak, the full product counted",
            value=spread(shares),
            aim=0.6,
            note="metrics, ranks and influences take the rest of the time",
            **common,
        ),
    ]


def product_shares(times: Times, operations: float, languages: int) -> list[float]:
    """Give, a round, the share of a layer's time that its full product would take at the peak."""
    full = 2.0 * (languages * SENTENCES) ** 2 * HIDDEN
    at_peak = [full * seconds / operations for seconds in times["peak"]]
    return quotients(at_peak, times["layer"])


def seconds_by_part(times: Times, operations: float, languages: int) -> dict[str, float]:
    """Split the time of a layer by row blocks into its product and what grows with its cells."""
    seconds = spread(times["row_blocks"]).median
    rate = operations / spread(times["peak"]).median
    cells = float(languages * SENTENCES) ** 2
    product = min(2.0 * cells * HIDDEN / rate, seconds)
    return {
        "product_operations_per_second": rate,
        "seconds_per_cell_beside_the_product": (seconds - product) / cells,
    }


def outcome_bytes() -> float:
    """Give the bytes that are stored a pair, sentence and layer, counted on a tiny layer."""
    languages, sentences = 8, 200
    found = measure_layer(correlated_vectors(0, languages, sentences), SETTINGS, Workers(1))
    pairs = languages * (languages - 1) // 2
    size = sum(values.nbytes for values in found.values() if values.shape == (pairs, sentences))
    return size / (pairs * sentences)


def curves(quick: bool, rounds: int) -> list[Curve]:
    """Measure how the time of a layer grows with languages and with sentences."""
    by_languages = (4, 6, 8) if quick else BY_LANGUAGES
    by_sentences = (60, 90, 120) if quick else BY_SENTENCES
    with working(count_cores()) as workers:

        def layer(languages: int, sentences: int) -> Callable[[], object]:
            vectors = correlated_vectors(0, languages, sentences)
            return partial(measure_layer, vectors, SETTINGS, workers)

        over_languages: Mapping[float, Callable[[], object]] = {
            count: layer(count, SENTENCES) for count in by_languages
        }
        over_sentences: Mapping[float, Callable[[], object]] = {
            count: layer(4 if quick else LANGUAGES_OF_CURVE, count) for count in by_sentences
        }
        return [
            measure_curve(LANGUAGE_CURVE, over_languages, rounds, whole=quick),
            measure_curve(SENTENCE_CURVE, over_sentences, rounds, whole=quick),
        ]


LANGUAGE_CURVE = Curve(
    what="alignment over languages",
    variable=f"languages, {SENTENCES} sentences each",
    expected=(2, 2),
    first=40,
    last=160,
    why="every pair is measured. Below 40 languages calls cost more than pairs; 200 languages need "
    "a matrix of more than `matrix_gib` (1 GiB) and are computed by row blocks, each product twice",
)
SENTENCE_CURVE = Curve(
    what="alignment over sentences",
    variable=f"sentences, {LANGUAGES_OF_CURVE} languages",
    expected=(2, 2),
    first=200,
    why="every sentence is compared with every other. Ranks sort the rows, which adds a logarithm",
)


def measure(setting: Setting) -> Result:
    """Measure alignment against the double loop, and how it grows."""
    rounds = setting.rounds(ROUNDS)
    languages = 6 if setting.quick else LANGUAGES
    times, operations = time_in_turn(languages, rounds)
    pooling, peak = apart(partial(time_pooling, setting.quick))
    measures = compare(times, operations, languages)
    once = Spread(median=peak, low=peak, high=peak)
    measures.append(
        Measure(
            what=f"peak memory of one pooling, {languages} languages, {STATES} layers",
            unit="GiB", value=once, rounds=1, aim=4, at_most=True,
            note=f"a process of its own, which took {pooling:.0f} s",
        )
    )  # fmt: skip
    return Result(
        title="Alignment",
        method=describe(languages, rounds),
        measures=measures,
        curves=curves(setting.quick, setting.rounds(CURVE_ROUNDS)),
        facts=seconds_by_part(times, operations, languages)
        | {
            "outcome_bytes": outcome_bytes(),
            "layer_seconds": spread(times["layer"]).median,
            "pooling_seconds": pooling,
        },
    )


def describe(languages: int, rounds: int) -> str:
    """Say how this is measured."""
    threads = write_count(count_cores(), "thread")
    executed = 0.5 + TILE / (2 * languages * SENTENCES) + 1 / SENTENCES + 1 / languages
    return (
        f"{languages} languages x {SENTENCES} sentences x {HIDDEN} dimensions of random vectors "
        f"that share what their sentences say; one layer. Each of {rounds} rounds times matrix "
        f"products ({threads}, one product each), this project with the whole matrix of "
        "cosines in memory, this project by row blocks, and the reference on one pair, which "
        "is multiplied by the number of pairs. The reference computes MEXA alone, in float64 and "
        "on one core; this project all metrics, ranks and influences, in float32. The share of the "
        "peak counts the product of all vectors with all; its halves are equal, so this project "
        "computes "
        f"{executed:.0%} of it, and then sorts."
    )
