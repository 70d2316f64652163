"""What the nearest sentences are: of the same language, or of the same meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.labels import LineLabel, label_line_ends
from isogloss.figures.style import (
    SERIES_COLOURS,
    SERIES_DASHES,
    TEXT_SIZE,
    draw_chance,
    draw_message,
    format_range,
    name_layers,
    new_figure,
    order_poolings,
    pooling_label,
    set_caption,
    set_panel_title,
    set_title,
    style_layer_axis,
)
from isogloss.figures.tables import model_label, sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = (("same_language", "same language"), ("same_text", "translation"))
_NO_POOL = "No statistics: in pivot mode there is no pool of all languages."
_UNITS = ("share", "rank")


def draw_retrieval_statistics(statistics: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Draw the four retrieval statistics of one model over its layers, with chance.

    Above: the share of neighbours that have the query's language or its meaning. Below: the mean
    rank of such sentences, the nearest at the top.

    Args:
        statistics: `{model}.retrieval_statistics`; chance from its columns `<statistic>_chance`.
        labels: model -> what to call it.
    """
    if statistics.empty:
        return _say_why_empty()
    poolings = order_poolings(list(pd.unique(statistics["pooling"])))
    figure, axes = new_figure(6.6, 2, max(len(poolings), 1), sharex=True, sharey="row")
    layers = int(statistics["layer"].max())
    ends: list[tuple[Axes, list[LineLabel]]] = []
    for column, pooling in enumerate(poolings):
        rows = statistics[statistics["pooling"] == pooling]
        set_panel_title(axes[0, column], pooling_label(pooling))
        for ax, unit in zip(axes[:, column], _UNITS, strict=True):
            style_layer_axis(ax, layers)
            ends.append((ax, _draw_unit(ax, rows, unit)))
        axes[0, column].set_xlabel("")
    _finish(axes)
    samples = statistics["sample"].nunique()
    set_title(
        figure, f"{model_label(statistics, labels)}: what the nearest sentences are, by layer"
    )
    set_caption(figure, _caption(statistics, samples, layers))
    for ax, lines in ends:
        label_line_ends(figure, ax, lines, layers)
    return figure


def _draw_unit(ax: Axes, rows: pd.DataFrame, unit: str) -> list[LineLabel]:
    ends = []
    for place, (kind, name) in enumerate(_KINDS):
        column = f"{kind}_{unit}"
        layers = rows.groupby("layer")[column]
        line, colour = layers.mean(), SERIES_COLOURS[place]
        if line.notna().sum() == 0:
            continue
        if rows["sample"].nunique() > 1:
            ax.fill_between(
                line.index, layers.min(), layers.max(), color=colour, alpha=0.2, linewidth=0
            )
        marker = "o" if len(line) == 1 else None
        ax.plot(line.index, line, color=colour, linewidth=1.8, marker=marker, label=name)
        _draw_level(ax, rows, column, colour)
        ends.append(LineLabel(name, float(line.iloc[-1]), colour))
    if unit == "rank" and ends:
        _draw_rank_chance(ax, rows)
    if not ends:
        draw_message(ax, _NO_POOL)
    return ends


def _say_why_empty() -> Figure:
    figure, axes = new_figure(1.4)
    draw_message(axes[0, 0], _NO_POOL)
    set_title(figure, "What the nearest sentences are, by layer")
    return figure


def _draw_level(ax: Axes, rows: pd.DataFrame, column: str, colour: str) -> None:
    chance = f"{column}_chance"
    if column.endswith("_share") and chance in rows and rows[chance].notna().any():
        level = float(rows[chance].mean())
        ax.axhline(level, color=colour, linewidth=1.1, linestyle=SERIES_DASHES[2], alpha=0.7)


def _draw_rank_chance(ax: Axes, rows: pd.DataFrame) -> None:
    # The mean of the ranks 1..n−1 of the other sentences.
    draw_chance(ax, float(rows["n"].mean() / 2))


def _finish(axes: np.ndarray) -> None:
    axes[0, 0].set_ylim(-0.02, 1.02)
    axes[0, 0].set_ylabel("share among the nearest", fontsize=TEXT_SIZE)
    axes[1, 0].set_ylabel("mean rank (1 = nearest)", fontsize=TEXT_SIZE)
    low, high = axes[1, 0].get_ylim()
    if np.isfinite([low, high]).all():
        axes[1, 0].set_ylim(max(high, low) * 1.02, 0)


def _caption(statistics: pd.DataFrame, samples: int, layers: int) -> list[str]:
    queries = format_range(sentence_counts(statistics))
    spread = f"Bands: lowest and highest of {samples} samples" if samples > 1 else ""
    return [
        f"n = {queries} queries, each against all others of all languages",
        name_layers(0, layers),
        "Share: of as many nearest sentences as there are sentences of the same language, or "
        "translations of the query",
        spread,
        "Dashed and dotted: chance",
        "No interval is drawn: queries of one sentence are not independent" if samples == 1 else "",
    ]
