"""How well one model counts in every language, beside what needs no counting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.counting_ways import (
    ALL,
    MEASURES,
    Way,
    count_lists,
    list_ways,
    order_languages,
)
from isogloss.figures.formats import format_range
from isogloss.figures.levels import interval_name
from isogloss.figures.rows import draw_upright_level, fit_rows, write_value
from isogloss.figures.style import (
    CHANCE,
    INK,
    LABEL_SIZE,
    TEXT_SIZE,
    chance_key,
    draw_legend,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.tables import model_label, sentence_counts
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from isogloss.figures.families import LanguageGuide

_SHOWN = ("accuracy", "mae", "r")
_MARKS = {"constant": "x", "length": "+", "largest_group": "1"}
_NAMES = {
    "constant": "best constant answer",
    "length": "straight line through lengths",
    "largest_group": "largest group of one kind",
}
BASELINE_GID = "baseline"
"""Group id of the marks of baselines."""
_ROW, _LEGEND = 0.25, 0.3


def draw_counting_scores(
    counting_scores: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
) -> Figure:
    """Draw accuracy, mean absolute error and correlation with the truth, a row a language.

    All languages together stand first, then the pivot. Accuracies that are not told from the best
    baseline are hollow and pale. Every way of asking has a row of panels.

    Args:
        counting_scores: of one model.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that the others are compared with.
    """
    rows = counting_scores[counting_scores["by"] == ALL]
    title = f"{model_label(counting_scores, labels)}: counting the members of a category"
    ways = list_ways(rows)
    if not ways:
        return say_instead(title, "No list was answered.")
    order, guide = order_languages(rows["language"], languages, pivot)
    shown = [*([ALL] if (rows["language"] == ALL).any() else []), *order]
    height = _ROW * max(len(shown), 3) + 0.8
    figure, axes = new_figure(
        1.3 + _LEGEND + height * len(ways), 1 + len(ways), len(_SHOWN),
        height_ratios=[_LEGEND, *[height] * len(ways)],
    )  # fmt: skip
    draw_legend(axes[0], _keys(), 4)
    for row, way in zip(axes[1:], ways, strict=True):
        own = way.rows(rows)
        for ax, metric in zip(row, _SHOWN, strict=True):
            _draw_panel(ax, own[own["metric"] == metric], metric, shown, guide)
        for ax in row[1:]:
            ax.set_yticklabels([])
        if len(ways) > 1:
            set_panel_title(row[0], way.label())
    set_title(figure, title)
    set_caption(figure, _explain(rows, ways))
    settle(figure)
    for column, metric in zip(axes[1:].T, _SHOWN, strict=True):
        _share_scale([ax for ax in column if ax.axison], metric)
    return figure


def _share_scale(panels: Sequence[Axes], metric: str) -> None:
    if panels:
        for ax in panels[1:]:
            ax.sharex(panels[0])
        fit_rows(panels, MEASURES[metric])


def _keys() -> list[Line2D]:
    marks = [
        Line2D([], [], marker=mark, color=INK, linestyle="none", label=_NAMES[name])
        for name, mark in _MARKS.items()
    ]
    return [*marks, chance_key("guessing, mean")]


def _draw_panel(
    ax: Axes, rows: pd.DataFrame, metric: str, shown: Sequence[str], guide: LanguageGuide
) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    heights = dict(zip(shown, range(len(shown))[::-1], strict=True))
    for row in rows.to_dict("records"):
        height = float(heights[str(row["language"])])
        if row["answered_by"] == "model":
            own = (rows["language"] == row["language"]) & rows["answered_by"].isin(
                ["model", *_MARKS]
            )
            _draw_model(ax, row, height, guide, _reach(rows[own]))
        elif row["answered_by"] in _MARKS:
            ax.plot(
                row["value"], height, _MARKS[str(row["answered_by"])], color=INK, markersize=4.5,
                markeredgewidth=1.1, zorder=5, gid=BASELINE_GID,
            )  # fmt: skip
    uniform = rows[(rows["answered_by"] == "uniform") & (rows["language"] != ALL)]
    if len(uniform):
        draw_upright_level(ax, float(uniform["value"].mean()))
    if shown[0] == ALL and len(shown) > 1:
        ax.axhline(len(shown) - 1.5, color=CHANCE, linewidth=0.6, zorder=0)
    names = ["all together" if code == ALL else guide.short_name(code) for code in shown]
    ax.set_yticks([heights[code] for code in shown], names, fontsize=LABEL_SIZE + 0.5)
    ax.tick_params(axis="y", length=0)
    for text, code in zip(ax.get_yticklabels(), shown, strict=True):
        text.set_color(INK if code == ALL else guide.text_colour(code))
    ax.set_ylim(-0.7, len(shown) - 0.3)
    ax.set_xlabel(MEASURES[metric].label, fontsize=TEXT_SIZE)


def _reach(rows: pd.DataFrame) -> float:
    """Give how far to the right the bar and the marks of a language go."""
    bars = rows["ci_high"].where(rows["answered_by"] == "model")
    return float(np.nanmax([rows["value"], bars]))


def _draw_model(
    ax: Axes, row: Mapping[Hashable, Any], height: float, guide: LanguageGuide, reach: float
) -> None:
    language, value = str(row["language"]), float(row["value"])
    told = row["metric"] != "accuracy" or _is_above(row["above_baseline"])
    together = language == ALL
    colour = INK if together else guide.colour(language)
    ax.hlines(
        height, row["ci_low"], row["ci_high"], color=colour, linewidth=1.7,
        alpha=0.65 if told else 0.3,
    )  # fmt: skip
    ax.plot(
        [value], [height], marker="D" if together else guide.marker(language), color=colour,
        linestyle="none", markersize=6 if told else 5, label=language,
        markerfacecolor=colour if told else "white", markeredgewidth=1.2,
        alpha=1 if told else 0.6, zorder=3,
    )  # fmt: skip
    write_value(ax, value, reach, height, bold=together)


def _is_above(flag: Any) -> bool:
    return bool(pd.notna(flag)) and bool(flag)


def _count_pairs(rows: pd.DataFrame) -> str:
    """Say how many lists stand twice among those of a language: `pair_…` rests on them alone."""
    pairs = rows[(rows["metric"] == "pair_order") & (rows["language"] != ALL)]
    if pairs.empty:
        return ""
    return (
        f", {format_range(sentence_counts(pairs))} pairs of which are one list asked for two "
        "categories: these alone tell whether answers heed the category (pair_order)"
    )


def _explain(rows: pd.DataFrame, ways: Sequence[Way]) -> list[str]:
    asked = [f"Asked: {ways[0].label()}"] if len(ways) == 1 else []
    shown = rows[rows["metric"].isin(_SHOWN)]
    return [
        f"Bars: {interval_name(shown)}s over categories; {count_lists(shown)}{_count_pairs(rows)}",
        *asked,
        "Hollow: accuracy not told from the best baseline (one-sided, adjusted over the "
        "languages), or answers do not heed the category. Baselines are chosen on these lists",
        "Correlation r: of the expected with the true count",
    ]
