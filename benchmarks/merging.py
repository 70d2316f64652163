"""Merging models for all targets: this project against mergekit and against a lean loop.

It needs 3 times the sources' size in the temporary folder (24 sources: 6 GB).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.machine import package_version
from benchmarks.measurement import (
    Times,
    measure_curve,
    measure_seconds,
    quotients,
    ratio,
    spread,
)
from benchmarks.memory import apart
from benchmarks.merging_ways import (
    TIMED,
    Measurement,
    averages,
    forget,
    gigabytes_of,
    make_sources,
    merge_leanly,
    merge_with_mergekit,
    nearest,
    one_at_a_time,
    read_all,
    source_files,
    stream_here,
    write_and_sync,
    write_here,
)
from benchmarks.numbers import write_count
from benchmarks.results import Curve, Measure, Result
from benchmarks.setting import Setting
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.pipelines.merging.merge_plan import MergePlan
from isogloss.pipelines.merging.source_reading import count_threads
from isogloss.pipelines.merging.streamed_merge import stream_merges

SOURCES, LAYERS, LAYERS_OF_CURVE = 24, 12, 4
MODELS_OF_CURVE = 16
BY_SOURCES = (4, 8, 16, 24, 32, 48)
ROUNDS, CURVE_ROUNDS = 3, 5
GIGABYTE_IN_GIB = 1e9 / 2**30
NOT_WRITTEN, FROM_DISK, WRITTEN = "not written", "not written, from disk", "written"
LEAN, LEAN_WRITTEN, KIT = "lean loop, not written", "lean loop, written", "mergekit, written"
CACHE, DISK, SYNCED = "reading from the cache", "reading from the disk", "writing all, then syncing"
BESIDE = (
    " After the ways, in each round, as many bytes are only read, or only written and then synced: "
    "that is what it took in that turn and no peak of the disk, so that a merge can come above "
    "100 %."
)
BYTES = "bytes"
Work = Callable[[Path], Measurement]

WAYS: Mapping[str, Work] = {
    NOT_WRITTEN: stream_here,
    FROM_DISK: stream_here,
    WRITTEN: write_here,
    LEAN: partial(one_at_a_time, merge=partial(merge_leanly, write=False)),
    LEAN_WRITTEN: partial(one_at_a_time, merge=partial(merge_leanly, write=True)),
    KIT: partial(one_at_a_time, merge=merge_with_mergekit),
}


def run_rounds(folder: Path, rounds: int) -> tuple[dict[str, list[Measurement]], Times]:
    """Let all ways take turns, each in a process of its own, with what reading alone takes."""
    files = source_files(folder)
    size = files[0].stat().st_size
    yardsticks: Mapping[str, Callable[[], object]] = {
        CACHE: partial(read_all, files),
        DISK: partial(read_all, files),
        SYNCED: partial(write_and_sync, folder / BYTES, 2 * len(files), size),
    }
    found: dict[str, list[Measurement]] = {name: [] for name in WAYS}
    seconds: Times = {name: [] for name in yardsticks}
    for _ in range(rounds):
        for name, work in WAYS.items():
            (forget if name == FROM_DISK else read_all)(files)
            found[name].append(apart(partial(work, folder)))
        for name, yardstick in yardsticks.items():
            (forget if name == DISK else read_all)(files)
            seconds[name].append(measure_seconds(yardstick))
            shutil.rmtree(folder / BYTES, ignore_errors=True)
    return found, seconds


def compare(found: dict[str, list[Measurement]]) -> list[Measure]:
    """Set this project beside the peers."""
    seconds = {name: [one.seconds for one in runs] for name, runs in found.items()}
    kit, loop = package_version("mergekit"), "a lean loop (safetensors, torch)"
    what = "all merges of all targets"
    return [
        ratio(
            f"{what}, written, against mergekit", kit, seconds[KIT], seconds[WRITTEN], aim=10,
            note="both end when the disk has the files",
        ),
        ratio(
            f"{what}, not written, against the lean loop", loop, seconds[LEAN],
            seconds[NOT_WRITTEN], aim=3, note="the pipeline scores merges without writing them",
        ),
        ratio(f"{what}, written, against the lean loop", loop, seconds[LEAN_WRITTEN],
              seconds[WRITTEN]),
        ratio(
            f"{what}, not written here, written by mergekit", kit, seconds[KIT],
            seconds[NOT_WRITTEN], note="mergekit always writes",
        ),
        *(
            Measure(
                what=f"peak memory, {name}", unit="GiB", rounds=len(runs),
                value=spread([one.peak for one in runs]), at_most=True,
                aim=GIGABYTE_IN_GIB if name in (NOT_WRITTEN, WRITTEN) else None,
                note=f"{spread(seconds[name]).median:.2f} s, {runs[0].gigabytes:.2f} GB read",
            )
            for name, runs in found.items()
        ),
    ]  # fmt: skip


def compare_with_disk(
    found: dict[str, list[Measurement]], alone: Times, gigabytes: float
) -> list[Measure]:
    """Set this project beside what reading and writing as many bytes alone take."""
    pairs = ((NOT_WRITTEN, CACHE, 1), (FROM_DISK, DISK, 1), (WRITTEN, SYNCED, 2))
    return [
        Measure(
            what=f"speed against as many bytes alone, {name}", unit="share",
            against=f"{yardstick}, nothing merged",
            value=spread(quotients(alone[yardstick], [one.seconds for one in found[name]])),
            rounds=len(alone[yardstick]),
            note=f"{yardstick} alone: {write_rate(times * gigabytes, alone[yardstick])}",
        )
        for name, yardstick, times in pairs
    ]  # fmt: skip


def write_rate(gigabytes: float, seconds: Sequence[float]) -> str:
    """Write a rate with its least and greatest: the disk's differs from minute to minute."""
    rate = spread([gigabytes / one for one in seconds])
    return f"{rate.median:.1f} GB/s ({rate.low:.1f} to {rate.high:.1f})"


