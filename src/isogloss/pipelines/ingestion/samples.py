"""How samples of sentences are drawn."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from isogloss.pipelines.ingestion.parameters import SentenceSampleParameters


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
        CorpusError: if it draws a sentence that the corpus lacks.
    """
    generator = random.Random(parameters.seed)
    population = range(1 + max(int(identifier) for identifier in ids))
    available = set(ids)
    samples = [
        [str(number) for number in generator.sample(population, size)]
        for _ in range(parameters.repetitions)
    ]
    if absent := sorted({name for sample in samples for name in sample} - available, key=int):
        raise CorpusError(
            "The thesis' sampler drew sentences that this corpus lacks (ids "
            f"{', '.join(absent[:5])}, {len(absent)} in all). It needs FLORES-101 dev and devtest, "
            "2009 sentences; with other corpora use sentence_sample.sampler=numpy."
        )
    return samples


SAMPLERS = {
    "numpy": draw_with_numpy,
    "first": take_first,
    "python_random": draw_with_python_random,
}
