"""Which share of a group is for something: weighted scores with their standard errors.

A score is a ratio of two weighted sums over the respondents that count, those on one of the two
sides. Its variance is that of the linearised ratio (Wolter 2007, Introduction to Variance
Estimation, 2nd edition, chapter 6), estimated between primary sampling units within strata
(Lumley 2010, Complex Surveys, section 2.2), units drawn as if with replacement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from isogloss.pipelines.cultural.survey_questions import CON, NEUTRAL, PRO
from isogloss.statistics.intervals import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.survey_answers import Labels, Respondents

BLOCK = 8
"""Questions that are summed at once: what they need then fits in the processor's cache."""
FEW = 10
"""Respondents on the rarer side before their variation is trusted to say how certain a score is."""


class Scores(NamedTuple):
    """Scores of groups; float64 [groups, questions], NaN where nobody counts.

    Attributes:
        score: sum of the weights that are pro, out of those that are pro or con.
        error: its standard error.
        low: of its interval.
        high: of its interval.
        n: respondents that are pro or con.
        n_eff: (sum w)^2 / sum w^2 of them (Kish 1965, Survey Sampling, section 11.7).
        neutral: share of the weights of all valid answers that is neutral.
    """

    score: NDArray[np.float64]
    error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.float64]
    n_eff: NDArray[np.float64]
    neutral: NDArray[np.float64]


@dataclass(frozen=True)
class _Cells:
    """How respondents, sorted by group, stratum and unit, fall into units, cells and groups.

    A cell is the part of a stratum that belongs to a group.

    Attributes:
        order: the respondents, sorted; those of no group left out.
        units: place of the first respondent of each unit; None: each respondent is one.
        cells: place of the first unit of each cell.
        groups: place of the first cell of each group that has any.
        present: number of each such group.
        sampled: float64 [cells, 1], units of the whole stratum, in the group or not.
        total: how many groups there are.
    """

    order: NDArray[np.int64]
    units: NDArray[np.int64] | None
    cells: NDArray[np.int64]
    groups: NDArray[np.int64]
    present: NDArray[np.int64]
    sampled: NDArray[np.float64]
    total: int


