"""Ways of merging many models: this project, a lean loop and mergekit, each timed in its process.

For each target two models are merged: the average of all others, and its five nearest by weights
that fall. This project merges all of them in one read of the sources. The peers merge one at a time
and read its sources for each; a few are timed and multiplied up. What is written is synced: the
time is over when the disk has it.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import measure_seconds
from benchmarks.memory import peak_memory
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.pipelines.merging.merge_plan import MergePlan
from isogloss.pipelines.merging.merged_models import write_merged
from isogloss.pipelines.merging.source_reading import count_threads
from isogloss.pipelines.merging.streamed_merge import stream_merges

NEAREST = 5
TIMED = 3
"""Merges of each kind that a peer is timed on."""
PIECE = 1 << 20
OUT = "out"
"""Folder in which a way writes what it merges."""
Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """What one way took to merge all models.

    Attributes:
        seconds: all merges together; multiplied up for the peers.
        gigabytes: read of source files.
        peak: memory of the process in GiB, libraries included.
    """

    seconds: float
    gigabytes: float
    peak: float


def make_sources(folder: Path, count: int, layers: int) -> None:
    """Save a Llama with random weights and some that are near it, as transformers does."""
    import torch
    import transformers

    hf: Any = transformers
    torch.manual_seed(0)
    settings = hf.LlamaConfig(
        vocab_size=16_000,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=layers,
        num_attention_heads=8,
        tie_word_embeddings=False,
    )
    hf.utils.logging.disable_progress_bar()
    model = hf.LlamaForCausalLM(settings)
    origin = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for number in range(count):
        model.load_state_dict({n: t + 0.002 * torch.randn_like(t) for n, t in origin.items()})
        model.save_pretrained(folder / f"s{number:02d}")
        (folder / f"s{number:02d}" / "vocab.txt").write_text("all share this tokenizer")


def source_files(folder: Path) -> list[Path]:
    """List the weights of all sources."""
    return sorted(folder.glob("s*/model.safetensors"))


def averages(count: int) -> Weights:
    """Give the mean of all others for each target, [targets, sources]."""
    return (1 - np.eye(count)) / (count - 1)


def nearest(count: int) -> Weights:
    """Give falling weights of a few others for each target, [targets, sources]."""
    generator = np.random.default_rng(0)
    rows = np.zeros((count, count))
    for target in range(count):
        others = generator.permutation(np.delete(np.arange(count), target))[:NEAREST]
        rows[target, others] = np.sort(generator.dirichlet(np.ones(len(others))))[::-1]
    return rows


def sync(file: Path) -> None:
    """Wait until the disk has a file."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def forget(files: Sequence[Path]) -> None:
    """Drop files from the system's cache, so that they come from the disk again."""
    for file in files:
        sync(file)
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_all(files: Sequence[Path]) -> None:
    """Read files and do nothing with them, with as many threads as the merge has."""

    def read(file: Path) -> None:
        piece = np.empty(PIECE, np.uint8)
        with file.open("rb", buffering=0) as opened:
            while opened.readinto(piece.data):
                pass

    with ThreadPoolExecutor(count_threads()) as pool:
        list(pool.map(read, files))


def write_and_sync(folder: Path, count: int, size: int) -> None:
    """Write as many bytes as merged models have, and only then wait until the disk has them."""
    folder.mkdir()
    files = [folder / str(number) for number in range(count)]
    piece = np.random.default_rng(0).bytes(PIECE)

    def write(file: Path) -> None:
        with file.open("wb", buffering=0) as opened:
            for _ in range(size // PIECE):
                opened.write(piece)

    with ThreadPoolExecutor(count_threads()) as pool:
        list(pool.map(write, files))
        list(pool.map(sync, files))


def plan_of(folder: Path) -> MergePlan:
    """Give the plan of all merges."""
    sources = [open_checkpoint(file.parent) for file in source_files(folder)]
    count = len(sources)
    return MergePlan(sources, np.vstack([averages(count), nearest(count)]))


def stream_here(folder: Path) -> Measurement:
    """Merge everything with this project, without writing."""

    def merge() -> None:
        for _ in stream_merges(plan_of(folder)):
            pass

    seconds = measure_seconds(merge)
    return Measurement(seconds, gigabytes_of(source_files(folder)), peak_memory())


def write_here(folder: Path) -> Measurement:
    """Merge everything with this project into folders of transformers."""
    out = folder / OUT

    def merge() -> None:
        plan = plan_of(folder)
        write_merged(plan, [out / str(row) for row in range(len(plan))], [{}] * len(plan))

    seconds = measure_seconds(merge)
    shutil.rmtree(out)
    return Measurement(seconds, gigabytes_of(source_files(folder)), peak_memory())


def one_at_a_time(folder: Path, merge: Callable[[Path, Weights], None]) -> Measurement:
    """Time a few merges of each kind, one after the other, and multiply up."""
    seconds, gigabytes = 0.0, 0.0
    files = source_files(folder)
    size = gigabytes_of(files[:1])

    def time_merge(weights: Weights) -> float:
        spent = measure_seconds(partial(merge, folder, weights))
        # What is written is not timed while it is deleted, here as for this project.
        shutil.rmtree(folder / OUT, ignore_errors=True)
        return spent

    time_merge(averages(len(files))[0])  # imports and first calls are not timed
    for rows in (averages(len(files)), nearest(len(files))):
        some = rows[:TIMED]
        seconds += sum(map(time_merge, some)) * len(rows) / len(some)
        gigabytes += size * int((rows != 0).sum())
    return Measurement(seconds, gigabytes, peak_memory())


def merge_leanly(folder: Path, weights: Weights, *, write: bool) -> None:
    """Merge one model with as little as it takes: load a source, add its share, drop it."""
    from safetensors.torch import load_file, save_file

    merged: dict[str, Any] = {}
    for number in np.flatnonzero(weights):
        for name, tensor in load_file(source_files(folder)[number]).items():
            if name in merged:
                merged[name].add_(tensor, alpha=float(weights[number]))
            else:
                merged[name] = tensor * float(weights[number])
    if write:
        (folder / OUT).mkdir()
        save_file(merged, folder / OUT / "model.safetensors")
        sync(folder / OUT / "model.safetensors")


def merge_with_mergekit(folder: Path, weights: Weights) -> None:
    """Merge one model with mergekit, in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mergekit.config import MergeConfiguration
        from mergekit.merge import run_merge
        from mergekit.options import MergeOptions

        models = [
            {
                "model": str(source_files(folder)[number].parent),
                "parameters": {"weight": float(weights[number])},
            }
            for number in np.flatnonzero(weights)
        ]
        run_merge(
            MergeConfiguration.model_validate(
                {"merge_method": "linear", "dtype": "float32", "models": models}
            ),
            str(folder / OUT),
            MergeOptions(write_model_card=False, copy_tokenizer=False, quiet=True),
        )
    sync(folder / OUT / "model.safetensors")


def gigabytes_of(files: Sequence[Path]) -> float:
    """Give the size of files together."""
    return sum(file.stat().st_size for file in files) / 1e9
