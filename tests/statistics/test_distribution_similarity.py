from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from isogloss.statistics.distribution_similarity import (
    jensen_shannon_similarity,
    wasserstein_similarity,
)

GENERATOR = np.random.default_rng(6)
FIRST = GENERATOR.dirichlet(np.ones(5), size=7)
SECOND = GENERATOR.dirichlet(np.ones(5), size=7)


def test_jensen_shannon_equals_scipy() -> None:
    expected = [1 - jensenshannon(p, q, base=2) for p, q in zip(FIRST, SECOND, strict=True)]
    assert jensen_shannon_similarity(FIRST, SECOND) == pytest.approx(expected)


def test_wasserstein_equals_scipy() -> None:
    codes = np.arange(1, 6)
    expected = [
        1 - stats.wasserstein_distance(codes, codes, p, q) / 4
        for p, q in zip(FIRST, SECOND, strict=True)
    ]
    assert wasserstein_similarity(FIRST, SECOND, 4) == pytest.approx(expected)


def test_opposite_and_equal_answers() -> None:
    ends = np.array([1.0, 0, 0]), np.array([0.0, 0, 1])
    assert jensen_shannon_similarity(*ends) == 0
    assert wasserstein_similarity(*ends, 2) == 0
    assert jensen_shannon_similarity(ends[0], ends[0]) == 1
    assert wasserstein_similarity(ends[0], ends[0], 2) == 1
