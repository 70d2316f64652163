"""Which numbers one model answers: against the true counts, and how often at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from isogloss.figures.counting_ways import list_ways, order_languages, say_other_ways
from isogloss.figures.formats import format_range
from isogloss.figures.style import (
    CHANCE,
    INK,
    LABEL_SIZE,
    SERIES_COLOURS,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.tables import model_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from isogloss.figures.families import LanguageGuide

RIGHT_GID, TRUE_GID = "right", "true"
"""Group ids of the outlines of right answers, and of the true counts."""
_COLOURS = "YlGnBu"
_MOST, _ABREAST = 24, 4
"""Languages that are shown, and beside each other."""
_CAP = 12
"""Answers beyond it have one column."""
_PANEL_HEIGHT, _BAR_HEIGHT = 1.75, 1.5


def draw_count_confusion(
    count_predictions: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
) -> Figure:
    """Draw which answers lists of each count get: a panel a language, a row a count.

    Args:
        count_predictions: of one model.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that stands first.
    """
    title = f"{model_label(count_predictions, labels)}: answers by true count"
    ways = list_ways(count_predictions)
    rows = ways[0].rows(count_predictions)
    order, guide = order_languages(rows["language"], languages, pivot)
    answers, counts = _columns(rows), sorted(set(rows["count"]))
    figure, axes = _lay_out(len(order[:_MOST]), _PANEL_HEIGHT, 0.35)
    scale = Normalize(0, 1)
    colours = colormaps[_COLOURS].with_extremes(bad="#f1f1f1")
    for ax, _, own in _each(axes[1:], order, rows, guide):
        shares = _shares(own, counts, answers)
        ax.imshow(np.ma.masked_invalid(shares), cmap=colours, norm=scale, aspect="auto")
        style_axes(ax, grid="")
        ax.spines[:].set_visible(False)
        for place, count in enumerate(counts):
            if str(count) in answers:
                corner = (answers.index(str(count)) - 0.5, place - 0.5)
                ax.add_patch(
                    Rectangle(corner, 1, 1, fill=False, edgecolor=INK, linewidth=0.8, gid=RIGHT_GID)
                )
        ax.set_yticks(range(len(counts)), [str(count) for count in counts])
        ax.set_xticks(range(len(answers)), answers)
        ax.tick_params(labelsize=LABEL_SIZE - 0.5, length=0)
    _label_edges(axes[1:], len(order[:_MOST]), "true count", "answer")
    _draw_scale(figure, axes[0], scale)
    set_title(figure, title)
    set_caption(
        figure,
        [
            "Share of the lists of a count that get an answer; outlined: right; "
            f"n = {_sizes(rows)} lists a count and language",
            say_other_ways(ways),
            "A model that counts is dark along the outlines; one that has a favourite answer, down "
            "a column",
            _say_left_out(order),
        ],
    )
    return settle(figure)


def draw_count_answers(
    count_predictions: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
) -> Figure:
    """Draw how often each number is answered, and how often it is true: a panel a language.

    Args:
        count_predictions: of one model.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that stands first.
    """
    title = f"{model_label(count_predictions, labels)}: answers, and true counts"
    ways = list_ways(count_predictions)
    rows = ways[0].rows(count_predictions)
    order, guide = order_languages(rows["language"], languages, pivot)
    answers = _columns(rows)
    figure, axes = _lay_out(len(order[:_MOST]), _BAR_HEIGHT, 0.25, sharey=True)
    for ax, code, own in _each(axes[1:], order, rows, guide):
        style_axes(ax)
        shares = _name(own["answer"], answers).value_counts(normalize=True)
        true = own["count"].astype(str).value_counts(normalize=True)
        places = np.arange(len(answers))
        ax.bar(places, shares.reindex(answers, fill_value=0), 0.7, color=guide.colour(code))
        known = true.reindex(answers).dropna()
        ax.plot(
            [answers.index(name) for name in known.index], known, "_", color=INK, markersize=9,
            markeredgewidth=1.6, gid=TRUE_GID,
        )  # fmt: skip
        ax.set_xticks(places, answers)
        ax.tick_params(labelsize=LABEL_SIZE - 0.5)
        ax.set_ylim(0, 1)
        ax.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    _label_edges(axes[1:], len(order[:_MOST]), "share of lists", "answer")
    style: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 1.6}
    keys = [
        Line2D(
            [], [], marker="s", color=SERIES_COLOURS[0], markersize=7, label="answered", **style
        ),
        Line2D([], [], marker="_", color=INK, markersize=9, label="true", **style),
    ]
    draw_legend(axes[0], keys, 2)
    each = sorted(set(rows.groupby("language").size()))
    set_title(figure, title)
    set_caption(
        figure,
        [f"n = {format_range(each)} lists a language", say_other_ways(ways), _say_left_out(order)],
    )
    return settle(figure)


def _lay_out(panels: int, height: float, legend: float, **options: bool) -> tuple[Figure, Any]:
    columns = min(panels, _ABREAST)
    lines = -(-panels // columns)
    figure, axes = new_figure(
        1.15 + legend + height * lines, 1 + lines, columns,
        height_ratios=[legend, *[height] * lines], **options,
    )  # fmt: skip
    for ax in [*axes[0], *axes[1:].flat[panels:]]:
        ax.set_axis_off()
    return figure, axes


def _each(
    axes: Any, order: Sequence[str], rows: pd.DataFrame, guide: LanguageGuide
) -> Iterator[tuple[Axes, str, pd.DataFrame]]:
    for ax, code in zip(axes.flat, order[:_MOST], strict=False):
        set_panel_title(ax, guide.short_name(code))
        yield ax, code, rows[rows["language"] == code]


def _columns(rows: pd.DataFrame) -> list[str]:
    """Name the columns: all numbers up to the greatest, what lies beyond, and no answer."""
    given = rows["answer"].dropna()
    greatest = max(int(rows["count"].max()), min(int(given.max()) if len(given) else 0, _CAP))
    beyond = [f">{greatest}"] if (given > greatest).any() else []
    none = ["none"] if rows["answer"].isna().any() else []
    return [*map(str, range(greatest + 1)), *beyond, *none]


def _name(answers: pd.Series, columns: Sequence[str]) -> pd.Series:
    """Give the column of every answer."""
    beyond = next((name for name in columns if name.startswith(">")), "")
    return answers.map(
        lambda one: (
            "none" if pd.isna(one) else str(int(one)) if str(int(one)) in columns else beyond
        )
    )


def _shares(
    rows: pd.DataFrame, counts: Sequence[int], answers: Sequence[str]
) -> NDArray[np.float64]:
    named = _name(rows["answer"], answers)
    table = pd.crosstab(rows["count"], named)
    table = table.reindex(index=list(counts), columns=list(answers), fill_value=0)
    total = table.sum(axis=1).to_numpy(np.float64)[:, None]
    shares = np.divide(
        table.to_numpy(np.float64), total, out=np.full(table.shape, np.nan), where=total > 0
    )
    return np.asarray(shares)


def _label_edges(axes: Any, panels: int, left: str, below: str) -> None:
    columns = axes.shape[1]
    for place, ax in enumerate(axes.flat[:panels]):
        if place % columns == 0:
            ax.set_ylabel(left, fontsize=TEXT_SIZE)
        if place + columns >= panels:
            ax.set_xlabel(below, fontsize=TEXT_SIZE)


def _draw_scale(figure: Figure, row: Any, scale: Normalize) -> None:
    bar = row[0].inset_axes((0.0, 0.45, 1.0, 0.3))
    shades = ScalarMappable(scale, colormaps[_COLOURS])
    figure.colorbar(shades, cax=bar, orientation="horizontal")
    bar.tick_params(labelsize=LABEL_SIZE - 0.5, color=CHANCE, length=2)
    bar.spines[:].set_visible(False)
    note = bar.annotate(
        "share of the lists of a count", (1.06, 0.5), xycoords="axes fraction",
        fontsize=LABEL_SIZE, color=INK, va="center",
    )  # fmt: skip
    note.set_in_layout(False)


def _sizes(rows: pd.DataFrame) -> str:
    return format_range(sorted(set(rows.groupby(["language", "count"]).size())))


def _say_left_out(order: Sequence[str]) -> str:
    more = len(order) - _MOST
    return f"{more} more languages are not shown" if more > 0 else ""
