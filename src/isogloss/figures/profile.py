"""What a language costs a model, against how well it is aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.labels import label_points
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
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
    set_score_limits,
    set_title,
    style_axes,
)
from isogloss.figures.tables import sentence_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float, str, str]

_COSTS = (
    ("token_parity", "token parity (tokens ÷ tokens of the pivot)"),
    ("information_parity", "information parity (bits of the pivot ÷ bits)"),
)


def draw_language_profiles(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pooling: str = "mean",
) -> Figure:
    """Draw alignment with the pivot against token parity and information parity.

    A row a model, a column a cost, a point a language with both its intervals. A model that gives
    sentences no probability has no information parity; its panel says so.

    Args:
        profiles: `{model}.language_profile` of all models, stacked.
        pivot_overview: the table of that name.
        languages: the table of languages.
        labels: model -> what to call it.
        pooling: the pooling of the alignment; the first there is if it is absent.
    """
    poolings = order_poolings(list(pd.unique(pivot_overview["pooling"])))
    shown = pooling if pooling in poolings else poolings[0]
    scores = pivot_overview[pivot_overview["pooling"] == shown]
    table = scores.merge(profiles, on=["model", "language"], how="inner", suffixes=("", "_profile"))
    models = [model for model in pd.unique(profiles["model"]) if model in set(scores["model"])]
    guide = guide_languages(languages, [*table["language"], *scores["pivot"]])
    measure = metric_of(str(scores["metric"].iloc[0]))
    figure, axes = new_figure(1.1 + 3.7 * max(len(models), 1), max(len(models), 1), 2, sharey=True)
    points: list[tuple[Axes, list[Point]]] = []
    for row, model in zip(axes, models, strict=False):
        own = table[table["model"] == model]
        for ax, (cost, name) in zip(row, _COSTS, strict=True):
            set_panel_title(ax, labels.get(model, model) if cost == "token_parity" else "")
            points.append((ax, _draw_cost(ax, own, cost, guide)))
            ax.set_xlabel(name, fontsize=TEXT_SIZE)
        row[0].set_ylabel(f"{measure.label} with {guide.name(_pivot(scores))}", fontsize=TEXT_SIZE)
    for ax, found in points:
        set_score_limits(ax, measure.limits)
        if found:
            draw_chance(ax, float(scores["chance"].iloc[0]))
    set_title(figure, f"What a language costs and how well it is aligned, {pooling_label(shown)}")
    caption = _caption(table, measure.label, guide)
    set_caption(figure, caption)
    omitted = sum(label_points(figure, ax, found) for ax, found in points)
    if omitted:
        set_caption(
            figure, [*caption, f"{omitted} points are drawn without a label for want of room"]
        )
    return figure


def _draw_cost(ax: Axes, rows: pd.DataFrame, cost: str, guide: LanguageGuide) -> list[Point]:
    style_axes(ax, grid="both")
    known = rows.reindex(columns=[*rows.columns, *_missing(rows, cost)])
    known = known[known[cost].notna() & known["score"].notna()]
    if known.empty:
        reason = "no sentence probabilities" if cost == "information_parity" else "no profile"
        draw_message(ax, f"Not available: this model has {reason}.")
        return []
    points: list[Point] = []
    for row in known.sort_values("score", ascending=False).to_dict("records"):
        code, x, y = str(row["language"]), float(row[cost]), float(row["score"])
        colour = guide.colour(code)
        ax.vlines(x, row["ci_low"], row["ci_high"], color=colour, linewidth=1, alpha=0.45)
        ax.hlines(
            y, row[f"{cost}_ci_low"], row[f"{cost}_ci_high"], color=colour, linewidth=1, alpha=0.45
        )
        ax.plot(
            [x],
            [y],
            marker=guide.marker(code),
            color=colour,
            markersize=6,
            linestyle="none",
            label=code,
        )
        points.append((x, y, code, colour))
    low, high = known[cost].min(), known[cost].max()
    margin = 0.12 * (high - low) or 0.1
    ax.set_xlim(float(low - margin), float(high + margin))
    return points


def _missing(rows: pd.DataFrame, cost: str) -> list[str]:
    return [name for name in (cost, f"{cost}_ci_low", f"{cost}_ci_high") if name not in rows]


def _pivot(scores: pd.DataFrame) -> str:
    return str(scores["pivot"].iloc[0])


def _caption(table: pd.DataFrame, metric: str, guide: LanguageGuide) -> Sequence[str]:
    families = ", ".join(guide.family_order[:8]) + (", …" if len(guide.family_order) > 8 else "")
    counts = sentence_counts(table) if len(table) else [0]
    spread = np.unique(table[["layer_first", "layer_last"]].dropna().to_numpy(int), axis=0)
    layers = " or ".join(name_layers(int(first), int(last)) for first, last in spread)
    return [
        f"A point a language; n = {format_range(counts)} sentences",
        f"{metric}: mean over {layers}",
        "Bars: 95% intervals over sentences",
        f"Colours and markers are families ({families})",
        "Amount of training text and quality of the translations lie behind both axes: an "
        "association is not an effect",
    ]
