"""What merging gains over every baseline: means over locales, and single locales."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from isogloss.figures.families import readable
from isogloss.figures.formats import format_chance, format_range, format_score
from isogloss.figures.levels import interval_name
from isogloss.figures.merging_names import (
    BASELINE_LABELS,
    NEAREST,
    approach_styles,
    choose_approaches,
    list_approaches,
    name_left_out,
)
from isogloss.figures.merging_study import (
    StudyGuide,
    average_seeds,
    pick_encoder,
    say_left_out,
)
from isogloss.figures.panel_room import make_room
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    LEVEL_GID,
    MUTED,
    TEXT_SIZE,
    new_figure,
    set_caption,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.task_panels import say_instead
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

MEAN_GID, POINTS_GID, EXTREME_GID, VALUE_GID = "mean", "points", "extreme", "mean-value"
"""Group ids of means, single locales, the codes of the extreme ones, and means in words."""
_MOST = 8
_ROW_HEIGHT = 0.62
"""Inches an approach."""
_MEAN_AT, _POINTS_AT, _REACH = 0.2, -0.18, 0.2
"""Where in its row, which is 1 high, the mean stands, where the locales, and their spread."""
_MARGIN = 0.42
"""Share of what is drawn that is left free on either side: codes stand within the panel."""
_HALO = [withStroke(linewidth=1.6, foreground="white")]
"""Around the letters, for the lines of the grid."""
_POINT = 4.6
"""Points across a marker."""
_BY_TITLE = {
    "own_sources": "its own sources\n(synergy)",
    "nearest_source": "nearest\nsource",
    "best_source-source_dev": "best source\n(by its own dev)",
    "mean_source": "mean of all\nsources",
    "pivot": "pivot's model,\nzero-shot",
    "own": "own model\n(target's labels)",
    "joint": "one model of\nall locales",
}


def draw_merge_gains(
    merge_results: pd.DataFrame,
    merge_summary: pd.DataFrame,
    merge_comparisons: pd.DataFrame,
    study: StudyGuide,
    *,
    recipes: Sequence[str] | None = None,
    level: float = 0.05,
    encoder: str | None = None,
) -> Figure:
    """Draw the gain of every merge over every baseline: its mean with interval, and every locale.

    A panel a baseline, a row a merge. Points of locales are filled where the adjusted p is below
    the level in every seed. Locales that the encoder cannot spell are not in the tables.

    Args:
        merge_results: `{encoder}.merge_results`, for the names of the approaches.
        merge_summary: `{encoder}.merge_summary`.
        merge_comparisons: `{encoder}.merge_comparisons`.
        study: names, spelling and what captions must say.
        recipes: merges to show; without a wish up to eight are chosen, and the caption names the
            others.
        level: below which an adjusted p tells a difference from 0.
        encoder: which to draw; may be left out where the tables hold only one.

    Raises:
        Refusal: if the encoder or a recipe is not there, or there are several encoders.
    """
    results = pick_encoder(merge_results, encoder)
    title = study.title(results, "gains of merging over what it is compared with")
    means, points = (pick_encoder(table, encoder) for table in (merge_summary, merge_comparisons))
    if results.empty or means.empty or points.empty:
        return say_instead(title, "No merge was compared with a baseline.")
    listed = list_approaches(results)
    compared = listed[listed.index.isin(means["recipe"])]
    shown = choose_approaches(compared, recipes, _MOST, merges_only=True)
    means, points = _average(means, points, level)
    compared_with = set(means["baseline"])
    if NEAREST in compared_with:
        compared_with.discard("mean_source")  # the weakest, where there is room for six
    baselines = [name for name in BASELINE_LABELS if name in compared_with]
    if not (shown and baselines):
        return say_instead(title, "No merge was compared with a baseline.")
    figure, axes = _lay_out(listed.loc[shown], baselines)
    for ax, baseline in zip(axes, baselines, strict=True):
        own = [table[table["baseline"] == baseline] for table in (means, points)]
        _draw_panel(ax, own[0], own[1], listed.loc[shown])
    set_title(figure, title)
    left_out = name_left_out(compared, shown, merges_only=True)
    set_caption(
        figure,
        [
            *study.warnings(results),
            *_explain(means, points, level),
            study.explain_unspelled(results["locale"], "not here, nor in a mean"),
            say_left_out(left_out),
        ],
    )
    settle(figure)
    for ax in axes:
        make_room(ax)
    return figure


def _average(
    means: pd.DataFrame, points: pd.DataFrame, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Average over seeds; a difference is told where its adjusted p is below the level in all."""
    keys = ["recipe", "baseline"]
    numbers = ("mean", "ci_low", "ci_high", "n_locales")
    averaged = average_seeds(points, [*keys, "locale"], ("difference",))
    worst = points.groupby([*keys, "locale"], sort=False)["p_adjusted"].max().reset_index()
    told = worst.assign(told=worst["p_adjusted"] < level)[[*keys, "locale", "told"]]
    return average_seeds(means, keys, numbers), averaged.merge(told, on=[*keys, "locale"])


