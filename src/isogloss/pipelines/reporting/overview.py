"""Overviews of alignment: by layer over all pairs, and by language against the pivot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.metrics import headline_metric
from isogloss.figures.tables import average_samples, with_pivot
from isogloss.pipelines.reporting.differences import Differences, compare_all
from isogloss.statistics.alignment_metrics import (
    Floats,
    Metric,
    Values,
    interval,
    pool_samples,
    summary_metric,
)
from isogloss.statistics.intervals import pool_influences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.outcomes import StoredOutcomes
    from isogloss.pipelines.reporting.parameters import ReportingParameters

Part = tuple[list[str], Values]
"""The sentences of a sample, and the scores of some cells on them."""


def layer_overview(
    stored: StoredOutcomes,
    metrics: Sequence[str],
    candidates: range,
    parameters: ReportingParameters,
    confidence: float,
) -> pd.DataFrame:
    """Average alignment over all pairs in every layer of one pooling.

    All pairs rest on the same sentences. The interval is therefore that of the pair-averaged score
    over sentences (jackknife): influences are averaged over pairs, and over samples sentence by
    sentence, before their standard error is taken. The languages are fixed.

    The best layer of those in the summary is chosen on the sentences at odd positions of the sample
    and its score reported on those at even ones; layers tie with it if the paired interval of the
    difference, simultaneous over all pairs of these layers, includes 0.

    Args:
        stored: outcomes of the pooling.
        metrics: names, as in the summary; those that some sample is too small for are left out.
        candidates: the layers that may be the best, those of the summary.
        parameters: of the room.
        confidence: of all intervals.

    Returns:
        One row a metric and layer: pooling, metric, layer, score, ci_low, ci_high, confidence, n
        (sentences a sample), sentences (different ones in all samples), pairs, samples, chance,
        floor (expected of a random pairing), selected (whether this is the best layer),
        tied_with_selected, held_out_score, held_out_ci_low, held_out_ci_high (of the selected
        layer; NaN elsewhere), layer_first, layer_last (of the candidates).
    """
    n = min(len(ids) for ids in stored.samples.values())
    chosen = [summary_metric(name) for name in metrics]
    cells = _read_layers(stored, chosen)
    tables = [
        _with_selection(
            _metric_by_layer(metric, cells[metric.name], n, confidence),
            cells[metric.name],
            candidates,
            parameters,
            confidence,
        )
        for metric in chosen
        if _is_known(cells[metric.name], candidates)
    ]
    return pd.concat(tables, ignore_index=True).assign(
        pooling=stored.pooling,
        n=n,
        confidence=confidence,
        pairs=len(stored.pairs),
        samples=len(stored.samples),
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
    table: pd.DataFrame,
    layers: list[list[Part]],
    candidates: range,
    parameters: ReportingParameters,
    confidence: float,
) -> pd.DataFrame:
    """Add the best layer: chosen on odd positions (first, third, …), reported on even ones."""
    known = [layer for layer in candidates if np.isfinite(table["score"].iloc[layer])]
    odd = [np.mean([own.outcomes[0, 0::2].mean() for _, own in layers[layer]]) for layer in known]
    chosen = int(np.argmax(odd))
    best = known[chosen]
    even = [(ids[1::2], own.held_out(slice(1, None, 2))) for ids, own in layers[best]]
    held_out = pool_samples(even)
    low, high = interval(held_out, confidence)
    tied = np.zeros(len(layers), dtype=np.bool_)
    compared = _compare_layers([pool_samples(layers[own]) for own in known], parameters, confidence)
    tied[known] = compared.tied()[chosen]
    selected: NDArray[np.bool_] = np.arange(len(layers)) == best
    return table.assign(
        selected=selected,
        tied_with_selected=tied,
        held_out_score=np.where(selected, held_out.estimate[0], np.nan),
        held_out_ci_low=np.where(selected, low[0], np.nan),
        held_out_ci_high=np.where(selected, high[0], np.nan),
        layer_first=candidates[0],
        layer_last=candidates[-1],
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


def pivot_overview(
    poolings: Sequence[StoredOutcomes],
    summary: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Rank the languages of one model by their alignment with the pivot, and say which are tied.

    Scores (means over the layers of the summary: maxima have no paired interval) and their
    intervals come from the summary. Two languages are tied if the interval of
    their paired difference, on the same sentences and simultaneous over all pairs of languages,
    includes 0.

    Args:
        poolings: the outcomes of every pooling.
        summary: `{model}.alignment_summary`.
        pivot: the language that the others are compared with.
        parameters: of the room.

    Returns:
        One row a pooling and language, best first: model, pooling, metric, aggregation, n_pool,
        pivot, language, score, ci_low, ci_high, confidence, n, samples, chance, floor (expected of
        a random pairing), above_floor (ci_low > floor; missing where there is no floor),
        layer_first, layer_last, rank, tied_with_best, tied_with_worst, tied_with_next,
        difference_to_best, difference_to_best_ci_low, difference_to_best_ci_high.

    Raises:
        ValueError: if the summary has no pair with the pivot.
    """
    means = summary[summary["aggregation"] == "mean"]
    with_it = with_pivot(means, pivot)
    if with_it.empty:
        languages = sorted({*means["language_a"], *means["language_b"]})
        raise Refusal(
            f"alignment_summary has no pair with the pivot {pivot!r}. Set `pivot` to one of its "
            f"languages: {', '.join(languages)}."
        )
    metric = headline_metric(parameters.metric, with_it)
    with_it = with_it[with_it["metric"] == metric]
    tables = [
        _rank_pooling(stored, with_it[with_it["pooling"] == stored.pooling], pivot, parameters)
        for stored in poolings
        if stored.pooling in set(with_it["pooling"])
    ]
    return pd.concat(tables, ignore_index=True)


