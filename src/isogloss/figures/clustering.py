"""Which languages a model aligns like each other."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def cluster(matrix: Matrix) -> Matrix | None:
    """Cluster languages by average linkage on 1 − score, neighbours put close (optimal leaf order).

    Scores of a metric that exceeds 1 are subtracted from the largest of them.

    Args:
        matrix: float64 [languages, languages], symmetric, NaN on the diagonal.

    Returns:
        scipy's linkage matrix; None for fewer than three languages or missing pairs.
    """
    count = len(matrix)
    outside = ~np.eye(count, dtype=bool)
    if count < 3 or not np.isfinite(matrix[outside]).all():
        return None
    distance = np.where(outside, _largest(matrix) - matrix, 0.0)
    links = scipy.cluster.hierarchy.linkage(
        scipy.spatial.distance.squareform(distance, checks=False),
        method="average",
        optimal_ordering=True,
    )
    return np.asarray(links, dtype=np.float64)


def name_distance(matrix: Matrix) -> str:
    """Name the distance that `cluster` takes."""
    return "1 − score" if _largest(matrix) == 1 else "the largest score − score"


def _largest(matrix: Matrix) -> float:
    return max(1.0, float(np.nanmax(matrix)))