def _lay_out(approaches: pd.DataFrame, baselines: Sequence[str]) -> tuple[Figure, Sequence[Axes]]:
    height = 2.0 + _ROW_HEIGHT * len(approaches)
    figure, axes = new_figure(height, 1, len(baselines), sharey=True)
    for ax, baseline in zip(axes[0], baselines, strict=True):
        style_axes(ax, grid="x")
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        title = f"gain over\n{_BY_TITLE[baseline]}"
        ax.set_title(title, loc="left", fontsize=TEXT_SIZE, fontweight="bold", color=INK)
        ax.set_xlabel("accuracy gained", fontsize=TEXT_SIZE)
    names = [textwrap.fill(str(label), 20) for label in approaches["label"]]
    axes[0, 0].set_yticks(np.arange(len(names))[::-1], names, fontsize=LABEL_SIZE + 0.5)
    axes[0, 0].set_ylim(-0.5, len(names) - 0.5)
    styles = approach_styles(approaches)
    for text, style in zip(axes[0, 0].get_yticklabels(), styles.values(), strict=True):
        text.set_color(readable(style["color"]))
    return figure, list(axes[0])


def _draw_panel(
    ax: Axes, means: pd.DataFrame, points: pd.DataFrame, approaches: pd.DataFrame
) -> None:
    ax.axvline(0, color=MUTED, linewidth=1, gid=LEVEL_GID, zorder=1)
    for border in range(1, len(approaches)):
        ax.axhline(border - 0.5, color=FAINT, linewidth=0.6, zorder=0)
    drawn = points[points["recipe"].isin(approaches.index)]["difference"]
    span = max(float(drawn.max()), 0.0) - min(float(drawn.min()), 0.0) or 1.0
    styles = approach_styles(approaches)
    for place, recipe in enumerate(approaches.index):
        height = len(approaches) - 1.0 - place
        own = points[points["recipe"] == recipe]
        _draw_locales(ax, own, height + _POINTS_AT, span, styles[recipe])
        for row in named_rows(means[means["recipe"] == recipe]):
            _draw_mean(ax, row, height + _MEAN_AT, styles[recipe]["color"])
    # Room for the codes of the extreme locales.
    ax.margins(x=_MARGIN)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda value, _: _signed(value))


def _draw_mean(ax: Axes, row: Any, height: float, colour: str) -> None:
    ax.hlines(height, row.ci_low, row.ci_high, color=colour, linewidth=2.4)
    ax.plot(
        [row.mean], [height], marker="D", markersize=6, color=colour, linestyle="none",
        markeredgecolor="white", label=row.recipe, gid=MEAN_GID, zorder=4,
    )  # fmt: skip
    ax.annotate(
        _signed(row.mean), (row.mean, height), xytext=(0, 5), textcoords="offset points",
        ha="center", va="bottom", fontsize=LABEL_SIZE - 0.5, color=INK, gid=VALUE_GID,
        path_effects=_HALO,
    )  # fmt: skip


def _draw_locales(
    ax: Axes, rows: pd.DataFrame, height: float, span: float, style: dict[str, Any]
) -> None:
    """Draw locales as points that evade each other, and write the codes of the extreme ones."""
    if rows.empty:
        return
    rows = rows.assign(up=height + spread_points(rows["difference"], span / 28, _REACH))
    for told, own in rows.groupby("told"):
        ax.plot(
            own["difference"], own["up"], marker="o", markersize=_POINT, linestyle="none",
            color=style["color"], markerfacecolor=style["color"] if told else "white",
            markeredgewidth=0.9, alpha=0.75, gid=POINTS_GID, zorder=3,
        )  # fmt: skip
    ranked = rows.sort_values("difference", kind="stable")
    ends = [(ranked.iloc[0], -1), (ranked.iloc[-1], 1)] if len(ranked) > 1 else []
    for row, side in ends:
        ax.annotate(
            row["locale"], (row["difference"], row["up"]), xytext=(5 * side, 0),
            textcoords="offset points", ha="right" if side < 0 else "left", va="center",
            fontsize=LABEL_SIZE - 1, color=MUTED, gid=EXTREME_GID, zorder=2,
            path_effects=_HALO,
        )  # fmt: skip


def spread_points(values: ArrayLike, width: float, reach: float) -> NDArray[np.float64]:
    """Move points apart that lie closer together than their width: up and down in turn.

    Args:
        values: places along the axis, [points].
        width: of a point, in the same unit.
        reach: how far a point may move at the most.

    Returns:
        float64 [points], how far each moves across the axis.
    """
    places = np.asarray(values, np.float64)
    cells = np.round(places / width)
    order = np.argsort(places, kind="stable")
    turn = pd.Series(cells[order]).groupby(cells[order]).cumcount().to_numpy()
    step = min(reach / max(-(-turn.max(initial=0) // 2), 1), 0.6 * reach)
    moved = np.empty_like(places)
    moved[order] = np.where(turn % 2 == 1, 1, -1) * ((turn + 1) // 2) * step
    return moved


def _signed(value: float) -> str:
    text = format_score(value)
    return text if float(f"{value:.2f}") <= 0 else f"+{text}"


def _explain(means: pd.DataFrame, points: pd.DataFrame, level: float) -> list[str]:
    gains = means[means["baseline"] != ""]
    counts = sorted({int(count) for count in gains["n_locales"].dropna()}) or [0]
    families = (
        sorted({int(count) for count in points["family"].dropna()})
        if "family" in points
        else counts
    )
    return [
        f"Diamonds: mean over {format_range(counts)} locales, bars: {interval_name(means)} over "
        "items and locales",
        "Points: single locales, the lowest and the highest by name; filled where the difference "
        f"is told from 0 (p < {format_chance(level)}, adjusted over the {format_range(families)} "
        "locales of a merge and a baseline, not over merges)",
        "Each panel has its own scale",
        "Own model: has seen labels of the target, so that a gain below 0 is to be expected",
    ]
