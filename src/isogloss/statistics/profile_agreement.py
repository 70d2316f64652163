"""Agreement of profiles with groups in three parts: overall, normative and distinctive.

Scores of countries have most of their variance in common, so a profile can agree with a country by
agreeing with all of them (Cronbach and Gleser 1953, Psychological Bulletin 50, p. 456; Furr 2008,
Journal of Personality 76, p. 1267).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.weighted_correlation import partial_correlation, unit_profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

PARTS = ("overall", "normative", "distinctive")
CHUNK = 1 << 22
"""Numbers to hold at a time: 32 MB."""


class Parts(NamedTuple):
    """Agreement of profiles with groups in every round; float64 [rounds, profiles, groups].

    Attributes:
        overall: with the group.
        normative: with the mean of the other groups; NaN where there are no others.
        distinctive: what is left of the agreement with the group given the mean of the others.
    """

    overall: Floats
    normative: Floats
    distinctive: Floats


def correlate_profiles(
    profiles: ArrayLike,
    groups: ArrayLike,
    others: ArrayLike | None,
    weights: ArrayLike,
    *,
    ranked: bool,
) -> Parts:
    """Correlate profiles with groups, with the mean of the other groups, and partially.

    The distinctive part is the partial correlation of profile and group given the mean of the
    others, of ranks if `ranked`.

    Args:
        profiles: [profiles, questions], without gaps.
        groups: [groups, questions], without gaps.
        others: [groups, questions], for each group the mean of the others; None if it has none.
        weights: [rounds, questions], how often each question counts.
        ranked: Spearman's rho, with ranks made anew in every round; else Pearson's r.
    """
    own, theirs = np.asarray(profiles, np.float64), np.asarray(groups, np.float64)
    rest = None if others is None else np.asarray(others, np.float64)

    def correlate(counts: Floats) -> Parts:
        mine = unit_profiles(own, counts, ranked=ranked)
        group = unit_profiles(theirs, counts, ranked=ranked)
        overall = mine @ np.swapaxes(group, 1, 2)
        if rest is None:
            return _without_others(overall)
        mean = unit_profiles(rest, counts, ranked=ranked)
        normative = mine @ np.swapaxes(mean, 1, 2)
        shared = np.broadcast_to((group * mean).sum(axis=-1)[:, None], overall.shape)
        return Parts(overall, normative, partial_correlation(overall, normative, shared))

    width = own.shape[1] * (len(own) + 2 * len(theirs)) + len(own) * len(theirs)
    return Parts(*in_chunks(correlate, np.asarray(weights, np.float64), width))


def average_similarity(
    similarity: ArrayLike, to_others: ArrayLike | None, weights: ArrayLike
) -> Parts:
    """Average the similarity of answers over questions, such as 1 - |x - y|.

    The distinctive part is similarity to the group less similarity to the mean of the others:
    positive where the profile is nearer to the group than to what the others have in common.

    Args:
        similarity: [profiles, groups, questions].
        to_others: the same, to the mean of the other groups; None if there are no others.
        weights: [rounds, questions].
    """
    own = np.asarray(similarity, np.float64)
    rest = None if to_others is None else np.asarray(to_others, np.float64)

    def average(counts: Floats) -> Parts:
        shares = counts / counts.sum(axis=1, keepdims=True)
        overall = np.tensordot(shares, own, axes=(1, 2))
        if rest is None:
            return _without_others(overall)
        normative = np.tensordot(shares, rest, axes=(1, 2))
        return Parts(overall, normative, overall - normative)

    width = own.shape[0] * own.shape[1]
    return Parts(*in_chunks(average, np.asarray(weights, np.float64), width))


def follow_shared(own: Floats, between: Floats) -> Floats:
    """Give the correlations with groups of profiles that follow what the groups share alone.

    If a single profile s is behind all groups, and a voice has nothing else in common with any of
    them, then r(m, x_g) r(x_a, x_b) = r(m, x_a) r(x_b, x_g) for any two other groups a and b: the
    tetrads vanish (Spearman 1904, American Journal of Psychology 15, p. 273), however far each
    group follows s. So r(m, x_g) is the sum over ordered pairs a != b of r(m, x_a) r(x_b, x_g), out
    of that of r(x_a, x_b).

    Args:
        own: [profiles, groups], correlations of profiles with groups.
        between: [groups, groups], of groups with each other.

    Returns:
        float64 [profiles, groups]; NaN with fewer than two other groups, and where the others have
        nothing in common.
    """
    apart = between - np.diag(np.diag(between))
    links = apart.sum(axis=0)
    others = apart.sum() - 2 * links
    sums = own.sum(axis=1, keepdims=True) - own
    crossed = sums * links - own @ apart
    usable = np.broadcast_to(others > 0, own.shape)
    found = np.full(own.shape, np.nan)
    np.divide(crossed, np.broadcast_to(others, own.shape), out=found, where=usable)
    return found


def mean_of_others(groups: ArrayLike) -> Floats:
    """Give every group the mean of the other groups, of each question over those that have it.

    Args:
        groups: [groups, ...]; NaN where a group has no score.

    Returns:
        float64, the same shape; NaN where no other group has a score.
    """
    scores = np.asarray(groups, np.float64)
    known = ~np.isnan(scores)
    filled = np.where(known, scores, 0.0)
    count = known.sum(axis=0) - known
    return np.asarray(
        np.divide(
            filled.sum(axis=0) - filled,
            count,
            out=np.full_like(scores, np.nan),
            where=count > 0,
        )
    )


def in_chunks(
    compute: Callable[[NDArray[Any]], tuple[Floats, ...]], rows: NDArray[Any], width: int
) -> list[Floats]:
    """Compute arrays [rows, ...] for some rows after the others, so that memory stays bounded.

    Args:
        compute: gives a tuple of arrays for some of the rows.
        rows: weights or orders, one round each.
        width: numbers that a row takes.
    """
    size = max(1, CHUNK // max(width, 1))
    found = [compute(rows[start : start + size]) for start in range(0, len(rows), size)]
    return [np.concatenate(arrays) for arrays in zip(*found, strict=True)]


def _without_others(overall: Floats) -> Parts:
    return Parts(overall, np.full_like(overall, np.nan), np.full_like(overall, np.nan))
