"""How the cross-study analysis is told in words: outcomes, results, and what is lacking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.formats import format_chance, format_interval, format_score
from isogloss.figures.scoreboard import metric_label, study_label

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    Row = Mapping[Hashable, Any]

AS_SOURCE = " as source"
ITEMS = "item_alignment"
_SYMBOLS = {"Spearman rho": "ρ", "beta": "β", "slope": "slope"}
_VERDICTS = {"associated": "is associated with it", "not separable": "not told from none"}


def name_outcome(row: Row) -> str:
    """Name an outcome: `Reading (accuracy, labels)`, `Merging, as source (synergy)`."""
    role = "source" if AS_SOURCE in str(row["outcome_metric"]) else ""
    return f"{study_label(str(row['outcome']), role)} ({name_metric(row)})"


def name_metric(row: Row) -> str:
    """Name what an outcome is measured by; of several models it may be several metrics."""
    metrics = str(row["outcome_metric"]).replace(AS_SOURCE, "").split(", ")
    return ", ".join(dict.fromkeys(metric_label(metric) for metric in metrics))


def name_covariates(row: Row) -> str:
    """Name what is held constant: `information parity and token parity`; empty: nothing."""
    return " and ".join(str(row["covariates"]).split()).replace("_", " ")


def name_kind(row: Row) -> str:
    """Say whether a test was declared beforehand: `confirmatory` or `exploratory`."""
    return "confirmatory" if row["confirmatory"] else "exploratory"


def name_predictor(predictor: str) -> str:
    """Name a predictor: a metric of alignment, perhaps of another model, or that of items."""
    metric, of, other = predictor.partition(" of ")
    label = "items, one by one" if metric == ITEMS else metric_label(metric)
    return f"{label}{of}{other}"


def say_result(row: Row) -> str:
    """Say what a test found, or why there is none; `associated with`, never a cause."""
    if row["gate"] == "closed":
        return str(row["reason"])
    symbol = _SYMBOLS.get(str(row["estimate_name"]), str(row["estimate_name"]))
    interval = format_interval(float(row["ci_low"]), float(row["ci_high"]))
    estimate = f"{symbol} = {format_score(float(row['estimate']))} {interval}".rstrip()
    parts = [
        estimate,
        f"n = {int(row['n'])} {row['unit']}",
        f"p = {_format_p(float(row['p']))} ({_format_p(float(row['p_adjusted']))} for all tests)",
        _range(row),
        _gain(row),
    ]
    verdict = _VERDICTS[str(row["verdict"])]
    return f"alignment {verdict}: {', '.join(part for part in parts if part)}"


def _format_p(value: float) -> str:
    if value < 0.001:
        return format_chance(value)
    return format_score(value, 3 if value < 0.1 else 2)


def _range(row: Row) -> str:
    low, high = float(row["without_family_low"]), float(row["without_family_high"])
    if not np.isfinite(low):
        return ""
    return f"{format_score(low)} to {format_score(high)} without one family of languages"


def _gain(row: Row) -> str:
    """Say whether the predictor helps where it was not fitted."""
    gain = float(row["delta_r2"])
    if not np.isfinite(gain):
        return ""
    better = f"better with it, by {format_score(gain)} of R²" if gain > 0 else "no better with it"
    return f"families that are not in the fit are predicted {better}"
