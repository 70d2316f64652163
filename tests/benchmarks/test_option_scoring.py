from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from benchmarks.option_scoring import best_size

SECONDS = {1: 0.03, 4: 0.0, 16: 0.03}


@pytest.mark.parametrize(
    ("sizes", "chosen", "edge"),
    [
        ((1, 4, 16), 4, ""),
        ((1, 4), 4, ", the greatest tried"),
        ((4, 16), 4, ", the least tried"),
        # No batch is smaller than one text.
        ((1, 16), 1, ""),
        ((16,), 16, ""),
    ],
)
def test_the_batch_size_is_chosen_by_all_requests(
    sizes: tuple[int, ...], chosen: int, edge: str
) -> None:
    calls = []

    def score(loaded: Any, requests: Any, size: int) -> Any:
        calls.append((len(requests), size))
        time.sleep(SECONDS[size] + 0.02 * (size == 16))
        return np.full(len(requests), float(size))

    choice = best_size(score, None, list(range(40)), sizes)
    assert calls == [(4, sizes[0]), *((40, size) for size in sizes)]
    assert (choice.size, choice.edge) == (chosen, edge)
    assert choice.scores.tolist() == [float(chosen)] * 40
