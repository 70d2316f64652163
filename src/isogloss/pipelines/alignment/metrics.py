"""Scores and their uncertainty from stored per-sentence outcomes.

Intervals treat the sentences as a sample from a larger set of sentences, and languages, model and
translations as given. Cosines, ranks and CSLS take the pool of candidates as fixed; all others
take a sentence out as query and as candidate (the delete-one jackknife of `statistics.intervals`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.intervals import (
    hit_influence,
    mean_influence,
    proportion_interval,
    standard_error,
    student_interval,
    two_way_influence,
)
from isogloss.statistics.subpools import deletion_gain, expected_hits

Floats = NDArray[np.float64]
Outcomes = Mapping[str, NDArray[Any]]
Bounds = tuple[float, float] | None

SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Values:
    """One metric of all pairs, sentence by sentence.

    Attributes:
        estimate: float64 [pairs].
        outcomes: float64 [pairs, n], whose mean over a part of the sentences is the score of that
            part with the pool of candidates held fixed.
        influence: float64 [pairs, n], from which the interval follows.
        bounds: the lowest and the highest possible score; None if there are none.
        excess: float64 [pairs], the variance that the influences count twice.
    """

    estimate: Floats
    outcomes: Floats
    influence: Floats
    bounds: Bounds = None
    excess: Floats | float = 0.0


def interval(
    estimate: Floats,
    influence: Floats,
    *,
    bounds: Bounds,
    confidence: float,
    excess: Floats | float = 0.0,
) -> tuple[Floats, Floats]:
    """Give the confidence interval of a score; see `proportion_interval` and `student_interval`.

    Args:
        estimate: [pairs].
        influence: [pairs, n].
        bounds: the lowest and the highest possible score; None if there are none.
        confidence: coverage asked for.
        excess: [pairs], the variance that the influences count twice.
    """
    error = standard_error(mean_influence(influence), excess)
    n = influence.shape[-1]
    if bounds is None:
        return student_interval(estimate, error, n, confidence)
    lowest, highest = bounds
    span = highest - lowest
    limits = proportion_interval((estimate - lowest) / span, error / span, n, confidence)
    low, high = (np.where(np.isnan(estimate), np.nan, lowest + span * limit) for limit in limits)
    return low, high


@dataclass(frozen=True)
class Metric:
    """How a metric follows from the stored outcomes.

    Attributes:
        name: its column in the alignment table.
        values: from the outcomes of one layer and the number of candidates of a rank.
        chance: score of unrelated sentences, from the number of sentences; NaN where there is none.
        pool: number of candidates it is given for, from the number of sentences and of the
            candidates of a rank.
    """

    name: str
    values: Callable[[Outcomes, int], Values]
    chance: Callable[[int], float]
    pool: Callable[[int, int], int]


def table_metrics(pool_sizes: Sequence[int]) -> list[Metric]:
    """List the metrics of the alignment table.

    Args:
        pool_sizes: the m of `mexa_at_m`.
    """
    return [
        Metric("cosine", partial(_mean, "cosine"), _none, _sentences),
        Metric("cosine_baseline", partial(_two_way, "baseline"), _none, _sentences),
        Metric("cosine_centered", partial(_mean, "cosine_centered"), _none, _sentences),
        Metric("contrast", partial(_smooth, "contrast"), _zero, _sentences),
        Metric("cka", partial(_smooth, "cka"), _zero, _sentences),
        Metric("retrieval_rank_score", _rank_score, _half, _ranked),
        Metric("retrieval_normalized", _normalized_rank, _half, _ranked),
        Metric("recall_at_1_ab", partial(_recall, "ab"), _one_in, _sentences),
        Metric("recall_at_1_ba", partial(_recall, "ba"), _one_in, _sentences),
        Metric("mexa", _mexa, mexa_chance, _sentences),
        *[_mexa_at(size) for size in pool_sizes],
        Metric("auc", partial(_two_way, "auc", bounds=SHARE), _half, _sentences),
        Metric("mexa_csls", partial(_mean, "csls_hit", bounds=SHARE), _none, _sentences),
    ]


def summary_metrics(pool_sizes: Sequence[int]) -> list[Metric]:
    """List the metrics of the summary: both ways of recall as one, ranks as `retrieval`.

    Args:
        pool_sizes: the m of `mexa_at_m`.
    """
    known = {metric.name: metric for metric in table_metrics(pool_sizes)}
    recall = Metric("recall_at_1", _both_recalls, _one_in, _sentences)
    ranks = Metric("retrieval", _rank_score, _half, _ranked)
    replaced = {"recall_at_1_ab": recall, "recall_at_1_ba": None, "retrieval_rank_score": ranks}
    chosen = [replaced.get(name, metric) for name, metric in known.items()]
    return [metric for metric in chosen if metric is not None]


def mexa_chance(sentences: int) -> float:
    """Give 1/(2n - 1): the chance that a row and a column have their maximum where they cross."""
    return 1 / (2 * sentences - 1)


def _none(_sentences: int) -> float:
    return float("nan")


def _zero(_sentences: int) -> float:
    return 0.0


def _half(_sentences: int) -> float:
    return 0.5


def _one_in(sentences: int) -> float:
    return 1 / sentences


def _sentences(sentences: int, _ranked_candidates: int) -> int:
    return sentences


def _ranked(_sentence_count: int, ranked_candidates: int) -> int:
    return ranked_candidates


def _mean(name: str, outcomes: Outcomes, _pool: int, *, bounds: Bounds = None) -> Values:
    own = np.asarray(outcomes[name], np.float64)
    return Values(own.mean(axis=-1), own, mean_influence(own), bounds)


def _two_way(name: str, outcomes: Outcomes, _pool: int, *, bounds: Bounds = None) -> Values:
    own = np.asarray(outcomes[name], np.float64)
    influence = two_way_influence(own) if own.shape[-1] > 2 else np.full_like(own, np.nan)
    return Values(own.mean(axis=-1), own, influence, bounds)


def _smooth(name: str, outcomes: Outcomes, _pool: int) -> Values:
    """A function of the whole sample, linearised: its estimate plus the influences."""
    estimate = np.asarray(outcomes[name], np.float64)
    influence = np.asarray(outcomes[f"{name}_influence"], np.float64)
    excess = np.asarray(outcomes.get(f"{name}_excess", 0.0), np.float64)
    return Values(estimate, estimate[:, None] + influence, influence, excess=excess)


def _rank_score(outcomes: Outcomes, pool: int) -> Values:
    """1 - mean mid-rank / (n languages): the thesis' definition."""
    size = pool + 1
    return _ranks(outcomes, 0, size, (1 / size, 1 - 1 / size))


