"""What a representation run will take: passes, tokens, disk, memory, operations, hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.language_models.batching import encode_sentences, plan_batches
from isogloss.partitions import portions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from isogloss.corpora import Sentence
    from isogloss.language_models.outline import ModelOutline
    from isogloss.pipelines.representation.parameters import RepresentationParameters

GIGA = 1e9
# Share of the rate of plain matrix products that whole passes reach on a CPU and on CUDA.
EFFICIENCY = 0.6


@dataclass(frozen=True)
class Workload:
    """What is to be read, as lengths in tokens.

    Attributes:
        lengths: language -> tokens of each sentence, special tokens included, cut to the limit.
        budget: tokens a batch, padding included.
        group_size: languages that are sorted by length together.
    """

    lengths: Mapping[str, Sequence[int]]
    budget: int
    group_size: int

    def sentence_lengths(self) -> list[int]:
        """List the lengths of all sentences."""
        return [length for lengths in self.lengths.values() for length in lengths]

    def passes(self) -> int:
        """Count the batches."""
        languages = list(self.lengths)
        groups = [
            [length for language in group for length in self.lengths[language]]
            for group in portions(languages, self.group_size)
        ]
        return sum(len(plan_batches(group, self.budget)) for group in groups)


def measure_workload(
    tokenizer: Any,
    corpus: Mapping[str, Sequence[Sentence]],
    max_length: int,
    settled: RepresentationParameters,
) -> Workload:
    """Tokenize a corpus to see how long its sentences are.

    Args:
        tokenizer: of the model.
        corpus: language -> its sentences.
        max_length: of the model in tokens.
        settled: of the representation, with the token budget as a number.
    """
    lengths = {
        language: [
            len(encoded.ids)
            for encoded in encode_sentences(tokenizer, sentences, max_length, settled.overlong)
        ]
        for language, sentences in corpus.items()
    }
    return Workload(lengths, int(settled.token_budget), settled.group_size)


def plan_table(
    model: str,
    workload: Workload,
    outline: ModelOutline,
    poolings: int,
    gigaflops: float,
    weight_bytes: int,
    *,
    causal: bool,
) -> pd.DataFrame:
    """Estimate what each stage of a representation run takes.

    Args:
        model: its name.
        workload: what is to be read.
        outline: shape and cost of the model.
        poolings: how many are stored.
        gigaflops: rate of whole passes, in 1e9 operations a second.
        weight_bytes: memory that the weights take.
        causal: whether the model also measures the information of sentences.

    Returns:
        One row a stage: model, stage, languages, sentences, passes, tokens, gigabytes (on disk),
        memory_gigabytes (of the results of one group of languages), model_gigabytes (of the
        weights in memory), teraflops, gigaflops_per_second (the rate assumed), hours.
    """
    lengths = workload.sentence_lengths()
    vector = (outline.layers + 1) * outline.hidden_size * poolings * 4
    most = max(map(len, workload.lengths.values())) * min(
        workload.group_size, len(workload.lengths)
    )
    stages = {
        "embed_sentences": (outline.backbone_flops, vector),
        "measure_sentence_information": (
            lambda length: outline.backbone_flops(length) + outline.head_flops(length),
            8,
        ),
    }
    rows = [
        {
            "model": model,
            "stage": stage,
            "languages": len(workload.lengths),
            "sentences": len(lengths),
            "passes": workload.passes(),
            "tokens": sum(lengths),
            "gigabytes": len(lengths) * size / GIGA,
            "memory_gigabytes": most * size / GIGA,
            "model_gigabytes": weight_bytes / GIGA,
            **_time(lengths, flops, gigaflops),
        }
        for stage, (flops, size) in stages.items()
        if causal or stage == "embed_sentences"
    ]
    return pd.DataFrame(rows)


def describe_plan(plan: pd.DataFrame) -> str:
    """Say in a line how long each stage takes and how much comes onto the disk.

    Args:
        plan: of one model.
    """
    stages = ", ".join(
        f"{stage} {describe_duration(3600 * hours)}"
        for stage, hours in zip(plan["stage"], plan["hours"], strict=True)
    )
    return f"{stages}; {_describe_size(plan['gigabytes'].sum())} on disk"


def _describe_size(gigabytes: float) -> str:
    if gigabytes >= 1:
        return f"{gigabytes:.1f} GB"
    return f"{1000 * gigabytes:.0f} MB" if gigabytes >= 1e-3 else "less than a megabyte"


def describe_duration(seconds: float) -> str:
    """Write a length of time in the unit that suits it, such as `40 seconds` or `2.5 hours`."""
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 1 else "less than a second"


def _time(
    lengths: Sequence[int], flops: Callable[[int], float], gigaflops: float
) -> dict[str, float]:
    operations = sum(map(flops, lengths))
    return {
        "teraflops": operations / 1e12,
        "gigaflops_per_second": gigaflops,
        "hours": operations / (gigaflops * GIGA) / 3600,
    }
