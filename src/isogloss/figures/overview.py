"""Mean alignment by layer: several metrics of one model, or several models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.figures.labels import LineLabel, label_line_ends
from isogloss.figures.layers import BAND, draw_band
from isogloss.figures.metrics import headline_metric, metric_of, present_metrics
from isogloss.figures.style import (
    SERIES_COLOURS,
    SERIES_DASHES,
    TEXT_SIZE,
    count_pairs,
    draw_chance,
    format_range,
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
    rows = (len(names) + 1) // 2
    figure, axes = new_figure(0.9 + 2.9 * rows, rows, min(len(names), 2))
    layers = int(overview["layer"].max())
    ends = []
    for ax, name in zip(axes.flat, names, strict=False):
        table = overview[overview["metric"] == name]
        ends.append(_draw_poolings(ax, table, poolings))
        if name == "cosine":
            _draw_baseline(ax, overview[overview["metric"] == "cosine_baseline"], poolings)
        _finish(ax, name, counts[0], layers)
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    set_title(
        figure, f"{model_label(overview, labels)}: mean alignment of all language pairs by layer"
    )
    set_caption(figure, _metrics_caption(overview, names, counts, layers))
    for ax, lines in zip(axes.flat, ends, strict=False):
        label_line_ends(figure, ax, lines, layers)
    return figure


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
    legend_rows = -(-len(models) // _LEGEND_COLUMNS)
    shape = {
        "sharex": True,
        "sharey": "row",
        "height_ratios": [0.09 * legend_rows] + [1] * len(names),
    }
    figure, axes = new_figure(1.6 + 2.7 * len(names), 1 + len(names), len(poolings), **shape)
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
    _add_model_legend(legend, axes[0, 0], models, labels)
    set_title(figure, "Mean alignment of all language pairs by depth, all models")
    set_caption(figure, _overview_caption(overview, names, counts, labels))
    return figure


def _draw_poolings(ax: Axes, table: pd.DataFrame, poolings: Sequence[str]) -> list[LineLabel]:
    ends = []
    for place, pooling in enumerate(poolings):
        line = table[table["pooling"] == pooling].sort_values("layer")
        colour = SERIES_COLOURS[place % len(SERIES_COLOURS)]
        draw_band(ax, line, colour)
        ax.plot(
            line["layer"],
            line["score"],
            color=colour,
            linestyle=SERIES_DASHES[0],
            linewidth=1.8,
            marker="o" if len(line) == 1 else None,
            label=pooling,
        )
        ends += [LineLabel(pooling, float(score), colour) for score in line["score"][-1:]]
    return ends


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
        colour, dash = _series(place)
        draw_band(ax, line, colour, x="depth")
        style: dict[str, Any] = {"color": colour, "linestyle": dash, "linewidth": 1.8}
        marker = "o" if len(line) == 1 else None
        ax.plot(line["depth"], line["score"], marker=marker, label=model, **style)


def _series(place: int) -> tuple[str, object]:
    colours = len(SERIES_COLOURS)
    return SERIES_COLOURS[place % colours], SERIES_DASHES[place // colours % len(SERIES_DASHES)]


def _add_model_legend(
    row: Sequence[Axes], ax: Axes, models: Sequence[str], labels: Mapping[str, str]
) -> None:
    for place in row:
        place.set_axis_off()
    row[0].legend(
        ax.lines[: len(models)],
        [labels.get(model, model) for model in models],
        loc="upper left",
        bbox_to_anchor=(0, 0, 1, 1),
        borderaxespad=0,
        borderpad=0,
        ncols=min(len(models), _LEGEND_COLUMNS),
        frameon=False,
        fontsize=TEXT_SIZE,
        handlelength=2.6,
    ).set_in_layout(False)


def _metrics_caption(
    overview: pd.DataFrame, names: Sequence[str], counts: list[int], layers: int
) -> list[str]:
    meanings = [f"{metric_of(name).label}: {metric_of(name).meaning}" for name in names]
    return [
        f"n = {format_range(counts)} sentences, {count_pairs(overview['pairs'].tolist())}, "
        f"{name_layers(0, layers)}",
        f"Bands: {BAND}; dotted: chance",
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
        f"Bands: {BAND}; dotted: chance",
        *meanings,
    ]
