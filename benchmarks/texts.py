"""How many tokens sentences have, and how much of the batches is padding: counted, not timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.measurement import spread
from benchmarks.results import Measure, Result, Spread
from benchmarks.setting import Setting, handle
from isogloss.corpora import Sentence
from isogloss.language_models.batching import (
    CPU_TOKEN_BUDGET,
    MAX_CUDA_TOKEN_BUDGET,
    plan_batches,
)
from isogloss.partitions import portions
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.representation.plan import Workload, measure_workload

QUANTILES = 92
"""Lengths that stand for those of a language: 1,012 is 11 times as many."""


def read_corpus(folder: Path, languages: int) -> dict[str, list[Sentence]]:
    """Read all sentences of so many languages, in order of their codes."""
    files = sorted(file for file in folder.iterdir() if file.is_file())[:languages]
    return {
        file.stem: [
            Sentence(file.stem, str(number), text)
            for number, text in enumerate(file.read_text(encoding="utf-8").splitlines())
            if text.strip()
        ]
        for file in files
    }


def padded_tokens(workload: Workload) -> int:
    """Count the tokens that are computed, padding included."""
    total = 0
    for group in portions(list(workload.lengths), workload.group_size):
        lengths = [length for language in group for length in workload.lengths[language]]
        for batch in plan_batches(lengths, workload.budget):
            total += len(batch) * lengths[batch[0]]
    return total


def padding_share(workload: Workload) -> float:
    """Give the share of what is computed that is padding."""
    return 1 - sum(workload.sentence_lengths()) / padded_tokens(workload)


def quantiles(lengths: Sequence[int], count: int = QUANTILES) -> list[int]:
    """Give lengths that stand for many, each for equally many."""
    levels = (np.arange(count) + 0.5) / count
    return [round(float(value)) for value in np.quantile(lengths, levels)]


def measure(setting: Setting) -> Result:
    """Count tokens and padding of a corpus with the tokenizer of Gemma 3."""
    corpus = read_corpus(setting.sentences, 4 if setting.quick else 10_000)
    tokenizer = handle(setting.model, "float32").tokenizer()
    settled = RepresentationParameters(token_budget=CPU_TOKEN_BUDGET)
    workload = measure_workload(tokenizer, corpus, 2048, settled)
    budgets = {"CPU": CPU_TOKEN_BUDGET, "CUDA, at most": MAX_CUDA_TOKEN_BUDGET}
    padding = {
        name: padding_share(Workload(workload.lengths, budget, workload.group_size))
        for name, budget in budgets.items()
    }
    means = [sum(one) / len(one) for one in workload.lengths.values()]
    lengths = workload.sentence_lengths()
    return Result(
        title="Tokens and padding",
        method=f"{setting.corpus}: {len(corpus)} languages, {len(lengths):,} sentences, the "
        "tokenizer of Gemma 3 with its BOS token. Counted, not timed. Sentences of "
        f"{workload.group_size} languages at a time are sorted by length, as the pipeline does.",
        measures=[
            Measure(
                what="tokens a sentence, over languages", unit="tokens", value=spread(means),
                rounds=1, note="median, least and greatest language",
            ),
            *(
                Measure(
                    what=f"padding, batches of {budgets[name]:,} tokens ({name})", unit="share",
                    value=Spread(median=share, low=share, high=share), rounds=1,
                    note="of the tokens that are computed",
                )
                for name, share in padding.items()
            ),
        ],
        facts=_facts(workload.lengths, padding["CPU"], padding["CUDA, at most"]),
    )  # fmt: skip


def _facts(
    lengths: Mapping[str, Sequence[int]], cpu: float, cuda: float
) -> dict[str, float | list[list[int]]]:
    flat = [length for own in lengths.values() for length in own]
    return {
        "tokens_per_sentence": sum(flat) / len(flat),
        "padding_cpu": cpu,
        "padding_cuda": cuda,
        "length_quantiles": [quantiles(own) for own in lengths.values()],
    }
