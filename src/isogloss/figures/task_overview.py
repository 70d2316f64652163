"""All models in all tasks, over languages that they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.families import guide_languages
from isogloss.figures.formats import count_things, format_score
from isogloss.figures.rows import draw_upright_level, fit_rows, write_value
from isogloss.figures.style import (
    FAINT,
    LABEL_SIZE,
    MUTED,
    SERIES_COLOURS,
    SERIES_MARKERS,
    TEXT_SIZE,
    chance_key,
    draw_legend,
    new_figure,
    set_caption,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.tables import average_samples
from isogloss.figures.task_captions import (
    CONSERVATIVE,
    explain_bars,
    explain_chance,
    explain_data,
    explain_held_out,
    explain_measures,
)
from isogloss.figures.task_names import TRANSLATION
from isogloss.figures.task_panels import Panel, say_instead, split_panels
from isogloss.figures.task_tables import named_rows, select_scores, unify_accuracies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEAN_GID = "mean"
"""Group id of the means in words, with the counts of languages told from chance."""
_POINT_HEIGHT, _SPACE = 0.24, 0.5
"""Inches a point, and points between two models."""
_LEGEND_COLUMNS = 2
_BESIDE: dict[str, Any] = {
    "xytext": (7, 0),
    "textcoords": "offset points",
    "fontsize": LABEL_SIZE - 0.5,
    "color": MUTED,
}
_TITLE = "Task scores of all models"


@dataclass(frozen=True)
class _Series:
    """One task and measure of all models.

    Attributes:
        panel: all its rows.
        common: those of the languages other than the pivot that all its models have.
        style: colour and marker.
    """

    panel: Panel
    common: pd.DataFrame
    style: dict[str, Any]


def draw_task_overview(
    task_scores: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
) -> Figure:
    """Draw the mean score of every model in every task, a panel a measure, a row a model.

    A mean is over the languages other than the pivot that all models have in the task, so that it
    compares models on the same items; the pivot's own score is a tick. Beside it stands of how many
    of these languages a test tells the score from chance.

    Args:
        task_scores: the table of that name, all models.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that is kept out of the means.
    """
    rows = unify_accuracies(select_scores(task_scores))
    series = _list_series(rows, pivot)
    if not series:
        return say_instead(_TITLE, "No task has a score.")
    models = [str(model) for model in pd.unique(rows["model"])]
    name = guide_languages(languages, [pivot]).name(pivot)
    blocks = _by_measure(series)
    deepest = max(len(block) for block in blocks)
    legend = 0.19 * -(-(2 + len(series)) // _LEGEND_COLUMNS)
    height = max(_POINT_HEIGHT * (deepest + _SPACE) * len(models), 0.7)
    shape = {"sharey": "row", "height_ratios": [legend, height]}
    figure, axes = new_figure(1.9 + legend + height, 2, len(blocks), **shape)
    for ax, block in zip(axes[1], blocks, strict=True):
        _draw_block(ax, block, models, pivot)
    names = [labels.get(model, model) for model in models]
    axes[1, 0].set_yticks(np.arange(len(models))[::-1], names, fontsize=LABEL_SIZE + 0.5)
    draw_legend(axes[0], _keys(series, pivot, name), _LEGEND_COLUMNS)
    set_title(figure, _TITLE)
    set_caption(figure, _caption(rows, series, labels, name))
    settle(figure)
    for ax, block in zip(axes[1], blocks, strict=True):
        fit_rows([ax], block[0].panel.measure)
    return figure


def _list_series(rows: pd.DataFrame, pivot: str) -> list[_Series]:
    return [
        _Series(panel, _common(panel.rows, pivot), _style(place))
        for place, panel in enumerate(split_panels(rows))
    ]


def _style(place: int) -> dict[str, Any]:
    """Give the colour and the marker of a series."""
    return {
        "color": SERIES_COLOURS[place % len(SERIES_COLOURS)],
        "marker": SERIES_MARKERS[place % len(SERIES_MARKERS)],
    }


def _by_measure(series: Sequence[_Series]) -> list[list[_Series]]:
    """Put series that share a scale together."""
    labels = dict.fromkeys(own.panel.measure.label for own in series)
    return [[own for own in series if own.panel.measure.label == label] for label in labels]


def _common(rows: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Keep the languages other than the pivot that all models of a task have."""
    others = rows[rows["language"] != pivot]
    models = others.groupby("language")["model"].transform("nunique")
    return others[models == rows["model"].nunique()]


