"""The scores of one model in every task and language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.rows import draw_upright_level, fit_rows, write_value
from isogloss.figures.style import (
    CHANCE,
    INK,
    LABEL_SIZE,
    TEXT_SIZE,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.tables import model_label
from isogloss.figures.task_captions import describe_scores
from isogloss.figures.task_panels import Panel, say_instead, split_panels
from isogloss.figures.task_tables import pick_model, select_scores

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_HEIGHT, _LOW_ROW = 0.215, 0.15
"""Inches, with names and values, and with codes alone."""
_MANY = 40
"""Rows beyond which languages are named by their code and scores are not written."""
_PANELS_PER_ROW, _NARROW_PANELS_PER_ROW = 3, 4
_LEAST_ROWS = 3


def draw_task_scores(
    task_scores: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
    model: str | None = None,
) -> Figure:
    """Draw the scores of one model, a panel a task, a row a language, with intervals and chance.

    The pivot stands first, then the languages by their score. Scores that a test does not tell from
    chance are hollow and pale. Of several formulations only the selected one is shown.

    Args:
        task_scores: `{model}.task_scores`, or those of all models.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that the others are compared with.
        model: which to draw; may be left out where the table holds only one.
    """
    own = pick_model(task_scores, model)
    title = f"{model_label(own, labels)}: scores by task and language"
    rows = select_scores(own)
    panels = split_panels(rows)
    if not panels:
        return say_instead(title, "No task has a score.")
    guide = guide_languages(languages, [*rows["language"], pivot])
    longest = max(len(panel.rows) for panel in panels)
    figure, axes = _lay_out(len(panels), longest)
    for ax, panel in zip(axes, panels, strict=True):
        set_panel_title(ax, panel.title(guide.short_name(pivot)))
        _draw_panel(ax, panel, guide, pivot, longest)
    set_title(figure, title)
    set_caption(figure, describe_scores(rows, guide, pivot))
    settle(figure)
    for ax, panel in zip(axes, panels, strict=True):
        _shorten(ax, len(panel.rows), longest)
        fit_rows([ax], panel.measure)
    return figure


def _lay_out(panels: int, longest: int) -> tuple[Figure, Sequence[Axes]]:
    """Make as many axes as there are panels, in rows of much the same length."""
    many = longest > _MANY
    lines = -(-panels // (_NARROW_PANELS_PER_ROW if many else _PANELS_PER_ROW))
    columns = -(-panels // lines)
    height = (_LOW_ROW if many else _ROW_HEIGHT) * max(longest, _LEAST_ROWS) + 0.75
    figure, axes = new_figure(1.25 + height * lines, lines, columns)
    for ax in axes.flat[panels:]:
        ax.set_axis_off()
    return figure, axes.flat[:panels]


def _draw_panel(ax: Axes, panel: Panel, guide: LanguageGuide, pivot: str, longest: int) -> None:
    """Draw rows from the top down, on a vertical axis that has room for the longest panel."""
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    rows = _order(panel.rows, pivot)
    heights = longest - 1 - np.arange(len(rows))
    for row, height in zip(rows.to_dict("records"), heights, strict=True):
        _draw_language(ax, row, float(height), guide)
        _mark_matching(ax, row, float(height))
        if longest <= _MANY:
            end = float(row["ci_high"])
            write_value(ax, float(row["score"]), end, float(height), digits=panel.digits)
    if rows["language"].iloc[0] == pivot and len(rows) > 1:
        ax.axhline(longest - 1.5, color=CHANCE, linewidth=0.6, zorder=0)
    for level in pd.unique(rows["chance"].dropna()):
        draw_upright_level(ax, float(level))
    codes = [str(code) for code in rows["language"]]
    names = codes if longest > _MANY else [guide.short_name(code) for code in codes]
    ax.set_yticks(heights, names, fontsize=LABEL_SIZE + (-0.5 if longest > _MANY else 0.5))
    ax.tick_params(axis="y", length=0)
    for text, code in zip(ax.get_yticklabels(), codes, strict=True):
        text.set_color(guide.text_colour(code))
    ax.set_ylim(-0.7, longest - 0.3)
    ax.set_xlabel(panel.axis_label(), fontsize=TEXT_SIZE)


def _mark_matching(ax: Axes, row: Mapping[Hashable, Any], height: float) -> None:
    """Mark what takes no understanding: matching words, or references of other sentences."""
    values = [float(row["word_match"]), float(row["floor"])]
    for value in filter(np.isfinite, values):
        ax.plot(value, height, "x", color=INK, markersize=4.5, markeredgewidth=1.1, zorder=5)


def _shorten(ax: Axes, rows: int, longest: int) -> None:
    """Let a panel end below its last row, in a figure whose layout is settled."""
    low, high = ax.get_ylim()
    end = max(longest - max(rows, 2) - 0.7, low)
    box = ax.get_position()
    height = box.height * (high - end) / (high - low)
    ax.set_position((box.x0, box.y1 - height, box.width, height))
    ax.set_ylim(end, high)


def _order(rows: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Put the pivot first and the others by their score, the highest first."""
    ranked = rows.assign(other=rows["language"] != pivot)
    return ranked.sort_values(["other", "score"], ascending=[True, False], kind="stable")


def _draw_language(
    ax: Axes, row: Mapping[Hashable, Any], height: float, guide: LanguageGuide
) -> None:
    language, told = str(row["language"]), bool(row["told"])
    colour = guide.colour(language)
    ax.hlines(
        height, row["ci_low"], row["ci_high"], color=colour, linewidth=1.7,
        alpha=0.65 if told else 0.3,
    )  # fmt: skip
    ax.plot(
        [row["score"]], [height], marker=guide.marker(language), color=colour, linestyle="none",
        markersize=6 if told else 5, label=language, markerfacecolor=colour if told else "white",
        markeredgewidth=1.2, alpha=1 if told else 0.6, zorder=3,
    )  # fmt: skip
