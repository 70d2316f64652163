"""Languages by family and branch, with how well each is aligned with the pivot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import to_hex

from isogloss.figures.families import guide_languages
from isogloss.figures.formats import format_interval, format_score
from isogloss.figures.levels import above_levels
from isogloss.figures.metrics import headline_metric, metric_of
from isogloss.figures.summaries import choose_pooling

if TYPE_CHECKING:
    from isogloss.pipelines.reporting.report.sections import Readers

PALETTE = "YlGnBu"
"""As in the matrices."""
_STEPS = 9


def grow_tree(ranking: pd.DataFrame, readers: Readers) -> dict[str, Any]:
    """Sort the languages of every model into families and branches.

    Args:
        ranking: `pivot_overview` of all models.
        readers: languages, pivot and parameters.

    Returns:
        `metric`, `pivot` and `families`, largest first: name and branches, each with its languages,
        each with its scores by model; nothing if no score is known.
    """
    parts = [_choose(own, readers) for _, own in ranking.groupby("model", sort=False)]
    rows = pd.concat(parts, ignore_index=True)
    if rows.empty:
        return {}
    rows = rows.assign(above_levels=above_levels(rows))
    codes = list(dict.fromkeys(rows["language"]))
    guide = guide_languages(readers["languages"], codes)
    branches = _branches(readers["languages"], codes)
    families: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for code in guide.order(codes):
        leaf = {
            "language": code,
            "name": guide.name(code),
            "scores": [_leaf(row, readers) for row in _rows_of(rows, code)],
        }
        family = families.setdefault(guide.family(code), {})
        family.setdefault(branches.get(code, ""), []).append(leaf)
    pivot = guide_languages(readers["languages"], [readers["pivot"]])
    return {
        "metric": metric_of(str(rows["metric"].iloc[0])).label,
        "pivot": pivot.name(readers["pivot"]),
        "families": [
            {
                "name": family,
                "branches": [
                    {"name": branch, "languages": leaves} for branch, leaves in sorted(own.items())
                ],
            }
            for family, own in families.items()
        ],
    }


def palette() -> list[str]:
    """Give the colours of scores from the lowest to the highest."""
    steps = np.linspace(0, 1, _STEPS)
    return [to_hex(colour) for colour in colormaps[PALETTE](steps)]


def _choose(rows: pd.DataFrame, readers: Readers) -> pd.DataFrame:
    pooling = choose_pooling(readers["parameters"].pooling, rows["pooling"])
    means = rows[(rows["pooling"] == pooling) & (rows["aggregation"] == "mean")]
    # A score that is not known is no score of 0.
    known = means[means["score"].notna()]
    if known.empty:
        return known
    return known[known["metric"] == headline_metric(readers["parameters"].metric, known)]


def _rows_of(rows: pd.DataFrame, language: str) -> list[dict[Any, Any]]:
    found: list[dict[Any, Any]] = rows[rows["language"] == language].to_dict("records")
    return found


def _branches(languages: pd.DataFrame, codes: list[str]) -> dict[str, str]:
    if "genus" not in languages:
        return {}
    known = languages.set_index("language")["genus"].reindex(codes).fillna("").astype(str)
    return {str(code): branch for code, branch in known.items()}


def _leaf(row: dict[Any, Any], readers: Readers) -> dict[str, Any]:
    metric = metric_of(str(row["metric"]))
    low, high = metric.limits or (0.0, 1.0)
    share = min(1.0, max(0.0, (float(row["score"]) - low) / (high - low)))
    return {
        "model": readers["parameters"].label(str(row["model"])),
        "metric": metric.label,
        "value": format_score(row["score"]),
        "interval": format_interval(row["ci_low"], row["ci_high"]),
        "n": int(row["n"]),
        "share": round(share, 3),
        "colour": to_hex(colormaps[PALETTE](share)),
        "above": bool(row["above_levels"]),
    }
