"""How alignment runs through the layers of one model."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.figures.curves import (
    ALL_PAIRS,
    FEW,
    ROOM,
    Group,
    curve_styles,
    draw_curves,
    draw_key,
    group_languages,
    name_curves,
)
from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import (
    format_range,
    name_cut,
    name_layers,
    order_poolings,
    pooling_label,
)
from isogloss.figures.levels import Level, draw_level, interval_name, level_of
from isogloss.figures.metrics import Metric, metric_of, metric_values
from isogloss.figures.style import (
    INK,
    TEXT_SIZE,
    new_canvas,
    set_caption,
    set_panel_title,
    set_score_limits,
    set_title,
    settle,
    style_axes,
    style_layer_axis,
)
from isogloss.figures.summaries import select_summary
from isogloss.figures.tables import average_samples, model_label, sentence_counts, with_pivot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND = "over sentences (jackknife), languages fixed"
_PAIR_KEYS = ("pooling", "layer", "language_a", "language_b")
_OUTSIDE = "#f3f3f3"
_LARGE, _SMALL, _ENTRY = 3.55, 1.55, 0.17
"""Inches: heights of large and small panels, and of an entry of the legend."""


def draw_alignment_by_layer(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str,
    metric: str = "auto",
    pooling: str = "mean",
) -> Figure:
    """Draw, for one model, the alignment of every language with the pivot at every layer.

    The large panels show one pooling, each with a legend in the order of the summary's scores: the
    largest family and the others, or all in one if they are few or very many. The small panels
    show the other poolings. The mean over all pairs of languages is black, with its interval.

    Args:
        alignment: `{model}.alignment`.
        overview: `{model}.alignment_overview`: mean over all pairs by pooling, metric and layer.
        summary: `{model}.alignment_summary`: its means and the layers they are taken over.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: language that the others are compared with.
        metric: name of the metric, or "auto".
        pooling: of the large panels; the first there is if it is absent.
    """
    means, name, shown = select_summary(summary, pooling, metric, "mean")
    measure = metric_of(name)
    pairs = average_samples(alignment.assign(score=metric_values(alignment, name)), _PAIR_KEYS)
    lines = with_pivot(pairs, pivot)
    mean = overview[overview["metric"] == name]
    guide = guide_languages(languages, [*alignment["language_a"], *alignment["language_b"]])
    scores = _summary_scores(means, pivot)
    order = [str(code) for code in scores.index.drop(ALL_PAIRS)]
    styles, groups = curve_styles(order, guide), group_languages(order, guide)
    others = [own for own in order_poolings(list(pd.unique(alignment["pooling"]))) if own != shown]
    entries = max(min(len(group.languages), ROOM) for group in groups)
    figure, large, small = _panels(len(groups), len(others), entries)
    for ax, group in zip(large, groups, strict=True):
        _draw_pooling(ax, shown, lines, mean, styles, group)
    for ax, own in zip(small, others, strict=True):
        _draw_pooling(ax, own, lines, mean, styles, Group("", tuple(order)), markers=False)
    _finish(large, small, measure, guide.name(pivot), means, int(alignment["layer"].max()))
    level = level_of(mean[(mean["pooling"] == shown) & mean["layer"].between(*_range(means))])
    heading = f"mean over\n{name_layers(*_range(means))}"
    for ax, group in zip(large, groups, strict=True):
        listed = scores[scores.index.isin([*group.languages, ALL_PAIRS])]
        draw_key(ax, listed, guide, styles, level, heading)
    set_title(
        figure, f"{model_label(alignment, labels)}: alignment with {guide.name(pivot)} by layer"
    )
    set_caption(figure, _caption(measure, alignment, means, guide, level, groups))
    settle(figure)
    for ax, group in zip(large, groups, strict=True):
        # A legend that names all of them says it without any doubt which line is meant.
        if len(order) <= FEW and len(group.languages) >= ROOM:
            name_curves(ax, group.languages, guide)
    return figure


def draw_band(ax: Axes, rows: pd.DataFrame, colour: str, x: str = "layer") -> None:
    """Draw the interval of a line as a band; rows without an interval leave a gap.

    Args:
        ax: the axes.
        rows: with the column x, ci_low and ci_high, in order.
        colour: of the line.
        x: column with the horizontal positions.
    """
    if {"ci_low", "ci_high"} <= set(rows.columns) and rows["ci_low"].notna().any():
        low, high = rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float)
        ax.fill_between(rows[x].to_numpy(float), low, high, color=colour, alpha=0.22, linewidth=0)


def _panels(large: int, small: int, entries: int) -> tuple[Figure, list[Axes], list[Axes]]:
    """Make a row of large panels and a row of small ones below it, with common axes."""
    heights = [max(_LARGE, _ENTRY * (entries + 5)), _SMALL][: 2 if small else 1]
    figure = new_canvas(1.5 + sum(heights))
    columns = lcm(large, small or 1)
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    cells = [
        grid[row, place * columns // count : (place + 1) * columns // count]
        for row, count in enumerate((large, small))
        for place in range(count)
    ]
    first = figure.add_subplot(cells[0])
    axes = [first, *(figure.add_subplot(cell, sharex=first, sharey=first) for cell in cells[1:])]
    for ax in axes:
        style_axes(ax)
    return figure, axes[:large], axes[large:]


def _range(means: pd.DataFrame) -> tuple[int, int]:
    return int(means["layer_first"].min()), int(means["layer_last"].max())


def _shade_outside(ax: Axes, means: pd.DataFrame, last_layer: int) -> None:
    """Shade the layers that do not enter the summary."""
    first, last = _range(means)
    if first > 0:
        ax.axvspan(-1, first - 0.5, color=_OUTSIDE, linewidth=0, zorder=0)
    if last < last_layer:
        ax.axvspan(last + 0.5, last_layer + 1, color=_OUTSIDE, linewidth=0, zorder=0)


def _draw_pooling(
    ax: Axes,
    pooling: str,
    lines: pd.DataFrame,
    mean: pd.DataFrame,
    styles: Mapping[str, Mapping[str, Any]],
    group: Group,
    *,
    markers: bool = True,
) -> None:
    """Draw the curves of one pooling, the mean of all pairs and its floor."""
    drawn, overall = (table[table["pooling"] == pooling] for table in (lines, mean))
    draw_curves(ax, drawn, styles, group.languages, markers=markers)
    _draw_mean(ax, overall, below=len(styles) == 1)
    draw_level(ax, overall)
    set_panel_title(ax, pooling_label(pooling) + (f": {group.name}" if group.name else ""))


def _draw_mean(ax: Axes, rows: pd.DataFrame, *, below: bool) -> None:
    """Draw the mean of all pairs; below the lines where it is one of them."""
    line = rows.sort_values("layer")
    draw_band(ax, line, INK)
    style: dict[str, Any] = {"color": INK, "linewidth": 2.4, "zorder": 1.8 if below else 4}
    marker = "s" if len(line) == 1 else None
    ax.plot(line["layer"], line["score"], marker=marker, ms=4, label=ALL_PAIRS, **style)


def _finish(
    large: Sequence[Axes],
    small: Sequence[Axes],
    measure: Metric,
    pivot: str,
    means: pd.DataFrame,
    layers: int,
) -> None:
    first = large[0]
    for ax in (*large, *small):
        _shade_outside(ax, means, layers)
        style_layer_axis(ax, layers)
    if small:
        for ax in large:
            ax.set_xlabel("")
    end = set_score_limits(first, measure.limits, cut=True)
    first.set_ylabel(f"{measure.label} with {pivot}{name_cut(end)}", fontsize=TEXT_SIZE)


def _summary_scores(means: pd.DataFrame, pivot: str) -> pd.Series:
    """List the scores of the summary, highest first: every language, and the mean of all pairs."""
    pairs = average_samples(means, ("language_a", "language_b"))
    scores = with_pivot(pairs, pivot).set_index("language")["score"].astype("float64")
    scores[ALL_PAIRS] = pairs["score"].mean()
    return scores.sort_values(ascending=False, kind="stable")


def _caption(
    measure: Metric,
    table: pd.DataFrame,
    means: pd.DataFrame,
    guide: LanguageGuide,
    level: Level,
    groups: Sequence[Group],
) -> list[str]:
    samples = table["sample"].nunique()
    drawn = f", mean of {samples} samples" if samples > 1 else ""
    pairs = int(table.groupby(["language_a", "language_b"], sort=False).ngroups)
    black = "the only pair" if pairs == 1 else f"mean of all {pairs:,} pairs"
    first, last = _range(means)
    outside = (first, last) != (0, int(table["layer"].max()))
    count = sum(len(group.languages) for group in groups)
    longest = 1 + max(len(group.languages) for group in groups)
    which = "the highest and the lowest scores" if longest > ROOM else "scores"
    return [
        f"{measure.label}: {measure.meaning}",
        f"n = {format_range(sentence_counts(table))} sentences{drawn}",
        f"Black: {black} of {len(guide.names)} languages; band: {interval_name(means)} {BAND}",
        f"{level.caption()}; mean of all pairs" if level.kind else "",
        f"Legend{'s' if len(groups) > 1 else ''}: {which}, mean over {name_layers(first, last)} as "
        "in the summary" + ("; shaded layers do not enter it" if outside else ""),
        "Colours are families"
        + ("; within a family the higher score is darker" if count <= FEW else ""),
        "Light grey: the languages of the other panel" if len(groups) > 1 else "",
    ]
