"""Whether answers in one language are more alike than answers in two."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from isogloss.figures.culture_cells import (
    ONE_SIDED,
    TWO_SIDED,
    draw_frames,
    draw_grid,
    draw_missing,
    name_sides,
)
from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_rows import draw_interval, write_tick
from isogloss.figures.culture_study import (
    ALL,
    CultureGuide,
    choose_answers,
    count_questions,
    excludes_zero,
    explain_answers,
    order_languages,
    order_models,
    widest,
)
from isogloss.figures.formats import format_interval, format_score
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    LEVEL_GID,
    MUTED,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    set_panel_title,
    style_axes,
)
from isogloss.figures.tables import square
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WITHIN, BETWEEN, DIFFERENCE = "within", "between", "difference"
LINK_GID, VALUE_GID, LACKING_GID = "link", "difference-value", "lacking"
"""Group ids of the lines between the two values of a row, of differences in words, and of what is
said where there are none."""
_TITLE = "Are answers in one language more alike than answers in two?"
_STYLES: dict[str, dict[str, Any]] = {
    WITHIN: {"color": "#0072B2", "marker": "o", "markersize": 6},
    BETWEEN: {
        "color": "#D55E00", "marker": "s", "markersize": 5.5, "markerfacecolor": "white",
    },
    DIFFERENCE: {"color": INK, "marker": "D", "markersize": 5},
}  # fmt: skip
_OFFSETS = {WITHIN: 0.16, BETWEEN: -0.16, DIFFERENCE: 0.0}
_LEGEND, _ROW, _CELL = 0.22, 0.4, 0.36
"""Inches."""
_LEAST_SPAN = 0.4
"""Of the correlations that a panel shows."""
_CODE = 5
"""Characters of a language's name up to which it is written across."""


def draw_cross_effects(cross_effects: pd.DataFrame, study: CultureGuide) -> Figure:
    """Draw how alike answers are within and between languages, and the difference, by model.

    Of a single model every two languages are shown as well. No survey enters, so that there is no
    watermark even where the truth of the other figures is made up.

    Args:
        cross_effects: model, language_a, language_b, kind (within, between, difference), value,
            ci_low, ci_high, n_questions; rows over all languages have the language `all`.
        study: labels and names.
    """
    every = cross_effects.dropna(subset=["value"])
    known = choose_answers(every)
    rows = _over_languages(known)
    if not (rows["kind"] == BETWEEN).any():
        message = "No model answered enough questions twice to compare its languages."
        return say_instead(_TITLE, message)
    models = order_models(rows)
    single = len(models) == 1 and len(_languages(known, study)) > 1
    figure, axes = _lay_out(models, _languages(known, study) if single else [], study)
    draw_legend(axes[0], [_key(kind) for kind in (WITHIN, BETWEEN)], 2)
    _draw_rows(axes[1], rows, models)
    if single:
        _draw_pairs(axes[2][0], known, study)
        axes[2][1].set_axis_off()
    whose = f"{study.label(models[0])}. " if len(models) == 1 else ""
    pairs = _of_pairs(cross_effects) if single else known[:0]
    caption = [explain_answers(every, known), *_explain(rows, pairs, study)]
    title = f"{whose}{_TITLE} {count_questions(rows)}"
    return finish(figure, title, caption, synthetic=False)


def _over_languages(known: pd.DataFrame) -> pd.DataFrame:
    """Give one row a model and kind: over all languages, or the mean of what there is."""
    whole = known["language_a"].isin((ALL, ""))
    rows = known[whole]
    lacking = known[~whole].merge(
        rows[["model", "kind"]].drop_duplicates(), on=["model", "kind"], how="left", indicator=True
    )
    lacking = lacking[lacking["_merge"] == "left_only"].drop(columns="_merge")
    ways = {"value": "mean", "n_questions": "min"}
    ways |= {"family": "first"} if "family" in lacking else {}
    means = lacking.groupby(["model", "kind"], sort=False).agg(ways).reset_index()
    return widest(pd.concat([rows, means], ignore_index=True))


def _languages(known: pd.DataFrame, study: CultureGuide) -> list[str]:
    return order_languages([*known["language_a"], *known["language_b"]], study)


def _lay_out(
    models: Sequence[str], languages: Sequence[str], study: CultureGuide
) -> tuple[Figure, list[list[Axes]]]:
    """Make a legend, two panels of rows and, for languages, a row for their matrix."""
    names = [textwrap.fill(study.label(model), 28) for model in models]
    ratios = [_LEGEND, max(_ROW * len(models), 0.5)]
    ratios += [_CELL * len(languages) + 0.2] if languages else []
    figure, axes = new_figure(
        2.3 + sum(ratios) + (0.5 if languages else 0), len(ratios), 2, height_ratios=ratios,
        width_ratios=(3, 2),
    )  # fmt: skip
    for ax, title in zip(
        axes[1], ("correlation of two answers", "within minus between"), strict=True
    ):
        style_axes(ax, grid="x")
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(-0.5, len(models) - 0.5)
        ax.set_yticks([])
        ax.set_xlabel(title, fontsize=TEXT_SIZE)
        for border in range(1, len(models)):
            ax.axhline(border - 0.5, color=FAINT, linewidth=0.6, zorder=0)
    axes[1, 0].set_yticks(range(len(models))[::-1], names, fontsize=LABEL_SIZE)
    set_panel_title(axes[1, 0], "two answers to the same question")
    set_panel_title(axes[1, 1], "the difference")
    return figure, [list(row) for row in axes]


