"""Which pooling and aggregation of layers predicts the scores in tasks."""

from __future__ import annotations

import textwrap
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.correlation_grid import (
    SLOTS,
    Grid,
    fill_gaps,
    make_grid,
    prepare_correlations,
)
from isogloss.figures.correlation_tables import POOLED, TOO_FEW
from isogloss.figures.families import guide_languages, runs
from isogloss.figures.formats import format_range, format_score, pooling_label
from isogloss.figures.levels import interval_name
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
    CHANCE,
    INK,
    LABEL_SIZE,
    MUTED,
    PANEL_SIZE,
    SERIES_COLOURS,
    SERIES_MARKERS,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    set_caption,
    set_title,
    settle,
)
from isogloss.figures.tables import sentence_counts
from isogloss.figures.task_names import measure_of, outcome_label, task_label
from isogloss.figures.task_panels import say_instead
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

MEAN_GID, SAMPLE_GID, GAP_GID, COUNT_GID = "mean", "sample", "gap", "count"
"""Group ids of means over models, single samples, letters in gaps and numbers of languages."""
_ROW_HEIGHT = 1.9
_SIGNIFICANT = 0.05
_LOW = -0.92
_TITLE_PAD = 18
"""Points that leave room for the number of languages."""
_DASHED = (0, (3, 1.2))
_LEGEND_COLUMNS = 3
_TITLE = "Correlation of alignment with task scores, by pooling and aggregation of layers"


