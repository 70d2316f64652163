from __future__ import annotations

import math

import torch

from isogloss.language_models.key_value_cache import Continuation, EarlierRun

HEADS, UNITS = 2, 3


def _states(tokens: int, start: float) -> tuple[torch.Tensor, torch.Tensor]:
    keys = start + torch.arange(tokens, dtype=torch.float32)[None, :, None]
    return keys.expand(HEADS, tokens, UNITS), -keys.expand(HEADS, tokens, UNITS)


def _new(rows: int, tokens: int, start: float) -> torch.Tensor:
    return torch.full((rows, HEADS, tokens, UNITS), start)


def test_earlier_tokens_end_where_new_ones_begin_in_every_row() -> None:
    shared, more = {0: _states(2, 10.0)}, {0: _states(1, 20.0)}
    continuation = Continuation(
        width=3,
        padding=3,
        runs=[
            EarlierRun(shared, slice(0, 2), slice(0, 2)),
            EarlierRun(more, slice(0, 2), slice(2, 3)),
            EarlierRun(shared, slice(2, 3), slice(1, 3)),
        ],
    )
    cache = continuation.as_cache(layers=1)
    assert cache.get_seq_length() == 3
    assert cache.get_mask_sizes(2, 0) == (5, 0)
    keys, values = cache.update(_new(4, 2, 7.0), _new(4, 2, -7.0), 0)
    assert keys[:, 0, :, 0].tolist() == [
        [10, 11, 20, 7, 7],
        [10, 11, 20, 7, 7],
        [0, 10, 11, 7, 7],
        [0, 0, 0, 7, 7],
    ]
    torch.testing.assert_close(values, -keys)
    # The next layers ask again how much was read before.
    assert cache.get_seq_length() == 3


def test_without_earlier_tokens_nothing_is_copied() -> None:
    new = _new(1, 2, 1.0)
    keys, values = Continuation().as_cache(layers=1).update(new, new, 0)
    assert keys is new
    assert values is new


def test_padding_is_zero_whatever_lay_in_memory() -> None:
    run = EarlierRun({0: _states(1, 5.0)}, slice(0, 1), slice(1, 2))
    continuation = Continuation(width=2, padding=2, runs=[run])
    new = _new(2, 1, 1.0)
    # Fill the memory that is likely to be handed out next.
    dirty = torch.full((2, HEADS, 3, UNITS), math.nan)
    del dirty
    keys, _ = continuation.as_cache(layers=1).update(new, new, 0)
    assert keys[:, 0, :, 0].tolist() == [[0, 5, 1], [0, 0, 1]]


def test_states_are_kept_of_rows_that_others_follow_without_their_padding() -> None:
    continuation = Continuation(keep={1: 2})
    cache = continuation.as_cache(layers=2)
    for layer in range(2):
        new = _new(3, 4, float(layer))
        cache.update(new, -new, layer)
    assert set(continuation.kept) == {1}
    for layer, (keys, values) in continuation.kept[1].items():
        torch.testing.assert_close(keys, torch.full((HEADS, 2, UNITS), float(layer)))
        torch.testing.assert_close(values, -keys)
        # A view would keep the whole batch in memory.
        assert keys.untyped_storage().nbytes() == HEADS * 2 * UNITS * 4
