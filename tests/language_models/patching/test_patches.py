from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import PatchPair, expand, list_sites
from tests.language_models.conftest import DECODERS
from tests.language_models.patching import naive

Opened = Callable[..., AbstractContextManager[Any]]
ANSWERS = (20, 31, 44)
HEADS = 4


def make_pair(length: int, swapped: tuple[int, ...], seed: int = 0) -> PatchPair:
    generator = np.random.default_rng(seed)
    base = generator.integers(5, 300, length)
    donor = base.copy()
    donor[list(swapped)] = generator.integers(300, 400, len(swapped))
    return PatchPair(tuple(base.tolist()), tuple(donor.tolist()), ANSWERS)


# Longer than the window of 16 tokens of Gemma here; lengths and places differ.
PAIRS = (make_pair(24, (7,)), make_pair(29, (11, 12), 1), make_pair(24, (3,), 2))
POSITIONS = ((2, 7, 8, 15, 23), (11, (11, 12), 20, (5, 18, 28)), (3, 22, 23))


@pytest.mark.parametrize("architecture", DECODERS)
def test_patches_are_those_of_whole_passes_with_hooks(opened: Opened, architecture: str) -> None:
    with opened(architecture) as loaded:
        sites = list_sites(loaded.layers, HEADS, ("residual", "attention", "mlp", "head"))
        run = run_patches(loaded, PAIRS, sites, POSITIONS)
        for number, (pair, places) in enumerate(zip(PAIRS, POSITIONS, strict=True)):
            for results, ids, other in (
                (run.noising, pair.base, pair.donor),
                (run.denoising, pair.donor, pair.base),
            ):
                expected = [
                    [
                        naive.patched_logits(loaded.model, ids, other, site, expand(place))[
                            list(ANSWERS)
                        ].numpy()
                        for place in places
                    ]
                    for site in sites
                ]
                np.testing.assert_allclose(results[number], expected, atol=1e-4, rtol=0)
        assert np.ptp(np.concatenate([one.reshape(-1, 3) for one in run.noising]), axis=0).min() > 0.01
