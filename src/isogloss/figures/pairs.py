"""The best and the worst aligned pairs of languages of one model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import (
    count_pairs,
    format_range,
    name_layers,
    pooling_label,
)
from isogloss.figures.levels import interval_name, level_of
from isogloss.figures.metrics import metric_of
from isogloss.figures.rows import draw_upright_level, fit_rows, write_value
from isogloss.figures.style import (
    LABEL_SIZE,
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
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TIMES = 2
"""How often a language may stand on one side."""
_RULE = "a language twice at most"
_MANY = 4
"""The rule is kept from so many pairs on for each that is shown on a side."""


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

    Of many pairs no language stands on a side more than twice, so that one language that is aligned
    with none does not fill it; `alignment_extremes` lists the pairs without this limit. If there
    are few, all pairs are drawn on one side.

    Args:
        summary: `{model}.alignment_summary`.
        languages: the table of languages.
        labels: model -> what to call it.
        pooling: the pooling to show; the first there is if it is absent.
        metric: name of the metric, or "auto".
        aggregation: of the layers, "mean" or "max".
        count: pairs on each side, at most.
    """
    rows, name, shown = select_summary(summary, pooling, metric, aggregation)
    pairs = average_samples(rows, ("language_a", "language_b")).dropna(subset=["score"])
    pairs = pairs.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    guide = guide_languages(languages, [*pairs["language_a"], *pairs["language_b"]])
    sides = _choose_sides(pairs, count)
    longest = max(len(side) for _, side in sides)
    figure, axes = new_figure(1.35 + 0.27 * max(longest, 4), 1, len(sides), sharex=True)
    for place, (ax, (title, side)) in enumerate(zip(axes[0], sides, strict=True)):
        _draw_side(ax, side, guide, SERIES_COLOURS[place])
        set_panel_title(ax, title)
        ax.set_xlabel(metric_of(name).label, fontsize=TEXT_SIZE)
        draw_upright_level(ax, level_of(rows).value)
    heading = "highest and lowest pairs of languages" if len(sides) == 2 else "pairs of languages"
    set_title(figure, f"{model_label(rows, labels)}: {heading}, {pooling_label(shown)}")
    set_caption(figure, _caption(rows, name, aggregation, sides))
    settle(figure)
    fit_rows(axes[0], metric_of(name))
    return figure


def _choose_sides(pairs: pd.DataFrame, count: int) -> list[tuple[str, pd.DataFrame]]:
    """Choose the pairs to draw, the outermost first, with the title of each side.

    Args:
        pairs: language_a, language_b, score; the highest first.
        count: on each side, at most.
    """
    if len(pairs) <= 2 * count:
        only = len(pairs) == 1
        return [("the only pair" if only else f"all {count_pairs([len(pairs)])}", pairs)]
    sides = {"highest": pairs, "lowest": pairs[::-1]}
    if len(pairs) < _MANY * count:
        return [
            (f"{side} {count} of {len(pairs):,}", own.head(count)) for side, own in sides.items()
        ]
    half = len(pairs) // 2
    return [
        (f"{side}, {_RULE}", _seldom(own.head(half)).head(count)) for side, own in sides.items()
    ]


def _seldom(pairs: pd.DataFrame) -> pd.DataFrame:
    """Keep the pairs of which neither language has been seen too often before."""
    seen: Counter[str] = Counter()
    kept = []
    for own in zip(pairs["language_a"], pairs["language_b"], strict=True):
        kept.append(all(seen[language] < _TIMES for language in own))
        seen.update(own if kept[-1] else ())
    return pairs[kept]


def _draw_side(ax: Axes, side: pd.DataFrame, guide: LanguageGuide, colour: str) -> None:
    style_axes(ax, grid="x")
    heights = np.arange(len(side))[::-1]
    score = side["score"].to_numpy(float)
    low, high = side["ci_low"].to_numpy(float), side["ci_high"].to_numpy(float)
    ax.hlines(heights, low, high, color=colour, linewidth=1.6, alpha=0.6)
    ax.plot(score, heights, "o", color=colour, markersize=5.5)
    for value, end, height in zip(score, high, heights, strict=True):
        write_value(ax, float(value), float(end), float(height))
    names = [
        f"{guide.short_name(a)} – {guide.short_name(b)}"
        for a, b in zip(side["language_a"], side["language_b"], strict=True)
    ]
    ax.set_yticks(heights, names, fontsize=LABEL_SIZE)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(-0.7, len(side) - 0.3)


def _caption(
    rows: pd.DataFrame, name: str, aggregation: str, sides: Sequence[tuple[str, pd.DataFrame]]
) -> list[str]:
    measure = metric_of(name)
    counts = sentence_counts(rows)
    samples = rows["sample"].nunique()
    layers = name_layers(int(rows["layer_first"].min()), int(rows["layer_last"].max()))
    interval = ", averaged over samples (conservative)" if samples > 1 else ""
    pairs = rows.groupby(["language_a", "language_b"]).ngroups
    chosen = (
        "Pairs were chosen by their score, so chance flatters the outermost; "
        if len(sides) > 1
        else ""
    )
    return [
        f"{measure.label}: {measure.meaning}; {aggregation} over {layers}",
        f"n = {format_range(counts)} sentences"
        + (f", mean of {samples} samples" if samples > 1 else ""),
        f"Bars: {interval_name(rows)} of each score over sentences{interval}",
        level_of(rows).caption(),
        f"Of {pairs:,} pairs, on each side {_RULE}; the table alignment_extremes has no such limit"
        if any(_RULE in title for title, _ in sides)
        else "",
        f"{chosen}overlap of bars is no test of a difference",
    ]
