"""How samples of sentences are drawn."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from isogloss.pipelines.ingestion.parameters import SentenceSampleParameters

FLORES_FOLDERS = {"dev": range(997), "devtest": range(997, 2009)}
THESIS_NEEDS = (
    "It needs both folders of FLORES-101 below raw_data: flores101/dev (sentences 0 to 996) and "
    "flores101/devtest (997 to 2008). For other corpora set sentence_sample.sampler=numpy."
)


def draw_with_numpy(
    ids: list[str], size: int, parameters: SentenceSampleParameters
) -> list[list[str]]:
    """Draw each sample without replacement; a sample of all keeps the corpus order."""
    if size == len(ids):
        return [ids] * parameters.repetitions
    generator = np.random.default_rng(parameters.seed)
    return [
        [ids[position] for position in generator.choice(len(ids), size, replace=False)]
        for _ in range(parameters.repetitions)
    ]


def take_first(ids: list[str], size: int, parameters: SentenceSampleParameters) -> list[list[str]]:
    """Take the first sentences, as MEXA does."""
    return [ids[:size]] * parameters.repetitions


def draw_with_python_random(
    ids: list[str], size: int, parameters: SentenceSampleParameters
) -> list[list[str]]:
    """Draw as the thesis did: one `random.seed`, then `random.sample(range(N), size)` repeatedly.

    Raises:
        CorpusError: if the corpus is a part of FLORES-101, or lacks a sentence that is drawn.
    """
    generator = random.Random(parameters.seed)
    population = range(1 + max(int(identifier) for identifier in ids))
    available = set(ids)
    if population == FLORES_FOLDERS["dev"]:
        raise CorpusError(
            "The sampler of the thesis drew from 2009 sentences, and this corpus ends with the "
            f"sentences of FLORES-101 dev (0 to 996): devtest is not there. {THESIS_NEEDS}"
        )
    samples = [
        [str(number) for number in generator.sample(population, size)]
        for _ in range(parameters.repetitions)
    ]
    if absent := sorted({name for sample in samples for name in sample} - available, key=int):
        gaps = sorted({*map(str, population)} - available, key=int)
        raise CorpusError(
            f"The sampler of the thesis drew {len(absent)} sentences that this corpus lacks, the "
            f"first being {absent[0]}: of 0 to {population[-1]} it lacks {len(gaps)}, between "
            f"{gaps[0]} and {gaps[-1]}{_missing_folder(gaps)}. {THESIS_NEEDS}"
        )
    return samples


def refuse_thesis_sampler(parameters: SentenceSampleParameters) -> None:
    """Refuse to draw as the thesis did where some sentences are not to be drawn.

    Raises:
        CorpusError: names the setting that reproduces the thesis, and the other one.
    """
    if parameters.sampler == "python_random":
        raise CorpusError(
            "The sampler of the thesis draws from all sentences, also those in passages of reading "
            "items. Set sentence_sample.outside_reading=false to reproduce the thesis, or "
            "sentence_sample.sampler=numpy to measure alignment on other text than reading."
        )


def refuse_equal_samples(
    samples: list[list[str]], available: int, parameters: SentenceSampleParameters
) -> None:
    """Refuse samples that are one and the same: their spread would look like certainty.

    Args:
        samples: the ids of each.
        available: number of sentences in the corpus.
        parameters: that they were drawn with.

    Raises:
        CorpusError: names the first two equal samples.
    """
    seen: dict[frozenset[str], int] = {}
    for number, sample in enumerate(samples):
        first = seen.setdefault(frozenset(sample), number)
        if first != number:
            raise CorpusError(
                f"The samples {first} and {number} hold the same {len(sample)} of {available} "
                f"sentences (sentence_sample.sampler={parameters.sampler}), so repeating them "
                "tells nothing. Set sentence_sample.repetitions=1, or a smaller "
                "sentence_sample.size with sampler=numpy."
            )


def _missing_folder(gaps: list[str]) -> str:
    """Name the folder of FLORES-101 that is not there at all."""
    missing = set(gaps)
    for folder, ids in FLORES_FOLDERS.items():
        if missing.issuperset(map(str, ids)):
            return f" (the folder {folder} is not there)"
    return ""


SAMPLERS = {
    "numpy": draw_with_numpy,
    "first": take_first,
    "python_random": draw_with_python_random,
}
