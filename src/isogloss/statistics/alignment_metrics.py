"""Scores of alignment and their uncertainty from stored per-sentence outcomes.

Intervals treat the sentences as a sample from a larger set of sentences, and languages, model and
translations as given. Cosines, ranks and CSLS take the pool of candidates as fixed; all others
take a sentence out as query and as candidate (the delete-one jackknife of `statistics.intervals`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.intervals import hit_influence, mean_influence, two_way_influence
from isogloss.statistics.subpools import deletion_gain, expected_hits
from isogloss.statistics.values import COSINE, Bounds, Values

Floats = NDArray[np.float64]
Outcomes = Mapping[str, NDArray[Any]]

SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Metric:
    """How a metric follows from the stored outcomes.

    Attributes:
        name: in the tables.
        values: from the outcomes of one layer and the number of candidates of a rank.
        chance: score of vectors without structure, from the number of sentences; NaN where there
            is none.
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
        Metric("cosine", _cosine, _none, _sentences),
        Metric("cosine_baseline", partial(_two_way, "baseline"), _none, _sentences),
        Metric("cosine_centered", partial(_mean, "cosine_centered"), _none, _sentences),
        Metric("contrast", partial(_smooth, "contrast"), _zero, _sentences),
        Metric("cka", partial(_smooth, "cka", bounds=COSINE), _zero, _sentences),
        Metric("retrieval_rank_score", _rank_score, _half, _ranked),
        Metric("retrieval_normalized", _normalized_rank, _half, _ranked),
        Metric("recall_at_1_ab", partial(_recall, "ab"), _one_in, _sentences),
        Metric("recall_at_1_ba", partial(_recall, "ba"), _one_in, _sentences),
        Metric("mexa", _mexa, mexa_chance, _sentences),
        *[_mexa_at(size) for size in pool_sizes],
        Metric("auc", partial(_two_way, "auc", bounds=SHARE, floor=0.5), _half, _sentences),
        Metric("mexa_csls", _csls, _none, _sentences),
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


def summary_metric(name: str) -> Metric:
    """Look up a metric of the summary by its name.

    Raises:
        ValueError: for an unknown name.
    """
    size = re.fullmatch(r"mexa_at_(\d+)", name)
    known = {metric.name: metric for metric in summary_metrics([int(size[1])] if size else [])}
    if name not in known:
        raise ValueError(f"Unknown metric {name!r}. There are: {', '.join(known)}.")
    return known[name]


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


def _mean(name: str, outcomes: Outcomes, _pool: int, *, bounds: Bounds = COSINE) -> Values:
    own = np.asarray(outcomes[name], np.float64)
    return Values(own.mean(axis=-1), own, mean_influence(own), bounds)


def _cosine(outcomes: Outcomes, pool: int) -> Values:
    own, others = _mean("cosine", outcomes, pool), outcomes["baseline"].astype(np.float64)
    return replace(own, floor=others.mean(axis=-1))


def _csls(outcomes: Outcomes, pool: int) -> Values:
    values = _mean("csls_hit", outcomes, pool, bounds=SHARE)
    return replace(values, trials=values.outcomes.shape[-1])


def _two_way(
    name: str, outcomes: Outcomes, _pool: int, *, bounds: Bounds = COSINE, floor: float = np.nan
) -> Values:
    own = np.asarray(outcomes[name], np.float64)
    influence = two_way_influence(own) if own.shape[-1] > 2 else np.full_like(own, np.nan)
    return Values(own.mean(axis=-1), own, influence, bounds, floor=floor)


def _smooth(name: str, outcomes: Outcomes, _pool: int, *, bounds: Bounds = None) -> Values:
    """A function of the whole sample, linearised: its estimate plus the influences.

    Unrelated sentences have 0: debiased CKA exactly so in the mean over all pairings, contrast in
    its numerator.
    """
    estimate = np.asarray(outcomes[name], np.float64)
    influence = np.asarray(outcomes[f"{name}_influence"], np.float64)
    excess = np.asarray(outcomes.get(f"{name}_excess", 0.0), np.float64)
    return Values(estimate, estimate[:, None] + influence, influence, bounds, excess, floor=0.0)


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


def _hits(hits: Floats, rescues: NDArray[np.generic], floor: Floats | float) -> Values:
    excess = rescues.mean(axis=-1)
    influence = hit_influence(hits, rescues)
    return Values(hits.mean(axis=-1), hits, influence, SHARE, excess, floor, hits.shape[-1])


def _recall(direction: str, outcomes: Outcomes, _pool: int) -> Values:
    """Unrelated sentences hit once in n, as each has one nearest neighbour, ties aside."""
    hits = outcomes[f"hit_{direction}"].astype(np.float64)
    return _hits(hits, outcomes[f"rescues_{direction}"], 1 / hits.shape[-1])


def _both_recalls(outcomes: Outcomes, pool: int) -> Values:
    one, other = _recall("ab", outcomes, pool), _recall("ba", outcomes, pool)
    return replace(
        one,
        estimate=(one.estimate + other.estimate) / 2,
        outcomes=(one.outcomes + other.outcomes) / 2,
        influence=(one.influence + other.influence) / 2,
        excess=(one.excess + other.excess) / 4,
        trials=2 * one.outcomes.shape[-1],
    )


def _mexa(outcomes: Outcomes, _pool: int) -> Values:
    hits = (outcomes["beaten"] == 0).astype(np.float64)
    return _hits(hits, outcomes["rescues"], np.asarray(outcomes["mexa_floor"], np.float64))


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
        floor = np.asarray(outcomes.get(f"mexa_at_{size}_floor", np.nan), np.float64)
        return Values(hits.mean(axis=-1), hits, influence, SHARE, excess, floor, n)

    return Metric(f"mexa_at_{size}", values, lambda _n: mexa_chance(size), lambda _n, _r: size)
