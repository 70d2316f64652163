"""What a language costs a model, against how well it is aligned."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import (
    format_range,
    name_cut,
    name_layers,
    pooling_label,
)
from isogloss.figures.labels import GID, Point, label_points
from isogloss.figures.levels import Level, interval_name, level_of
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
    LABEL_SIZE,
    MUTED,
    TEXT_SIZE,
    draw_chance,
    draw_message,
    new_canvas,
    new_figure,
    set_caption,
    set_panel_title,
    set_score_limits,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.summaries import choose_pooling
from isogloss.figures.tables import sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COSTS = (
    ("token_parity", "token parity (tokens ÷ tokens of the pivot)"),
    ("information_parity", "information parity (bits of the pivot ÷ bits)"),
)
_PANELS_PER_ROW = 3
_FAR = 3
"""So many labels of a panel may stand off their points, with a line to it."""
UNNAMED_GID = "unnamed"
"""Group id of the list of points without a label."""
_COLUMNS = 6
"""Of the grid: so many that one, two and three panels can share them evenly."""


@dataclass(frozen=True)
class _Panel:
    """One model's languages by one cost."""

    model: str
    cost: str
    axis: str
    rows: pd.DataFrame


def draw_language_profiles(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pooling: str = "mean",
) -> Figure:
    """Draw alignment with the pivot against token parity and information parity.

    A panel a model and a cost, a point a language with both its intervals. A model that gives
    sentences no probability has no information parity; the caption names it.

    Args:
        profiles: `{model}.language_profile` of all models, stacked.
        pivot_overview: the table of that name.
        languages: the table of languages.
        labels: model -> what to call it.
        pooling: the pooling of the alignment; the first there is if it is absent.
    """
    shown = choose_pooling(pooling, pivot_overview["pooling"])
    scores = pivot_overview[pivot_overview["pooling"] == shown]
    table = scores.merge(profiles, on=["model", "language"], how="inner", suffixes=("", "_profile"))
    table = table.reindex(columns=[*table.columns, *_missing(table)])
    models = [str(model) for model in pd.unique(profiles["model"]) if model in set(scores["model"])]
    guide = guide_languages(languages, [*table["language"], *scores["pivot"]])
    measure = metric_of(str(scores["metric"].iloc[0]))
    pivot = guide.name(str(scores["pivot"].iloc[0]))
    levels = {model: level_of(scores[scores["model"] == model]).value for model in models}
    figure, drawn = _lay_out(_panels(table, models))
    for ax, panel in drawn:
        set_panel_title(ax, labels.get(panel.model, panel.model))
        _draw_points(ax, panel, guide)
        draw_chance(ax, levels[panel.model])
        end = set_score_limits(ax, measure.limits, cut=True)
        ax.set_xlabel(panel.axis, fontsize=TEXT_SIZE)
        ax.set_ylabel(f"{measure.label} with {pivot}{name_cut(end)}", fontsize=TEXT_SIZE)
    set_title(figure, f"What a language costs and how well it is aligned, {pooling_label(shown)}")
    without = [labels.get(model, model) for model in _without_information(table, models)]
    caption = _caption(table, measure.label, level_of(scores), without)
    set_caption(figure, caption)
    settle(figure)
    for ax, panel in drawn:
        _label(ax, panel, guide, levels[panel.model])
    return figure


def _panels(table: pd.DataFrame, models: Sequence[str]) -> list[_Panel]:
    """List the panels that have something to show: by model if few, else by cost."""
    found = [
        _Panel(model, cost, axis, table[(table["model"] == model) & _known(table, cost)])
        for model in models
        for cost, axis in _COSTS
        if ((table["model"] == model) & _known(table, cost)).any()
    ]
    if len(found) <= _PANELS_PER_ROW:
        return found
    costs = [cost for cost, _ in _COSTS]
    return sorted(found, key=lambda panel: costs.index(panel.cost))


def _known(table: pd.DataFrame, cost: str) -> pd.Series:
    """Tell which rows have both a score and a cost."""
    return table[cost].notna() & table["score"].notna()


