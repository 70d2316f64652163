"""Mean alignment by layer: several metrics of one model, or several models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.formats import (
    count_pairs,
    format_range,
    name_layers,
    order_poolings,
    pooling_label,
)
from isogloss.figures.layers import BAND, draw_band
from isogloss.figures.levels import MEANINGS, draw_levels, interval_name, level_of
from isogloss.figures.metrics import headline_metric, metric_of, present_metrics
from isogloss.figures.style import (
    TEXT_SIZE,
    chance_key,
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
LEVEL_KEY = "floor or chance"
SHOWN_METRICS = ("auc", "retrieval", "cosine", "contrast")


def draw_metrics_by_layer(
    overview: pd.DataFrame, *, labels: Mapping[str, str], metric: str = "auto"
) -> Figure:
    """Draw, for one model, the mean over all pairs at every layer by several metrics.

    A panel a metric (the headline metric, AUC, retrieval, cosine with its floor, and its distance
    from other pairs in standard deviations), a line a pooling; the legend takes the next place.

    Args:
        overview: `{model}.alignment_overview`.
        labels: model -> what to call it.
        metric: the headline metric, or "auto".
    """
    counts = sentence_counts(overview)
    headline = headline_metric(metric, overview)
    names = present_metrics(overview, dict.fromkeys((headline, *SHOWN_METRICS))) or [headline]
    poolings = order_poolings(list(pd.unique(overview["pooling"])))
    columns = 3 if len(names) > 3 else 2
    rows = -(-(len(names) + 1) // columns)
    figure, axes = new_figure(1.2 + 2.7 * rows, rows, columns)
    layers = int(overview["layer"].max())
    for ax, name in zip(axes.flat, names, strict=False):
        _draw_poolings(ax, overview[overview["metric"] == name], poolings)
        set_panel_title(ax, metric_of(name).label)
        style_layer_axis(ax, layers)
        set_score_limits(ax, metric_of(name).limits)
    for ax in axes.flat[: len(names) - columns]:
        ax.set_xlabel("")
    draw_legend(axes.flat[len(names) :], _pooling_keys(poolings), 1)
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
    headline = headline_metric(metric, overview)
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
        row[0].set_ylabel(metric_of(name).label, fontsize=TEXT_SIZE)
    for ax, pooling in zip(axes[0], poolings, strict=True):
        set_panel_title(ax, pooling_label(pooling))
    for ax in axes[-1]:
        ax.set_xlabel("relative depth (0 = embeddings, 1 = last layer)", fontsize=TEXT_SIZE)
    keys = [
        Line2D([], [], label=labels.get(model, model), **series_style(place, 1))
        for place, model in enumerate(models)
    ]
    level = chance_key(LEVEL_KEY)
    draw_legend(legend, [*keys, level], _LEGEND_COLUMNS)
    set_title(figure, "Mean alignment of all language pairs by depth, all models")
    set_caption(figure, _overview_caption(overview, names, counts, labels))
    return settle(figure)


def _draw_poolings(ax: Axes, table: pd.DataFrame, poolings: Sequence[str]) -> None:
    for place, pooling in enumerate(poolings):
        line = table[table["pooling"] == pooling].sort_values("layer")
        style = series_style(place, len(line))
        draw_band(ax, line, style["color"])
        ax.plot(line["layer"], line["score"], label=pooling, **style)
    draw_levels(ax, table, "pooling", _colours(poolings))


def _pooling_keys(poolings: Sequence[str]) -> list[Line2D]:
    keys = [
        Line2D([], [], label=pooling_label(pooling), **series_style(place, 1))
        for place, pooling in enumerate(poolings)
    ]
    return [*keys, chance_key(LEVEL_KEY)]


def _with_depth(overview: pd.DataFrame) -> pd.DataFrame:
    deepest = overview.groupby("model")["layer"].transform("max").clip(lower=1)
    return overview.assign(depth=overview["layer"] / deepest)


def _draw_models(ax: Axes, cell: pd.DataFrame, models: Sequence[str]) -> None:
    for place, model in enumerate(models):
        line = cell[cell["model"] == model].sort_values("depth")
        style = series_style(place, len(line))
        draw_band(ax, line, style["color"], x="depth")
        ax.plot(line["depth"], line["score"], label=model, **style)
    draw_levels(ax, cell, "model", _colours(models), x="depth")


def _colours(names: Sequence[str]) -> dict[str, str]:
    return {name: series_style(place, 1)["color"] for place, name in enumerate(names)}


def _name_levels(overview: pd.DataFrame, names: Sequence[str]) -> str:
    """Say what the dotted lines are."""
    levels = {name: level_of(overview[overview["metric"] == name]) for name in names}
    found = [
        f"{kind} ({meaning}): "
        + ", ".join(metric_of(name).label for name in names if levels[name].kind == kind)
        for kind, meaning in MEANINGS.items()
        if any(level.kind == kind for level in levels.values())
    ]
    shades = "grey where all lines have the same, else a darker shade of its line"
    return f"Dotted: {'; '.join(found)}; {shades}" if found else ""


def _metrics_caption(
    overview: pd.DataFrame, names: Sequence[str], counts: list[int], layers: int
) -> list[str]:
    meanings = [f"{metric_of(name).label}: {metric_of(name).meaning}" for name in names]
    return [
        f"n = {format_range(counts)} sentences, {count_pairs(overview['pairs'].tolist())}, "
        f"{name_layers(0, layers)}",
        f"Bands: {interval_name(overview)} {BAND}",
        _name_levels(overview, names),
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
        f"Bands: {interval_name(overview)} {BAND}",
        _name_levels(overview, names),
        *meanings,
    ]
