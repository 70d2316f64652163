from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.blocks import Scratch
from isogloss.pipelines.alignment.contrast import measure_contrast
from tests.pipelines.alignment import reference


def test_tiny_differences_near_one_are_kept() -> None:
    generator = np.random.default_rng(0)
    n = 50
    similarity = 0.99 + 1e-4 * generator.standard_normal((n, n))
    similarity[np.arange(n), np.arange(n)] += 2e-4
    block = similarity.astype(np.float32)[:, None, :].copy()
    found = measure_contrast(block, block[0].mean(axis=1), Scratch(n, n))
    wide = block[:, 0].astype(float)
    assert found.contrast[0] == pytest.approx(reference.contrast(wide), rel=1e-5)
    assert found.baseline.mean() == pytest.approx(reference.off_diagonal(wide).mean(), abs=1e-9)
    assert 1.7 < found.contrast[0] < 2.3


def test_without_spread_there_is_no_contrast() -> None:
    block = np.full((4, 1, 4), 0.5, np.float32)
    found = measure_contrast(block, block[0].mean(axis=1), Scratch(4, 4))
    assert np.isnan(found.contrast[0])
    np.testing.assert_allclose(found.baseline, 0.5)


def test_two_sentences_have_no_influence() -> None:
    block = np.array([[[0.9, 0.1]], [[0.2, 0.8]]], np.float32)
    found = measure_contrast(block, block[0].mean(axis=1), Scratch(2, 2))
    assert found.contrast[0] == pytest.approx((0.85 - 0.15) / 0.05, rel=1e-5)
    assert np.isnan(found.influence).all()
