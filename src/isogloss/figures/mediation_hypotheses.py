"""What was stated of roles and layers: means with intervals and margins, verdicts in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from isogloss.figures.families import readable
from isogloss.figures.formats import format_range
from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import MediationGuide, choose_rows
from isogloss.figures.mediation_statements import (
    PREDICTED,
    deciding_p,
    describe_layers,
    describe_margin,
    describe_mean,
    explain_obstacles,
    format_p,
    is_tested,
    list_obstacles,
)
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

MEAN_GID, BAND_GID, VERDICT_GID = "mean", "margin", "verdict"
"""Group ids of means, of what lies within the margin, and of verdicts."""
_UNITS = {"expected_count": "expected count, items"}
_NATS = "log-odds, nats"
_MARKS: dict[str, dict[str, Any]] = {
    "supported": {"color": SERIES_COLOURS[0], "marker": "o"},
    "not supported": {"color": MUTED, "marker": "o", "markerfacecolor": "white"},
    "contradicted": {"color": SERIES_COLOURS[1], "marker": "X"},
}
_NAME_WIDTH, _VERDICT_WIDTH = 38, 38
"""Characters a line."""
_LINE, _ROW_GAP, _PANEL_GAP = 0.155, 0.2, 0.85
"""Inches."""


def draw_hypotheses(hypotheses: pd.DataFrame, guide: MediationGuide, language: str) -> Figure:
    """Draw every tested hypothesis in a row: what was stated, mean and interval, verdict.

    Rows are grouped by the model of counting that predicts them; panels of one unit have the same
    axis. The caption names those that could not be tested, and says why.

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
    tested = rows[is_tested(rows)]
    if tested.empty:
        return say_instead(title, _say_none_tested(rows))
    panels = _split(tested)
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


def _say_none_tested(rows: pd.DataFrame) -> str:
    reason = list_obstacles(rows)[0][0]
    return f"None of the {len(rows)} hypotheses in the settings can be tested: {reason}."


def _split(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Split into panels: by what predicts it, then by unit; each heading stands once."""
    own = rows.assign(unit=rows["outcome"].map(_UNITS).fillna(_NATS))
    panels = []
    for predicts, heading in PREDICTED.items():
        of_one = own[own["predicts"] == predicts]
        for place, (_, panel) in enumerate(of_one.groupby("unit", sort=False)):
            panels.append(("" if place else f"{heading[0].upper()}{heading[1:]}", panel))
    return panels


def _height(row: Any) -> float:
    lines = max(len(_name(row).splitlines()), len(describe_verdict(row).splitlines()))
    return _LINE * lines + _ROW_GAP


def _name(row: Any) -> str:
    behind = " (category named behind the list)" if row.named == "last" else ""
    return textwrap.fill(f"{row.states.rstrip('.')}{behind}", _NAME_WIDTH)


def describe_verdict(row: Any) -> str:
    """Write verdict, layers and numbers in short lines.

    Args:
        row: of `mediation_hypotheses`.
    """
    p = format_p(deciding_p(row))
    lines = (
        f"{row.verdict} in {describe_layers(row, short=True)}",
        f"{describe_mean(row)}, p {p}",
        f"stated: {describe_margin(row)}",
    )
    return "\n".join(textwrap.fill(line, _VERDICT_WIDTH) for line in lines)


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
        fontsize=LABEL_SIZE, color=readable(style["color"]),
        gid=VERDICT_GID, annotation_clip=False,
    )  # fmt: skip


def _explain(rows: pd.DataFrame) -> list[str]:
    tested = rows[is_tested(rows)]
    confirming = "confirmation" in set(tested["part"])
    counts = (
        f"{format_range(list(tested['n_pairs']))} of "
        f"{format_range(list(tested['n_pairs_all']))} pairs, "
        f"{format_range(list(tested['n_categories']))} categories"
    )
    shares, nothing = tested["share"].gt(0).any(), (tested["expects"] == "none").any()
    fewer = any(describe_layers(row, short=True).count(" of ") for row in named_rows(tested))
    return [
        "As stated in the settings (mediation_hypotheses); verdicts hold for the layers named",
        "Where these are some of those that were stated, no others were patched" * fewer,
        "Tested on categories kept apart" * confirming,
        f"Bars: {interval_name(rows)} over categories; {counts}",
        "One-sided p by turning the signs of categories, adjusted over all hypotheses of the "
        "language (Holm), in another family where they are contradicted",
        "Shaded: the share of the total effect that was named; intervals are of the distance from "
        "its end" * bool(shares),
        "Where nothing is expected, it is in every layer: bars span the intervals of all layers, "
        "unless it is contradicted by their mean" * bool(nothing),
        "Roles are summed, so that copies of a count are counted at each; layers are averaged",
        _list_untested(rows),
    ]


def _list_untested(rows: pd.DataFrame) -> str:
    """Say which of the hypotheses could not be tested, and why; empty if all could."""
    number = int((~is_tested(rows)).sum())
    if not number:
        return ""
    reasons = "; ".join(explain_obstacles(rows))
    return f"Not testable are {number} of the {len(rows)} that are stated: {reasons}"