def _rank_pooling(
    stored: StoredOutcomes, rows: pd.DataFrame, pivot: str, parameters: ReportingParameters
) -> pd.DataFrame:
    constant = ["model", "pooling", "metric", "aggregation", "n_pool", "confidence"]
    table = average_samples(rows, [*constant, "layer_first", "layer_last", "language"])
    table = table.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    metric = summary_metric(str(table["metric"].iloc[0]))
    layers = range(int(table["layer_first"].iloc[0]), int(table["layer_last"].iloc[0]) + 1)
    influence, of_trials = _pivot_influence(stored, list(table["language"]), pivot, metric, layers)
    compared = compare_all(
        table["score"].to_numpy(dtype=np.float64),
        influence,
        np.random.default_rng(parameters.seed),
        confidence=float(table["confidence"].iloc[0]),
        rounds=parameters.rounds,
        resolution=1 / len(layers) if of_trials else 0.0,
    )
    tied = compared.tied()
    above = (table["ci_low"] > table["floor"]).astype("boolean")
    return table.assign(
        pivot=pivot,
        above_floor=above.mask(table["floor"].isna()),
        rank=np.arange(1, len(table) + 1),
        tied_with_best=tied[0],
        tied_with_worst=tied[-1],
        tied_with_next=np.append(np.diagonal(tied, offset=1), False),
        difference_to_best=compared.difference[:, 0],
        difference_to_best_ci_low=compared.low[:, 0],
        difference_to_best_ci_high=compared.high[:, 0],
    )


def _pivot_influence(
    stored: StoredOutcomes, languages: list[str], pivot: str, metric: Metric, layers: range
) -> tuple[Floats, bool]:
    """Average the influences of the pairs with the pivot over layers; [languages, sentences].

    Also tells whether the score is a share of yes-or-no trials.
    """
    place = {pair: row for row, pair in enumerate(stored.pairs)}
    rows = np.array([place[min(pivot, code), max(pivot, code)] for code in languages])
    parts, of_trials = [], False
    for sample, identifiers in stored.samples.items():
        total = np.zeros((len(rows), len(identifiers)))
        for layer in layers:
            values = metric.values(stored.read(sample, layer), stored.n_pool(sample))
            total += values.influence[rows] / len(layers)
            of_trials = values.trials is not None
        parts.append((identifiers, total))
    return pool_influences(parts), of_trials
