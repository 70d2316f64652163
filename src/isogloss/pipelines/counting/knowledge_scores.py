"""How well a model tells members of categories from other words, asked word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from isogloss.statistics.clustered import resample_items, score_items
from isogloss.statistics.intervals import student_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

ALL = "all"
AUC, MASS = "auc", "answer_mass"
SHARES = {
    "members_known": (True, "answer"),
    "others_known": (False, "answer"),
    "members_known_as_said": (True, "said"),
    "others_known_as_said": (False, "said"),
}
"""Metric -> of members or of other words, by which answer."""
SCORE_COLUMNS = (
    "model",
    "language",
    "metric",
    "value",
    "n",
    "clusters",
    "ci_low",
    "ci_high",
    "confidence",
)


def score_knowledge(words: pd.DataFrame, parameters: BenchmarkParameters) -> pd.DataFrame:
    """Score the answers of one model, in every language and all together.

    Args:
        words: model, language, category, member, log_odds, answer_mass, answer, said.
        parameters: intervals, seed.

    Returns:
        `knowledge_scores`: model, language (`all`: of all), metric, value, n (words), clusters
        (categories), ci_low, ci_high, confidence. `auc` is the mean over categories of the share
        of members and other words of which the member has the larger log-odds, ties one half.
    """
    together = words.assign(language=ALL) if words["language"].nunique() > 1 else words[:0]
    rows = [
        {"model": str(own["model"].iloc[0]), "language": language, **row}
        for table in (words, together)
        for language, own in table.groupby("language", sort=True)
        for row in _score(own.join(words["language"].rename("spoken")), parameters)
    ]
    scores = pd.DataFrame(rows, columns=[one for one in SCORE_COLUMNS if one != "confidence"])
    return scores.assign(confidence=parameters.confidence)


def _score(own: pd.DataFrame, parameters: BenchmarkParameters) -> Iterator[dict[str, Any]]:
    yield {"metric": AUC, "n": len(own), **_average_auc(own, parameters.confidence)}
    for metric, (member, answer) in SHARES.items():
        asked = own[own["member"].astype(bool) == member]
        if len(asked):
            right = asked[answer].to_numpy(bool) == member
            yield {"metric": metric, "n": len(asked), **_share(right, asked, parameters)}
    mass = own[MASS].to_numpy(np.float64)
    yield {"metric": MASS, "n": len(own), **_share(mass, own, parameters)}


def _share(values: Any, rows: pd.DataFrame, parameters: BenchmarkParameters) -> dict[str, Any]:
    drawn = resample_items(
        rows["category"].to_numpy(str),
        rounds=parameters.rounds,
        generator=np.random.default_rng(parameters.seed),
    )
    found = score_items(np.asarray(values, np.float64)[None], drawn, parameters.confidence)
    return {
        "value": float(found.score[0]),
        "clusters": drawn.clusters,
        "ci_low": float(found.low[0]),
        "ci_high": float(found.high[0]),
    }


def _average_auc(own: pd.DataFrame, confidence: float) -> dict[str, Any]:
    found = pd.Series(
        {key: area_under_curve(one) for key, one in own.groupby(["category", "spoken"])}
    ).dropna()
    means = found.groupby(level=0).mean().to_numpy(np.float64)
    if not len(means):
        return {"value": np.nan, "clusters": 0, "ci_low": np.nan, "ci_high": np.nan}
    low = high = np.full(1, np.nan)
    if len(means) > 1:
        error = means.std(ddof=1) / np.sqrt(len(means))
        limits = student_interval(means.mean()[None], error[None], len(means), confidence)
        low, high = (np.clip(limit, 0, 1) for limit in limits)
    return {
        "value": float(means.mean()),
        "clusters": len(means),
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
    }


def area_under_curve(rows: pd.DataFrame) -> float:
    """Give the share of pairs in which the member has the larger log-odds (Mann and Whitney 1947).

    Args:
        rows: member, log_odds.

    Returns:
        0..1, ties one half; NaN without members or other words.
    """
    member = rows["member"].to_numpy(bool)
    ranks = scipy.stats.rankdata(rows["log_odds"].to_numpy(np.float64))
    inside, outside = int(member.sum()), int((~member).sum())
    if not inside or not outside:
        return float("nan")
    above = ranks[member].sum() - inside * (inside + 1) / 2
    return float(above / (inside * outside))
