from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.blocks import Scratch
from isogloss.pipelines.alignment.ranks import rank_translations


def test_ranks_and_shares_by_hand() -> None:
    # Queries are the 2 sentences of language 0 of 3; each row: own language, then the others.
    block = np.array(
        [
            [[1.0, 0.5], [0.9, 0.3], [0.4, 0.1]],
            [[0.5, 1.0], [0.6, 0.6], [0.7, 0.2]],
        ],
        np.float32,
    )
    found = rank_translations(block, 0, Scratch(2, 6))
    # Query 0: .9 (translation), .5 (own language), .4 (translation), .3, .1.
    # Query 1: .7, then .6 twice (one the translation), .5 (own language), .2 (translation).
    np.testing.assert_array_equal(found.translation[1:], [[1, 2.5], [3, 5]])
    same_language, same_text, language_rank, text_rank = found.statistics
    assert same_language == 0  # neither first place is of the query's own language
    # Of 2 places query 0 gives one to a translation; query 1 one of two tied gets one place.
    assert same_text == pytest.approx(1 / 2 + (1 / 2) / 2)
    assert language_rank == 2 + 4
    assert text_rank == (1 + 3) / 2 + (2.5 + 5) / 2


def test_when_all_are_equal_every_rank_is_the_middle_and_every_share_is_chance() -> None:
    n, languages = 5, 4
    block = np.full((n, languages, n), 0.3, np.float32)
    found = rank_translations(block, 2, Scratch(n, languages * n))
    others = [0, 1, 3]
    np.testing.assert_array_equal(found.translation[others], languages * n / 2)
    chance = [4 / 19, 3 / 19, 10, 10]
    np.testing.assert_allclose(found.statistics / n, chance)


def test_differences_in_the_last_digits_are_ties() -> None:
    block = np.full((3, 2, 3), 0.25, np.float32)
    block += np.random.default_rng(0).integers(-1, 2, block.shape).astype(np.float32) * 2.0**-24
    found = rank_translations(block, 0, Scratch(3, 6))
    np.testing.assert_array_equal(found.translation[1], 3)
