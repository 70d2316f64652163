from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from isogloss.errors import Refusal
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import DIRECTIONS, Direction, list_sites
from tests.language_models.patching.models import HEADS, LAYERS, make_model, make_pair

PAIRS = (make_pair(20, (7,)), make_pair(20, (3,), 2))
POSITIONS = ((7, 15, 19), (1, 3, 12, 19))
SITES = list_sites(LAYERS, HEADS)


@pytest.mark.parametrize(("one", "other"), [DIRECTIONS, DIRECTIONS[::-1]])
def test_one_direction_gives_the_same_for_half_of_the_patches(
    one: Direction, other: Direction
) -> None:
    loaded = make_model("llama")
    finished: dict[str, int] = {"one": 0, "both": 0}

    def run(name: str, directions: tuple[Direction, ...]) -> Any:
        def advance(number: int) -> None:
            finished[name] += number

        return run_patches(loaded, PAIRS, SITES, POSITIONS, directions=directions, advance=advance)

    both, alone = run("both", DIRECTIONS), run("one", (one,))
    for number in range(len(PAIRS)):
        found, expected = (getattr(own, one)[number] for own in (alone, both))
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert getattr(alone, other)[number].size == 0
    assert finished["both"] == 2 * finished["one"] == 2 * len(SITES) * 7
    read = LAYERS * 2 * sum(len(pair.base) for pair in PAIRS)
    assert both.block_tokens - read > 1.9 * (alone.block_tokens - read) > 0


def test_directions_that_there_are_not_are_refused() -> None:
    with pytest.raises(Refusal, match="one or both of noising, denoising"):
        run_patches(make_model("llama"), PAIRS, SITES, POSITIONS, directions=())
