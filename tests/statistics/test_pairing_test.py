from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from isogloss.statistics.pairing_test import compare_with_random_pairings, count_partners

N, LANGUAGES, LAYERS = 30, 8, 4


def unrelated(generator: np.random.Generator) -> NDArray[np.uint16]:
    """Mutual partners of languages that share hubs, but no meaning with the pivot."""
    shared = generator.normal(size=(LAYERS, N, N))
    counts = []
    for _ in range(LANGUAGES):
        similarity = shared + generator.normal(size=(LAYERS, N, N))
        partners = np.full((LAYERS, N), -1, np.int32)
        for layer, matrix in enumerate(similarity):
            for i in range(N):
                j = int(matrix[i].argmax())
                if int(matrix[:, j].argmax()) == i:
                    partners[layer, i] = j
        counts.append(count_partners(partners, pivot_first=True))
    return np.stack(counts)


def test_counts_are_by_sentence_of_the_language_and_of_the_pivot() -> None:
    partners = np.array([[2, -1, 0], [2, 0, -1]], np.int32)
    pivot_first = count_partners(partners, pivot_first=True)
    expected = np.zeros((3, 3))
    expected[2, 0], expected[0, 2], expected[0, 1] = 2, 1, 1
    np.testing.assert_array_equal(pivot_first, expected)
    np.testing.assert_array_equal(count_partners(partners, pivot_first=False), expected.T)


def test_p_values_are_those_of_all_pairings() -> None:
    generator = np.random.default_rng(0)
    counts = generator.integers(0, 3, size=(2, 6, 6)).astype(np.uint16)
    counts[0] += 2 * np.eye(6, dtype=np.uint16)
    hits = np.array(
        [[own[range(6), order].sum() for own in counts] for order in permutations(range(6))]
    )
    exact = (hits >= hits[0]).mean(axis=0)
    found = compare_with_random_pairings(counts, 20_000, np.random.default_rng(1))
    np.testing.assert_allclose(found.p, exact, atol=0.012)
    assert (found.adjusted >= found.p - 0.01).all()
    z = (hits - hits.mean(axis=0)) / hits.std(axis=0)
    largest = (z.max(axis=1)[:, None] >= z[0]).mean(axis=0)
    np.testing.assert_allclose(found.adjusted, largest, atol=0.012)


@pytest.mark.slow
def test_unrelated_languages_are_named_in_one_report_of_twenty_at_most() -> None:
    generator = np.random.default_rng(2)
    reports = [
        compare_with_random_pairings(unrelated(generator), 400, generator).adjusted.min() < 0.05
        for _ in range(300)
    ]
    assert 0.01 < np.mean(reports) < 0.085  # .05 in 300 reports is known to .013


def test_one_aligned_language_is_found() -> None:
    generator = np.random.default_rng(3)
    counts = unrelated(generator)
    counts[5] += 2 * np.eye(N, dtype=np.uint16)
    found = compare_with_random_pairings(counts, 400, generator)
    assert found.adjusted[5] < 0.01
    assert (np.delete(found.adjusted, 5) > 0.05).all()
