"""Whether answers are more like one country than like those where their language is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_reasons import say_no_contrast
from isogloss.figures.culture_rows import (
    STAR_GID,
    RowPlan,
    ShortTicks,
    draw_interval,
    lay_out_rows,
    plan_rows,
    spread_marks,
)
from isogloss.figures.culture_study import (
    ALL,
    LEVEL,
    CultureGuide,
    as_text,
    choose_answers,
    count_questions,
    excludes_zero,
    explain_answers,
    is_synthetic,
    published_rounds,
    widest,
    without_named,
)
from isogloss.figures.formats import format_chance
from isogloss.figures.style import INK, LABEL_SIZE, LEVEL_GID, MUTED, TEXT_SIZE
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NATIVES_GID = "natives"
"""Group id of the lists of native countries."""
_MAIN, _LESS, _OVERALL, _PUBLISHED = "main", "less", "overall", "published"
_STYLES: dict[str, dict[str, Any]] = {
    _MAIN: {"color": "#0072B2", "marker": "D", "markersize": 5},
    _LESS: {"color": "#D55E00", "marker": "^", "markersize": 5},
    _OVERALL: {"color": "#8c8c8c", "marker": "o", "markersize": 4.5},
    _PUBLISHED: {"color": INK, "marker": "s", "markersize": 4.5, "markerfacecolor": "white"},
}
_TERMS = "us:model:language"
"""Kind of the published terms of reference, model and language."""
_NUMBERS = ("value", "low", "high")
FARTHEST = 2.0
"""No difference of two correlations can lie farther from 0, though its interval may."""


def draw_us_bias(
    cultural_contrasts: pd.DataFrame,
    study: CultureGuide,
    *,
    published: pd.DataFrame | None = None,
    alignment: pd.DataFrame | None = None,
    metric: str = "spearman",
    elicitation: str | None = None,
    labeller: str | None = None,
    level: float = LEVEL,
) -> Figure:
    """Draw agreement with the reference country minus agreement with the native countries.

    The distinctive part with the wider of its intervals; grey, the overall part; the distinctive
    part again without some countries where that was computed; hollow, the published coefficients.

    Args:
        cultural_contrasts: the table of that name.
        study: labels and names.
        published: `original_us_bias`: kind, model, language, coefficient; None or empty where the
            original was not computed.
        alignment: `cultural_alignment`, which tells why there is no contrast.
        metric: to show.
        elicitation: open or closed; open without a wish, if there is any.
        labeller: who labelled open answers; the first without a wish.
        level: below which an adjusted p tells a difference from 0.

    Raises:
        Refusal: if there is no such labeller.
    """
    synthetic = study.synthetic or is_synthetic(cultural_contrasts)
    every = without_named(cultural_contrasts[cultural_contrasts["metric"] == metric])
    rows = choose_answers(every, elicitation, labeller)
    rows = rows[rows["difference"].notna()]
    if rows.empty:
        title = "Agreement with one country, compared with the native countries"
        own = None if alignment is None else alignment[alignment["metric"] == metric]
        return say_instead(title, say_no_contrast(own), synthetic=synthetic)
    kinds = _sort_out(rows, published, level)
    plan = plan_rows(rows, study)
    if not plan.by_language:  # the mean over one model is that model
        kinds = {kind: own[own["model"] != ALL] for kind, own in kinds.items()}
    reference = str(rows["reference"].iloc[0])
    axis = f"agreement with {reference}\nminus with natives"
    figure, axes = lay_out_rows(plan, _list_keys(kinds, rows), len(kinds), axis)
    for ax in axes.values():
        ax.axvline(0, color=MUTED, linewidth=1, gid=LEVEL_GID, zorder=1)
    offsets = dict(zip(kinds, spread_marks(len(kinds)), strict=True))
    for kind, own in kinds.items():
        for row in named_rows(own):
            panel, name = plan.place(row)
            if panel in axes and name in plan.rows:
                height = plan.height(name) + offsets[kind]
                draw_interval(axes[panel], row, height, _STYLES[kind])
                _star(axes[panel], row, height)
    _share_limits(axes, kinds)
    _name_natives(axes, plan, rows)
    caption = [explain_answers(every, rows), *_explain(kinds, rows, study, level)]
    return finish(figure, _title(plan, rows, reference), caption, synthetic=synthetic)


def _sort_out(
    rows: pd.DataFrame, published: pd.DataFrame | None, level: float
) -> dict[str, pd.DataFrame]:
    """Sort rows by what mark they get; kinds without any are left out."""
    own = _join_intervals(widest(rows.rename(columns={"difference": "value"})))
    own = own.assign(told=excludes_zero(own) & (own["p_adjusted"].astype(float) < level))
    whole = as_text(own["without"]) == ""
    natives = dict(zip(own.loc[whole, "language"], own.loc[whole, "natives"], strict=True))
    fewer = ~whole & (own["natives"] != own["language"].map(natives))
    distinctive = own["part"] == "distinctive"
    kinds = {
        _MAIN: own[distinctive & whole],
        _LESS: own[distinctive & fewer],
        _OVERALL: own[(own["part"] == "overall") & whole].assign(told=False),
    }
    if published is not None and len(published):
        terms = published_rounds(published[published["kind"] == _TERMS])
        own = terms.rename(columns={"coefficient": "value"})
        kinds[_PUBLISHED] = own.assign(low=np.nan, high=np.nan, told=False)
    return {kind: found for kind, found in kinds.items() if len(found)}


def _join_intervals(rows: pd.DataFrame) -> pd.DataFrame:
    """Of several rows of a contrast keep the one with the widest interval, and its largest p."""
    keys = ["model", "language", "part", "without"]
    width = (rows["high"] - rows["low"]).fillna(-1)
    largest = rows.groupby(keys, dropna=False)["p_adjusted"].transform("max")
    ordered = rows.assign(p_adjusted=largest).iloc[np.argsort(-width, kind="stable")]
    return ordered.drop_duplicates(keys).sort_index()


def _list_keys(kinds: dict[str, pd.DataFrame], rows: pd.DataFrame) -> list[Line2D]:
    left = " ".join(dict.fromkeys(code for one in as_text(rows["without"]) for code in one.split()))
    labels = {
        _MAIN: "distinctive agreement",
        _LESS: f"the same without {left}",
        _OVERALL: "overall agreement",
        _PUBLISHED: "as published (coefficients)",
    }
    bare: dict[str, Any] = {"linestyle": "none"}
    styles = {kind: _STYLES[kind] | (bare if kind == _PUBLISHED else {}) for kind in kinds}
    return [
        Line2D([], [], linewidth=1.4, label=labels[kind], **style) for kind, style in styles.items()
    ]


def _star(ax: Axes, row: Any, height: float) -> None:
    if row.told:
        end = row.high if np.isfinite(row.high) else row.value
        ax.annotate(
            "*", (end, height), xytext=(3, -2.5), textcoords="offset points", va="center",
            fontsize=LABEL_SIZE + 2, color=INK, fontweight="bold", gid=STAR_GID,
        )  # fmt: skip


def _share_limits(axes: dict[str, Axes], kinds: dict[str, pd.DataFrame]) -> None:
    """Give all panels the same horizontal axis, with 0 and room for stars."""
    drawn = np.concatenate(
        [own[list(_NUMBERS)].to_numpy(np.float64).ravel() for own in kinds.values()]
    )
    known = drawn[np.isfinite(drawn)]
    low, high = min(known.min(initial=0.0), -0.1), max(known.max(initial=0.0), 0.1)
    low, high = max(low, -FARTHEST), min(high, FARTHEST)
    margin = 0.08 * (high - low)
    for ax in axes.values():
        ax.set_xlim(low - margin, high + margin)
        ax.xaxis.set_major_locator(
            MaxNLocator(nbins=4 if len(axes) > 2 else 8, steps=[1, 2, 5, 10])
        )
        ax.xaxis.set_major_formatter(ShortTicks())


def _leaves(kinds: dict[str, pd.DataFrame]) -> bool:
    return any(
        bool((own[["low", "high"]].abs() > FARTHEST).any(axis=None)) for own in kinds.values()
    )


def _name_natives(axes: dict[str, Axes], plan: RowPlan, rows: pd.DataFrame) -> None:
    """Write which countries are native: above a panel a language, else behind its row."""
    whole = rows[as_text(rows["without"]) == ""]
    natives = dict(zip(whole["language"], whole["natives"].astype(str), strict=True))
    for panel, ax in axes.items():
        if plan.by_language:
            ax.annotate(
                f"natives: {natives.get(panel, '–')}", (0, 1), xytext=(0, 2),
                xycoords="axes fraction", textcoords="offset points", fontsize=LABEL_SIZE - 0.5,
                color=MUTED, gid=NATIVES_GID,
            )  # fmt: skip
            ax.set_title(
                ax.get_title(loc="left"),
                loc="left",
                fontsize=TEXT_SIZE,
                color=INK,
                fontweight="bold",
                pad=15,
            )
        else:
            names = [f"{plan.row_name(row)} ({natives.get(row, '–')})" for row in plan.rows]
            ax.set_yticks([plan.height(row) for row in plan.rows], names, fontsize=LABEL_SIZE)


def _title(plan: RowPlan, rows: pd.DataFrame, reference: str) -> str:
    whose = "" if plan.by_language else f"{plan.study.label(plan.panels[0])}: "
    what = f"nswers more like {reference} than like native countries? {count_questions(rows)}"
    return f"{whose}a{what}" if whose else f"A{what}"


def _explain(
    kinds: dict[str, pd.DataFrame], rows: pd.DataFrame, study: CultureGuide, level: float
) -> list[str]:
    tested = pd.concat([kinds[kind] for kind in (_MAIN, _LESS) if kind in kinds])
    stars = int(tested["told"].sum()) if len(tested) else 0
    return [
        "Right of 0: answers are more like the reference country than like the mean of the native "
        "ones",
        f"Bars: {study.interval}, the wider one of two, over questions and over batteries of like "
        "questions",
        f"Star: that interval excludes 0 and p < {format_chance(level)}, adjusted for the number "
        f"of tests; {stars} of {len(tested)}",
        "Distinctive: given agreement with the mean of the other countries, so that a country "
        "with common answers has no advantage",
        "Published: differences to one draw of a random baseline, overall; without intervals, as "
        "those published count bootstrap rounds as observations"
        if _PUBLISHED in kinds
        else "",
        "Bars that leave the panel reach beyond 2, where no difference can lie"
        if _leaves(kinds)
        else "",
        "These questions, not values of a people",
    ]
