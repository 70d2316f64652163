"""Intervals and tests of effects averaged over categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.mediation.cell_means import mean_over_categories, without_each
from isogloss.statistics.resampling import bootstrap_counts
from isogloss.statistics.sign_flips import flip_clusters, sign_flips
from isogloss.statistics.studentised import assess_jointly

if TYPE_CHECKING:
    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Assessed:
    """Means over categories with intervals and p-values; arrays [cells].

    Attributes:
        mean: of the categories' means.
        error: standard error over categories (jackknife).
        low: of the interval of each by itself (bootstrap-t over categories).
        high: likewise.
        p: of each by itself, by turning signs of categories.
        adjusted: of all cells tested together (max-T).
        n_categories: that each rests on.
    """

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    p: Floats
    adjusted: Floats
    n_categories: NDArray[np.intp]


def assess_cells(
    means: Floats, parameters: SummaryParameters, chosen: NDArray[np.bool_] | None = None
) -> Assessed:
    """Average over categories, with intervals and p-values.

    Cells of fewer categories than `least_categories` are not tested and no part of the family.

    Args:
        means: [cells, categories], NaN where a category has no such cell.
        parameters: of the summary.
        chosen: [cells], those that are tested; None for all.
    """
    categories = means.shape[1]
    n = (~np.isnan(means)).sum(axis=1)
    generator = np.random.default_rng([parameters.seed, categories])
    counts = bootstrap_counts(categories, parameters.rounds, generator)
    found = mean_over_categories(means)
    without, rests = without_each(means)
    own = assess_jointly(found, without, rests, counts, parameters.confidence)
    tested = (n >= parameters.least_categories) & (True if chosen is None else chosen)
    flips = sign_flips(categories, parameters.flips, generator)
    test = flip_clusters(np.where(tested[:, None], means, np.nan), flips)
    return Assessed(found, own.error, own.low, own.high, test.p, test.adjusted, n)


def null_band(
    values: Floats, categories: NDArray[np.intp], parameters: SummaryParameters
) -> tuple[Floats, NDArray[np.intp]]:
    """Give how far the mean of null swaps strays from zero by content alone.

    A null swap may as well have been taken the other way round, so that its effects are given
    random signs; the band is the quantile of the absolute mean over categories.

    Args:
        values: [pairs, cells], effects of null swaps; NaN where a pair has no such cell.
        categories: [pairs], number of each pair's category.
        parameters: of the summary.

    Returns:
        float64 [cells], and of how many pairs each is; a mean of n pairs strays sqrt(n_null / n)
        times as far.
    """
    known = ~np.isnan(values)
    members = np.zeros((int(categories.max(initial=-1)) + 1, len(categories)))
    members[categories, np.arange(len(categories))] = 1
    sizes = members @ known
    used = (sizes > 0).sum(axis=0)
    shares = np.divide(1.0, sizes[categories], out=np.zeros_like(values), where=known)
    weighted = np.where(known, values, 0) * shares / np.maximum(used, 1)
    generator = np.random.default_rng([parameters.seed, len(values)])
    signs = generator.choice([-1.0, 1.0], size=(parameters.rounds, len(values)))
    reach = np.quantile(np.abs(signs @ weighted), parameters.confidence, axis=0)
    return np.where(used > 0, reach, np.nan), known.sum(axis=0)