def score_groups(
    respondents: Respondents,
    groups: Labels,
    sides: NDArray[np.int8],
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> Scores:
    """Score every question in every group.

    Whoever is in no group, or gave no answer that counts, stays in the sample with a value of 0,
    as the variance of a part of a sample demands. Units of a stratum with a single one are
    compared with the score instead of their mean. Strata are countries or parts of them: of scores
    over several countries, the error is that of these countries' samples, as if no other country
    could have been asked.

    The interval is Wilson's with the number of respondents that has the standard error asked for,
    p (1 - p) / error^2, and Student's t (Korn and Graubard 1998, Survey Methodology 24, p. 193). As
    far as that number exceeds `n_eff`, it is believed only as respondents on the rarer side are
    many: of the excess, (k - 10) / k for an effective number of k. Where all agree it is `n_eff`.

    Args:
        respondents: of the survey.
        groups: the group of each respondent.
        sides: int8 [questions, respondents], what each answer counts as.
        confidence: of intervals.
        design_effect: times the variance.
    """
    cells = _arrange(respondents, groups)
    weights = respondents.weights[cells.order]
    parts = [
        _score(cells, weights, block, confidence, design_effect)
        for block in _blocks(sides, cells.order)
    ]
    empty = np.full((cells.total, len(sides)), np.nan)
    found = [empty.copy() for _ in Scores._fields]
    for place, field in enumerate(found):
        if parts and len(cells.present):
            field[cells.present] = np.concatenate([part[place] for part in parts], axis=1)
    found[Scores._fields.index("n")] = np.nan_to_num(found[Scores._fields.index("n")])
    return Scores(*found)


def share_codes(
    weights: NDArray[np.float64],
    groups: Labels,
    codes: NDArray[np.int32],
    valid: range,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the weighted share of each answer to a question in every group.

    Args:
        weights: float64 [respondents].
        groups: the group of each respondent.
        codes: int32 [respondents], their answers.
        valid: the codes that are answers.

    Returns:
        share: float64 [groups, codes], NaN where nobody answered.
        n: float64 [groups], respondents with a valid answer.
        n_eff: float64 [groups], (sum w)^2 / sum w^2 of them.
    """
    counts = (groups.places >= 0) & (codes >= valid.start) & (codes < valid.stop)
    own, where = weights[counts], groups.places[counts]
    total, width = len(groups.names), len(valid)
    places = where * width + codes[counts] - valid.start
    sums = np.bincount(places, own, total * width).reshape(total, width)
    squares = np.bincount(where, own**2, total)
    whole = sums.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = sums / whole[:, None]
        n_eff = whole**2 / squares
    return shares, np.bincount(where, minlength=total).astype(np.float64), n_eff


def _arrange(respondents: Respondents, groups: Labels) -> _Cells:
    strata, clusters = respondents.strata, respondents.clusters
    if clusters is None:
        keys = np.stack([groups.places, strata.places])
        sampled = np.bincount(strata.places, minlength=len(strata.names))
    else:
        keys = np.stack([groups.places, strata.places, clusters.places])
        pairs = np.unique(keys[1:], axis=1)
        sampled = np.bincount(pairs[0], minlength=len(strata.names))
    order = np.lexsort(keys[::-1])
    order = order[groups.places[order] >= 0]
    keys = keys[:, order]
    units = None if clusters is None else _starts(keys)
    in_unit = keys if units is None else keys[:, units]
    cells = _starts(in_unit[:2])
    in_cell = in_unit[:, cells]
    starts = _starts(in_cell[:1])
    return _Cells(
        order=order,
        units=units,
        cells=cells,
        groups=starts,
        present=in_cell[0, starts],
        sampled=sampled[in_cell[1]].astype(np.float64)[:, None],
        total=len(groups.names),
    )


def _starts(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the places at which any of some sorted keys changes."""
    if not keys.shape[1]:
        return np.empty(0, np.int64)
    changes = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _blocks(sides: NDArray[np.int8], order: NDArray[np.int64]) -> Iterator[NDArray[np.int8]]:
    """Give the sorted answers to a few questions at a time: [respondents, questions]."""
    for start in range(0, len(sides), BLOCK):
        yield sides[start : start + BLOCK, order].T


def _score(
    cells: _Cells,
    weights: NDArray[np.float64],
    sides: NDArray[np.int8],
    confidence: float,
    design_effect: float,
) -> Scores:
    own = weights[:, None]
    pro, con = sides == PRO, sides == CON
    counts = (pro | con).astype(np.float64)
    for_it, counted = own * pro, own * counts
    first = cells.cells if cells.units is None else cells.units[cells.cells]
    by_group = first[cells.groups]

    def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(values, by_group, axis=0)

    pro_weight, weight = add(for_it), add(counted)
    pro_squares, squares = add(for_it**2), add(counted**2)
    neutral = add(own * (sides == NEUTRAL))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = pro_weight / weight
        variance, units = _variance(cells, for_it, counted, score, weight)
        n_eff = weight**2 / squares
        rarer = np.fmin(
            pro_weight**2 / pro_squares, (weight - pro_weight) ** 2 / (squares - pro_squares)
        )
        error = np.sqrt(design_effect * variance)
        effective = _effective(score, error, n_eff / design_effect, rarer)
        # Only quantile^2 / n matters to Wilson's interval, so that Student's t can stand in n.
        level = (1 + confidence) / 2
        wider = scipy.stats.norm.ppf(level) / scipy.stats.t.ppf(level, np.maximum(units, 1))
        low, high = wilson_interval(score, effective * wider**2, confidence)
        neutral_share = neutral / (neutral + weight)
    return Scores(score, error, low, high, add(counts), n_eff, neutral_share)


def _variance(
    cells: _Cells,
    for_it: NDArray[np.float64],
    counted: NDArray[np.float64],
    score: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the variance of each score, and the units less the strata that it rests on.

    With z = (a - p b) / W of a unit whose weights sum to a for it and to b in all, the variance is
    sum over strata of m / (m - 1) (sum z^2 - (sum z)^2 / m), m being all units of the stratum.
    """
    if cells.units is not None:
        for_it = np.add.reduceat(for_it, cells.units, axis=0)
        counted = np.add.reduceat(counted, cells.units, axis=0)

    def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(values, cells.cells, axis=0)

    sizes = np.diff(np.append(cells.groups, len(cells.cells)))
    p, whole = np.repeat(score, sizes, axis=0), np.repeat(weight, sizes, axis=0)
    sums = (add(for_it) - p * add(counted)) / whole
    squares = (add(for_it**2) - 2 * p * add(for_it * counted) + p**2 * add(counted**2)) / whole**2
    m = cells.sampled
    lone = m <= 1
    between = np.maximum(squares - np.where(lone, 0, sums**2 / m), 0)
    spread = np.where(lone, 1, m / np.maximum(m - 1, 1)) * between
    present = add((counted > 0).astype(np.float64))
    units = np.maximum(present - 1, 0)
    return np.add.reduceat(spread, cells.groups, axis=0), np.add.reduceat(units, cells.groups)


def _effective(
    score: NDArray[np.float64],
    error: NDArray[np.float64],
    n_eff: NDArray[np.float64],
    rarer: NDArray[np.float64],
) -> NDArray[np.float64]:
    spread = score * (1 - score)
    asked = np.where(spread > 0, spread / error**2, n_eff)
    granted = np.clip(1 - FEW / np.fmax(rarer, FEW), 0, 1)
    more = asked - n_eff
    return np.where(more > 0, n_eff + np.where(np.isfinite(more), granted * more, 0), asked)