def draw_pooling_comparison(
    correlations: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
    metric: str = "auto",
) -> Figure:
    """Draw Pearson's r of alignment with task scores, a row a metric, a column a task.

    A dot a model for each pooling and aggregation of layers, with its interval, and a bar for the
    mean over the models; small ticks are the values of single samples of sentences. The axis goes
    from −1 to 1. What is missing is a gap with a letter that the caption explains.

    Args:
        correlations: the table of that name.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that alignment is measured with.
        metric: of alignment that comes first, or "auto".
    """
    table = prepare_correlations(correlations)
    if table.empty:
        return say_instead(_TITLE, "No correlation has been computed.")
    grid = make_grid(table, metric)
    main = fill_gaps(table, grid)
    samples = table[(table["sample"] != POOLED) & table["pearson_r"].notna()]
    letters = {reason: _letter(place) for place, reason in enumerate(_reasons(main))}
    legend = 0.2 * -(-(len(grid.models) + 1) // _LEGEND_COLUMNS)
    shape = {"height_ratios": [legend, *[_ROW_HEIGHT] * len(grid.metrics)]}
    height = 2.3 + legend + _ROW_HEIGHT * len(grid.metrics)
    figure, axes = new_figure(height, 1 + len(grid.metrics), len(grid.tasks), **shape)
    for ax, (name, (task, data)) in zip(
        axes[1:].flat, product(grid.metrics, grid.tasks), strict=True
    ):
        own = {"alignment": name, "task": task, "data": data}
        _draw_panel(ax, _keep(main, own), grid, letters)
        if grid.shows_samples and samples["sample"].nunique() > 1:
            _draw_samples(ax, _keep(samples, own), grid)
    pivot = guide_languages(languages, [pivot]).name(pivot)
    _label_panels(axes[1:], main, grid, pivot)
    draw_legend(axes[0], _keys(grid, labels), _LEGEND_COLUMNS)
    set_title(figure, _TITLE)
    set_caption(figure, _caption(main, samples, grid, letters, pivot))
    return settle(figure)


def _keep(table: pd.DataFrame, own: Mapping[str, str]) -> pd.DataFrame:
    """Keep the rows that have these values."""
    return table[np.logical_and.reduce([table[name] == value for name, value in own.items()])]


def _reasons(main: pd.DataFrame) -> list[str]:
    return [str(reason) for reason in pd.unique(main["reason"]) if reason]


def _letter(place: int) -> str:
    return chr(ord("a") + place % 26) * (1 + place // 26)


def _label_panels(axes: NDArray[Any], main: pd.DataFrame, grid: Grid, pivot: str) -> None:
    """Name the tasks above, the metrics at the left, and poolings and aggregations below."""
    for ax, (task, data) in zip(axes[0], grid.tasks, strict=True):
        name = _name_task(_keep(main, {"task": task, "data": data}), pivot)
        corpora = sum(own == task for own, _ in grid.tasks)
        ax.set_title(
            f"{name}: {data}" if corpora > 1 else name, loc="left", fontsize=PANEL_SIZE, color=INK,
            fontweight="bold", pad=_TITLE_PAD,
        )  # fmt: skip
    for ax, metric in zip(axes[:, 0], grid.metrics, strict=True):
        ax.set_ylabel(f"{metric_of(metric).label}\nPearson's r", fontsize=TEXT_SIZE)
    for ax in axes[-1]:
        _label_ways(ax, grid)


def _name_task(rows: pd.DataFrame, pivot: str) -> str:
    directions = list(pd.unique(rows["direction"].dropna()))
    direction = str(directions[0]) if len(directions) == 1 else ""
    return outcome_label(str(rows["task"].iloc[0]), direction, pivot)


def _draw_panel(ax: Axes, rows: pd.DataFrame, grid: Grid, letters: Mapping[str, str]) -> None:
    ax.axhline(0, color=CHANCE, linewidth=0.9, zorder=1)
    for place, way in enumerate(grid.ways):
        if place and way[0] != grid.ways[place - 1][0]:
            ax.axvline(place - 0.5, color=CHANCE, linewidth=0.6)
        own = _keep(rows, {"pooling": way[0], "aggregation": way[1]})
        known = own.dropna(subset="pearson_r")
        for row in known.to_dict("records"):
            _draw_dot(ax, row, grid.place(way, str(row["model"])), grid)
        if len(known) > 1:
            _draw_mean(ax, place, known["pearson_r"], grid)
        _mark_gaps(ax, own, way, grid, letters)
    counts = [int(n) for n in rows.loc[rows["pearson_r"].notna(), "n"].dropna()]
    ax.annotate(
        f"n = {format_range(counts)}" if counts else "", (0, 1), xycoords="axes fraction",
        xytext=(0, 4), textcoords="offset points", fontsize=LABEL_SIZE, color=MUTED, gid=COUNT_GID,
    )  # fmt: skip
    ax.set_xlim(-0.5, len(grid.ways) - 0.5)
    ax.set_ylim(-1.05, 1.05)
    ax.set_yticks([-1, -0.5, 0, 0.5, 1])
    ax.set_xticks([])


def _draw_samples(ax: Axes, rows: pd.DataFrame, grid: Grid) -> None:
    for row in named_rows(rows):
        x = grid.place((row.pooling, row.aggregation), row.model)
        ax.plot(
            [x], [row.pearson_r], "_", color=_style(grid, row.model)["color"], markersize=5,
            alpha=0.6, gid=SAMPLE_GID, zorder=2,
        )  # fmt: skip


def _draw_dot(ax: Axes, row: Mapping[Hashable, Any], x: float, grid: Grid) -> None:
    style = _style(grid, str(row["model"]))
    low, high = float(row["pearson_ci_low"]), float(row["pearson_ci_high"])
    ax.vlines(x, low, high, color=style["color"], linewidth=1, alpha=0.45)
    found = row["p_adjusted"] < _SIGNIFICANT and not row["caution"]
    ax.plot(
        [x], [row["pearson_r"]], linestyle="none", markersize=5.5, label=row["model"], zorder=3,
        markerfacecolor=style["color"] if found else "white", **style,
    )  # fmt: skip


def _draw_mean(ax: Axes, place: int, known: pd.Series, grid: Grid) -> None:
    """Draw the mean over the models, dashed where it lacks some of them."""
    half, mean = SLOTS / 2 + 0.05, float(known.mean())
    ax.plot(
        [place - half, place + half], [mean, mean], color=INK, linewidth=1.8, gid=MEAN_GID,
        linestyle="-" if len(known) == len(grid.models) else _DASHED, zorder=2.5,
    )  # fmt: skip


def _mark_gaps(
    ax: Axes, rows: pd.DataFrame, way: tuple[str, str], grid: Grid, letters: Mapping[str, str]
) -> None:
    """Write a letter where a model has no correlation, or one for all that lack it alike."""
    missing = rows[rows["reason"] != ""]
    marks = {
        grid.place(way, model): letters[reason]
        for model, reason in zip(missing["model"], missing["reason"], strict=True)
    }
    empty = len(missing) == len(rows)
    if empty and len(set(marks.values())) == 1:
        marks = {float(grid.ways.index(way)): next(iter(marks.values()))}
    for x, letter in marks.items():
        ax.text(
            x, 0 if empty else _LOW, letter, fontsize=LABEL_SIZE, color=MUTED, ha="center",
            va="center", gid=GAP_GID, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip


def _style(grid: Grid, model: str) -> dict[str, Any]:
    place = grid.models.index(model)
    return {
        "color": SERIES_COLOURS[place % len(SERIES_COLOURS)],
        "marker": SERIES_MARKERS[place % len(SERIES_MARKERS)],
    }


def _label_ways(ax: Axes, grid: Grid) -> None:
    """Name the aggregations below the axis, and below them the poolings."""
    poolings = [pooling for pooling, _ in grid.ways]
    several = len({aggregation for _, aggregation in grid.ways}) > 1
    if several:
        ax.set_xticks(range(len(grid.ways)), [aggregation for _, aggregation in grid.ways])
    for pooling, first, last in runs(poolings):
        ax.annotate(
            textwrap.fill(pooling_label(pooling), 14), ((first + last) / 2, 0),
            xycoords=("data", "axes fraction"), xytext=(0, -16 if several else -6),
            textcoords="offset points", fontsize=LABEL_SIZE, color=INK, ha="center", va="top",
        )  # fmt: skip


def _keys(grid: Grid, labels: Mapping[str, str]) -> list[Line2D]:
    keys = [
        Line2D([], [], linestyle="none", markersize=6, label=labels.get(model, model),
               **_style(grid, model))
        for model in grid.models
    ]  # fmt: skip
    if len(grid.models) > 1:
        keys.append(Line2D([], [], color=INK, linewidth=1.8, label="mean of the models"))
    return keys


def _caption(
    main: pd.DataFrame,
    samples: pd.DataFrame,
    grid: Grid,
    letters: Mapping[str, str],
    pivot: str,
) -> list[str]:
    drawn = samples["sample"].nunique() if grid.shows_samples else 0
    known = main.groupby(["alignment", "task", "data", "pooling", "aggregation"])["pearson_r"]
    means = known.count().between(2, len(grid.models) - 1)
    gaps = "; ".join(f"{letter}: {reason}" for reason, letter in letters.items())
    return [
        f"Pearson's r over n languages of their alignment with {pivot} and their score in a task",
        "Mean and max: over the layers" if main["aggregation"].nunique() > 1 else "",
        f"Filled: adjusted p below {format_score(_SIGNIFICANT)}; hollow: not, or no finding for "
        "other reasons (too few languages, scores at chance, text that both sides share)",
        f"Bars: {interval_name(main.dropna(subset='pearson_ci_low'))} of r"
        if main["pearson_ci_low"].notna().any()
        else "",
        f"Small ticks: the {drawn} samples of sentences alone" if drawn > 1 else "",
        "Dashed: mean of fewer models than there are" if means.any() else "",
        f"With {format_range(sentence_counts(few))} languages r is no finding, however high"
        if len(few := main[main["caution"].fillna("").str.contains(TOO_FEW)])
        else "",
        _name_measures(main),
        f"Gaps: {gaps}" if gaps else "",
    ]


def _name_measures(rows: pd.DataFrame) -> str:
    """Say which scores the correlations are of, task by task."""
    pairs = rows[["task", "metric"]].dropna().drop_duplicates()
    names = {
        (task_label(str(task)), measure_of(str(metric)).label)
        for task, metric in named_rows(pairs)
        if metric
    }
    return "; ".join(f"{task}: {measure}" for task, measure in sorted(names))
