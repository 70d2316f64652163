"""How alignment runs through the layers of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.families import LanguageGuide, guide_languages, readable
from isogloss.figures.formats import (
    format_chance,
    format_range,
    format_score,
    name_cut,
    name_layers,
    order_poolings,
    pooling_label,
)
from isogloss.figures.inline import name_lone_lines
from isogloss.figures.metrics import Metric, headline_metric, metric_of, metric_values
from isogloss.figures.style import (
    CHANCE,
    DOTTED,
    INK,
    LABEL_SIZE,
    TEXT_SIZE,
    chance_key,
    draw_chance,
    draw_message,
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

BAND = "95% interval over sentences (jackknife), languages fixed"
ALL_PAIRS = "all pairs"
_PAIR_KEYS = ("pooling", "layer", "language_a", "language_b")
_OUTSIDE = "#f3f3f3"
_FEW = 30
"""Up to so many languages their lines differ in dash and some are named in the plot."""
_ROOM = 21
"""Entries of the legend."""


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

    The large panel shows one pooling, with a legend in the order of the summary's scores; the small
    ones show the others. A line is a language in the colour of its family; the mean over all pairs
    of languages is black, with its interval.

    Args:
        alignment: `{model}.alignment`.
        overview: `{model}.alignment_overview`: mean over all pairs by pooling, metric and layer.
        summary: `{model}.alignment_summary`: its means and the layers they are taken over.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: language that the others are compared with.
        metric: name of the metric, or "auto".
        pooling: of the large panel; the first there is if it is absent.
    """
    counts = sentence_counts(alignment)
    means, name, shown = select_summary(
        summary, pooling, headline_metric(metric, counts[0]), "mean"
    )
    measure = metric_of(name)
    pairs = average_samples(alignment.assign(score=metric_values(alignment, name)), _PAIR_KEYS)
    lines = with_pivot(pairs, pivot)
    mean = overview[overview["metric"] == name]
    guide = guide_languages(languages, [*alignment["language_a"], *alignment["language_b"]])
    others = [own for own in order_poolings(list(pd.unique(alignment["pooling"]))) if own != shown]
    figure, panels = _panels(len(others))
    for ax, own in zip(panels, [shown, *others], strict=True):
        set_panel_title(ax, pooling_label(own))
        _shade_outside(ax, means, int(alignment["layer"].max()))
        _draw_languages(ax, lines[lines["pooling"] == own], guide)
        _draw_mean(ax, mean[mean["pooling"] == own], below=len(guide.names) <= 2)
        _draw_floor(ax, alignment[alignment["pooling"] == own], name, counts[0])
    _finish(panels, measure, guide.name(pivot), int(alignment["layer"].max()))
    scores = _summary_scores(means, pivot)
    _draw_key(panels[0], scores, guide, measure.chance(counts[0]), _range(means))
    model = model_label(alignment, labels)
    set_title(figure, f"{model}: alignment with {guide.name(pivot)} by layer")
    set_caption(figure, _caption(measure, counts, alignment, means, guide, len(scores)))
    settle(figure)
    if len(guide.names) <= _FEW:
        _name_lines(panels[0], guide)
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


def _panels(others: int) -> tuple[Figure, list[Axes]]:
    """Make one large panel and small ones in a column beside it, with common axes."""
    figure = new_canvas(5.3 + 1.2 * max(others - 2, 0))
    if others == 0:
        axes = [figure.add_subplot()]
    else:
        grid = figure.add_gridspec(others, 2, width_ratios=(1.85, 1))
        large = figure.add_subplot(grid[:, 0])
        axes = [large]
        axes += [
            figure.add_subplot(grid[row, 1], sharex=large, sharey=large) for row in range(others)
        ]
    for ax in axes:
        style_axes(ax)
    return figure, axes


def _range(means: pd.DataFrame) -> tuple[int, int]:
    return int(means["layer_first"].min()), int(means["layer_last"].max())


def _shade_outside(ax: Axes, means: pd.DataFrame, last_layer: int) -> None:
    """Shade the layers that do not enter the summary."""
    first, last = _range(means)
    if first > 0:
        ax.axvspan(-1, first - 0.5, color=_OUTSIDE, linewidth=0, zorder=0)
    if last < last_layer:
        ax.axvspan(last + 0.5, last_layer + 1, color=_OUTSIDE, linewidth=0, zorder=0)


def _language_style(language: str, guide: LanguageGuide) -> dict[str, Any]:
    if len(guide.names) > _FEW:
        return {"color": guide.colour(language), "linewidth": 0.6, "alpha": 0.7}
    return guide.line_style(language) | {"linewidth": 1.35}


def _draw_languages(ax: Axes, rows: pd.DataFrame, guide: LanguageGuide) -> None:
    if rows["score"].notna().sum() == 0:
        draw_message(ax, "No pair with the pivot language has a score.")
        return
    marker = "o" if rows["layer"].nunique() == 1 else None
    for language in guide.order(pd.unique(rows["language"])):
        line = rows[rows["language"] == language].sort_values("layer")
        style = _language_style(language, guide)
        ax.plot(line["layer"], line["score"], marker=marker, ms=4, label=language, **style)


