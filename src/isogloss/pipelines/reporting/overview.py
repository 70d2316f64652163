"""Overviews of alignment: by layer over all pairs, and by language against the pivot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.metrics import headline_metric, metric_of
from isogloss.figures.tables import average_samples, with_pivot
from isogloss.pipelines.reporting.differences import Differences, compare_all
from isogloss.pipelines.reporting.outcomes import (
    HIT_METRICS,
    Floats,
    OutcomeFile,
    Scores,
    over_sentences,
)
from isogloss.statistics.intervals import (
    mean_influence,
    proportion_interval,
    standard_error,
    student_interval,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from isogloss.pipelines.reporting.parameters import ReportingParameters


def layer_overview(
    pooling: str, file: OutcomeFile, model: str, parameters: ReportingParameters
) -> pd.DataFrame:
    """Average alignment over all pairs in every layer of one pooling.

    All pairs rest on the same sentences. The interval is therefore that of the pair-averaged score
    over sentences (jackknife): influences are averaged over pairs, and over samples sentence by
    sentence, before their standard error is taken. The languages are fixed.

    The best layer is chosen on the sentences at odd positions of the sample and its score reported
    on those at even ones; layers tie with it if the paired interval of the difference, simultaneous
    over all pairs of layers, includes 0.

    Args:
        pooling: its name.
        file: outcomes of the pooling.
        model: its name.
        parameters: of the room.

    Returns:
        One row a metric and layer: model, pooling, metric, layer, score, ci_low, ci_high, n
        (sentences a sample), sentences (different ones in all samples), pairs, samples, chance,
        selected (whether this is the best layer), tied_with_selected, held_out_score,
        held_out_ci_low, held_out_ci_high (of the selected layer; NaN elsewhere).
    """
    n = min(len(ids) for ids in file.samples.values())
    tables = [_metric_by_layer(file, metric, n, parameters) for metric in file.metrics()]
    return pd.concat(tables, ignore_index=True).assign(
        model=model,
        pooling=pooling,
        n=n,
        pairs=len(file.pairs),
        samples=len(file.samples),
    )


def _metric_by_layer(
    file: OutcomeFile, metric: str, n: int, parameters: ReportingParameters
) -> pd.DataFrame:
    layers = [list(_averaged(file, metric, layer)) for layer in range(file.layers())]
    score = np.array([np.mean([own.outcomes.mean() for _, own in parts]) for parts in layers])
    influence = np.concatenate(
        [over_sentences([(ids, own.influence) for ids, own in parts]) for parts in layers]
    )
    bounded = metric_of(metric).limits is not None
    limits = proportion_interval if bounded else student_interval
    low, high = limits(score, standard_error(influence), influence.shape[1])
    table = pd.DataFrame(
        {
            "metric": metric,
            "layer": np.arange(len(layers)),
            "score": score,
            "ci_low": low,
            "ci_high": high,
            "sentences": influence.shape[1],
            "chance": metric_of(metric).chance(n),
        }
    )
    resolution = 1 / len(file.pairs) if metric in HIT_METRICS else 0.0
    compared = _compare(score, influence, resolution, parameters)
    return _with_selection(table, [[own for _, own in parts] for parts in layers], compared)


def _averaged(file: OutcomeFile, metric: str, layer: int) -> list[tuple[list[str], Scores]]:
    return [(ids, scores.averaged()) for ids, scores in file.read(metric, layer)]


def _compare(
    score: Floats, influence: Floats, resolution: float, parameters: ReportingParameters
) -> Differences:
    return compare_all(
        score,
        influence,
        np.random.default_rng(parameters.seed),
        rounds=parameters.rounds,
        resolution=resolution,
    )


def _with_selection(
    table: pd.DataFrame, layers: list[list[Scores]], compared: Differences
) -> pd.DataFrame:
    """Add the best layer: chosen on odd positions (first, third, …), reported on even ones."""
    odd = [np.mean([own.outcomes[0, 0::2].mean() for own in parts]) for parts in layers]
    best = int(np.argmax(odd))
    even = [own.outcomes[0, 1::2] for own in layers[best]]
    score = np.array([np.mean([values.mean() for values in even])])
    error = np.array([np.mean([standard_error(mean_influence(values)) for values in even])])
    low, high = student_interval(score, error, min(len(values) for values in even))
    selected: NDArray[np.bool_] = np.arange(len(layers)) == best
    return table.assign(
        selected=selected,
        tied_with_selected=compared.tied()[best],
        held_out_score=np.where(selected, score, np.nan),
        held_out_ci_low=np.where(selected, low, np.nan),
        held_out_ci_high=np.where(selected, high, np.nan),
    )


def pivot_overview(
    outcomes: Mapping[str, OutcomeFile],
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
        outcomes: pooling -> outcomes.
        summary: `{model}.alignment_summary`.
        pivot: the language that the others are compared with.
        parameters: of the room.

    Returns:
        One row a pooling and language, best first: model, pooling, metric, aggregation, pivot,
        language, score, ci_low, ci_high, n, samples, chance, above_chance (ci_low > chance),
        layer_first, layer_last, rank, tied_with_best, tied_with_worst, tied_with_next,
        difference_to_best, difference_to_best_ci_low, difference_to_best_ci_high.

    Raises:
        ValueError: if the summary has no pair with the pivot.
    """
    means = summary[summary["aggregation"] == "mean"]
    metric = headline_metric(parameters.metric, int(means["n"].min()))
    with_it = with_pivot(means[means["metric"] == metric], pivot)
    if with_it.empty:
        raise ValueError(
            f"alignment_summary has no pair with the pivot {pivot!r} by {metric}. Set `pivot` to "
            "one of its languages, or `reporting.metric` to one of its metrics: "
            f"{', '.join(sorted(set(summary['metric'])))}."
        )
    tables = [
        _rank_pooling(file, with_it[with_it["pooling"] == pooling], pivot, metric, parameters)
        for pooling, file in outcomes.items()
        if pooling in set(with_it["pooling"])
    ]
    return pd.concat(tables, ignore_index=True)


