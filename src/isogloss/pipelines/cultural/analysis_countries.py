"""How much alike countries answer: the map of their correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.cultural.analysis_truth import COUNTRY, GLOBAL
from isogloss.statistics.deletion import deletion_error, deletion_weights
from isogloss.statistics.intervals import correlation_interval
from isogloss.statistics.weighted_correlation import unit_profiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

Floats = NDArray[np.float64]

FEWEST = 4
"""Questions that a correlation takes."""


def correlate_groups(
    truth: pd.DataFrame, metrics: Sequence[str], confidence: float
) -> Iterator[dict[str, object]]:
    """Correlate every two countries, and every country with all people, on what both were asked.

    All questions of the survey count, whether models were asked them or not. Intervals are those of
    Fisher with the jackknife's error over questions; a perfect correlation has none.

    Args:
        truth: `survey_ground_truth`.
        metrics: pearson, spearman.
        confidence: of the intervals.

    Yields:
        rows of `country_correlations`.
    """
    rows = truth[truth["level"].isin([COUNTRY, GLOBAL]) & truth["pro_score"].notna()]
    wide = rows.pivot(index="group", columns="question", values="pro_score")
    made_up = rows.groupby("group")["synthetic"].any()
    names = list(wide.index)
    scores = wide.to_numpy(np.float64)
    for a, first in enumerate(names):
        for b in range(a + 1, len(names)):
            both = ~np.isnan(scores[[a, b]]).any(axis=0)
            pair = scores[[a, b]][:, both]
            for metric in metrics:
                yield {
                    "group_a": first,
                    "group_b": names[b],
                    "metric": metric,
                    **_correlate(pair, metric == "spearman", confidence),
                    "n": int(both.sum()),
                    "synthetic": bool(made_up[first] or made_up[names[b]]),
                }


def _correlate(pair: Floats, ranked: bool, confidence: float) -> dict[str, float]:
    n = pair.shape[1]
    if n < FEWEST:
        return dict.fromkeys(("value", "error", "ci_low", "ci_high"), np.nan)
    unit = unit_profiles(pair, deletion_weights(np.arange(n)), ranked=ranked)
    found = (unit[:, 0] * unit[:, 1]).sum(axis=1)
    value, error = found[0], deletion_error(found[1:])
    low, high = correlation_interval(np.asarray(value), error, n, confidence)
    return {
        "value": float(value),
        "error": float(error),
        "ci_low": float(low),
        "ci_high": float(high),
    }
