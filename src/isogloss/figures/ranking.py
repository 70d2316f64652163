"""Every language against the pivot, models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import (
    format_range,
    name_layers,
    pooling_label,
)
from isogloss.figures.levels import above_levels, interval_name, level_of
from isogloss.figures.metrics import metric_of
from isogloss.figures.rows import draw_upright_level, fit_rows, write_value
from isogloss.figures.style import (
    LABEL_SIZE,
    SHADE,
    TEXT_SIZE,
    draw_message,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.summaries import choose_pooling
from isogloss.figures.tables import sentence_counts

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_ROW_HEIGHT = 0.215
_PANELS_PER_ROW = 3


def draw_pivot_ranking(
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pooling: str = "mean",
) -> Figure:
    """Draw the alignment of every language with the pivot, a panel a model, in order of the first.

    Languages whose paired interval against the best includes 0 stand on shaded ground; a bold score
    says that the paired interval against the next lower one excludes 0.

    Args:
        pivot_overview: the table of that name.
        languages: the table of languages.
        labels: model -> what to call it.
        pooling: the pooling to show; the first there is if it is absent.

    Raises:
        ValueError: if the models were scored by different metrics.
    """
    shown = choose_pooling(pooling, pivot_overview["pooling"])
    rows = pivot_overview[pivot_overview["pooling"] == shown]
    measure = metric_of(_single_metric(rows))
    models = list(pd.unique(rows["model"]))
    order = _order(rows, models[0])
    guide = guide_languages(languages, [*order, *rows["pivot"]])
    lines, columns = -(-len(models) // _PANELS_PER_ROW), min(len(models), _PANELS_PER_ROW)
    height = 1.6 + (0.45 + _ROW_HEIGHT * max(len(order), 3)) * lines
    figure, axes = new_figure(height, lines, columns, sharex=True, sharey=True)
    for ax, model in zip(axes.flat, models, strict=False):
        set_panel_title(ax, labels.get(model, model))
        _draw_model(ax, rows[rows["model"] == model], order, guide)
    for ax in axes.flat[len(models) :]:
        ax.set_axis_off()
    for ax in axes[-1]:
        ax.set_xlabel(measure.label, fontsize=TEXT_SIZE)
    _label_rows(axes, order, guide)
    pivot = guide.name(str(rows["pivot"].iloc[0]))
    set_title(figure, f"Alignment of every language with {pivot}, {pooling_label(shown)}")
    set_caption(figure, _caption(rows))
    settle(figure)
    fit_rows(axes.flat[: len(models)], measure)
    return figure


def _single_metric(rows: pd.DataFrame) -> str:
    metrics = list(pd.unique(rows["metric"]))
    if len(metrics) != 1:
        raise Refusal(
            f"pivot_overview holds scores of {', '.join(metrics)}, which cannot be compared. Set "
            "`reporting.metric` to one that all models have."
        )
    return str(metrics[0])


def _order(rows: pd.DataFrame, model: str) -> list[str]:
    first = rows[rows["model"] == model].sort_values("score", ascending=False, kind="stable")
    others = rows.loc[~rows["language"].isin(first["language"]), "language"]
    return [*first["language"], *pd.unique(others)]


def _draw_model(ax: Axes, rows: pd.DataFrame, order: Sequence[str], guide: LanguageGuide) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    if rows["score"].notna().sum() == 0:
        draw_message(ax, "No scores.")
        return
    place = {language: len(order) - 1 - rank for rank, language in enumerate(order)}
    for row in rows.assign(apart=_apart(rows), above=above_levels(rows)).to_dict("records"):
        _draw_language(ax, row, place[str(row["language"])], guide)
    draw_upright_level(ax, level_of(rows).value)


def _draw_language(
    ax: Axes, row: Mapping[Hashable, Any], height: int, guide: LanguageGuide
) -> None:
    language, tied = str(row["language"]), bool(row["tied_with_best"])
    score, low, high = (float(row[name]) for name in ("score", "ci_low", "ci_high"))
    colour = guide.colour(language)
    if tied:
        ax.axhspan(height - 0.5, height + 0.5, color=SHADE, linewidth=0, zorder=0)
    ax.hlines(height, low, high, color=colour, linewidth=1.7, alpha=0.65)
    fill = colour if row["above"] else "white"
    ax.plot(
        [score], [height], marker=guide.marker(language), color=colour, linestyle="none",
        markersize=6, label=language, markerfacecolor=fill, markeredgewidth=1.2, zorder=3,
    )  # fmt: skip
    write_value(ax, score, high, height, bold=bool(row["apart"]))


def _label_rows(axes: NDArray[Any], order: Sequence[str], guide: LanguageGuide) -> None:
    heights = np.arange(len(order))[::-1]
    names = [guide.name(language) for language in order]
    for ax in axes.flat:
        ax.tick_params(axis="y", length=0)
    for ax in axes[:, 0]:
        ax.set_yticks(heights, names, fontsize=LABEL_SIZE + 0.5)
        ax.set_ylim(-0.7, len(order) - 0.3)
        for text, language in zip(ax.get_yticklabels(), order, strict=True):
            text.set_color(guide.text_colour(language))


def _apart(rows: pd.DataFrame) -> pd.Series:
    """Tell which scores of a model are not tied with the next lower one; the lowest has none."""
    rank = rows["score"].rank(ascending=False, method="first")
    return ~rows["tied_with_next"].astype(bool) & (rank < len(rows))


def _caption(rows: pd.DataFrame) -> list[str]:
    measure = metric_of(str(rows["metric"].iloc[0]))
    bold = any(_apart(own).any() for _, own in rows.groupby("model"))
    layers = {
        name_layers(int(first), int(last))
        for first, last in zip(rows["layer_first"], rows["layer_last"], strict=True)
    }
    return [
        f"{measure.label}: {measure.meaning}; mean over {' or '.join(sorted(layers))}",
        f"n = {format_range(sentence_counts(rows))} sentences; bars: "
        f"{interval_name(rows)} of each score",
        level_of(rows).caption_of_several(),
        "Hollow: not above chance (interval) and a random pairing of the sentences (permutation "
        "test, all languages of a model at once)"
        if not above_levels(rows).all()
        else "",
        "Shaded: tied with the best of the model"
        + ("; bold: not tied with the next lower score of the model" if bold else "")
        + ". Tied: the paired interval of the difference on the same sentences, simultaneous "
        "over all pairs of languages, includes 0",
        "Order of the rows: the first model",
        "Colours and markers are families",
    ]
