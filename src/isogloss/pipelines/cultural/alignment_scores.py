"""Agreement of the voices and groups of a block, with intervals, floors and p-values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.deletion import deletion_error, deletion_weights, split_deletion
from isogloss.statistics.intervals import correlation_interval, student_interval
from isogloss.statistics.profile_agreement import PARTS, Parts

if TYPE_CHECKING:
    from isogloss.pipelines.cultural.alignment_measures import Measure
    from isogloss.statistics.profile_permutation import Permuted

Floats = NDArray[np.float64]

FEWEST_BATTERIES = 3
"""Clusters without which an error of clusters says nothing."""
LEAST_DEFINED = 0.9
"""Share of the rounds of a bootstrap that must be defined; few different questions leave none."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Resampling:
    """What the scores of a block are drawn with.

    Attributes:
        counts: float64 [rounds, questions], how often each question of the block is drawn; None for
            errors by the jackknife.
        keys: float64 [permutations, questions], of the questions of the block.
        batteries: [questions], their labels.
        confidence: of the intervals.
    """

    counts: Floats | None
    keys: Floats
    batteries: NDArray[np.str_]
    confidence: float


class Uncertain(NamedTuple):
    """One part of agreement; all float64 [voices, groups].

    Attributes:
        value: as found.
        error: over questions.
        low: end of its interval.
        high: end of its interval.
        battery_low: end of the interval over batteries.
        battery_high: the other end.
        without_low: the lowest value without one of the batteries.
        without_high: the highest.
    """

    value: Floats
    error: Floats
    low: Floats
    high: Floats
    battery_low: Floats
    battery_high: Floats
    without_low: Floats
    without_high: Floats


class Standing(NamedTuple):
    """A part of agreement among those with the voice's own answers permuted.

    Attributes:
        floor: float64 [voices, groups], their mean.
        p: float64 [voices, groups], share of permutations that agree at least as well.
        ratio: float64 [voices, groups], distance from their mean in standard deviations.
        largest: float64 [permutations], the largest such ratio of the block.
    """

    floor: Floats
    p: Floats
    ratio: Floats
    largest: Floats


def measure_block(measure: Measure, resampling: Resampling) -> dict[str, Uncertain]:
    """Measure every part of agreement with its errors and intervals.

    Correlations have intervals on Fisher's scale, means over questions Student's t; both with one
    degree of freedom less than there are questions (two less for a partial correlation), or
    batteries. Errors come from the jackknife, or else from a bootstrap of the questions.

    Args:
        measure: of some voices and groups.
        resampling: of its questions.

    Returns:
        part -> its values.
    """
    questions = len(resampling.batteries)
    singles = measure.parts(deletion_weights(np.arange(questions)))
    clusters = measure.parts(deletion_weights(resampling.batteries))
    drawn = None if resampling.counts is None else measure.parts(resampling.counts)
    found = {}
    for number, part in enumerate(PARTS):
        value, without = split_deletion(singles[number])
        error = deletion_error(without)
        if drawn is not None:
            error = _bootstrap_error(drawn[number])
        batteries = clusters[number][1:]
        lost = 1 if measure.correlates() and part == "distinctive" else 0
        low, high = _interval(measure, value, error, questions - lost, resampling.confidence)
        wide = np.full_like(value, np.nan), np.full_like(value, np.nan)
        if len(batteries) >= FEWEST_BATTERIES:
            spread = deletion_error(batteries)
            wide = _interval(measure, value, spread, len(batteries), resampling.confidence)
        found[part] = Uncertain(
            value, error, low, high, *wide, batteries.min(axis=0), batteries.max(axis=0)
        )
    return found


def compare_with_permutations(permuted: Permuted) -> dict[str, Standing]:
    """Compare every part with what the voices' own answers reach at other questions.

    p is one-sided: the share of permutations, the order as it is included, that agree at least as
    well (Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9,
    article 39).

    Args:
        permuted: the first permutation being the order as it is.

    Returns:
        part -> its standing.
    """
    tested = permuted.overall, permuted.normative, permuted.tested
    floors = Parts(permuted.overall, permuted.normative, permuted.distinctive)
    found = {}
    for part, values, raw in zip(PARTS, tested, floors, strict=True):
        middle, spread = values[1:].mean(axis=0), values[1:].std(axis=0, ddof=1)
        varies = spread > _ROUNDING
        scale = np.where(varies, spread, np.nan)
        ratios = (values - middle) / scale
        p = (values >= values[0] - _ROUNDING).mean(axis=0)
        largest = np.where(np.isnan(ratios), -np.inf, ratios).max(axis=(1, 2), initial=-np.inf)
        found[part] = Standing(
            raw[1:].mean(axis=0), np.where(np.isnan(ratios[0]), np.nan, p), ratios[0], largest
        )
    return found


def adjust_for_family(ratio: Floats, largest: Floats) -> Floats:
    """Adjust p for a family: the share of permutations whose largest ratio reaches this one.

    Single step max-T (Westfall and Young 1993, Resampling-based multiple testing, section 2.6).

    Args:
        ratio: any shape, from `compare_with_permutations`.
        largest: [permutations], the largest of all blocks of the family.
    """
    ordered = np.sort(largest)
    reached = len(ordered) - np.searchsorted(ordered, np.nan_to_num(ratio) - _ROUNDING)
    return np.where(np.isnan(ratio), np.nan, reached / len(ordered))


def _interval(
    measure: Measure, value: Floats, error: Floats, n: int, confidence: float
) -> tuple[Floats, Floats]:
    if not measure.correlates():
        low, high = student_interval(value, error, n, confidence)
        return np.asarray(np.maximum(low, -1)), np.asarray(np.minimum(high, 1))
    return correlation_interval(value, error, n, confidence)


def _bootstrap_error(drawn: Floats) -> Floats:
    """Give the standard deviation over rounds; NaN if too many of them leave nothing to measure."""
    known = ~np.isnan(drawn)
    enough = known.mean(axis=0) >= LEAST_DEFINED
    total = np.where(enough, known.sum(axis=0), 2)
    mean = np.where(known, drawn, 0).sum(axis=0) / total
    squares = np.where(known, np.square(drawn - mean), 0).sum(axis=0)
    return np.where(enough, np.sqrt(squares / (total - 1)), np.nan)
