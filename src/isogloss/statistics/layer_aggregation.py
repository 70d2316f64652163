"""One score from the layers of a model: their mean, or the best of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.resampling import percentile_interval, resampled_means
from isogloss.statistics.values import Values, interval

Floats = NDArray[np.float64]
Found = dict[str, NDArray[np.generic]]


@dataclass
class LayerMean:
    """Mean over layers, with the mean of the layers' influences."""

    layers: int = 0
    total: Values | None = None

    def add(self, _layer: int, values: Values) -> None:
        """Take one more layer."""
        self.layers += 1
        self.total = values if self.total is None else _sum(self.total, values)

    def values(self) -> Values:
        """Give the mean of the layers taken so far."""
        if self.total is None:
            raise ValueError("There is no layer to average over.")
        return replace(
            self.total,
            estimate=self.total.estimate / self.layers,
            outcomes=self.total.outcomes / self.layers,
            influence=self.total.influence / self.layers,
            # As if each layer had other sentences: where they are the same, some excess stays.
            excess=np.asarray(self.total.excess) / self.layers**2,
            floor=np.asarray(self.total.floor) / self.layers,
        )

    def result(self, confidence: float) -> Found:
        """Give score, ci_low, ci_high and floor of every cell."""
        return _scored(self.values(), confidence)


class SplitMaximum:
    """The layer that is best on the odd positions, with its score on the even ones.

    Args:
        cells: pairs of languages.
        n: sentences.
    """

    def __init__(self, cells: int, n: int) -> None:
        self._best = np.full(cells, -np.inf)
        self._layer = np.full(cells, -1)
        self._outcomes = np.full((cells, n), np.nan)
        self._influence = np.full((cells, n), np.nan)
        self._excess, self._floor = np.zeros(cells), np.full(cells, np.nan)
        self._last: Values | None = None

    def add(self, layer: int, values: Values) -> None:
        """Take one more layer."""
        chosen = values.outcomes[:, 0::2].mean(axis=1)
        better = chosen > self._best
        self._best[better], self._layer[better] = chosen[better], layer
        kept = values.chosen(better)
        self._outcomes[better], self._influence[better] = kept.outcomes, kept.influence
        self._excess[better], self._floor[better] = kept.excess, kept.floor
        self._last = values

    def result(self, confidence: float) -> Found:
        """Give score, ci_low, ci_high, floor and best_layer of every cell."""
        if self._last is None:
            raise ValueError("There is no layer to choose from.")
        best = replace(
            self._last,
            outcomes=self._outcomes,
            influence=self._influence,
            excess=self._excess,
            floor=self._floor,
        )
        found = _scored(best.held_out(slice(1, None, 2)), confidence)
        return {**found, "best_layer": self._layer}


class SameMaximum:
    """The layer that is best on all sentences, with its score on the same ones (thesis).

    Args:
        cells: pairs of languages.
        weights: of the bootstrap, from `bootstrap_weights`.
    """

    def __init__(self, cells: int, weights: NDArray[np.float32]) -> None:
        self._weights = weights
        self._draws = np.full((len(weights), cells), -np.inf, np.float32)
        self._best = np.full(cells, -np.inf)
        self._layer = np.full(cells, -1)
        self._bounds = (-np.inf, np.inf)

    def add(self, layer: int, values: Values) -> None:
        """Take one more layer."""
        better = values.estimate > self._best
        self._best[better], self._layer[better] = values.estimate[better], layer
        self._bounds = values.bounds or self._bounds
        linear = values.estimate[:, None] + values.influence
        np.maximum(self._draws, resampled_means(linear, self._weights), out=self._draws)

    def result(self, confidence: float) -> Found:
        """Give score, ci_low, ci_high, floor and best_layer of every cell."""
        low, high = percentile_interval(self._draws, confidence)
        return {
            "score": np.where(self._layer >= 0, self._best, np.nan),
            "ci_low": np.clip(low, *self._bounds),
            "ci_high": np.clip(high, *self._bounds),
            # Not that of the chosen layer: also of unrelated sentences the best layer is chosen.
            "floor": np.full(self._best.shape, np.nan),
            "best_layer": self._layer,
        }


def _sum(total: Values, values: Values) -> Values:
    trials = None
    if total.trials is not None and values.trials is not None:
        trials = total.trials + values.trials
    return replace(
        total,
        estimate=total.estimate + values.estimate,
        outcomes=total.outcomes + values.outcomes,
        influence=total.influence + values.influence,
        excess=np.asarray(total.excess) + values.excess,
        floor=np.asarray(total.floor) + values.floor,
        trials=trials,
    )


def _scored(values: Values, confidence: float) -> Found:
    low, high = interval(values, confidence)
    floor = np.broadcast_to(np.asarray(values.floor, np.float64), values.estimate.shape)
    return {"score": values.estimate, "ci_low": low, "ci_high": high, "floor": floor}
