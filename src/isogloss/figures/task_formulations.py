"""How much the way of asking and scoring decides the accuracy of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import format_score
from isogloss.figures.rows import draw_upright_level, fit_rows, write_value
from isogloss.figures.style import (
    LABEL_SIZE,
    SERIES_COLOURS,
    SERIES_MARKERS,
    SHADE,
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
from isogloss.figures.tables import average_samples, model_label
from isogloss.figures.task_captions import (
    CONSERVATIVE,
    explain_bars,
    explain_chance,
    explain_data,
    explain_selection,
)
from isogloss.figures.task_names import (
    ACCURACY,
    NORMALISATION_LABELS,
    formulation_label,
    measure_of,
    order_tasks,
    task_label,
)
from isogloss.figures.task_panels import count_items, highest_rate, say_instead
from isogloss.figures.task_tables import (
    CONDITIONS,
    complete,
    conditions_that_vary,
    named_rows,
    pick_model,
    prefer_micro,
    require_single,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SELECTED_GID = "selected"
"""Group id of the band behind the selected way of asking."""
_WAY = ["formulation", "normalisation"]
_ROW_HEIGHT = 0.42
_APART = {"pivot": 0.17, "others": -0.17}
"""Of the two points of a row, in rows."""
_STYLES = {
    "pivot": (SERIES_COLOURS[0], SERIES_MARKERS[0]),
    "others": (SERIES_COLOURS[1], SERIES_MARKERS[2]),
}
_BIAS = (
    "Bias: standard deviation of the recalls of the four letters (RStd), above 0 by chance even if "
    "the model favours none"
)
_CONDITIONS: dict[str, Callable[[Any], str]] = {
    "data": str,
    "shots": lambda shots: f"{shots:g} shots",
    "prompt_language": lambda language: f"asked in {language}",
    "chat_template": lambda used: "chat template" if used else "plain",
}


def draw_formulations(
    task_scores: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
    model: str | None = None,
) -> Figure:
    """Draw the accuracy of one model by every way of asking, a panel a task.

    A row a formulation and normalisation, with the pivot and the mean over the other languages,
    their intervals and chance. The selected way stands on shaded ground.

    Args:
        task_scores: `{model}.task_scores`, or those of all models.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that the others are compared with.
        model: which to draw; may be left out where the table holds only one.
    """
    table = complete(pick_model(task_scores, model))
    rows = _accuracies(table)
    tasks = order_tasks(rows["task"])
    guide = guide_languages(languages, [*rows["language"], pivot])
    title = f"{model_label(table, labels)}: accuracy by the way of asking"
    if not tasks:
        return say_instead(title, "No task with options has a score.")
    ways = {task: _summarise(rows[rows["task"] == task], pivot) for task in tasks}
    longest = max(own["way"].nunique() for own in ways.values())
    height = _ROW_HEIGHT * max(longest, 2)
    shape = {"height_ratios": [0.2, height]}
    figure, axes = new_figure(2.3 + height, 2, len(tasks), **shape)
    for ax, (task, own) in zip(axes[1], ways.items(), strict=True):
        _draw_ways(ax, own, _biases(table[table["task"] == task], pivot), longest)
        set_panel_title(ax, task_label(task))
        ax.set_xlabel(_axis_label(rows[rows["task"] == task]), fontsize=TEXT_SIZE)
    draw_legend(axes[0], _keys(ways, guide.name(pivot)), 3)
    set_title(figure, title)
    set_caption(figure, _caption(rows, table, guide, pivot))
    settle(figure)
    for ax in axes[1]:
        fit_rows([ax], measure_of(ACCURACY))
    return figure


def _accuracies(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the accuracies over all items, each with the name of its way of asking in `way`.

    A way is selected if any of its rows is, such as that of held-out items.
    """
    keys = ["model", "task", *_WAY, *(name for name in CONDITIONS if name in table)]
    chosen = table.groupby(keys, dropna=False)["selected"].transform("any")
    table = table.assign(selected=chosen)
    whole = table["metric"].str.startswith(ACCURACY) & (table["subset"] == "")
    rows = prefer_micro(table[whole & table["score"].notna()])
    names = [_name_ways(own) for _, own in rows.groupby("task", sort=False)]
    return rows.assign(way=pd.concat(names) if names else "")


def _name_ways(rows: pd.DataFrame) -> pd.Series:
    """Name the ways of asking of one task, with the conditions in which they differ."""
    ways = zip(rows["formulation"], rows["normalisation"], strict=True)
    names = pd.Series([formulation_label(*way) for way in ways], index=rows.index, dtype=object)
    for condition in conditions_that_vary(rows):
        words = _CONDITIONS[condition]
        names = names + ", " + rows[condition].map(lambda value, words=words: words(value))
    return names


