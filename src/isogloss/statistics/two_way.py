"""A slope within items and languages, and how sure one can be of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Slope(NamedTuple):
    """A slope with its clustered standard error and interval; NaN where it is undefined."""

    score: float
    error: float
    low: float
    high: float


def demean_two_ways(values: ArrayLike) -> Floats:
    """Take the means of rows and of columns off a full table.

    Args:
        values: [languages, items], without gaps.
    """
    table = np.asarray(values, np.float64)
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    return np.asarray(table - rows - columns + table.mean())


def slope_within(
    outcomes: ArrayLike,
    predictor: ArrayLike,
    clusters: ArrayLike,
    confidence: float = 0.95,
    languages: ArrayLike | None = None,
) -> Slope:
    """Regress outcomes on a predictor within items and within languages.

    With both demeaned by item and language, b = sum x y / sum x^2; so neither easy items nor good
    languages count. Its variance adds that of clusters of items (passages) and that of languages
    and takes off that of their crossings, each with g/(g - 1) for g clusters (Cameron, Gelbach and
    Miller 2011, Journal of Business and Economic Statistics 29, p. 238); the largest of the first
    two is the least it may be. The interval has Student's t with min(g) - 1 degrees.

    Args:
        outcomes: [languages, items], without gaps.
        predictor: the same shape.
        clusters: [items], labels.
        confidence: coverage asked for.
        languages: [rows], labels, where several rows (of several models) are of one language and
            cluster together; None: every row is a language.
    """
    x, y = demean_two_ways(predictor), demean_two_ways(outcomes)
    spread = float(np.square(x).sum())
    members = np.unique(np.asarray(clusters), return_inverse=True)[1]
    labels = np.arange(len(x)) if languages is None else np.asarray(languages)
    groups = np.unique(labels, return_inverse=True)[1]
    shape = (int(groups.max(initial=-1)) + 1, int(members.max(initial=-1)) + 1)
    least = min(shape)
    if least < 2 or spread < 1e-12:
        return Slope(np.nan, np.nan, np.nan, np.nan)
    slope = float((x * y).sum()) / spread
    moments = x * (y - slope * x)
    crossed = np.zeros(shape)
    np.add.at(crossed, (groups[:, None], members[None, :]), moments)
    parts = [crossed.sum(axis=0), crossed.sum(axis=1), crossed.ravel()]
    squares = [len(each) / (len(each) - 1) * float(np.square(each).sum()) for each in parts]
    variance = max(squares[0] + squares[1] - squares[2], squares[0], squares[1])
    error = float(np.sqrt(variance)) / spread
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, least - 1)) * error
    return Slope(slope, error, slope - reach, slope + reach)
