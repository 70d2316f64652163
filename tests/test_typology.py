from __future__ import annotations

import numpy as np
import pytest

from isogloss.typology import FeatureVectors, distances_to

VECTORS = FeatureVectors(
    ("aaa", "bbb", "ccc", "nil"),
    np.array([[1, 0], [1, 1], [0, 2], [0, 0]], np.float32),
)


def test_the_distance_is_one_minus_the_cosine() -> None:
    found = distances_to("aaa", ["ccc", "bbb", "aaa"], VECTORS)
    assert found == pytest.approx([1, 1 - np.sqrt(0.5), 0])
    assert found.dtype == np.float64


def test_what_is_not_known_has_no_distance() -> None:
    assert np.isnan(distances_to("aaa", ["xxx", "nil"], VECTORS)).all()
    assert np.isnan(distances_to("xxx", ["aaa", "bbb"], VECTORS)).all()
    assert np.isnan(distances_to("nil", ["nil"], VECTORS)).all()