def _summarise(rows: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Give every way of asking one task the score of the pivot and the mean of the others.

    The mean is over the languages that all ways have; its bounds are averaged, which is
    conservative however much the languages have in common.

    Returns:
        series (pivot or others), way, score, ci_low, ci_high, chance, selected, samples (the
        number of languages) and place (of the row, 0 at the top).
    """
    require_single(rows, ("way", "language"))
    keys = ["way", *_WAY]
    common = rows.groupby("language")["way"].transform("nunique") == rows["way"].nunique()
    parts = {
        "pivot": rows[rows["language"] == pivot],
        "others": rows[common & (rows["language"] != pivot)],
    }
    means = [average_samples(own, keys).assign(series=name) for name, own in parts.items()]
    order = list(NORMALISATION_LABELS)
    ranked = sorted(
        named_rows(rows[keys].drop_duplicates()),
        key=lambda way: (order.index(way[1:]) if way[1:] in order else len(order), way[0]),
    )
    place = {way[0]: position for position, way in enumerate(ranked)}
    table = pd.concat([own for own in means if len(own)], ignore_index=True)
    marked = rows.groupby("way")["selected"].any()
    return table.assign(place=table["way"].map(place), selected=table["way"].map(marked))


def _biases(table: pd.DataFrame, pivot: str) -> dict[tuple[str, str], str]:
    """Write the bias of the letters by way of asking: of the pivot, else the mean of all."""
    rows = table[(table["metric"] == "label_bias") & (table["subset"] == "")]
    if (rows["language"] == pivot).any():
        rows = rows[rows["language"] == pivot]
    return {
        (str(formulation), str(normalisation)): _write_bias(own[["score", "chance"]].mean())
        for (formulation, normalisation), own in rows.dropna(subset="score").groupby(_WAY)
    }


def _write_bias(means: pd.Series) -> str:
    """Write a bias, and that which chance alone would show: `bias .21 (chance .08)`."""
    chance = f" (chance {format_score(means['chance'])})" if np.isfinite(means["chance"]) else ""
    return f"bias {format_score(means['score'])}{chance}"


def _draw_ways(
    ax: Axes, ways: pd.DataFrame, biases: Mapping[tuple[str, str], str], longest: int
) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    apart = _APART if ways["series"].nunique() > 1 else dict.fromkeys(_APART, 0.0)
    for row in named_rows(ways):
        colour, marker = _STYLES[row.series]
        height = longest - 1 - row.place + apart[row.series]
        ax.hlines(height, row.ci_low, row.ci_high, color=colour, linewidth=1.7, alpha=0.65)
        ax.plot([row.score], [height], marker, color=colour, markersize=6, label=row.series)
        write_value(ax, row.score, row.ci_high, height)
    for level in pd.unique(ways["chance"].dropna()):
        draw_upright_level(ax, float(level))
    rows = ways.drop_duplicates("way")
    for place in rows.loc[rows["selected"], "place"]:
        middle = longest - 1 - place
        ax.axhspan(
            middle - 0.46, middle + 0.46, color=SHADE, linewidth=0, zorder=0, gid=SELECTED_GID
        )
    names = [
        f"{row.way}\n{biases[row.formulation, row.normalisation]}"
        if (row.formulation, row.normalisation) in biases
        else row.way
        for row in named_rows(rows)
    ]
    ax.set_yticks(longest - 1 - rows["place"], names, fontsize=LABEL_SIZE)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, longest - 0.4)


def _axis_label(rows: pd.DataFrame) -> str:
    count = count_items(rows)
    return f"accuracy; {count}" if count else "accuracy"


def _keys(ways: Mapping[str, pd.DataFrame], pivot: str) -> list[Line2D]:
    """List the two series and chance; the mean says over how many languages it is."""
    counts = {
        task: int(others["samples"].max())
        for task, own in ways.items()
        if len(others := own[own["series"] == "others"])
    }
    many = ", ".join(f"{task_label(task)} {count}" for task, count in counts.items())
    if len(set(counts.values())) == 1:
        many = str(next(iter(counts.values())))
    names = {"pivot": pivot} | ({"others": f"mean of the other languages: {many}"} if many else {})
    keys = [
        Line2D([], [], color=colour, marker=marker, label=names[name], linewidth=1.7, markersize=6)
        for name, (colour, marker) in _STYLES.items()
        if name in names
    ]
    return [*keys, chance_key()]


def _caption(
    rows: pd.DataFrame, table: pd.DataFrame, guide: LanguageGuide, pivot: str
) -> list[str]:
    invalid = highest_rate(rows, "invalid_rate", guide.names)
    return [
        explain_data(rows),
        explain_bars(rows) + (CONSERVATIVE if rows["language"].nunique() > 1 else ""),
        explain_chance(rows),
        "Shaded: the way that stands for the model; here over all items, also those by which it "
        "was chosen"
        if rows["selected"].any()
        else "",
        explain_selection(rows, guide.name(pivot)),
        _BIAS if (table["metric"] == "label_bias").any() else "",
        f"Answers that are none of the options, counted as wrong: {invalid}" if invalid else "",
        "Option letters stand in the prompt with the texts; option texts are scored as its "
        "continuation, without letters",
    ]