def _rank_pooling(
    file: OutcomeFile, rows: pd.DataFrame, pivot: str, metric: str, parameters: ReportingParameters
) -> pd.DataFrame:
    constant = ["model", "pooling", "metric", "aggregation", "layer_first", "layer_last"]
    table = average_samples(rows, [*constant, "language"])
    table = table.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    layers = range(int(table["layer_first"].iloc[0]), int(table["layer_last"].iloc[0]) + 1)
    influence = _pivot_influence(file, list(table["language"]), pivot, metric, layers)
    score = table["score"].to_numpy(dtype=np.float64)
    resolution = 1 / len(layers) if metric in HIT_METRICS else 0.0
    compared = _compare(score, influence, resolution, parameters)
    tied = compared.tied()
    following = np.append(np.diagonal(tied, offset=1), False)
    chance = metric_of(metric).chance(int(table["n"].min()))
    return table.assign(
        pivot=pivot,
        chance=chance,
        above_chance=table["ci_low"] > chance,
        rank=np.arange(1, len(table) + 1),
        tied_with_best=tied[0],
        tied_with_worst=tied[-1],
        tied_with_next=following,
        difference_to_best=compared.difference[:, 0],
        difference_to_best_ci_low=compared.low[:, 0],
        difference_to_best_ci_high=compared.high[:, 0],
    )


def _pivot_influence(
    file: OutcomeFile, languages: list[str], pivot: str, metric: str, layers: range
) -> Floats:
    """Average the influences of the pairs with the pivot over layers; [languages, sentences]."""
    place = {pair: row for row, pair in enumerate(file.pairs)}
    rows = np.array([place[min(pivot, code), max(pivot, code)] for code in languages])
    parts: dict[int, tuple[list[str], Floats]] = {}
    for layer in layers:
        for sample, (identifiers, scores) in enumerate(file.read(metric, layer)):
            own = scores.influence[rows] / len(layers)
            before = parts[sample][1] if sample in parts else 0.0
            parts[sample] = (identifiers, before + own)
    return over_sentences(list(parts.values()))
