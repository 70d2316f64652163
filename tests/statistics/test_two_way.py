from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from isogloss.statistics.two_way import demean_two_ways, slope_within


def test_demeaning_leaves_neither_rows_nor_columns() -> None:
    table = demean_two_ways([[1.0, 2.0, 6.0], [0.0, 5.0, 1.0]])
    np.testing.assert_allclose(table, [[0, -2, 2], [0, 2, -2]], atol=1e-12)


def test_slope_is_that_of_dummies_for_items_and_languages() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(2, 5, 30))
    y += 0.5 * x + np.arange(5)[:, None] + generator.normal(size=30)
    dummies = [np.repeat(np.eye(5), 30, axis=0), np.tile(np.eye(30), (5, 1))]
    design = np.hstack([x.reshape(-1, 1), *dummies])
    expected = np.linalg.lstsq(design, y.ravel(), rcond=None)[0][0]
    found = slope_within(y, x, np.arange(30) // 2)
    assert found.score == pytest.approx(expected)
    assert found.low < found.score < found.high


def test_error_by_hand() -> None:
    x = np.array([[1.0, -1.0, 2.0, -2.0], [-1.0, 1.0, -2.0, 2.0]])
    y = np.array([[2.0, -1.0, 1.0, -2.0], [-2.0, 1.0, -1.0, 2.0]])
    found = slope_within(y, x, ["p", "p", "q", "q"])
    slope = 18 / 20
    moments = x * (y - slope * x)
    passages = np.array([moments[:, :2].sum(), moments[:, 2:].sum()])
    languages = moments.sum(axis=1)
    crossed = np.array([[row[:2].sum(), row[2:].sum()] for row in moments])
    parts = [
        2 * np.square(passages).sum(),
        2 * np.square(languages).sum(),
        4 / 3 * np.square(crossed).sum(),
    ]
    assert found.score == pytest.approx(slope)
    variance = max(parts[0] + parts[1] - parts[2], parts[0], parts[1])
    assert found.error == pytest.approx(np.sqrt(variance) / 20)
    assert found.high - found.score == pytest.approx(12.706 * found.error, rel=1e-4)


def test_no_variation_has_no_slope() -> None:
    y = np.random.default_rng(0).normal(size=(3, 6))
    assert np.isnan(slope_within(y, np.ones((3, 6)), range(6))).all()
    # What varies between languages alone, or items alone, says nothing within them.
    assert np.isnan(slope_within(y, np.arange(3.0)[:, None] + np.zeros(6), range(6))).all()
    assert np.isnan(slope_within(y[:1], y[:1], range(6))).all()


@pytest.mark.parametrize("languages", [8, 30])
def test_intervals_cover_the_planted_slope(languages: int) -> None:
    generator = np.random.default_rng(9)
    covered = 0
    clusters = np.arange(120) // 2
    for _ in range(300):
        # The slope differs by language and by passage, which only clusters can see.
        x = (generator.random((languages, 120)) < 0.4).astype(float)
        by_language = 0.2 * generator.normal(size=(languages, 1))
        by_passage = 0.2 * generator.normal(size=60)[clusters]
        y = (0.1 + by_language + by_passage) * x + generator.normal(size=x.shape) * 0.5
        found = slope_within(y, x, clusters)
        covered += found.low <= 0.1 <= found.high
    assert 0.91 <= covered / 300 <= 0.99


def test_rows_of_one_language_are_one_cluster() -> None:
    generator = np.random.default_rng(4)
    x, y = generator.normal(size=(2, 24, 40))
    y += 0.3 * x
    passages, languages = np.arange(40) // 2, np.tile(np.arange(12), 2)
    found = slope_within(y, x, passages, languages=languages)
    dummies = [np.repeat(np.eye(24), 40, axis=0), np.tile(np.eye(40), (24, 1))[:, 1:]]
    design = np.hstack([x.reshape(-1, 1), *dummies])
    slope = np.linalg.lstsq(design, y.ravel(), rcond=None)[0][0]
    rest = x.ravel() - design[:, 1:] @ np.linalg.lstsq(design[:, 1:], x.ravel(), rcond=None)[0]
    moments = rest * (y.ravel() - design @ np.linalg.lstsq(design, y.ravel(), rcond=None)[0])
    by_row, by_column = np.repeat(languages, 40), np.tile(passages, 24)

    def spread(labels: NDArray[np.integer]) -> float:
        names = np.unique(labels)
        sums = [moments[labels == name].sum() for name in names]
        return len(names) / (len(names) - 1) * float(np.square(sums).sum())

    one, two = spread(by_row), spread(by_column)
    variance = max(one + two - spread(by_row * 100 + by_column), one, two)
    assert found.score == pytest.approx(slope)
    assert found.error == pytest.approx(np.sqrt(variance) / np.square(rest).sum())
    # Student's t with one degree less than languages, of which there are fewer than passages.
    assert found.high - found.score == pytest.approx(2.201 * found.error, rel=1e-3)
