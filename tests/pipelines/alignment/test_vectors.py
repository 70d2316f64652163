from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.vectors import centred, dimension_scale, transform, unit
from tests.pipelines.alignment.conftest import make_vectors


def test_scale_is_that_of_all_sentences_together() -> None:
    vectors = make_vectors(4, 7, 5, shift=1000)
    vectors[:, :, 2] = 3
    scale = dimension_scale(iter(vectors))
    flat = vectors.reshape(-1, 5).astype(float)
    np.testing.assert_allclose(scale.mean, flat.mean(axis=0), rtol=1e-6)
    deviation = flat.std(axis=0)
    deviation[2] = 1  # a constant dimension is left as it is
    np.testing.assert_allclose(scale.deviation, deviation, rtol=1e-5)


def test_standardising_gives_mean_0_and_deviation_1() -> None:
    vectors = make_vectors(3, 50, 4)
    moved = transform(vectors, "none", dimension_scale(vectors)).reshape(-1, 4)
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(moved.std(axis=0), 1, rtol=1e-4)


def test_centring_is_by_language() -> None:
    vectors = np.array([[[1, 2], [3, 6]], [[0, 0], [10, 0]]], np.float32)
    expected = np.array([[[-1, -2], [1, 2]], [[-5, 0], [5, 0]]])
    np.testing.assert_array_equal(centred(vectors), expected)
    np.testing.assert_array_equal(transform(vectors, "language"), expected)
    assert transform(vectors, "none") is vectors


def test_unit_vectors() -> None:
    found = unit(np.array([[3, 4], [0, 0], [1e-20, 0]], np.float32))
    np.testing.assert_allclose(found, np.array([[0.6, 0.8], [0, 0], [1, 0]], np.float32))
    assert found.dtype == np.float32


def test_large_vectors_keep_their_direction() -> None:
    assert unit(np.array([[1e30, 1e30]], np.float32))[0, 0] == pytest.approx(np.sqrt(0.5))
