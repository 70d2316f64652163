"""Whether lists are spread evenly: tests against what chance would do, with the size of the effect.

A design that is flat by construction is more even than chance; its p-values are near 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import scipy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike


class Flatness(NamedTuple):
    """The outcome of a test.

    Attributes:
        p: of what is seen, or less even, if chance alone spread the lists.
        effect: how uneven it is: Cohen's w, Cramér's V or the largest deviation of a share.
        n: observations.
    """

    p: float
    effect: float
    n: int


NOTHING = Flatness(float("nan"), float("nan"), 0)


def evenness(values: Iterable[object], levels: Sequence[object]) -> Flatness:
    """Test whether all levels are equally frequent: Pearson's chi-square, and Cohen's w.

    w = sqrt(chi^2 / n) (Cohen 1988, Statistical Power Analysis, chapter 7; .1 is small).

    Args:
        values: one a list.
        levels: that there might be.
    """
    counts = pd.Series(list(values)).value_counts().reindex(list(levels), fill_value=0).to_numpy()
    n = int(counts.sum())
    if len(counts) < 2 or not n:
        return NOTHING._replace(n=n)
    statistic, p = scipy.stats.chisquare(counts)
    return Flatness(float(p), float(np.sqrt(statistic / n)), n)


def independence(one: Sequence[object], two: Sequence[object]) -> Flatness:
    """Test whether two properties go together: Pearson's chi-square, and Cramér's V.

    V = sqrt(chi^2 / (n (min(rows, columns) - 1))) (Cramér 1946, Mathematical Methods of
    Statistics, p. 282).

    Args:
        one: property of each observation.
        two: another one.
    """
    table = pd.crosstab(pd.Series(list(one)), pd.Series(list(two))).to_numpy()
    n = int(table.sum())
    if min(table.shape, default=0) < 2:
        return NOTHING._replace(n=n)
    statistic, p, _, _ = scipy.stats.chi2_contingency(table, correction=False)
    return Flatness(float(p), float(np.sqrt(statistic / (n * (min(table.shape) - 1)))), n)


def place_evenness(lists: Iterable[ArrayLike]) -> Flatness:
    """Test whether members stand at every place equally often.

    Among lists of one length L, Cochran's Q = (L - 1) sum_j (n_j - mean n)^2 L / sum_i k_i (L -
    k_i), with n_j members at place j and k_i members in list i, has a chi-square distribution with
    L - 1 degrees (Cochran 1950, Biometrika 37, p. 256); those of all lengths are summed.

    Args:
        lists: for each list whether a member stands at each place.

    Returns:
        the test; as effect the largest deviation of a place's share of members from that of all
        places, among lists of one length.
    """
    by_length: dict[int, list[ArrayLike]] = {}
    n = 0
    for members in lists:
        by_length.setdefault(len(np.atleast_1d(members)), []).append(members)
        n += 1
    statistic, degrees, deviation = 0.0, 0, 0.0
    for length, own in by_length.items():
        table = np.asarray(own, float)
        per_list, per_place = table.sum(axis=1), table.sum(axis=0)
        spread = float((per_list * (length - per_list)).sum())
        if spread:
            gaps = per_place - per_place.mean()
            statistic += (length - 1) * length * float(np.square(gaps).sum()) / spread
            degrees += length - 1
            deviation = max(deviation, float(np.abs(gaps).max()) / len(table))
    if not degrees:
        return NOTHING._replace(n=n)
    return Flatness(float(scipy.stats.chi2.sf(statistic, degrees)), deviation, n)
