"""What was stated of roles and layers: means with intervals and margins, verdicts in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from isogloss.figures.families import readable
from isogloss.figures.formats import format_chance, format_interval, format_range, format_score
from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import MediationGuide, choose_rows
from isogloss.figures.style import (
    CHANCE,
    INK,
    LABEL_SIZE,
    LEVEL_GID,
    MUTED,
    SERIES_COLOURS,
    SHADE,
    TEXT_SIZE,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.task_panels import say_instead
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PREDICTED = {
    "running_count": "a running count predicts",
    "end_sum": "a sum at the end predicts",
    "works": "if patches work",
    "other": "further hypotheses",
}
"""Models of counting, in the order in which they are shown."""
MEAN_GID, BAND_GID, VERDICT_GID = "mean", "margin", "verdict"
"""Group ids of means, of what lies within the margin, and of verdicts."""
_UNITS = {"expected_count": "expected count, items"}
_NATS = "log-odds, nats"
_MARKS: dict[str, dict[str, Any]] = {
    "supported": {"color": SERIES_COLOURS[0], "marker": "o"},
    "not supported": {"color": MUTED, "marker": "o", "markerfacecolor": "white"},
    "contradicted": {"color": SERIES_COLOURS[1], "marker": "X"},
    "not testable": {"color": CHANCE, "marker": "o", "markerfacecolor": "white"},
}
_NAME_WIDTH, _VERDICT_WIDTH = 38, 38
"""Characters a line."""
_LINE, _ROW_GAP, _PANEL_GAP = 0.155, 0.2, 0.85
"""Inches."""


def draw_hypotheses(hypotheses: pd.DataFrame, guide: MediationGuide, language: str) -> Figure:
    """Draw every hypothesis in a row: what was stated, mean and interval, verdict.

    Rows are grouped by the model of counting that predicts them; panels of one unit have the same
    axis.

    Args:
        hypotheses: `mediation_hypotheses` of one model.
        guide: labels and languages.
        language: code.

    Raises:
        Refusal: if the language is not there; says which are.
    """
    rows = choose_rows(hypotheses, "mediation_hypotheses", language=language)
    if rows.empty:
        return say_instead("Hypotheses", "None were stated.")
    title = guide.title(rows, "what was predicted, and what was found")
    panels = _split(rows)
    heights = [sum(_height(row) for row in named_rows(own)) for _, own in panels]
    figure, axes = new_figure(
        sum(heights) + _PANEL_GAP * len(panels) + 1.1, len(panels), height_ratios=heights
    )
    for ax, (name, own) in zip(axes[:, 0], panels, strict=True):
        _draw_panel(ax, own)
        set_panel_title(ax, name)
        _set_limits(ax, pd.concat([one for _, one in panels if _unit(one) == _unit(own)]))
    set_title(figure, title)
    set_caption(figure, _explain(rows))
    # Verdicts stand beside the axes, and so move with their width.
    return settle(figure, rounds=2)


def _split(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split into panels: by what predicts it, then by unit."""
    units = rows["outcome"].map(_UNITS).fillna(_NATS)
    found = [(one, unit) for one in PREDICTED for unit in dict.fromkeys(units)]
    panels = [
        (f"{PREDICTED[one][0].upper()}{PREDICTED[one][1:]}", rows.assign(unit=units)[mask])
        for one, unit in found
        if (mask := (rows["predicts"] == one) & (units == unit)).any()
    ]
    return panels


def _height(row: Any) -> float:
    lines = max(len(_name(row).splitlines()), len(describe_verdict(row).splitlines()))
    return _LINE * lines + _ROW_GAP


def _name(row: Any) -> str:
    behind = " (category named behind the list)" if row.named == "last" else ""
    return textwrap.fill(f"{row.states.rstrip('.')}{behind}", _NAME_WIDTH)


def describe_verdict(row: Any) -> str:
    """Write verdict and numbers, or why there is no verdict, in short lines.

    Args:
        row: of `mediation_hypotheses`.
    """
    if row.remark:
        return textwrap.fill(f"{row.verdict}: {row.remark}", _VERDICT_WIDTH)
    p = format_p(deciding_p(row))
    return f"{row.verdict}\n{describe_mean(row)}, p {p}\nstated: {describe_margin(row)}"


def deciding_p(row: Any) -> float:
    """Give the adjusted p of what was found: of the opposite where that contradicts."""
    contradicted = row.verdict == "contradicted"
    return float(row.p_opposite_holm if contradicted else row.p_holm)


