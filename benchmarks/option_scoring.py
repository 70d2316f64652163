"""Scoring options with Gemma 3 270M: this project against the hf backend of lm-eval.

Both score the same requests, made by lm-eval from its own templates: Belebele without examples, and
MMLU with five. They take turns, each with the batch size that suits it best; times include turning
text into tokens. What is shared grows with the items a subject: few items understate the ratio.

    python -m benchmarks.option_scoring MODEL_FOLDER DATA_FOLDER [ITEMS [DTYPE]]

DATA_FOLDER holds `belebele/eng_Latn.jsonl` and `mmlu/{dev,test}/<subject>_{dev,test}.csv`, as they
are released; ITEMS (40) are read of Belebele, and of each of the MMLU subjects.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray

from benchmarks.peak import measure_seconds
from benchmarks.representation import handle
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.option_scoring import score_continuations

SUBJECTS = ("astronomy", "clinical_knowledge")
ITEMS = 40
ITEMS_TO_CHOOSE_BY = 8
SHOTS = 5
ROUNDS = 3
BATCH_SIZES = (1, 4, 16)
TOKEN_BUDGETS = (512, 1024, 2048)
OPTIONS = 4


def template(name: str) -> dict[str, Any]:
    """Read a template of lm-eval, to be filled with local data."""
    text = files("lm_eval").joinpath("tasks", name, "_default_template_yaml").read_text()
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def make_task(config: dict[str, Any], splits: dict[str, Path], shots: int, items: int) -> Any:
    """Build a task of lm-eval over local files and all its requests."""
    from lm_eval.api.task import ConfigurableTask

    data = {name: str(path) for name, path in splits.items()}
    task: Any = ConfigurableTask(
        config={
            **config,
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": data},
            "test_split": "test",
            "num_fewshot": shots,
        }
    )
    task.build_all_requests(limit=items, rank=0, world_size=1)
    return task


def belebele_requests(data: Path, items: int) -> list[Any]:
    """Give lm-eval's requests for Belebele in English, without examples."""
    config = {**template("belebele"), "task": "belebele_eng_Latn"}
    splits = {"test": data / "belebele" / "eng_Latn.jsonl"}
    requests: list[Any] = make_task(config, splits, 0, items).instances
    return requests


def mmlu_requests(data: Path, items: int, scratch: Path) -> list[Any]:
    """Give lm-eval's requests for subjects of MMLU, with five examples each."""
    requests: list[Any] = []
    for subject in SUBJECTS:
        splits = {split: scratch / f"{subject}_{split}.jsonl" for split in ("dev", "test")}
        for split, path in splits.items():
            table = pd.read_csv(
                data / "mmlu" / split / f"{subject}_{split}.csv", dtype=str, keep_default_na=False
            )
            columns = [f"choice{n}" for n in range(OPTIONS)]
            rows = [
                {
                    "question": row["question"],
                    "choices": [row[column] for column in columns],
                    "answer": int(row["answer"]),
                }
                for _, row in table.iterrows()
            ]
            path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        title = subject.replace("_", " ")
        description = f"The following are multiple choice questions (with answers) about {title}."
        config = {
            **template("mmlu/default"),
            "task": f"mmlu_{subject}",
            "description": description + "\n\n",
        }
        requests += make_task(config, splits, SHOTS, items).instances
    return requests


def score_here(loaded: Any, requests: Sequence[Any], budget: int) -> NDArray[np.float64]:
    """Score requests with this project."""
    pairs = encode_pairs(loaded.tokenizer, [request.args for request in requests])
    return score_continuations(loaded, pairs, token_budget=budget).log_likelihoods


def score_there(loaded: Any, requests: Sequence[Any], batch_size: int) -> NDArray[np.float64]:
    """Score requests with lm-eval's hf backend, on the same model in memory."""
    from lm_eval.models.huggingface import HFLM

    peer: Any = HFLM(pretrained=loaded.model, tokenizer=loaded.tokenizer, batch_size=batch_size)
    results = peer.loglikelihood(list(requests), disable_tqdm=True)
    return np.array([log_likelihood for log_likelihood, _ in results])


def choices(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give the most likely option of each item."""
    best: NDArray[np.intp] = scores.reshape(-1, OPTIONS).argmax(1)
    return best


def best_size(
    score: Callable[[Any, Sequence[Any], int], object],
    loaded: Any,
    requests: Sequence[Any],
    sizes: Sequence[int],
) -> int:
    """Give the batch size with which a few requests take the least time."""
    few = requests[: OPTIONS * ITEMS_TO_CHOOSE_BY]
    score(loaded, few[:OPTIONS], sizes[0])
    return min(sizes, key=lambda size: measure_seconds(partial(score, loaded, few, size)))


def compare(name: str, loaded: Any, requests: Sequence[Any]) -> dict[str, Any]:
    """Time both in turn, each with its best batch size, and compare what they say."""
    tokens = best_size(score_here, loaded, requests, TOKEN_BUDGETS)
    texts = best_size(score_there, loaded, requests, BATCH_SIZES)
    here, there = np.empty(0), np.empty(0)
    seconds: dict[str, list[float]] = {"here": [], "there": []}
    for _ in range(ROUNDS):
        start = time.perf_counter()
        here = score_here(loaded, requests, tokens)
        between = time.perf_counter()
        there = score_there(loaded, requests, texts)
        seconds["here"].append(between - start)
        seconds["there"].append(time.perf_counter() - between)
    result = {
        "ratio": statistics.median(seconds["there"]) / statistics.median(seconds["here"]),
        "largest_difference": float(np.abs(here - there).max()),
        "same_choices": float((choices(here) == choices(there)).mean()),
        "seconds": seconds,
    }
    dtype = str(loaded.dtype).removeprefix("torch.")
    print(f"{name}: {len(requests) // OPTIONS} items, {dtype}, {torch.get_num_threads()} threads")
    print(f"  isogloss, {tokens} tokens a batch: {statistics.median(seconds['here']):.2f} s")
    print(f"  lm-eval, {texts} texts a batch: {statistics.median(seconds['there']):.2f} s")
    print(
        f"  {result['ratio']:.1f} times faster; log-likelihoods differ by at most "
        f"{result['largest_difference']:.1e}, choices agree in {result['same_choices']:.1%}"
    )
    return result


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure both tasks."""
    folder, data = Path(arguments[0]), Path(arguments[1])
    items = int(arguments[2]) if len(arguments) > 2 else ITEMS
    dtype = arguments[3] if len(arguments) > 3 else "float32"
    with tempfile.TemporaryDirectory() as scratch, handle(folder, dtype).open() as loaded:
        mmlu = mmlu_requests(data, items, Path(scratch))
        return {
            "belebele": compare("Belebele, 0-shot", loaded, belebele_requests(data, items)),
            "mmlu": compare(f"MMLU, {SHOTS}-shot", loaded, mmlu),
        }


if __name__ == "__main__":
    main(sys.argv[1:])
