"""The best and the worst aligned pairs of languages of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import (
    format_chance,
    format_range,
    format_score,
    name_layers,
    pooling_label,
)
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
    CHANCE,
    LABEL_SIZE,
    MUTED,
    SERIES_COLOURS,
    TEXT_SIZE,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.summaries import select_summary
from isogloss.figures.tables import average_samples, model_label, sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_alignment_extremes(
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pooling: str = "mean",
    metric: str = "auto",
    aggregation: str = "mean",
    count: int = 10,
) -> Figure:
    """Draw the best and the worst aligned pairs of languages with their intervals.

    Args:
        summary: `{model}.alignment_summary`.
        languages: the table of languages.
        labels: model -> what to call it.
        pooling: the pooling to show; the first there is if it is absent.
        metric: name of the metric, or "auto".
        aggregation: of the layers, "mean" or "max".
        count: pairs on each side; halved where there are fewer than twice as many.
    """
    rows, name, shown = select_summary(summary, pooling, metric, aggregation)
    pairs = average_samples(rows, ("language_a", "language_b")).dropna(subset=["score"])
    pairs = pairs.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    guide = guide_languages(languages, [*pairs["language_a"], *pairs["language_b"]])
    each = min(count, len(pairs) // 2) or len(pairs)
    sides = [("highest", pairs.head(each)), ("lowest", pairs.tail(each))]
    if each == len(pairs):
        sides = [("all pairs", pairs)]
    figure, axes = new_figure(1.35 + 0.27 * max(each, 4), 1, len(sides), sharex=True)
    for place, (ax, (title, side)) in enumerate(zip(axes[0], sides, strict=True)):
        _draw_side(ax, side, guide, SERIES_COLOURS[place])
        set_panel_title(ax, title if title == "all pairs" else f"{title} {each} of {len(pairs)}")
        ax.set_xlabel(metric_of(name).label, fontsize=TEXT_SIZE)
        _draw_chance(ax, metric_of(name).chance(sentence_counts(rows)[0]))
    limits = metric_of(name).limits
    if limits:
        axes[0, 0].set_xlim(limits[0] - 0.02, limits[1] + 0.02)
    heading = "highest and lowest pairs of languages" if len(sides) == 2 else "pairs of languages"
    set_title(figure, f"{model_label(rows, labels)}: {heading}, {pooling_label(shown)}")
    set_caption(figure, _caption(rows, name, aggregation))
    return settle(figure)


def _draw_side(ax: Axes, side: pd.DataFrame, guide: LanguageGuide, colour: str) -> None:
    style_axes(ax, grid="x")
    heights = np.arange(len(side))[::-1]
    score = side["score"].to_numpy(float)
    low, high = side["ci_low"].to_numpy(float), side["ci_high"].to_numpy(float)
    ax.hlines(heights, low, high, color=colour, linewidth=1.6, alpha=0.6)
    ax.plot(score, heights, "o", color=colour, markersize=5.5)
    for value, edge, height in zip(
        score, np.where(np.isfinite(high), high, score), heights, strict=True
    ):
        ax.annotate(
            format_score(float(value)), (float(edge), float(height)), xytext=(6, 0),
            textcoords="offset points", fontsize=LABEL_SIZE - 0.5, color=MUTED, va="center",
        )  # fmt: skip
    names = [
        f"{guide.name(a)} – {guide.name(b)}"
        for a, b in zip(side["language_a"], side["language_b"], strict=True)
    ]
    ax.set_yticks(heights, names, fontsize=LABEL_SIZE)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(-0.7, len(side) - 0.3)


def _draw_chance(ax: Axes, level: float) -> None:
    if np.isfinite(level):
        ax.axvline(level, color=CHANCE, linewidth=1.1, linestyle=(0, (1, 1.5)), zorder=1)


def _caption(rows: pd.DataFrame, name: str, aggregation: str) -> list[str]:
    measure = metric_of(name)
    counts = sentence_counts(rows)
    samples = rows["sample"].nunique()
    chance = measure.chance(counts[0])
    layers = name_layers(int(rows["layer_first"].min()), int(rows["layer_last"].max()))
    interval = ", averaged over samples (conservative)" if samples > 1 else ""
    return [
        f"{measure.label}: {measure.meaning}; {aggregation} over {layers}",
        f"n = {format_range(counts)} sentences"
        + (f", mean of {samples} samples" if samples > 1 else ""),
        f"Bars: 95% interval of each score over sentences{interval}",
        f"Dotted: chance {format_chance(chance)}" if np.isfinite(chance) else "",
        "Pairs were chosen by their score, so chance flatters the outermost; overlap of bars is no "
        "test of a difference",
    ]
