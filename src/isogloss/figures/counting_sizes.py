"""How well one model counts in lists of each length, and of each count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from isogloss.figures.counting_ways import ALL, list_ways, say_other_ways
from isogloss.figures.formats import format_range
from isogloss.figures.levels import interval_name
from isogloss.figures.style import (
    LEVEL_COLOUR,
    LEVEL_STYLE,
    SERIES_COLOURS,
    TEXT_SIZE,
    chance_key,
    draw_legend,
    new_figure,
    set_caption,
    set_panel_title,
    set_score_limits,
    set_title,
    settle,
)
from isogloss.figures.tables import model_label, sentence_counts
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LANGUAGE_COLOUR = "#c9d9e6"
LANGUAGE_GID = "language"
"""Group id of the lines of single languages."""
_PANELS = {"count": "By count", "length": "By length of the list"}
_AXES = {"count": "members of the category", "length": "words in the list"}
_BASELINES: dict[str, tuple[str, str, Any]] = {
    "constant": ("best constant answer", "#777777", "-"),
    "length": ("straight line through lengths", SERIES_COLOURS[1], (0, (3, 1.2))),
    "largest_group": ("largest group of one kind", SERIES_COLOURS[2], (0, (1, 1))),
}


def draw_counting_sizes(counting_scores: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Draw accuracy by count and by length, over the lists of all languages.

    Behind it, pale, the lines of the single languages; beside it the baselines. One way of asking
    is shown: the first of `list_ways`.

    Args:
        counting_scores: of one model.
        labels: model -> what to call it.
    """
    title = f"{model_label(counting_scores, labels)}: accuracy by count and by length"
    rows = counting_scores[
        counting_scores["by"].isin(list(_PANELS)) & (counting_scores["metric"] == "accuracy")
    ]
    ways = list_ways(rows)
    if not ways:
        return say_instead(title, "No list was answered.")
    rows = ways[0].rows(rows)
    rows = rows.assign(size=rows["group"].astype(int)).sort_values("size")
    several = bool((rows["language"] == ALL).any())
    together = rows[rows["language"] == ALL] if several else rows
    figure, axes = new_figure(4.1, 2, 2, height_ratios=[0.45, 3])
    draw_legend(axes[0], _keys(several=several), 3)
    for ax, (by, heading) in zip(axes[1], _PANELS.items(), strict=True):
        set_panel_title(ax, heading)
        _draw_panel(ax, together[together["by"] == by])
        if several:
            _draw_languages(ax, rows[(rows["by"] == by) & (rows["language"] != ALL)])
        ax.set_xlabel(_AXES[by], fontsize=TEXT_SIZE)
        ax.set_xticks(sorted(set(rows.loc[rows["by"] == by, "size"])))
        ax.set_ylabel("accuracy", fontsize=TEXT_SIZE)
        set_score_limits(ax, (0, 1))
    set_title(figure, title)
    n = {by: format_range(sentence_counts(together[together["by"] == by])) for by in _PANELS}
    set_caption(
        figure,
        [
            f"Bars: {interval_name(rows)}s over categories; n = {n['count']} lists a count and "
            f"{n['length']} a length" + (", all languages together" if several else ""),
            say_other_ways(ways),
            "A constant answer is right for one count and wrong for all others: so is a model that "
            "does not count",
        ],
    )
    return settle(figure)


def _keys(*, several: bool) -> list[Line2D]:
    model = Line2D([], [], color=SERIES_COLOURS[0], marker="o", linewidth=1.8, label="model")
    single = Line2D([], [], color=LANGUAGE_COLOUR, linewidth=0.9, label="model, one language")
    lines = [
        Line2D([], [], color=colour, linestyle=dash, linewidth=1.2, label=name)
        for name, colour, dash in _BASELINES.values()
    ]
    return [model, *([single] if several else []), *lines, chance_key("guessing")]


def _draw_languages(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw a thin line for the model in each language."""
    for _, own in rows[rows["answered_by"] == "model"].groupby("language"):
        ax.plot(
            own["size"],
            own["value"],
            color=LANGUAGE_COLOUR,
            linewidth=0.9,
            zorder=1,
            gid=LANGUAGE_GID,
        )


def _draw_panel(ax: Axes, rows: pd.DataFrame) -> None:
    for name, (_, colour, dash) in _BASELINES.items():
        own = rows[rows["answered_by"] == name]
        ax.plot(own["size"], own["value"], color=colour, linestyle=dash, linewidth=1.2, zorder=2)
    uniform = rows[rows["answered_by"] == "uniform"]
    ax.plot(uniform["size"], uniform["value"], color=LEVEL_COLOUR, **LEVEL_STYLE)
    own = rows[rows["answered_by"] == "model"]
    ax.vlines(
        own["size"],
        own["ci_low"],
        own["ci_high"],
        color=SERIES_COLOURS[0],
        linewidth=1.7,
        alpha=0.65,
        zorder=3,
    )
    ax.plot(
        own["size"],
        own["value"],
        color=SERIES_COLOURS[0],
        marker="o",
        markersize=5,
        linewidth=1.8,
        zorder=4,
    )
