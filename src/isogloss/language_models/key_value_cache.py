"""Keys and values of tokens that were read before, put in front of a batch that goes on from them.

This module imports torch and transformers; import it inside functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

# Layer -> keys and values of a run of tokens, [heads, tokens, units] each.
States = Mapping[int, tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class EarlierRun:
    """Where in a batch the states of an earlier run of tokens stand.

    Attributes:
        states: of the run.
        rows: that go on from it.
        columns: where it stands.
    """

    states: States
    rows: slice
    columns: slice


@dataclass
class Continuation:
    """How the rows of a batch go on from runs that were read before.

    Each row is padding, its earlier tokens, its new tokens, padding: the earlier tokens end at the
    same column in all rows. So a row is contiguous, and distances between tokens are distances
    between columns, as sliding windows and relative positions take them to be.

    Attributes:
        width: columns of padding and earlier tokens.
        padding: columns at the left that some row does not use.
        runs: the earlier tokens.
        keep: row -> number of new tokens of which keys and values are kept.
        kept: row -> what was kept of it.
    """

    width: int = 0
    padding: int = 0
    runs: Sequence[EarlierRun] = ()
    keep: Mapping[int, int] = field(default_factory=dict)
    kept: dict[int, dict[int, tuple[torch.Tensor, torch.Tensor]]] = field(default_factory=dict)

    def as_cache(self, layers: int) -> Cache:
        """Give the cache that a transformers model reads these states from."""
        return Cache(layers=[_ContinuedLayer(self, layer) for layer in range(layers)])

    def take(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Keep what a layer computed for rows that others will go on from."""
        for row, tokens in self.keep.items():
            # Clones, since a view would hold on to the whole batch.
            states = (keys[row, :, :tokens].clone(), values[row, :, :tokens].clone())
            self.kept.setdefault(row, {})[layer] = states


class _ContinuedLayer(DynamicLayer):
    """One layer of a continuation: assembled when it is read, and forgotten after that.

    So only one layer of a batch is in memory at a time. Layers with a sliding window hold all
    earlier tokens, too: the model's own mask leaves out those beyond the window.
    """

    def __init__(self, continuation: Continuation, layer: int) -> None:
        DynamicLayer.__init__(self)
        self._continuation = continuation
        self._layer = layer

    def get_seq_length(self) -> int:
        return self._continuation.width

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self._continuation.take(self._layer, key_states, value_states)
        return self._put_in_front(0, key_states), self._put_in_front(1, value_states)

    def _put_in_front(self, part: int, new: torch.Tensor) -> torch.Tensor:
        earlier = self._continuation
        if not earlier.width:
            return new
        rows, heads, tokens, units = new.shape
        states = new.new_empty(rows, heads, earlier.width + tokens, units)
        # Masked, but 0 times what happens to lie in memory may be NaN.
        states[:, :, : earlier.padding] = 0
        for run in earlier.runs:
            states[run.rows, :, run.columns] = run.states[self._layer][part]
        states[:, :, earlier.width :] = new
        return states
