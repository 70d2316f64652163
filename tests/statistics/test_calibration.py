from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.calibration import brier_scores, calibration_error


def test_brier_score_by_hand() -> None:
    scores = brier_scores([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], [0, 1, 2])
    assert scores == pytest.approx([0.25 + 0.09 + 0.04, 0.0, 2.0])


def test_calibration_error_by_hand() -> None:
    confidence, hits = [0.91, 0.95, 0.5, 1.0], [1, 0, 1, 1]
    # One bin of .91, .95 and 1: |.09 - .95 + 0|; one of .5: .5; over four items.
    one = calibration_error(confidence, hits, np.ones((1, 4)))
    assert one == pytest.approx([(0.86 + 0.5) / 4])
    weighted = calibration_error(confidence, hits, [[0, 0, 2, 0], [1, 0, 0, 1]])
    assert weighted == pytest.approx([0.5, 0.045])


def test_nothing_has_no_error() -> None:
    assert np.isnan(calibration_error([0.5], [1], [[0.0]])).all()


def test_probabilities_that_are_right_have_a_small_error() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.uniform(size=100_000)
    hits = generator.uniform(size=100_000) < confidence
    weights = np.ones((1, 100_000))
    assert calibration_error(confidence, hits, weights)[0] < 0.01
    assert calibration_error(confidence, np.ones(100_000), weights)[0] == pytest.approx(
        0.5, abs=0.01
    )
