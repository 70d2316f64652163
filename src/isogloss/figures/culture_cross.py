"""Whether answers in one language are more alike than answers in two."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
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
from isogloss.figures.culture_languages import (
    BETWEEN,
    DIFFERENCE,
    WITHIN,
    of_pairs,
    over_languages,
)
from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_reasons import list_reasons, say_incomparable
from isogloss.figures.culture_rows import ShortTicks, draw_interval
from isogloss.figures.culture_study import (
    CultureGuide,
    choose_answers,
    count_questions,
    excludes_zero,
    explain_answers,
    order_languages,
    order_models,
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

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINK_GID, VALUE_GID = "link", "difference-value"
"""Group ids of the lines between the two values of a row, and of differences in words."""
_TITLE = "Are answers in one language more alike than answers in two?"
_TITLE_BETWEEN = "How alike are answers in two languages?"
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


@dataclass(frozen=True)
class Panels:
    """A figure and its axes.

    Attributes:
        figure: with all of them.
        legend: low axes for the legend, and empty ones beside them.
        rows: of the models: correlations and, if there are any, differences.
        pairs: of every two languages; None where several models are shown.
    """

    figure: Figure
    legend: Sequence[Axes]
    rows: Sequence[Axes]
    pairs: Axes | None


def draw_cross_effects(cross_effects: pd.DataFrame, study: CultureGuide) -> Figure:
    """Draw how alike answers are within and between languages, and the difference, by model.

    Of a single model every two languages are shown as well, and these alone where it did not
    answer twice in one language. No survey enters, so that there is no watermark even where the
    truth of the other figures is made up.

    Args:
        cross_effects: model, language_a, language_b, kind (within, between, difference), value,
            ci_low, ci_high, n_questions, reason; rows over all languages have the language `all`.
        study: labels and names.
    """
    own = choose_answers(cross_effects)
    every = cross_effects.dropna(subset=["value"])
    known = own.dropna(subset=["value"])
    rows = over_languages(known)
    if not (rows["kind"] == BETWEEN).any():
        return say_instead(_TITLE, say_incomparable(own[own["kind"] == BETWEEN]))
    models = order_models(rows)
    single = len(models) == 1 and len(_languages(known, study)) > 1
    apart = bool((rows["kind"] == DIFFERENCE).any())
    panels = _lay_out(models, _languages(known, study) if single else [], study, apart=apart)
    if panels.rows:
        kinds = [kind for kind in (WITHIN, BETWEEN) if kind in set(rows["kind"])]
        draw_legend(panels.legend, [_key(kind) for kind in kinds], 2)
        _draw_rows(panels.rows, rows, models)
    if panels.pairs is not None:
        _draw_pairs(panels.pairs, known, study)
    whose = f"{study.label(models[0])}. " if len(models) == 1 else ""
    caption = [explain_answers(every, known), *_explain(rows, own, panels, study)]
    title = f"{whose}{_TITLE if apart else _TITLE_BETWEEN} {count_questions(rows)}"
    return finish(panels.figure, title, caption, synthetic=False)


def _languages(known: pd.DataFrame, study: CultureGuide) -> list[str]:
    return order_languages([*known["language_a"], *known["language_b"]], study)


def _lay_out(
    models: Sequence[str], languages: Sequence[str], study: CultureGuide, *, apart: bool
) -> Panels:
    """Make a legend over panels of rows and, for languages, a row for their matrix.

    Without differences between the two (`apart`) they have no panel, and the mean of a single
    model none either: the matrix tells more.
    """
    pairs = _CELL * len(languages) + 0.2
    if languages and not apart:
        figure, axes = new_figure(2.0 + pairs)
        return Panels(figure, [], [], axes[0, 0])
    ratios = [_LEGEND, max(_ROW * len(models), 0.5), *([pairs] if languages else [])]
    figure, axes = new_figure(
        2.3 + sum(ratios) + (0.5 if languages else 0), len(ratios), 1 + apart, height_ratios=ratios,
        width_ratios=(3, 2) if apart else None,
    )  # fmt: skip
    names = [textwrap.fill(study.label(model), 28) for model in models]
    _style_rows(list(axes[1]), names)
    for unused in axes[2:, 1:].flat:
        unused.set_axis_off()
    return Panels(figure, list(axes[0]), list(axes[1]), axes[2, 0] if languages else None)


def _style_rows(axes: Sequence[Axes], names: Sequence[str]) -> None:
    scales = ("correlation of two answers", "within minus between")
    titles = ("two answers to the same question", "the difference")
    for ax, scale, title in zip(axes, scales, titles, strict=False):
        style_axes(ax, grid="x")
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(-0.5, len(names) - 0.5)
        ax.set_yticks([])
        ax.set_xlabel(scale, fontsize=TEXT_SIZE)
        for border in range(1, len(names)):
            ax.axhline(border - 0.5, color=FAINT, linewidth=0.6, zorder=0)
        set_panel_title(ax, title)
    axes[0].set_yticks(range(len(names))[::-1], names, fontsize=LABEL_SIZE)


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
    axes[0].xaxis.set_major_formatter(ShortTicks())
    for ax in axes[1:]:
        ax.axvline(0, color=MUTED, linewidth=1, gid=LEVEL_GID, zorder=1)
        _make_room(ax, rows[rows["kind"] == DIFFERENCE])


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
    ax.xaxis.set_major_formatter(ShortTicks())


def _draw_pairs(ax: Axes, known: pd.DataFrame, study: CultureGuide) -> None:
    """Draw every language with itself, framed, and with every other."""
    own = of_pairs(known)
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


def _key(kind: str) -> Line2D:
    label = {WITHIN: "both in one language", BETWEEN: "in two languages"}[kind]
    return Line2D([], [], linewidth=1.4, label=label, **_STYLES[kind])


def _explain(
    rows: pd.DataFrame, own: pd.DataFrame, panels: Panels, study: CultureGuide
) -> list[str]:
    differences = rows[rows["kind"] == DIFFERENCE]
    told = int(excludes_zero(differences).sum())
    lone = "; without one: a mean over languages that lack common questions"
    bars = f"Bars: {study.interval} over questions" + (lone if rows["low"].isna().any() else "")
    pairs = of_pairs(own) if panels.pairs is not None else own[:0]
    alone = list_reasons(own[own["kind"] == WITHIN])
    return [
        "Pearson's r over questions of two different answers to the same question; an answer is "
        "never compared with itself",
        bars if panels.rows else _say_mean(rows),
        "" if len(differences) else f"Nothing within a language: {'; '.join(alone)}",
        f"{told} of {len(differences)} differences have an interval without 0, each taken by itself"
        if len(differences)
        else "",
        "Framed: both answers in one language" if (pairs["kind"] == WITHIN).any() else "",
        f"Grey: {'; '.join(list_reasons(pairs))}" if pairs["value"].isna().any() else "",
        "No survey enters: answers of a model are compared with each other",
        "Above 0: a model answers differently in another language; which language is nearer to "
        "whom, this does not say"
        if len(differences)
        else "",
    ]


def _say_mean(rows: pd.DataFrame) -> str:
    mean = rows.loc[rows["kind"] == BETWEEN, "value"].iloc[0]
    return f"Mean over every two languages: {format_score(float(mean))}"