AS_MANY_CURVE = Curve(
    what="merging over sources, two models a source",
    variable="sources; twice as many merged models",
    expected=(1, 2),
    first=8,
    why="reading grows with the sources (1), the product with sources times models (2). Which of "
    "them counts more depends on disk and cores",
)
FIXED_CURVE = Curve(
    what=f"merging over sources, {MODELS_OF_CURVE} models",
    variable=f"sources; {MODELS_OF_CURVE} merged models",
    expected=(1, 1),
    first=8,
    why="every source is read once and enters the product once. Blocks of results, which do not "
    "grow with the sources, cost the same in all",
)


def curves(folder: Path, quick: bool, rounds: int) -> list[Curve]:
    """Measure how merging grows with sources, without writing and from the system's cache."""
    sizes = (2, 4) if quick else BY_SOURCES
    make_sources(folder, max(sizes), 1 if quick else LAYERS_OF_CURVE)
    sources = [open_checkpoint(file.parent) for file in source_files(folder)]
    generator = np.random.default_rng(0)

    def stream(plan: MergePlan) -> None:
        for _ in stream_merges(plan):
            pass

    as_many: dict[float, Callable[[], object]] = {}
    fixed: dict[float, Callable[[], object]] = {}
    for size in sizes:
        both = np.vstack([averages(size), nearest(size)])
        weights = generator.dirichlet(np.ones(size), MODELS_OF_CURVE)
        as_many[size] = partial(stream, MergePlan(sources[:size], both))
        fixed[size] = partial(stream, MergePlan(sources[:size], weights))
    return [
        measure_curve(AS_MANY_CURVE, as_many, rounds, whole=quick),
        measure_curve(FIXED_CURVE, fixed, rounds, whole=quick),
    ]


def measure(setting: Setting) -> Result:
    """Measure merging against mergekit and a lean loop, and how it grows."""
    threads = write_count(count_threads(), "thread")
    count, layers = (4, 1) if setting.quick else (SOURCES, LAYERS)
    rounds = setting.rounds(ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        make_sources(Path(folder), count, layers)
        size = gigabytes_of(source_files(Path(folder)))
        found, alone = run_rounds(Path(folder), rounds)
    with tempfile.TemporaryDirectory() as folder:
        grown = curves(Path(folder), setting.quick, setting.rounds(CURVE_ROUNDS))
    return Result(
        title="Merging",
        method=f"{2 * count} models from {count} sources of {size / count:.3f} GB (Llama, "
        "float32): for each target the average of all others, and five others by falling weights. "
        f"This project merges all in one read, with {threads}; the peers merge "
        f"one after the other and are timed on {TIMED} merges of each kind, multiplied up, after "
        f"one unmeasured. In each of {rounds} rounds all ways take turns, each in a fresh process "
        "whose imports are not timed (mergekit through `run_merge`, not its command), nor is the "
        "deleting of what it wrote. Files lie "
        "in the system's cache unless it says from disk. Not measured: TIES, other dtypes. Curves "
        f"are of smaller models, not written.{BESIDE}",
        measures=compare(found) + compare_with_disk(found, alone, size),
        curves=grown,
        facts={"gigabytes_per_second_merged": size / spread(
            [one.seconds for one in found[NOT_WRITTEN]]).median},
    )  # fmt: skip
