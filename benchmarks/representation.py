"""Embedding sentences with Gemma 3 270M: this project against the way of the MEXA reference.

The reference reads one sentence at a time in float32 with the whole model, output layer included,
takes all token states out as numpy arrays and pools them there.

    python benchmarks/representation.py MODEL_FOLDER [FLORES_FOLDER]

MODEL_FOLDER holds a converted model (config.json, safetensors, tokenizer); FLORES_FOLDER holds
`<code>.devtest` files; without it the shipped sample is read.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from isogloss.corpora import Sentence
from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.language_models.outline import examine_machine, outline_model

SAMPLE = Path(__file__).parents[1] / "data" / "01_raw" / "sample" / "sentences"
LANGUAGES = ("eng", "deu", "fra", "spa", "rus", "tur", "swh", "zho_simpl", "hin", "ara")
SENTENCES = 20
REFERENCE_SENTENCES = 4
ROUNDS = 5
DTYPES = ("bfloat16", "float32")


@dataclass(frozen=True)
class Contestant:
    """A way to embed sentences.

    Attributes:
        name: of the way and its dtype.
        work: reads the sentences.
        tokens: of the sentences; the few that the slow way reads are not as long as all.
        flops: operations of backbone matrices and attention on real tokens.
        peak: measures the matrix-product rate of its dtype.
    """

    name: str
    work: Callable[[], object]
    tokens: int
    flops: float
    peak: Callable[[], float]


def read_sentences(folder: Path) -> list[Sentence]:
    """Read the first sentences of each language that the folder has."""
    files = {language: next(folder.glob(f"{language}.*"), None) for language in LANGUAGES}
    return [
        Sentence(language, str(number), text)
        for language, file in files.items()
        if file is not None
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines()[:SENTENCES])
    ]


def embed_as_mexa(loaded: Any, sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Embed one sentence at a time with the whole model, pooling in numpy."""
    results = []
    for sentence in sentences:
        inputs = loaded.tokenizer(sentence.text, return_tensors="pt")
        with torch.no_grad():
            output = loaded.model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                output_hidden_states=True,
            )
        states = [layer[0].float().numpy() for layer in output.hidden_states]
        position = np.arange(1, states[0].shape[0] + 1)[:, None]
        results.append(
            {
                "weighted": [(layer * position).sum(0) / position.sum() for layer in states],
                "last": [layer[-1] for layer in states],
            }
        )
    return results


WAYS: dict[str, Callable[[Any, Sequence[Sentence]], object]] = {
    "isogloss": pool_sentences,
    "MEXA way": embed_as_mexa,
}


def count_tokens(loaded: Any, sentences: Sequence[Sentence]) -> list[int]:
    """Count the real tokens of every sentence; padding counts as nothing."""
    rows = loaded.tokenizer([sentence.text for sentence in sentences])["input_ids"]
    return [len(ids) for ids in rows]


def measure(contestants: Sequence[Contestant], rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Time all contestants and their yardsticks in turn; medians over rounds.

    The share of the peak is the median of the shares of single rounds, each with the rate measured
    just before and after: neighbours on the machine slow both alike.
    """
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    shares: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    rates: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for turn in range(rounds + 1):
        for contestant in contestants:
            before = contestant.peak()
            start = time.perf_counter()
            contestant.work()
            spent = time.perf_counter() - start
            rate = (before + contestant.peak()) / 2
            if turn:
                seconds[contestant.name].append(spent)
                rates[contestant.name].append(rate)
                shares[contestant.name].append(contestant.flops / spent / rate)
    return [
        {
            "name": contestant.name,
            "milliseconds": 1e3 * statistics.median(seconds[contestant.name]) / contestant.tokens,
            "peak_gigaflops": statistics.median(rates[contestant.name]) / 1e9,
            "share_of_peak": statistics.median(shares[contestant.name]),
            "best_share": max(shares[contestant.name]),
        }
        for contestant in contestants
    ]


def peak_memory(way: str, folder: Path, dtype: str, sentences: Sequence[Sentence]) -> float:
    """Give the peak resident memory of a fresh process while it reads, model included, in MB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_peak_memory_here, (way, folder, dtype, list(sentences)))


def _peak_memory_here(way: str, folder: Path, dtype: str, sentences: list[Sentence]) -> float:
    with handle(folder, dtype).open() as loaded:
        process = psutil.Process()
        highest = process.memory_info().rss
        finished = threading.Event()

        def watch() -> None:
            nonlocal highest
            while not finished.wait(0.002):
                highest = max(highest, process.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        WAYS[way](loaded, sentences)
        finished.set()
        watcher.join()
    return float(highest) / 1e6


def handle(folder: Path, dtype: str) -> LanguageModel:
    """Give the handle of the model in a dtype on the CPU."""
    specification = ModelSpecification(
        kind="causal", path=str(folder), dtype=dtype, device="cpu", exclusive=False
    )
    return LanguageModel("benchmark", specification, str(folder.parent))


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure, print a table and give its numbers."""
    folder = Path(arguments[0])
    sentences = read_sentences(Path(arguments[1]) if len(arguments) > 1 else SAMPLE)
    few = sentences[:: max(1, len(sentences) // REFERENCE_SENTENCES)]
    with ExitStack() as stack:
        contestants: list[Contestant] = []
        for dtype in DTYPES:
            lm = handle(folder, dtype)
            loaded = stack.enter_context(lm.open())
            outline = outline_model(lm, lm.tokenizer())
            rate = examine_machine("cpu", dtype).measure_product_rate
            for way, read in (("isogloss", sentences), ("MEXA way", few)):
                lengths = count_tokens(loaded, read)
                flops = sum(map(outline.backbone_flops, lengths))
                work = partial(WAYS[way], loaded, read)
                contestants.append(Contestant(f"{way} {dtype}", work, sum(lengths), flops, rate))
        rows = measure(contestants)
    for row, (dtype, way) in zip(rows, product(DTYPES, WAYS), strict=True):
        read = sentences if way == "isogloss" else few
        row["memory_megabytes"] = peak_memory(way, folder, dtype, read)
    return report(rows)


def report(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Print the table and the ratios."""
    titles = ("ms a token", "peak GFLOP/s", "of peak", "best", "memory MB")
    print(f"{'way':<20}" + "".join(f"{title:>14}" for title in titles))
    for row in rows:
        print(
            f"{row['name']:<20}{row['milliseconds']:>14.3f}{row['peak_gigaflops']:>14.0f}"
            f"{row['share_of_peak']:>14.0%}{row['best_share']:>14.0%}"
            f"{row['memory_megabytes']:>14.0f}"
        )
    cost = {row["name"]: row["milliseconds"] for row in rows}
    ratios = {
        "as each is used": cost["MEXA way float32"] / cost["isogloss bfloat16"],
        **{
            f"both in {dtype}": cost[f"MEXA way {dtype}"] / cost[f"isogloss {dtype}"]
            for dtype in DTYPES
        },
    }
    for name, ratio in ratios.items():
        print(f"{ratio:5.1f} times faster, {name}")
    return {"rows": list(rows), "ratios": ratios}


if __name__ == "__main__":
    main(sys.argv[1:])
