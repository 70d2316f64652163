"""What the nearest sentences are: of the same language, or of the same meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.formats import (
    format_range,
    format_score,
    name_layers,
    order_poolings,
    pooling_label,
)
from isogloss.figures.style import (
    TEXT_SIZE,
    chance_key,
    draw_chance,
    draw_legend,
    draw_message,
    new_figure,
    series_style,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_layer_axis,
)
from isogloss.figures.tables import model_label, sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = (("same_language", "same language"), ("same_text", "translation"))
_NO_POOL = (
    "No statistics: alignment.mode=pivot measures pairs with the pivot only, so no sentence has a "
    "rank among those of all languages. alignment.mode=all_pairs measures them."
)
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
    figure, axes = new_figure(
        6.2, 3, len(poolings), sharex=True, sharey="row", height_ratios=(0.09, 1, 1)
    )
    legend, panels = axes[0], axes[1:]
    layers = int(statistics["layer"].max())
    for column, pooling in enumerate(poolings):
        rows = statistics[statistics["pooling"] == pooling]
        set_panel_title(panels[0, column], pooling_label(pooling))
        for ax, unit in zip(panels[:, column], _UNITS, strict=True):
            style_layer_axis(ax, layers)
            _draw_unit(ax, rows, unit)
        panels[0, column].set_xlabel("")
    _finish(panels)
    keys = [
        Line2D([], [], label=name, **series_style(place, 1))
        for place, (_, name) in enumerate(_KINDS)
    ]
    draw_legend(legend, [*keys, chance_key("chance, in the colour of its line")], 3)
    samples = statistics["sample"].nunique()
    set_title(
        figure, f"{model_label(statistics, labels)}: what the nearest sentences are, by layer"
    )
    set_caption(figure, _caption(statistics, samples, layers))
    return settle(figure)


def _draw_unit(ax: Axes, rows: pd.DataFrame, unit: str) -> None:
    drawn = False
    for place, (kind, name) in enumerate(_KINDS):
        column = f"{kind}_{unit}"
        layers = rows.groupby("layer")[column]
        line = layers.mean()
        style = series_style(place, len(line))
        if line.notna().sum() == 0:
            continue
        if rows["sample"].nunique() > 1:
            ax.fill_between(
                line.index, layers.min(), layers.max(), color=style["color"], alpha=0.2, linewidth=0
            )
        ax.plot(line.index, line, label=name, **style)
        if unit == "share":
            draw_chance(ax, _share_chance(rows, kind), style["color"])
        drawn = True
    if unit == "rank" and drawn:
        draw_chance(ax, _rank_chance(rows))
    if not drawn:
        draw_message(ax, _NO_POOL)


def _say_why_empty() -> Figure:
    figure, axes = new_figure(1.6)
    draw_message(axes[0, 0], _NO_POOL, width=92)
    set_title(figure, "What the nearest sentences are, by layer")
    return settle(figure)


def _share_chance(rows: pd.DataFrame, kind: str) -> float:
    column = f"{kind}_share_chance"
    return float(rows[column].mean()) if column in rows else float("nan")


def _rank_chance(rows: pd.DataFrame) -> float:
    """Give the mean of the ranks 1..n−1 of the other sentences."""
    return float(rows["n"].mean() / 2)


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
    shares = [
        f"{format_score(_share_chance(statistics, kind), 3)} ({name})" for kind, name in _KINDS
    ]
    return [
        f"n = {queries} queries, each against all others of all languages",
        name_layers(0, layers),
        "Share: of as many nearest sentences as there are sentences of the same language, or "
        "translations of the query",
        spread,
        f"Dotted: chance, share {' and '.join(shares)}, mean rank {_rank_chance(statistics):,.0f}",
        "No interval is drawn: queries of one sentence are not independent" if samples == 1 else "",
    ]
