"""The published agreement of single responses with groups, cell by cell and round by round."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.pipelines.cultural.original_responses import (
    VOICE,
    JoinedResponses,
    number_cells,
)
from isogloss.statistics.grouped_correlation import grouped_spearman, paired_correlation

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ERROR_RATE = 0.045
"""Of the published labels, by human judgement."""
RELIABILITY = 1 - ERROR_RATE
"""By which the published study divides consistencies; an error rate is no reliability."""


class Rounds(NamedTuple):
    """Scores of some cells, once and in every round of the published bootstrap.

    Attributes:
        cells: their keys, and `n` rows behind each.
        once: float64 [cells], without any bootstrap.
        drawn: float64 [rounds, cells].
    """

    cells: pd.DataFrame
    once: Floats
    drawn: Floats


def agree_in_rounds(
    joined: JoinedResponses,
    kept: NDArray[np.bool_],
    drawn: NDArray[np.int32],
    keys: list[str] | None = None,
) -> Rounds:
    """Correlate responses with the truth (Spearman) in every cell of model, language and group.

    Every response counts, so that questions weigh by how often they were asked; the truth of a
    question is repeated for each of its responses.

    Args:
        joined: responses with the truth of one level.
        kept: [observations], those whose cells are of interest.
        drawn: [rounds, kept observations], how often each is drawn.
        keys: columns that tell cells apart.
    """
    observations = joined.observations[kept].reset_index(drop=True)
    cells, numbers = number_cells(observations, keys or [*VOICE, "group"])
    values = observations["pro_score"].to_numpy(), observations["truth"].to_numpy()
    counts = joined.counts()[:, kept]
    once = grouped_spearman(numbers, *values, counts)[0]
    size = np.bincount(numbers, counts[0]).astype(np.int64)
    return Rounds(cells.assign(n=size), once, grouped_spearman(numbers, *values, drawn))


def be_consistent_in_rounds(
    joined: JoinedResponses, drawn: NDArray[np.int32], *, ranked: bool = True
) -> Rounds:
    """Correlate responses with each other over a self-join of the drawn rows on the question.

    A row that is drawn twice agrees with itself, and so do the copies of a response that the join
    with the truth made: both raise the published consistency.

    Args:
        joined: responses, with or without copies.
        drawn: [rounds, observations], how often each is drawn.
        ranked: Spearman's rho, as published; else Pearson's r.

    Returns:
        consistencies per model and language, not divided by `RELIABILITY`.
    """
    cells, numbers = number_cells(joined.observations, VOICE)
    _, questions = number_cells(joined.observations.assign(cell=numbers), ["cell", "question"])
    values = joined.observations["pro_score"].to_numpy()
    counts = joined.counts()
    once = paired_correlation(numbers, questions, values, counts, ranked=ranked)[0]
    found = paired_correlation(numbers, questions, values, drawn, ranked=ranked)
    size = np.bincount(numbers, counts[0]).astype(np.int64)
    return Rounds(cells.assign(n=size), once, found)


def describe_rounds(rounds: Rounds) -> pd.DataFrame:
    """Give every cell its value without a bootstrap, and the mean and interval of its rounds.

    The interval is what the published bootstrap shows: of single responses, not of questions.

    Returns:
        the cells with value, error, ci_low, ci_high (of the rounds) and value_once.
    """
    drawn = rounds.drawn
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return rounds.cells.assign(
        value=drawn.mean(axis=0),
        error=drawn.std(axis=0, ddof=1) if len(drawn) > 1 else np.nan,
        ci_low=low,
        ci_high=high,
        value_once=rounds.once,
        rounds=len(drawn),
    )
