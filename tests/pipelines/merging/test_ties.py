from __future__ import annotations

import numpy as np

from isogloss.pipelines.merging.ties import merge_differences


def merge(differences: list[list[float]], weights: list[list[float]], threshold: float) -> object:
    return merge_differences(
        np.array(differences, np.float32),
        np.full(len(differences), threshold, np.float32),
        np.array(weights, np.float32),
    ).tolist()


def test_by_hand() -> None:
    differences = [[4.0, 4.0, 0.5, 2.0], [2.0, -8.0, 0.5, -2.0], [-1.0, 1.0, 0.5, 0.0]]
    equal = [[0.25, 0.25, 0.5]]
    # Agreeing: 4 and 2; -8 alone, which outweighs 4 and 1; none is kept; an even vote counts as +.
    assert merge(differences, equal, 1.0) == [[3.0, -8.0, 0.0, 2.0]]


def test_the_vote_is_weighted_and_so_is_the_mean() -> None:
    differences = [[3.0], [6.0], [-6.0]]
    # + : .25 * 3 + .25 * 6 = 2.25 against .5 * 6 = 3; then the other way round.
    assert merge(differences, [[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]], 0.0) == [[-6.0], [4.0]]


def test_a_source_of_weight_nought_has_no_say() -> None:
    assert merge([[-5.0], [1.0]], [[0.0, 1.0]], 0.0) == [[1.0]]
    assert merge([[-5.0], [0.0]], [[0.0, 1.0]], 0.0) == [[0.0]]
