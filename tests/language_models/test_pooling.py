from __future__ import annotations

import math

import pytest
import torch

from isogloss.language_models.pooling import POOLINGS, pool_states, pooling_weights

# Two sentences, the first with a special token in front: states are 1, 2, 3, ... by position.
RIGHT: dict[str, list[list[float]]] = {
    "attention": [[1, 1, 1, 1], [1, 1, 0, 0]],
    "special": [[1, 0, 0, 0], [0, 0, 1, 1]],
    "states": [[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, math.nan, math.inf]],
}
LEFT: dict[str, list[list[float]]] = {
    "attention": [[1, 1, 1, 1], [0, 0, 1, 1]],
    "special": [[1, 0, 0, 0], [1, 1, 0, 0]],
    "states": [[1.0, 2.0, 3.0, 4.0], [math.nan, math.inf, 10.0, 20.0]],
}


def _pool(case: dict[str, list[list[float]]], *, include: bool, dtype: torch.dtype) -> torch.Tensor:
    weights = pooling_weights(
        torch.tensor(case["attention"]), torch.tensor(case["special"]).bool(), POOLINGS, include
    )
    states = torch.tensor(case["states"], dtype=dtype).unsqueeze(-1)
    return pool_states(states, weights, ignore_uncounted=True)[..., 0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("case", [RIGHT, LEFT])
def test_poolings_by_hand(case: dict[str, list[list[float]]], dtype: torch.dtype) -> None:
    pooled = _pool(case, include=False, dtype=dtype)
    # mean, last, (1 x first + 2 x second + 3 x third) / 6
    expected = [[3.0, 4.0, (2 + 6 + 12) / 6], [15.0, 20.0, (10 + 40) / 3]]
    assert pooled.dtype == torch.float32
    torch.testing.assert_close(pooled, torch.tensor(expected))


@pytest.mark.parametrize("case", [RIGHT, LEFT])
def test_special_tokens_count_when_asked_for(case: dict[str, list[list[float]]]) -> None:
    pooled = _pool(case, include=True, dtype=torch.float32)
    expected = [[2.5, 4.0, (1 + 4 + 9 + 16) / 10], [15.0, 20.0, (10 + 40) / 3]]
    torch.testing.assert_close(pooled, torch.tensor(expected))


def test_states_that_count_may_not_hide_that_they_are_not_finite() -> None:
    case: dict[str, list[list[float]]] = {
        **RIGHT,
        "states": [[1.0, math.nan, 3.0, 4.0], [10.0, 20.0, 0.0, 0.0]],
    }
    pooled = _pool(case, include=False, dtype=torch.float32)
    assert pooled[0].isnan().tolist() == [True, True, True]
    assert pooled[1].isfinite().all()


def test_bfloat16_states_are_summed_in_float32() -> None:
    states = torch.full((1, 1000, 1), 1.0078125, dtype=torch.bfloat16)
    weights = pooling_weights(
        torch.ones(1, 1000, dtype=torch.int64), torch.zeros(1, 1000).bool(), ("mean",), False
    )
    assert pool_states(states, weights).item() == pytest.approx(1.0078125, abs=1e-6)
