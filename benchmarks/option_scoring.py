"""Scoring options with Gemma 3 270M: this project against the hf backend of lm-eval.

Both score the same requests, made by lm-eval from its own templates: Belebele without examples, and
MMLU with five. They take turns, each with the batch size that suits it best; times include turning
text into tokens. It needs `belebele/eng_Latn.jsonl` and `mmlu/{dev,test}/<subject>_{dev,test}.csv`,
as they are released.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray

from benchmarks.machine import package_version
from benchmarks.measurement import ratio, spread, take_turns, timed
from benchmarks.numbers import write_count
from benchmarks.results import Measure, Result
from benchmarks.setting import Setting, handle
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.option_scoring import score_continuations

SUBJECTS = ("astronomy", "clinical_knowledge")
BELEBELE_ITEMS, MMLU_ITEMS = 20, 12
"""Of Belebele, and of each subject of MMLU."""
SHOTS = 5
ROUNDS = 3
BATCH_SIZES, BATCH_SIZES_MMLU = (1, 4, 16), (1, 4, 8)
"""Texts. lm-eval keeps the logits of all tokens and their softmax: of 16 texts of MMLU 23 GB."""
TOKEN_BUDGETS = (512, 1024, 2048, 4096)
OPTIONS = 4
DTYPE = "float32"


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


@dataclass(frozen=True)
class Choice:
    """The batch size with which requests take the least time.

    Attributes:
        size: of a batch.
        scores: of the requests, with that size.
        edge: where it is the least or the greatest of several that were tried: says so.
    """

    size: int
    scores: NDArray[np.float64]
    edge: str


def best_size(
    score: Callable[[Any, Sequence[Any], int], NDArray[np.float64]],
    loaded: Any,
    requests: Sequence[Any],
    sizes: Sequence[int],
) -> Choice:
    """Choose the batch size with which all requests take the least time.

    Args:
        score: takes the model, requests and a size.
        loaded: the model.
        requests: to be scored; few of them would all be one batch, whatever its size.
        sizes: to choose from, in order.
    """
    score(loaded, requests[:OPTIONS], sizes[0])  # imports and first calls are not timed
    tried = {size: timed(partial(score, loaded, requests, size)) for size in sizes}
    size = min(sizes, key=lambda size: tried[size][0])
    # A batch of one text cannot be smaller.
    ends = {sizes[-1]: ", the greatest tried", sizes[0]: ", the least tried", 1: ""}
    return Choice(size, tried[size][1], ends.get(size, "") if len(sizes) > 1 else "")


def compare(
    name: str,
    loaded: Any,
    requests: Sequence[Any],
    rounds: int,
    aim: float,
    batch_sizes: Sequence[int] = BATCH_SIZES,
) -> list[Measure]:
    """Time both in turn, each with its best batch size, and compare what they say.

    Args:
        name: of the task.
        loaded: the model.
        requests: of the task.
        rounds: how often each side is timed.
        aim: the least ratio that is aimed at.
        batch_sizes: that are tried there, in texts.
    """
    # A trial of the program takes the first sizes.
    tried = None if rounds == ROUNDS else 1
    here = best_size(score_here, loaded, requests, TOKEN_BUDGETS[:tried])
    there = best_size(score_there, loaded, requests, batch_sizes[:tried])
    works = {
        "here": partial(score_here, loaded, requests, here.size),
        "there": partial(score_there, loaded, requests, there.size),
    }
    # Both have just read everything, while their sizes were chosen.
    times = take_turns(works, rounds, warm=False)
    agreed = float((choices(here.scores) == choices(there.scores)).mean())
    largest = float(np.abs(here.scores - there.scores).max())
    note = (
        f"{len(requests) // OPTIONS} items; {spread(times['here']).median:.1f} s here in batches "
        f"of {here.size:,} tokens{here.edge}, {spread(times['there']).median:.1f} s there in "
        f"batches of {write_count(there.size, 'text')}{there.edge}; log-likelihoods differ by at "
        f"most {largest:.0e}, choices agree in {agreed:.0%}"
    )
    peer = f"{package_version('lm-eval')}, hf backend"
    return [ratio(name, peer, times["there"], times["here"], aim=aim, note=note)]


def measure(setting: Setting) -> Result:
    """Measure both tasks.

    Raises:
        ValueError: without the items as they are released.
    """
    if setting.raw is None:
        raise ValueError("option_scoring needs the items of Belebele and MMLU: name --raw FOLDER")
    threads = write_count(torch.get_num_threads(), "thread")
    rounds = setting.rounds(ROUNDS)
    items = (2, 1) if setting.quick else (BELEBELE_ITEMS, MMLU_ITEMS)
    with (
        tempfile.TemporaryDirectory() as scratch,
        handle(setting.model, DTYPE).open() as loaded,
    ):
        mmlu = mmlu_requests(setting.raw, items[1], Path(scratch))
        belebele = belebele_requests(setting.raw, items[0])
        measures = [
            *compare("Belebele, without examples", loaded, belebele, rounds, 2),
            *compare(f"MMLU, {SHOTS} examples", loaded, mmlu, rounds, 5, BATCH_SIZES_MMLU),
        ]
    return Result(
        title="Scoring options",
        method=f"Gemma 3 270M, {DTYPE}, {threads}, both on the same model "
        f"in memory, with requests of lm-eval's own templates. Each side has the batch size with "
        "which all items took it the least time, tried once each and before the rounds (here "
        f"{', '.join(map(str, TOKEN_BUDGETS))} tokens a batch; there "
        f"{', '.join(map(str, BATCH_SIZES))} texts, of MMLU "
        f"{', '.join(map(str, BATCH_SIZES_MMLU))} because of its memory; an item whose options are "
        f"one token each is one text of lm-eval's). {rounds} rounds in turn. "
        "Times include turning text into tokens. What is shared grows with the items a subject: "
        "few items understate the ratio.",
        measures=measures,
    )