def _normalized_rank(outcomes: Outcomes, pool: int) -> Values:
    """1 - (mid-rank - 1) / (n languages - 2): 1 for the first of the pool, 0 for the last."""
    return _ranks(outcomes, 1, pool - 1, SHARE)


def _ranks(outcomes: Outcomes, first: int, span: int, bounds: Bounds) -> Values:
    if "mid_rank" not in outcomes:
        return _undefined(outcomes)
    score = 1 - (np.asarray(outcomes["mid_rank"], np.float64) - first) / span
    return Values(score.mean(axis=-1), score, mean_influence(score), bounds)


def _undefined(outcomes: Outcomes) -> Values:
    missing = np.full(outcomes["cosine"].shape, np.nan)
    return Values(missing[:, 0], missing, missing)


def _hits(hits: Floats, rescues: NDArray[np.generic]) -> Values:
    return Values(
        hits.mean(axis=-1), hits, hit_influence(hits, rescues), SHARE, rescues.mean(axis=-1)
    )


def _recall(direction: str, outcomes: Outcomes, _pool: int) -> Values:
    hits = outcomes[f"hit_{direction}"].astype(np.float64)
    return _hits(hits, outcomes[f"rescues_{direction}"])


def _both_recalls(outcomes: Outcomes, pool: int) -> Values:
    one, other = _recall("ab", outcomes, pool), _recall("ba", outcomes, pool)
    return Values(
        (one.estimate + other.estimate) / 2,
        (one.outcomes + other.outcomes) / 2,
        (one.influence + other.influence) / 2,
        SHARE,
        (one.excess + other.excess) / 4,
    )


def _mexa(outcomes: Outcomes, _pool: int) -> Values:
    return _hits((outcomes["beaten"] == 0).astype(np.float64), outcomes["rescues"])


def _mexa_at(size: int) -> Metric:
    def values(outcomes: Outcomes, pool: int) -> Values:
        beaten = outcomes["beaten"]
        n = beaten.shape[-1]
        if n < size:
            return _undefined(outcomes)
        if n == size:
            return _mexa(outcomes, pool)
        hits = expected_hits(beaten, size)
        influence = np.asarray(outcomes[f"mexa_at_{size}_influence"], np.float64)
        _, gain = deletion_gain(n, size)
        excess = (beaten * np.square(gain[beaten])).mean(axis=-1)
        return Values(hits.mean(axis=-1), hits, influence, SHARE, excess)

    return Metric(f"mexa_at_{size}", values, lambda _n: mexa_chance(size), lambda _n, _r: size)
