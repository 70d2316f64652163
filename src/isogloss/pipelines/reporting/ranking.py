"""Overview of alignment by language, against the pivot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.metrics import headline_metric
from isogloss.figures.tables import with_pivot
from isogloss.pipelines.reporting.differences import compare_all
from isogloss.statistics.alignment_metrics import Metric, summary_metric
from isogloss.statistics.layer_aggregation import LayerMean
from isogloss.statistics.pairing_test import (
    PairingTest,
    compare_with_random_pairings,
    count_partners,
)
from isogloss.statistics.values import Values, interval, pool_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.outcomes import StoredOutcomes
    from isogloss.pipelines.reporting.overview import Scope
    from isogloss.pipelines.reporting.parameters import ReportingParameters


def pivot_overview(
    poolings: Sequence[StoredOutcomes],
    summary: pd.DataFrame,
    scope: Scope,
    pivot: str,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Rank the languages of one model by their alignment with the pivot, and say which are tied.

    Scores are means over the layers of the summary (maxima have no paired interval) and over
    samples, sentence by sentence. Two languages are tied if the interval of their paired
    difference, on the same sentences and simultaneous over all pairs of languages, includes 0.
    Whether a language is aligned with the pivot at all is tested on the pairing of the sentences of
    the first sample; see `compare_with_random_pairings`. What is permuted are the hits of MEXA,
    whatever the metric: of the others the scores of sentences that are no translations, which
    another pairing would need, are not stored. Texts say so where another metric is shown.

    Args:
        poolings: the outcomes of every pooling.
        summary: `{model}.alignment_summary`, from which the metric is chosen.
        scope: what it covers.
        pivot: the language that the others are compared with.
        parameters: of the room.

    Returns:
        One row a pooling and language, best first: pooling, metric, aggregation, pivot, language,
        score, ci_low, ci_high, confidence, n (sentences a sample), n_pool, samples, chance, floor
        (expected if no sentence is paired with its translation), p_pairing, p_pairing_adjusted (of
        MEXA, for all languages at once), above_random_pairing (the latter is below 1 - confidence),
        layer_first, layer_last, rank, tied_with_best, tied_with_worst, tied_with_next,
        difference_to_best, difference_to_best_ci_low, difference_to_best_ci_high,
        difference_to_best_p (for all pairs of languages at once).

    Raises:
        Refusal: if the summary has no pair with the pivot, or not the metric asked for.
    """
    means = summary[summary["aggregation"] == "mean"]
    with_it = with_pivot(means, pivot)
    if with_it.empty:
        languages = sorted({*means["language_a"], *means["language_b"]})
        raise Refusal(
            f"alignment_summary has no pair with the pivot {pivot!r}. Set `pivot` to one of its "
            f"languages: {', '.join(languages)}."
        )
    metric = summary_metric(headline_metric(parameters.metric, with_it))
    tables = [_rank_pooling(stored, metric, scope, pivot, parameters) for stored in poolings]
    return pd.concat(tables, ignore_index=True)


def _rank_pooling(
    stored: StoredOutcomes,
    metric: Metric,
    scope: Scope,
    pivot: str,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    rows = np.array([row for row, pair in enumerate(stored.pairs) if pivot in pair])
    scores = mean_over_layers(stored, metric, rows, scope.layers)
    order = np.argsort(-scores.estimate, kind="stable")
    scores, rows = scores.chosen(order), rows[order]
    low, high = interval(scores, scope.confidence)
    test = _test_pairing(stored, rows, scope.layers, pivot, parameters)
    n = min(len(ids) for ids in stored.samples.values())
    table = pd.DataFrame(
        {
            "pooling": stored.pooling,
            "metric": metric.name,
            "aggregation": "mean",
            "pivot": pivot,
            "language": [next(code for code in stored.pairs[row] if code != pivot) for row in rows],
            "score": scores.estimate,
            "ci_low": low,
            "ci_high": high,
            "confidence": scope.confidence,
            "n": n,
            "n_pool": metric.pool(n, stored.n_pool(min(stored.samples))),
            "samples": len(stored.samples),
            "chance": metric.chance(n),
            "floor": scores.floor,
            "p_pairing": test.p,
            "p_pairing_adjusted": test.adjusted,
            "above_random_pairing": test.adjusted < 1 - scope.confidence,
            "layer_first": scope.layers[0],
            "layer_last": scope.layers[-1],
            "rank": np.arange(1, len(rows) + 1),
        }
    )
    return _with_ties(table, scores, scope, parameters)


def _with_ties(
    table: pd.DataFrame, scores: Values, scope: Scope, parameters: ReportingParameters
) -> pd.DataFrame:
    compared = compare_all(
        scores.estimate,
        scores.influence,
        np.random.default_rng(parameters.seed),
        confidence=scope.confidence,
        rounds=parameters.rounds,
        resolution=0.0 if scores.trials is None else 1 / len(scope.layers),
    )
    tied = compared.tied()
    return table.assign(
        tied_with_best=tied[0],
        tied_with_worst=tied[-1],
        tied_with_next=np.append(np.diagonal(tied, offset=1), False),
        difference_to_best=compared.difference[:, 0],
        difference_to_best_ci_low=compared.low[:, 0],
        difference_to_best_ci_high=compared.high[:, 0],
        difference_to_best_p=compared.p[:, 0],
    )


def mean_over_layers(
    stored: StoredOutcomes, metric: Metric, rows: NDArray[np.intp], layers: range
) -> Values:
    """Average a metric of some pairs over layers and over samples, sentence by sentence.

    Args:
        stored: the outcomes of one pooling.
        metric: to average.
        rows: positions of the pairs.
        layers: to average over.
    """
    parts = []
    for sample, identifiers in stored.samples.items():
        mean = LayerMean()
        for layer in layers:
            values = metric.values(stored.read(sample, layer), stored.n_pool(sample))
            mean.add(layer, values.chosen(rows))
        parts.append((identifiers, mean.values()))
    return pool_samples(parts)


def _test_pairing(
    stored: StoredOutcomes,
    rows: NDArray[np.intp],
    layers: range,
    pivot: str,
    parameters: ReportingParameters,
) -> PairingTest:
    sample = min(stored.samples)
    partners = np.stack([stored.read_one(sample, layer, "partner")[rows] for layer in layers])
    counts = np.stack(
        [
            count_partners(partners[:, place], stored.pairs[row][0] == pivot)
            for place, row in enumerate(rows)
        ]
    )
    generator = np.random.default_rng(parameters.seed)
    return compare_with_random_pairings(counts, parameters.rounds, generator)
