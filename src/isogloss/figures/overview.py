"""Mean alignment by layer: several metrics of one model, or several models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.formats import (
    count_pairs,
    format_chance,
    format_range,
    name_layers,
    order_poolings,
    pooling_label,
)
from isogloss.figures.layers import BAND, draw_band
from isogloss.figures.metrics import headline_metric, metric_of, present_metrics
from isogloss.figures.style import (
    SERIES_COLOURS,
    SERIES_DASHES,
    TEXT_SIZE,
    chance_key,
    draw_chance,
    draw_legend,
    new_figure,
    series_style,
    set_caption,
    set_panel_title,
    set_score_limits,
    set_title,
    settle,
    style_layer_axis,
)
from isogloss.figures.tables import model_label, sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEGEND_COLUMNS = 3
SHOWN_METRICS = ("auc", "cosine", "retrieval")


def draw_metrics_by_layer(
    overview: pd.DataFrame, *, labels: Mapping[str, str], metric: str = "auto"
) -> Figure:
    """Draw, for one model, the mean over all pairs at every layer by several metrics.

    A panel a metric (the headline metric, AUC, cosine with that of unrelated sentences, retrieval),
    a line a pooling.

    Args:
        overview: `{model}.alignment_overview`.
        labels: model -> what to call it.
        metric: the headline metric, or "auto".
    """
    counts = sentence_counts(overview)
    headline = headline_metric(metric, counts[0])
    names = present_metrics(overview, dict.fromkeys((headline, *SHOWN_METRICS))) or [headline]
    poolings = order_poolings(list(pd.unique(overview["pooling"])))
    rows, columns = (len(names) + 1) // 2, min(len(names), 2)
    figure, axes = new_figure(
        1.2 + 2.7 * rows, 1 + rows, columns, height_ratios=[0.08] + [1] * rows
    )
    legend, panels = axes[0], list(axes[1:].flat)
    layers = int(overview["layer"].max())
    for ax, name in zip(panels, names, strict=False):
        _draw_poolings(ax, overview[overview["metric"] == name], poolings)
        if name == "cosine":
            _draw_baseline(ax, overview[overview["metric"] == "cosine_baseline"], poolings)
        _finish(ax, name, counts[0], layers)
    for ax in panels[: len(names) - columns]:
        ax.set_xlabel("")
    for ax in panels[len(names) :]:
        ax.set_axis_off()
    draw_legend(legend, _pooling_keys(poolings), 5)
    set_title(
        figure, f"{model_label(overview, labels)}: mean alignment of all language pairs by layer"
    )
    set_caption(figure, _metrics_caption(overview, names, counts, layers))
    return settle(figure)


def draw_alignment_overview(
    overview: pd.DataFrame, *, labels: Mapping[str, str], metric: str = "auto"
) -> Figure:
    """Draw the mean over all pairs by layer for all models, small multiples by metric and pooling.

    Models have different numbers of layers, so the horizontal axis is the relative depth.

    Args:
        overview: `alignment_overview`, all models.
        labels: model -> what to call it.
        metric: the headline metric, or "auto".
    """
    counts = sentence_counts(overview)
    headline = headline_metric(metric, counts[0])
    names = present_metrics(overview, dict.fromkeys((headline, "auc"))) or [headline]
    poolings = order_poolings(list(pd.unique(overview["pooling"])))
    models = list(pd.unique(overview["model"]))
    table = _with_depth(overview)
    legend_rows = -(-(1 + len(models)) // _LEGEND_COLUMNS)
    shape = {
        "sharex": True,
        "sharey": "row",
        "height_ratios": [0.09 * legend_rows] + [1] * len(names),
    }
    figure, axes = new_figure(1.5 + 2.4 * len(names), 1 + len(names), len(poolings), **shape)
    legend, axes = axes[0], axes[1:]
    for row, name in zip(axes, names, strict=True):
        for ax, pooling in zip(row, poolings, strict=True):
            cell = table[(table["metric"] == name) & (table["pooling"] == pooling)]
            _draw_models(ax, cell, models)
        for ax in row:
            ax.set_xlim(-0.02, 1.02)
            set_score_limits(ax, metric_of(name).limits)
            draw_chance(ax, metric_of(name).chance(counts[0]))
        row[0].set_ylabel(metric_of(name).label, fontsize=TEXT_SIZE)
    for ax, pooling in zip(axes[0], poolings, strict=True):
        set_panel_title(ax, pooling_label(pooling))
    for ax in axes[-1]:
        ax.set_xlabel("relative depth (0 = embeddings, 1 = last layer)", fontsize=TEXT_SIZE)
    keys = [
        Line2D([], [], label=labels.get(model, model), **series_style(place, 1))
        for place, model in enumerate(models)
    ]
    draw_legend(legend, [*keys, chance_key()], _LEGEND_COLUMNS)
    set_title(figure, "Mean alignment of all language pairs by depth, all models")
    set_caption(figure, _overview_caption(overview, names, counts, labels))
    return settle(figure)


def _draw_poolings(ax: Axes, table: pd.DataFrame, poolings: Sequence[str]) -> None:
    for place, pooling in enumerate(poolings):
        line = table[table["pooling"] == pooling].sort_values("layer")
        style = series_style(place, len(line))
        draw_band(ax, line, style["color"])
        ax.plot(line["layer"], line["score"], label=pooling, **style)


def _pooling_keys(poolings: Sequence[str]) -> list[Line2D]:
    keys = [
        Line2D([], [], label=pooling_label(pooling), **series_style(place, 1))
        for place, pooling in enumerate(poolings)
    ]
    return [*keys, chance_key()]


def _draw_baseline(ax: Axes, table: pd.DataFrame, poolings: Sequence[str]) -> None:
    for place, pooling in enumerate(poolings):
        line = table[table["pooling"] == pooling].sort_values("layer")
        colour = SERIES_COLOURS[place % len(SERIES_COLOURS)]
        dash = SERIES_DASHES[2]
        ax.plot(line["layer"], line["score"], color=colour, linestyle=dash, linewidth=1.1)


def _finish(ax: Axes, name: str, sentences: int, layers: int) -> None:
    measure = metric_of(name)
    baseline = " (dashed: unrelated sentences)" if name == "cosine" else ""
    set_panel_title(ax, measure.label + baseline)
    style_layer_axis(ax, layers)
    set_score_limits(ax, measure.limits)
    draw_chance(ax, measure.chance(sentences))


def _with_depth(overview: pd.DataFrame) -> pd.DataFrame:
    deepest = overview.groupby("model")["layer"].transform("max").clip(lower=1)
    return overview.assign(depth=overview["layer"] / deepest)


def _draw_models(ax: Axes, cell: pd.DataFrame, models: Sequence[str]) -> None:
    for place, model in enumerate(models):
        line = cell[cell["model"] == model].sort_values("depth")
        style = series_style(place, len(line))
        draw_band(ax, line, style["color"], x="depth")
        ax.plot(line["depth"], line["score"], label=model, **style)


def _name_chance(names: Sequence[str], sentences: int) -> str:
    """Say what chance is for each of the metrics that have one."""
    levels = {name: metric_of(name).chance(sentences) for name in names}
    found = [
        f"{metric_of(name).label} {format_chance(level)}"
        for name, level in levels.items()
        if np.isfinite(level)
    ]
    return f"Dotted: chance ({'; '.join(found)})" if found else ""


def _metrics_caption(
    overview: pd.DataFrame, names: Sequence[str], counts: list[int], layers: int
) -> list[str]:
    meanings = [f"{metric_of(name).label}: {metric_of(name).meaning}" for name in names]
    return [
        f"n = {format_range(counts)} sentences, {count_pairs(overview['pairs'].tolist())}, "
        f"{name_layers(0, layers)}",
        f"Bands: {BAND}",
        _name_chance(names, counts[0]),
        *meanings,
    ]


def _overview_caption(
    overview: pd.DataFrame, names: Sequence[str], counts: list[int], labels: Mapping[str, str]
) -> list[str]:
    deepest = overview.groupby("model", sort=False)["layer"].max()
    ranges = "; ".join(
        f"{labels.get(str(model), str(model))}: {name_layers(0, int(last))}"
        for model, last in deepest.items()
    )
    meanings = [f"{metric_of(name).label}: {metric_of(name).meaning}" for name in names]
    return [
        f"n = {format_range(counts)} sentences, {count_pairs(overview['pairs'].tolist())}",
        ranges,
        f"Bands: {BAND}",
        _name_chance(names, counts[0]),
        *meanings,
    ]
