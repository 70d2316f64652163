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

from isogloss.statistics.intervals import (
    distinct_hits,
    fisher_interval,
    hit_influence,
    mean_influence,
    pool_influences,
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
COSINE = (-1.0, 1.0)


@dataclass(frozen=True)
class Values:
    """One metric of some cells (pairs of languages, or means over them), sentence by sentence.

    Attributes:
        estimate: float64 [cells].
        outcomes: float64 [cells, n], whose mean over a part of the sentences is the score of that
            part with the pool of candidates held fixed.
        influence: float64 [cells, n], from which the interval follows.
        bounds: the lowest and the highest possible score; None if there are none.
        excess: float64 [cells], the variance that the influences count twice.
        floor: float64 [cells], the expected score of the same vectors if no sentence were paired
            with its translation; NaN where it is not known.
        trials: yes-or-no trials that the score is the share of; None if it is no such share.
    """

    estimate: Floats
    outcomes: Floats
    influence: Floats
    bounds: Bounds = None
    excess: Floats | float = 0.0
    floor: Floats | float = np.nan
    trials: int | None = None

    def averaged(self) -> Values:
        """Average over the cells, which rest on the same sentences; gives a single cell."""
        cells = len(self.estimate)
        # Had every cell other sentences, all of the excess would go down with the number of cells;
        # with the same ones some of it stays, and taking off too little widens the interval.
        return replace(
            self,
            estimate=self.estimate.mean(keepdims=True),
            outcomes=self.outcomes.mean(axis=0, keepdims=True),
            influence=self.influence.mean(axis=0, keepdims=True),
            excess=self._each(self.excess).sum(keepdims=True) / cells**2,
            floor=self._each(self.floor).mean(keepdims=True),
            trials=None if self.trials is None else self.trials * cells,
        )

    def held_out(self, positions: slice | NDArray[np.bool_]) -> Values:
        """Give the score on some of the sentences, the pool of candidates held fixed."""
        outcomes = self.outcomes[:, positions]
        kept = outcomes.shape[1] / self.outcomes.shape[1]
        return replace(
            self,
            estimate=outcomes.mean(axis=1),
            outcomes=outcomes,
            influence=self.influence[:, positions],
            # Linearised scores keep what pairs of all sentences do to their estimate.
            excess=0.0 if self.trials is None else self.excess,
            trials=None if self.trials is None else round(self.trials * kept),
        )

    def chosen(self, cells: NDArray[np.bool_] | NDArray[np.intp]) -> Values:
        """Keep some of the cells, in the order of their positions if these are given."""
        return replace(
            self,
            estimate=self.estimate[cells],
            outcomes=self.outcomes[cells],
            influence=self.influence[cells],
            excess=self._each(self.excess)[cells],
            floor=self._each(self.floor)[cells],
        )

    def _each(self, value: Floats | float) -> Floats:
        return np.broadcast_to(np.asarray(value, np.float64), self.estimate.shape)


def interval(values: Values, confidence: float) -> tuple[Floats, Floats]:
    """Give the confidence interval of scores.

    Shares have that of `proportion_interval`, scores between -1 and 1 `fisher_interval`, others
    `student_interval`.

    Args:
        values: of [cells].
        confidence: coverage asked for.

    Returns:
        lower and upper limits, float64 [cells]; NaN where the estimate is.
    """
    error = standard_error(mean_influence(values.influence), values.excess)
    n = values.influence.shape[-1]
    hitting = None if values.trials is None else distinct_hits(values.outcomes)
    if values.bounds is None:
        return student_interval(values.estimate, error, n, confidence)
    if values.bounds == COSINE:
        return fisher_interval(values.estimate, error, n, confidence)
    lowest, highest = values.bounds
    span = highest - lowest
    share = (values.estimate - lowest) / span
    limits = proportion_interval(share, error / span, n, confidence, hitting)
    missing = np.isnan(values.estimate)
    low, high = (np.where(missing, np.nan, lowest + span * limit) for limit in limits)
    return low, high


def pool_samples(parts: Sequence[tuple[Sequence[str], Values]]) -> Values:
    """Average scores over samples of sentences, which may overlap; see `pool_influences`.

    Args:
        parts: for each sample the ids of its sentences and the values of the same cells.
    """
    if len(parts) == 1:
        return parts[0][1]
    values = [own for _, own in parts]
    influence = pool_influences([(ids, own.influence) for ids, own in parts])
    estimate = np.mean([own.estimate for own in values], axis=0)
    size, samples = influence.shape[1], len(parts)
    excess = sum(np.asarray(own.excess) / own.influence.shape[1] for own in values)
    known = [own.trials for own in values if own.trials is not None]
    return Values(
        estimate,
        estimate[:, None] + influence,
        influence,
        values[0].bounds,
        np.asarray(excess * size / samples**2),
        np.mean([np.asarray(own.floor) for own in values], axis=0),
        sum(known) if known else None,
    )


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
