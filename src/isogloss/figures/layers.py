"""How alignment runs through the layers of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.labels import LineLabel, ends_are_apart, label_line_ends
from isogloss.figures.metrics import Metric, headline_metric, metric_of, metric_values
from isogloss.figures.style import (
    CHANCE,
    INK,
    TEXT_SIZE,
    draw_chance,
    draw_message,
    format_range,
    format_score,
    name_layers,
    new_figure,
    order_poolings,
    pooling_label,
    set_caption,
    set_panel_title,
    set_score_limits,
    set_title,
    style_layer_axis,
)
from isogloss.figures.tables import average_samples, model_label, sentence_counts, with_pivot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND = "95% interval over sentences (jackknife), languages fixed"
_PAIR_KEYS = ("pooling", "layer", "language_a", "language_b")


def draw_alignment_by_layer(
    alignment: pd.DataFrame,
    overview: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str,
    metric: str = "auto",
) -> Figure:
    """Draw, for one model, the alignment of every language with the pivot at every layer.

    A panel a pooling, a line a language in the colour of its family, and the mean over all pairs
    of languages with its interval in black.

    Args:
        alignment: `{model}.alignment`.
        overview: `{model}.alignment_overview`: mean over all pairs by pooling, metric and layer.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: language that the others are compared with.
        metric: name of the metric, or "auto".
    """
    counts = sentence_counts(alignment)
    name = headline_metric(metric, counts[0])
    measure = metric_of(name)
    pairs = average_samples(alignment.assign(score=metric_values(alignment, name)), _PAIR_KEYS)
    mean = overview[overview["metric"] == name]
    guide = guide_languages(languages, [*alignment["language_a"], *alignment["language_b"]])
    poolings = order_poolings(list(pd.unique(alignment["pooling"])))
    figure, axes = new_figure(4.9, 1, len(poolings), sharey=True)
    layers = int(alignment["layer"].max())
    for ax, pooling in zip(axes[0], poolings, strict=True):
        set_panel_title(ax, pooling_label(pooling))
        style_layer_axis(ax, layers)
        _draw_languages(ax, with_pivot(pairs[pairs["pooling"] == pooling], pivot), guide)
        _draw_mean(ax, mean[mean["pooling"] == pooling])
        set_score_limits(ax, measure.limits)
        _draw_floor(ax, alignment[alignment["pooling"] == pooling], name, counts[0])
    axes[0, 0].set_ylabel(f"{measure.label} with {guide.name(pivot)}", fontsize=TEXT_SIZE)
    set_title(
        figure, f"{model_label(alignment, labels)}: alignment with {guide.name(pivot)} by layer"
    )
    caption = _caption(measure, counts, layers, alignment, guide)
    set_caption(figure, caption)
    lists = [_list_languages(pairs, mean, pooling, pivot, guide) for pooling in poolings]
    set_caption(figure, [*caption, *_label_panels(figure, axes[0], lists, layers)])
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


def _draw_languages(ax: Axes, rows: pd.DataFrame, guide: LanguageGuide) -> None:
    if rows["score"].notna().sum() == 0:
        draw_message(ax, "No pair with the pivot language has a score.")
        return
    marker = "o" if rows["layer"].nunique() == 1 else None
    for language in guide.order(pd.unique(rows["language"])):
        line = rows[rows["language"] == language].sort_values("layer")
        ax.plot(
            line["layer"],
            line["score"],
            color=guide.colour(language),
            linewidth=1.1 if len(guide.names) <= 30 else 0.6,
            alpha=0.85,
            marker=marker,
            markersize=4,
            label=language,
        )


def _draw_mean(ax: Axes, rows: pd.DataFrame) -> None:
    line = rows.sort_values("layer")
    draw_band(ax, line, INK)
    ax.plot(
        line["layer"], line["score"], color=INK, linewidth=2.2, label="mean of all pairs", zorder=4
    )


def _draw_floor(ax: Axes, rows: pd.DataFrame, metric: str, sentences: int) -> None:
    if metric == "mexa" and "mexa_floor" in rows and rows["mexa_floor"].notna().any():
        floor = rows.groupby("layer")["mexa_floor"].mean()
        if len(floor) == 1:
            draw_chance(ax, float(floor.iloc[0]), "floor")
            return
        ax.plot(
            floor.index, floor, color=CHANCE, linewidth=1.1, linestyle=(0, (1, 1.5)), label="floor"
        )
        return
    draw_chance(ax, metric_of(metric).chance(sentences))


def _list_languages(
    pairs: pd.DataFrame, mean: pd.DataFrame, pooling: str, pivot: str, guide: LanguageGuide
) -> pd.DataFrame:
    """List what a panel has to label: the last score and the mean over layers of each line."""
    lines = with_pivot(pairs[pairs["pooling"] == pooling], pivot)
    lines = lines.assign(colour=lines["language"].map(guide.colour), bold=False)
    overall = mean[mean["pooling"] == pooling].assign(language="all pairs", colour=INK, bold=True)
    table = pd.concat([lines, overall]).sort_values("layer")
    found = table.groupby("language", sort=False)[["score", "colour", "bold"]].last()
    return found.assign(mean=table.groupby("language")["score"].mean()).reset_index()


def _label_panels(
    figure: Figure, panels: Sequence[Axes], lists: Sequence[pd.DataFrame], last: int
) -> list[str]:
    """Label the ends of the lines; where they run together, list the means over layers instead."""
    ends = [
        [
            LineLabel(
                str(row["language"]), float(row["score"]), str(row["colour"]), bool(row["bold"])
            )
            for row in table.to_dict("records")
        ]
        for table in lists
    ]
    low, high = panels[0].get_ylim()
    apart = all(ends_are_apart(labels, high - low) for labels in ends)
    if not apart:
        ends = [_mean_labels(table) for table in lists]
    omitted = 0
    for ax, labels in zip(panels, ends, strict=True):
        omitted = max(omitted, label_line_ends(figure, ax, labels, last, leaders=apart))
    between = f"{omitted} languages between the highest and the lowest are drawn without a label"
    return [
        ""
        if apart
        else "Beside each panel: the mean over all its layers, at that height if there is room",
        between if omitted else "",
    ]


def _mean_labels(table: pd.DataFrame) -> list[LineLabel]:
    return [
        LineLabel(
            f"{row['language']} {format_score(float(row['mean']))}",
            float(row["mean"]),
            str(row["colour"]),
            bool(row["bold"]),
        )
        for row in table.to_dict("records")
    ]


def _caption(
    measure: Metric, counts: list[int], layers: int, table: pd.DataFrame, guide: LanguageGuide
) -> list[str]:
    samples = table["sample"].nunique()
    drawn = f", mean of {samples} samples" if samples > 1 else ""
    pairs = int(table.groupby(["language_a", "language_b"], sort=False).ngroups)
    unit = "pair" if pairs == 1 else "pairs"
    families = ", ".join(guide.family_order[:6]) + (", …" if len(guide.family_order) > 6 else "")
    floor = "Dotted: what a random pairing of the sentences scores"
    return [
        f"{measure.label}: {measure.meaning}",
        f"n = {format_range(counts)} sentences{drawn}; {name_layers(0, layers)}",
        f"Black: mean of all {pairs:,} {unit} of {len(guide.names)} languages; band: {BAND}",
        floor if np.isfinite(measure.chance(max(counts[0], 1))) else "",
        f"Colours are families ({families})",
    ]