def describe_mean(row: Any) -> str:
    """Write a mean with its interval, with as many digits as it takes: `.21 [.15, .27]`."""
    digits = _count_digits(row)
    interval = format_interval(row.ci_low, row.ci_high, digits)
    return f"{format_score(row.mean, digits)} {interval}"


def describe_margin(row: Any) -> str:
    """Write what was stated: `over .25 of the total, .20`, or `over 0`."""
    before = {"greater": "over", "less": "under", "none": "within"}[row.expects]
    if not row.share:
        return f"{before} 0"
    margin = format_score(row.margin, _count_digits(row))
    return f"{before} {format_chance(row.share)} of the total, {margin}"


def _count_digits(row: Any) -> int:
    largest = max(abs(row.ci_low), abs(row.ci_high), row.error, row.margin)
    return 2 if largest >= 0.1 else 3 if largest >= 0.02 else 4


def format_p(p: float) -> str:
    """Write a p-value: `.003`, or `< .001`."""
    return "< .001" if p < 0.001 else format_score(p, 3)


def _draw_panel(ax: Axes, rows: pd.DataFrame) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.axvline(0, color=CHANCE, linewidth=1, gid=LEVEL_GID, zorder=1)
    heights = [_height(row) for row in named_rows(rows)]
    places = sum(heights) - np.cumsum(heights) + np.array(heights) / 2
    for row, place, height in zip(named_rows(rows), places, heights, strict=True):
        _draw_row(ax, row, float(place), height)
    ax.set_yticks(places, [_name(row) for row in named_rows(rows)], fontsize=LABEL_SIZE)
    ax.set_ylim(0, sum(heights))
    ax.set_xlabel(_unit(rows), fontsize=TEXT_SIZE, color=INK)


def _unit(rows: pd.DataFrame) -> str:
    return str(rows["unit"].iloc[0])


def _set_limits(ax: Axes, rows: pd.DataFrame) -> None:
    """Show all of some rows and 0: panels of one unit can be compared."""
    bands = [end for row in named_rows(rows) for end in _band(row)]
    ends = [*rows["ci_low"], *rows["ci_high"], *bands, 0.0]
    known = [end for end in map(float, ends) if np.isfinite(end)]
    low, high = min(known), max(known)
    margin = 0.08 * (high - low) or 1.0
    ax.set_xlim(low - margin, high + margin)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))


def _band(row: Any) -> tuple[float, float]:
    """Give the ends of the margin: from 0, and on both sides of it where nothing is expected."""
    return -row.margin if row.expects == "none" else 0.0, row.margin


def _draw_row(ax: Axes, row: Any, place: float, height: float) -> None:
    style = _MARKS[row.verdict]
    if np.isfinite(row.margin) and row.share:
        ax.fill_betweenx(
            [place - height / 2.2, place + height / 2.2], *_band(row),
            color=SHADE, gid=BAND_GID, zorder=0, linewidth=0,
        )  # fmt: skip
    ax.hlines(place, row.ci_low, row.ci_high, color=style["color"], linewidth=2)
    ax.plot([row.mean], [place], markersize=6.5, linestyle="none", gid=MEAN_GID, **style)
    ax.annotate(
        describe_verdict(row), (1.02, place), xycoords=("axes fraction", "data"), va="center",
        fontsize=LABEL_SIZE, color=MUTED if row.remark else readable(style["color"]),
        gid=VERDICT_GID, annotation_clip=False,
    )  # fmt: skip


def _explain(rows: pd.DataFrame) -> list[str]:
    tested = rows[rows["n_pairs"] > 0]
    confirming = "confirmation" in set(tested["part"])
    counts = (
        ""
        if tested.empty
        else (
            f"{format_range(list(tested['n_pairs']))} of "
            f"{format_range(list(tested['n_pairs_all']))} pairs, "
            f"{format_range(list(tested['n_categories']))} categories"
        )
    )
    shares, nothing = rows["share"].gt(0).any(), (rows["expects"] == "none").any()
    return [
        "As stated in the settings (mediation_hypotheses); verdicts hold for the layers named",
        "Tested on categories kept apart" * confirming,
        f"Bars: {interval_name(rows)} over categories" + (f"; {counts}" if counts else ""),
        "One-sided p by turning the signs of categories, adjusted over all hypotheses of the "
        "language (Holm), in another family where they are contradicted",
        "Shaded: the share of the total effect that was named; intervals are of the distance from "
        "its end" * bool(shares),
        "Where nothing is expected, it is in every layer: bars span the intervals of all layers, "
        "unless it is contradicted by their mean" * bool(nothing),
        "Roles are summed, so that copies of a count are counted at each; layers are averaged",
    ]