def _draw_mean(ax: Axes, rows: pd.DataFrame, *, below: bool) -> None:
    """Draw the mean of all pairs; below the lines where it is one of them."""
    line = rows.sort_values("layer")
    draw_band(ax, line, INK)
    style: dict[str, Any] = {"color": INK, "linewidth": 2.4, "zorder": 1.8 if below else 4}
    marker = "s" if len(line) == 1 else None
    ax.plot(line["layer"], line["score"], marker=marker, ms=4, label=ALL_PAIRS, **style)


def _draw_floor(ax: Axes, rows: pd.DataFrame, metric: str, sentences: int) -> None:
    if metric == "mexa" and "mexa_floor" in rows and rows["mexa_floor"].notna().any():
        floor = rows.groupby("layer")["mexa_floor"].mean()
        if len(floor) > 1:
            ax.plot(floor.index, floor, color=CHANCE, linewidth=1.2, linestyle=DOTTED)
            return
    draw_chance(ax, metric_of(metric).chance(sentences))


def _finish(panels: Sequence[Axes], measure: Metric, pivot: str, layers: int) -> None:
    large = panels[0]
    for ax in panels:
        style_layer_axis(ax, layers)
    for ax in panels[1:-1]:
        ax.set_xlabel("")
        ax.tick_params(labelbottom=False)
    # Common axes: the limits have to hold what any of the panels shows.
    for ax in panels[1:]:
        large.dataLim.update_from_data_y([ax.dataLim.y0, ax.dataLim.y1], ignore=False)
    end = set_score_limits(large, measure.limits, cut=True)
    large.set_ylabel(f"{measure.label} with {pivot}{name_cut(end)}", fontsize=TEXT_SIZE)


def _summary_scores(means: pd.DataFrame, pivot: str) -> pd.Series:
    """List the scores of the summary, highest first: every language, and the mean of all pairs."""
    pairs = average_samples(means, ("language_a", "language_b"))
    scores = with_pivot(pairs, pivot).set_index("language")["score"].astype("float64")
    scores[ALL_PAIRS] = pairs["score"].mean()
    return scores.sort_values(ascending=False, kind="stable")


def _draw_key(
    ax: Axes, scores: pd.Series, guide: LanguageGuide, chance: float, layers: tuple[int, int]
) -> None:
    """Write the legend beside the panel, in the order of the scores."""
    keys = []
    for language, score in scores.items():
        label = f"{guide.short_name(str(language))} {format_score(float(score))}"
        own = language == ALL_PAIRS
        style = {"color": INK, "lw": 2.4} if own else _language_style(str(language), guide)
        keys.append(Line2D([], [], label=label, **style))
    if len(keys) > _ROOM:
        half = _ROOM // 2
        overall = [key for key in keys[half:-half] if str(key.get_label()).startswith(ALL_PAIRS)]
        left_out = len(keys) - 2 * half - len(overall)
        gap = Line2D([], [], linestyle="none", label=f"… {left_out} more")
        keys = [*keys[:half], *overall, gap, *keys[-half:]]
    if np.isfinite(chance):
        keys.append(chance_key(f"chance {format_chance(chance)}"))
    legend = ax.legend(
        handles=keys, title=f"mean over\n{name_layers(*layers)}", loc="upper left",
        bbox_to_anchor=(1.0, 1.03), frameon=False, fontsize=LABEL_SIZE, title_fontsize=LABEL_SIZE,
        alignment="left", handlelength=2.4, labelspacing=0.5, borderaxespad=0.2,
    )  # fmt: skip
    for text in legend.get_texts():
        if text.get_text().startswith(ALL_PAIRS):
            text.set_fontweight("bold")


def _name_lines(ax: Axes, guide: LanguageGuide) -> None:
    lines = {str(line.get_label()): line for line in ax.lines}
    named = [
        (line, guide.short_name(language), readable(str(line.get_color())))
        for language, line in lines.items()
        if language in guide.names
    ]
    name_lone_lines(ax, named, [lines[ALL_PAIRS]] if ALL_PAIRS in lines else [])


def _caption(
    measure: Metric,
    counts: list[int],
    table: pd.DataFrame,
    means: pd.DataFrame,
    guide: LanguageGuide,
    entries: int,
) -> list[str]:
    samples = table["sample"].nunique()
    drawn = f", mean of {samples} samples" if samples > 1 else ""
    pairs = int(table.groupby(["language_a", "language_b"], sort=False).ngroups)
    black = "the only pair" if pairs == 1 else f"mean of all {pairs:,} pairs"
    first, last = _range(means)
    outside = (first, last) != (0, int(table["layer"].max()))
    chance = "Dotted: chance, for vectors without structure"
    order = "the highest and the lowest " if entries > _ROOM else ""
    return [
        f"{measure.label}: {measure.meaning}",
        f"n = {format_range(counts)} sentences{drawn}",
        f"Black: {black} of {len(guide.names)} languages; band: {BAND}",
        chance if np.isfinite(measure.chance(max(counts[0], 1))) else "",
        f"Legend: {order}scores of the left panel, mean over {name_layers(first, last)} as in the "
        "summary" + ("; shaded layers do not enter it" if outside else ""),
        "Colours are families; dashes tell languages of one family apart"
        if len(guide.names) <= _FEW
        else "Colours are families",
    ]