def _draw_rows(axes: Sequence[Axes], rows: pd.DataFrame, models: Sequence[str]) -> None:
    height = {model: float(len(models) - 1 - place) for place, model in enumerate(models)}
    for row in named_rows(rows):
        up = height[str(row.model)] + _OFFSETS[str(row.kind)]
        ax = axes[1] if row.kind == DIFFERENCE else axes[0]
        draw_interval(ax, row, up, _STYLES[str(row.kind)])
        if row.kind == DIFFERENCE:
            end = row.high if np.isfinite(row.high) else row.value
            text = f"{format_score(row.value)} {format_interval(row.low, row.high)}".rstrip()
            ax.annotate(
                text, (end, up), xytext=(6, 0), textcoords="offset points", va="center",
                fontsize=LABEL_SIZE - 0.5, color=MUTED, gid=VALUE_GID,
            )  # fmt: skip
    values = rows.pivot_table(index="model", columns="kind", values="value")
    if {WITHIN, BETWEEN} <= set(values):
        for model, pair in values[[WITHIN, BETWEEN]].dropna().iterrows():
            ends = [height[str(model)] + _OFFSETS[kind] for kind in (WITHIN, BETWEEN)]
            axes[0].plot(pair, ends, color=FAINT, linewidth=1.2, zorder=1, gid=LINK_GID)
    axes[0].margins(x=0.08)
    _widen(axes[0])
    axes[0].xaxis.set_major_formatter(write_tick)
    differences = rows[rows["kind"] == DIFFERENCE]
    if differences.empty:
        axes[1].set_xticks([])
        message = "no two answers in one language"
        axes[1].text(
            0.5, 0.5, message, transform=axes[1].transAxes, ha="center", va="center",
            fontsize=LABEL_SIZE, color=MUTED, gid=LACKING_GID,
        )  # fmt: skip
        return
    axes[1].axvline(0, color=MUTED, linewidth=1, gid=LEVEL_GID, zorder=1)
    _make_room(axes[1], differences)


def _widen(ax: Axes) -> None:
    """Let a panel show a part of the scale that means something, also of a single point."""
    low, high = ax.get_xlim()
    lacking = max(_LEAST_SPAN - (high - low), 0) / 2
    ax.set_xlim(low - lacking, high + lacking)


def _make_room(ax: Axes, rows: pd.DataFrame) -> None:
    """Leave the right half of the panel to the differences in words."""
    drawn = rows[["value", "low", "high"]].to_numpy(np.float64)
    known = np.append(drawn[np.isfinite(drawn)], 0.0)
    low, high = float(known.min()), float(known.max())
    span = max(high - low, 0.05)
    ax.set_xlim(low - 0.08 * span, high + 0.75 * span)
    ax.locator_params(axis="x", nbins=6)
    ax.xaxis.set_major_formatter(write_tick)


def _draw_pairs(ax: Axes, known: pd.DataFrame, study: CultureGuide) -> None:
    """Draw every language with itself, framed, and with every other."""
    own = _of_pairs(known)
    codes = _languages(own, study)
    matrix = square(own.rename(columns={"value": "score"}), codes)
    low = float(np.nanmin(matrix)) if np.isfinite(matrix).any() else 0.0
    high = float(np.nanmax(matrix)) if np.isfinite(matrix).any() else 1.0
    signed = low < 0
    scale = (
        Normalize(-1, 1) if signed else Normalize(np.floor(10 * low) / 10, np.ceil(10 * high) / 10)
    )
    draw_grid(ax, matrix, scale, TWO_SIDED if signed else ONE_SIDED)
    draw_missing(ax, np.isnan(matrix))
    draw_frames(ax, np.eye(len(codes), dtype=bool))
    guide = study.guide(codes)
    names = [guide.short_name(code) for code in codes]
    name_sides(ax, names, names, turned=max(map(len, names)) > _CODE)
    set_panel_title(ax, "every two languages")


def _of_pairs(known: pd.DataFrame) -> pd.DataFrame:
    """Keep what is known of every language and of every two."""
    own: pd.DataFrame = known[
        known["kind"].isin((WITHIN, BETWEEN)) & ~known["language_a"].isin((ALL, ""))
    ]
    return own


def _key(kind: str) -> Line2D:
    label = {WITHIN: "both in one language", BETWEEN: "in two languages"}[kind]
    return Line2D([], [], linewidth=1.4, label=label, **_STYLES[kind])


def _explain(rows: pd.DataFrame, pairs: pd.DataFrame, study: CultureGuide) -> list[str]:
    differences = rows[rows["kind"] == DIFFERENCE]
    told = int(excludes_zero(differences).sum())
    lone = rows["low"].isna().any()
    return [
        "Pearson's r over questions of two different answers to the same question; an answer is "
        "never compared with itself",
        f"Bars: {study.interval} over questions"
        + ("; without one: a mean over languages that lack common questions" if lone else ""),
        f"{told} of {len(differences)} differences have an interval without 0, each taken by itself"
        if len(differences)
        else "",
        "Framed: both answers in one language" if len(pairs) else "",
        "Grey: too few questions with two such answers" if pairs["value"].isna().any() else "",
        "No survey enters: answers of a model are compared with each other",
        "Above 0: a model answers differently in another language; which language is nearer to "
        "whom, this does not say",
    ]