def _lay_out(panels: Sequence[_Panel]) -> tuple[Figure, list[tuple[Axes, _Panel]]]:
    """Give every panel its axes; every row is filled, and holds one cost if there are several."""
    if not panels:
        figure, axes = new_figure(1.4)
        draw_message(axes[0, 0], "No language has both a profile and a score.")
        return figure, []
    costs = dict.fromkeys(panel.cost for panel in panels)
    blocks = [[panel for panel in panels if panel.cost == cost] for cost in costs]
    if len(panels) <= _PANELS_PER_ROW:
        blocks = [list(panels)]
    rows = [
        [block[place] for place in part]
        for block in blocks
        for part in np.array_split(np.arange(len(block)), -(-len(block) // _PANELS_PER_ROW))
    ]
    figure = new_canvas(1.0 + 3.6 * len(rows))
    grid = figure.add_gridspec(len(rows), _COLUMNS)
    drawn = []
    for height, row in enumerate(rows):
        width = _COLUMNS // len(row)
        for place, panel in enumerate(row):
            ax = figure.add_subplot(grid[height, place * width : (place + 1) * width])
            style_axes(ax, grid="both")
            drawn.append((ax, panel))
    return figure, drawn


def _draw_points(ax: Axes, panel: _Panel, guide: LanguageGuide) -> None:
    cost = panel.cost
    for row in panel.rows.to_dict("records"):
        code, x, y = str(row["language"]), float(row[cost]), float(row["score"])
        style: dict[str, Any] = {"color": guide.colour(code)}
        ax.vlines(x, row["ci_low"], row["ci_high"], linewidth=1, alpha=0.45, **style)
        low, high = row[f"{cost}_ci_low"], row[f"{cost}_ci_high"]
        ax.hlines(y, low, high, linewidth=1, alpha=0.45, **style)
        marker = guide.marker(code)
        ax.plot([x], [y], marker=marker, markersize=6, linestyle="none", label=code, **style)
    low, high = panel.rows[cost].min(), panel.rows[cost].max()
    margin = 0.22 * (high - low) or 0.1
    # Room for the labels of the outermost points, and for their bars.
    ax.set_xlim(
        float(min(low - margin, ax.dataLim.x0 - margin / 8)),
        float(max(high + margin, ax.dataLim.x1 + margin / 8)),
    )
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))


def _label(ax: Axes, panel: _Panel, guide: LanguageGuide, level: float) -> None:
    """Name the points of a panel; those of a crowd in a list, without lines that would tangle."""
    points, bars = _points(panel, guide)
    left, right = ax.get_xlim()
    line = [Bbox.from_extents(left, level, right, level)] if np.isfinite(level) else []
    label_points(ax, points, [*bars, *line])
    written = [text for text in ax.texts if isinstance(text, Annotation)]
    # A line to a point is an annotation without words.
    led = [text.xy for text in written if not text.get_text()]
    if len(led) > _FAR:
        for text in written:
            text.remove()
        label_points(ax, points, [*bars, *line], leaders=False)
    named = {text.get_text() for text in ax.texts if text.get_gid() == GID}
    unnamed = [(x, code) for x, _, code, _ in points if code not in named]
    _list_unnamed(ax, [code for _, code in sorted(unnamed)])


def _list_unnamed(ax: Axes, codes: Sequence[str]) -> None:
    """Name the points that lie too close together for labels, in the order of their costs."""
    if codes:
        ax.text(
            0.98, 0.98, textwrap.fill(f"not labelled, from the left: {' '.join(codes)}", 30),
            transform=ax.transAxes, ha="right", va="top", fontsize=LABEL_SIZE, color=MUTED,
            gid=UNNAMED_GID,
        )  # fmt: skip


def _points(panel: _Panel, guide: LanguageGuide) -> tuple[list[Point], list[Bbox]]:
    """List the points of a panel, the highest first, and their error bars."""
    rows = panel.rows.sort_values("score", ascending=False, kind="stable")
    cost = rows[panel.cost].to_numpy(float)
    score = rows["score"].to_numpy(float)
    codes = rows["language"].astype(str)
    points = [
        (float(x), float(y), code, guide.text_colour(code))
        for x, y, code in zip(cost, score, codes, strict=True)
    ]
    across = rows[[f"{panel.cost}_ci_low", f"{panel.cost}_ci_high"]].to_numpy(float)
    up = rows[["ci_low", "ci_high"]].to_numpy(float)
    bars = [
        Bbox.from_extents(low, y, high, y) for (low, high), y in zip(across, score, strict=True)
    ]
    bars += [Bbox.from_extents(x, low, x, high) for (low, high), x in zip(up, cost, strict=True)]
    return points, [bar for bar in bars if np.isfinite(bar.extents).all()]


def _without_information(table: pd.DataFrame, models: Sequence[str]) -> list[str]:
    rows = table[_known(table, "information_parity")]
    return [model for model in models if model not in set(rows["model"])]


def _missing(table: pd.DataFrame) -> list[str]:
    wanted = [f"{cost}{end}" for cost, _ in _COSTS for end in ("", "_ci_low", "_ci_high")]
    return [name for name in wanted if name not in table]


def _caption(table: pd.DataFrame, metric: str, level: Level, without: Sequence[str]) -> list[str]:
    counts = sentence_counts(table) if len(table) else [0]
    spread = np.unique(table[["layer_first", "layer_last"]].dropna().to_numpy(int), axis=0)
    layers = " or ".join(name_layers(int(first), int(last)) for first, last in spread)
    return [
        f"A point a language; n = {format_range(counts)} sentences",
        f"{metric}: mean over {layers}",
        level.caption_of_several(),
        f"Bars: {interval_name(table)} over sentences, of costs 95%",
        "Colours and markers are families",
        f"Without sentence probabilities, so without information parity: {', '.join(without)}"
        if without
        else "",
        "Amount of training text and quality of the translations lie behind both axes: an "
        "association is not an effect",
    ]