def _draw_block(ax: Axes, block: Sequence[_Series], models: Sequence[str], pivot: str) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.5, len(models) - 0.5)
    ax.set_xlabel(block[0].panel.measure.label, fontsize=TEXT_SIZE)
    levels = pd.concat([own.panel.rows["chance"] for own in block]).dropna()
    for level in pd.unique(levels):
        draw_upright_level(ax, float(level))
    for border in range(1, len(models)):
        ax.axhline(border - 0.5, color=FAINT, linewidth=0.6)
    if any(len(own.common) for own in block):
        header = "mean,\nabove chance" if len(levels) else "mean"
        ax.annotate(header, (1, 1), va="bottom", xycoords="axes fraction", **_BESIDE)
    step = 1 / (len(block) + _SPACE)
    for rank, own in enumerate(block):
        shift = step * ((len(block) - 1) / 2 - rank)
        heights = {model: len(models) - 1 - row + shift for row, model in enumerate(models)}
        _draw_pivot(ax, own, heights, pivot)
        _draw_means(ax, own, heights)


def _draw_pivot(ax: Axes, own: _Series, heights: Mapping[str, float], pivot: str) -> None:
    rows = own.panel.rows[own.panel.rows["language"] == pivot]
    colour = own.style["color"]
    for row in named_rows(rows):
        height = heights[row.model]
        ax.plot(
            [row.score], [height], marker="|", markersize=10, markeredgewidth=1.8,
            linestyle="none", color=colour, label=pivot,
        )  # fmt: skip
        if own.common.empty:
            ax.hlines(height, row.ci_low, row.ci_high, linewidth=1.7, alpha=0.65, color=colour)
            write_value(ax, row.score, row.ci_high, height, digits=own.panel.digits)


def _draw_means(ax: Axes, own: _Series, heights: Mapping[str, float]) -> None:
    told = own.common.groupby("model")["told"].sum()
    colour = own.style["color"]
    for row in named_rows(average_samples(own.common, ["model"])):
        height = heights[row.model]
        ax.hlines(height, row.ci_low, row.ci_high, linewidth=1.7, alpha=0.65, color=colour)
        ax.plot([row.score], [height], markersize=6, linestyle="none", label="mean", **own.style)
        count = f", {told[row.model]} of {row.samples}" if np.isfinite(row.chance) else ""
        ax.annotate(
            format_score(row.score, own.panel.digits) + count, (1, height), gid=MEAN_GID,
            va="center", xycoords=("axes fraction", "data"), **_BESIDE,
        )  # fmt: skip


def _keys(series: Sequence[_Series], pivot: str, name: str) -> list[Line2D]:
    """List the series with the number of their languages, the tick of the pivot, and chance."""
    measures = {own.panel.metric for own in series if own.panel.task == TRANSLATION}
    keys = [
        Line2D([], [], linewidth=1.7, markersize=6, **own.style,
               label=f"{_title(own, name, len(measures) > 1)}: {_count(own, name)}")
        for own in series
    ]  # fmt: skip
    rows = pd.concat([own.panel.rows for own in series])
    if (rows["language"] == pivot).any():
        tick: dict[str, Any] = {"marker": "|", "markersize": 10, "markeredgewidth": 1.8}
        keys.append(Line2D([], [], color=MUTED, label=f"{name} itself", linestyle="none", **tick))
    return [*keys, chance_key()] if rows["chance"].notna().any() else keys


def _title(own: _Series, pivot: str, several: bool) -> str:
    measure = f" ({own.panel.measure.label})" if several and own.panel.task == TRANSLATION else ""
    return own.panel.title(pivot) + measure


def _count(own: _Series, pivot: str) -> str:
    count = own.common["language"].nunique()
    if not count:
        alone = own.panel.rows["language"].nunique() == 1
        return f"{pivot} alone" if alone else "no language in common"
    return f"mean of {count_things(count, 'language')}"


def _caption(
    rows: pd.DataFrame, series: Sequence[_Series], labels: Mapping[str, str], pivot: str
) -> list[str]:
    tested = rows["chance"].notna().any()
    means = any(len(own.common) for own in series)
    return [
        f"Means are over the languages other than {pivot} that all models have in a task; the "
        "tasks have different languages, so compare models, not tasks"
        if means
        else "",
        explain_data(rows),
        explain_bars(rows) + (CONSERVATIVE if means else ""),
        explain_chance(rows),
        "Above chance: of how many of these languages a test tells the score from chance "
        "(one-sided exact, adjusted over the languages)"
        if tested and means
        else "",
        explain_held_out(rows),
        explain_measures(rows),
        _name_absent(rows, series, labels, pivot),
    ]


def _name_absent(
    rows: pd.DataFrame, series: Sequence[_Series], labels: Mapping[str, str], pivot: str
) -> str:
    """Name the models that lack a task."""
    models = [str(model) for model in pd.unique(rows["model"])]
    found = []
    for own in series:
        absent = [labels.get(one, one) for one in models if one not in set(own.panel.rows["model"])]
        if absent:
            found.append(f"{own.panel.title(pivot)} of {', '.join(absent)}")
    return f"Not measured: {'; '.join(dict.fromkeys(found))}" if found else ""
