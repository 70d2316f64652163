"""Overview of alignment by layer, over all pairs of languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.differences import Differences, compare_all
from isogloss.statistics.alignment_metrics import Metric, summary_metric
from isogloss.statistics.values import Values, interval, pool_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.outcomes import StoredOutcomes
    from isogloss.pipelines.reporting.parameters import ReportingParameters

Part = tuple[list[str], Values]
"""The sentences of a sample, and the scores of some cells on them."""


@dataclass(frozen=True)
class Scope:
    """What a summary covers.

    Attributes:
        metrics: names.
        layers: those of its means and maxima.
        confidence: of its intervals.
    """

    metrics: tuple[str, ...]
    layers: range
    confidence: float

    @classmethod
    def of_summary(cls, summary: pd.DataFrame) -> Scope:
        """Read it off `{model}.alignment_summary`."""
        first = summary.iloc[0]
        return cls(
            tuple(str(name) for name in pd.unique(summary["metric"])),
            range(int(first["layer_first"]), int(first["layer_last"]) + 1),
            float(first["confidence"]),
        )


def layer_overview(
    stored: StoredOutcomes, scope: Scope, parameters: ReportingParameters
) -> pd.DataFrame:
    """Average alignment over all pairs in every layer of one pooling.

    All pairs rest on the same sentences. The interval is therefore that of the pair-averaged score
    over sentences (jackknife): influences are averaged over pairs, and over samples sentence by
    sentence, before their standard error is taken. The languages are fixed.

    The best layer of those in the summary is chosen on every other sentence, counted over all
    samples, and its score reported on the rest; layers tie with it if the paired interval of the
    difference, simultaneous over all pairs of these layers, includes 0.

    Args:
        stored: outcomes of the pooling.
        scope: metrics (those that some sample is too small for are left out), candidates for the
            best layer, confidence.
        parameters: of the room.

    Returns:
        One row a metric and layer: pooling, metric, layer, score, ci_low, ci_high, confidence, n
        (sentences a sample), sentences (different ones in all samples), pairs, samples, chance,
        floor (expected if no sentence is paired with its translation), selected (whether this is
        the best layer), tied_with_selected, held_out_score, held_out_ci_low, held_out_ci_high (of
        the selected layer; NaN elsewhere), layer_first, layer_last (of the candidates).
    """
    n = min(len(ids) for ids in stored.samples.values())
    chosen = [summary_metric(name) for name in scope.metrics]
    cells = _read_layers(stored, chosen)
    tables = [
        _with_selection(
            _metric_by_layer(metric, cells[metric.name], n, scope.confidence),
            cells[metric.name],
            scope,
            parameters,
        )
        for metric in chosen
        if _is_known(cells[metric.name], scope.layers)
    ]
    return pd.concat(tables, ignore_index=True).assign(
        pooling=stored.pooling,
        n=n,
        confidence=scope.confidence,
        pairs=len(stored.pairs),
        samples=len(stored.samples),
        layer_first=scope.layers[0],
        layer_last=scope.layers[-1],
    )


def _is_known(layers: list[list[Part]], candidates: range) -> bool:
    """Say whether some candidate has a score; a metric may lack one where vectors do not vary."""
    return any(
        all(np.isfinite(own.estimate).all() for _, own in layers[layer]) for layer in candidates
    )


def _read_layers(stored: StoredOutcomes, metrics: Sequence[Metric]) -> dict[str, list[list[Part]]]:
    """Read the mean over pairs: metric -> layer -> sample."""
    found: dict[str, list[list[Part]]] = {metric.name: [] for metric in metrics}
    for layer in range(stored.layers):
        for metric in metrics:
            found[metric.name].append([])
        for sample, identifiers in stored.samples.items():
            outcomes = stored.read(sample, layer)
            for metric in metrics:
                values = metric.values(outcomes, stored.n_pool(sample)).averaged()
                found[metric.name][-1].append((identifiers, values))
    return found


def _metric_by_layer(
    metric: Metric, layers: list[list[Part]], n: int, confidence: float
) -> pd.DataFrame:
    pooled = [pool_samples(parts) for parts in layers]
    limits = [interval(values, confidence) for values in pooled]
    return pd.DataFrame(
        {
            "metric": metric.name,
            "layer": np.arange(len(layers)),
            "score": [values.estimate[0] for values in pooled],
            "ci_low": [low[0] for low, _ in limits],
            "ci_high": [high[0] for _, high in limits],
            "sentences": pooled[0].influence.shape[1],
            "chance": metric.chance(n),
            "floor": [float(np.mean(values.floor)) for values in pooled],
        }
    )


def _with_selection(
    table: pd.DataFrame, layers: list[list[Part]], scope: Scope, parameters: ReportingParameters
) -> pd.DataFrame:
    """Add the best layer: chosen on every other sentence, reported on the rest."""
    choosing = _every_other([ids for ids, _ in layers[0]])
    known = [layer for layer in scope.layers if np.isfinite(table["score"].iloc[layer])]
    scores = [_score_on(layers[layer], choosing).estimate[0] for layer in known]
    chosen = int(np.argmax(scores))
    best = known[chosen]
    held_out = _score_on(layers[best], [~half for half in choosing])
    low, high = interval(held_out, scope.confidence)
    tied = np.zeros(len(layers), dtype=np.bool_)
    candidates = [pool_samples(layers[layer]) for layer in known]
    tied[known] = _compare_layers(candidates, parameters, scope.confidence).tied()[chosen]
    selected: NDArray[np.bool_] = np.arange(len(layers)) == best
    return table.assign(
        selected=selected,
        tied_with_selected=tied,
        held_out_score=np.where(selected, held_out.estimate[0], np.nan),
        held_out_ci_low=np.where(selected, low[0], np.nan),
        held_out_ci_high=np.where(selected, high[0], np.nan),
    )


def _every_other(samples: Sequence[list[str]]) -> list[NDArray[np.bool_]]:
    """Mark every other sentence, the same ones in all samples that share sentences."""
    place: dict[str, int] = {}
    for identifier in (identifier for sample in samples for identifier in sample):
        place.setdefault(identifier, len(place))
    return [np.array([place[identifier] % 2 == 0 for identifier in ids]) for ids in samples]


def _score_on(parts: list[Part], halves: Sequence[NDArray[np.bool_]]) -> Values:
    """Score some of the sentences of every sample."""
    return pool_samples(
        [
            ([ids[place] for place in np.flatnonzero(half)], own.held_out(half))
            for (ids, own), half in zip(parts, halves, strict=True)
        ]
    )


def _compare_layers(
    layers: Sequence[Values], parameters: ReportingParameters, confidence: float
) -> Differences:
    trials = layers[0].trials
    n = layers[0].influence.shape[1]
    return compare_all(
        np.concatenate([values.estimate for values in layers]),
        np.concatenate([values.influence for values in layers]),
        np.random.default_rng(parameters.seed),
        confidence=confidence,
        rounds=parameters.rounds,
        resolution=0.0 if trials is None else n / trials,
    )
