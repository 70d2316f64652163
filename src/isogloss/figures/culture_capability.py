"""Whether models that can do more in a language agree more with the people who speak it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_names import tell_apart
from isogloss.figures.culture_rows import ShortTicks
from isogloss.figures.culture_study import (
    ALL,
    CultureGuide,
    as_text,
    choose_answers,
    explain_answers,
    family_styles,
    is_synthetic,
    order_languages,
    order_models,
)
from isogloss.figures.families import readable
from isogloss.figures.formats import format_interval, format_score
from isogloss.figures.labels import GID as LABEL_GID
from isogloss.figures.labels import Point, label_points
from isogloss.figures.scatter import FIT_GID, VERDICT_GID
from isogloss.figures.style import (
    INK,
    LABEL_SIZE,
    LEVEL_GID,
    MUTED,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    style_axes,
)
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPABILITIES = {
    "benchmarks": "published benchmarks (mean, share right)",
    "alignment": "alignment with the pivot, measured here",
    "task": "a task of this project",
}
OUTCOMES = {
    "distinctive": "distinctive agreement\nwith native countries",
    "overall": "overall agreement\nwith native countries",
    "overall_language": "overall agreement with all\nwho answered in the language",
}
_TITLE = "Agreement with the people of a language, and capability in it"
_ABREAST, _PANEL, _LEGEND = 4, 2.5, 0.22
_CROWD = 5
"""Models from which on only two panels stand beside each other, so that names find a place."""
_FEW = 12
"""Points of a panel that are named."""


def draw_capability(
    capability_cells: pd.DataFrame,
    capability_regression: pd.DataFrame,
    study: CultureGuide,
    *,
    capability: str | None = None,
    outcome: str | None = None,
) -> Figure:
    """Draw agreement against capability, a panel a language, a point a model.

    The slope is that of all languages together, each around its own mean; it is drawn through the
    means of the panels. Of a single model there is one panel with a point a language, and no slope.

    Args:
        capability_cells: model, family, elicitation, labeller, language, capability (the measure),
            outcome, score (the capability), value (the agreement), ci_low, ci_high.
        capability_regression: the table of that name.
        study: labels and names.
        capability: to show; the first there is without a wish.
        outcome: to show; the distinctive part without a wish, if it is there.
    """
    synthetic = study.synthetic or is_synthetic(capability_cells, capability_regression)
    every = capability_cells.dropna(subset=["score", "value"])
    known = choose_answers(every)
    rows = _choose(known, capability, outcome)
    rows = rows.assign(family=as_text(rows["family"]))
    if rows.empty:
        message = "No model has both a capability in a language and agreement with its people."
        return say_instead(_TITLE, message, synthetic=synthetic)
    chosen = {name: str(rows[name].iloc[0]) for name in ("capability", "outcome")}
    slopes = _slopes(_like(capability_regression, rows), chosen)
    models = order_models(rows)
    panels = order_languages(rows["language"], study) if len(models) > 1 else [ALL]
    styles = family_styles(rows["family"])
    rows = _name_points(rows, study, styles)
    figure, top, axes = _lay_out(panels, study, rows, chosen)
    draw_legend(top, [_key(family, style) for family, style in styles.items()], 6)
    slope = _main(slopes)
    for panel, ax in zip(panels, axes, strict=True):
        own = rows if panel == ALL else rows[rows["language"] == panel]
        _draw_points(ax, own, styles)
        if slope is not None and len(own) > 1:
            _draw_slope(ax, own, float(slope["slope"]))
    top[0].annotate(
        "\n".join(textwrap.fill(line, 140) for line in say_slopes(slopes)), (0, 1),
        xytext=(0, -18), textcoords="offset points", xycoords="axes fraction", va="top",
        fontsize=LABEL_SIZE + 0.5, color=INK, gid=VERDICT_GID,
    ).set_in_layout(False)  # fmt: skip
    whose = f"{study.label(models[0])}: a" if len(models) == 1 else "A"
    title = f"{whose}{_TITLE[1:]}, n\u00a0=\u00a0{len(rows)}\u00a0cell{'s' * (len(rows) > 1)}"
    caption = [explain_answers(every, known), *_explain(chosen, study, slope)]
    finish(figure, title, caption, synthetic=synthetic)
    for panel, ax in zip(panels, axes, strict=True):
        _label(ax, rows if panel == ALL else rows[rows["language"] == panel])
    return figure


def say_slopes(slopes: pd.DataFrame) -> list[str]:
    """Say what the slope over all models is, how sure it is, and how it depends on one model.

    Args:
        slopes: rows of one outcome and capability of `capability_regression`.
    """
    row = _main(slopes)
    if row is None:
        whole = slopes[as_text(slopes["left_out"]) == ""]
        reasons = [str(one) for one in whole.get("reason", pd.Series(dtype=str)).dropna() if one]
        return [f"no slope: {reasons[0] if reasons else 'too few models'}"]
    sign = "+" if row["slope"] > 0 else ""
    text = f"pooled slope {sign}{format_score(float(row['slope']))}"
    text += f" {format_interval(float(row['ci_low']), float(row['ci_high']))}"
    text += f", n = {int(row['n'])} models; permutation p = {_p(row['p'])}"
    if np.isfinite(row["p_within_family"]):
        text += f", within families p = {_p(row['p_within_family'])}"
    left = slopes[as_text(slopes["left_out"]) != ""]["slope"].dropna()
    if left.empty:
        return [text]
    ends = f"{format_score(float(left.min()))} to {format_score(float(left.max()))}"
    return [text, f"leaving out one model at a time: {ends}"]


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else format_score(float(value), 3)


def _choose(known: pd.DataFrame, capability: str | None, outcome: str | None) -> pd.DataFrame:
    if known.empty:
        return known
    wished = capability or str(known["capability"].iloc[0])
    rows = known[known["capability"] == wished]
    outcomes = list(pd.unique(rows["outcome"]))
    first = "distinctive" if "distinctive" in outcomes else (outcomes or [""])[0]
    return rows[rows["outcome"] == (outcome or first)]


def _like(regression: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the slopes of the same way of asking and labeller."""
    own = regression
    for name in ("elicitation", "labeller"):
        if name in regression and name in rows:
            own = own[as_text(own[name]) == str(rows[name].iloc[0])]
    return own


def _slopes(regression: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Keep the slopes of what is drawn, over all languages, without covariates."""
    own = regression[
        (regression["outcome"] == chosen["outcome"])
        & (regression["capability"] == chosen["capability"])
        & (regression["language"] == ALL)
    ]
    return own[as_text(own["covariates"]).isin(("none", ""))]


def _main(slopes: pd.DataFrame) -> dict[str, Any] | None:
    whole = slopes[(as_text(slopes["left_out"]) == "") & slopes["slope"].notna()]
    return None if whole.empty else {str(key): value for key, value in whole.iloc[0].items()}


def _lay_out(
    panels: Sequence[str], study: CultureGuide, rows: pd.DataFrame, chosen: Mapping[str, str]
) -> tuple[Figure, Sequence[Axes], list[Axes]]:
    abreast = _ABREAST if rows["model"].nunique() < _CROWD else 2
    deep = -(-len(panels) // abreast)
    columns = -(-len(panels) // deep)
    high = _PANEL if len(panels) > 1 else 3.6
    figure, axes = new_figure(
        1.9 + _LEGEND + 0.35 + deep * (high + 0.4), deep + 1, columns,
        height_ratios=[_LEGEND + 0.35, *[high] * deep],
    )  # fmt: skip
    places = list(axes[1:].flat)
    guide = study.guide(set(panels) - {ALL})
    low = np.nanmin(rows[["value", "ci_low"]].to_numpy(np.float64))
    top = np.nanmax(rows[["value", "ci_high"]].to_numpy(np.float64))
    spread = rows["score"].astype(float)
    margin = 0.06 * max(float(spread.max() - spread.min()), 0.1)
    for place, ax in enumerate(places):
        if place >= len(panels):
            ax.set_axis_off()
            continue
        style_axes(ax, grid="both")
        ax.axhline(0, color=MUTED, linewidth=0.8, zorder=1, gid=LEVEL_GID)
        ax.set_xlim(float(spread.min()) - margin, float(spread.max()) + margin)
        ax.set_ylim(min(float(low), 0) - 0.05, max(float(top), 0) + 0.05)
        ax.locator_params(nbins=5)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(ShortTicks())
        name = guide.short_name(panels[place]) if panels[place] != ALL else "all languages"
        ax.set_title(name, loc="left", fontsize=TEXT_SIZE, fontweight="bold", color=INK)
        ax.set_xlabel("capability", fontsize=LABEL_SIZE)
        if place % columns == 0:
            outcome = chosen["outcome"]
            ax.set_ylabel(OUTCOMES.get(outcome, outcome), fontsize=LABEL_SIZE)
        else:
            ax.tick_params(labelleft=False)
    return figure, axes[0], places[: len(panels)]


def _draw_points(ax: Axes, rows: pd.DataFrame, styles: Mapping[str, Mapping[str, Any]]) -> None:
    for row in named_rows(rows):
        style = styles[row.family]
        if np.isfinite(row.ci_low) and np.isfinite(row.ci_high):
            ax.vlines(row.score, row.ci_low, row.ci_high, color=style["color"], alpha=0.35)
        ax.plot(
            [row.score], [row.value], linestyle="none", markersize=6, zorder=3, label=row.model,
            **style,
        )  # fmt: skip


def _draw_slope(ax: Axes, rows: pd.DataFrame, slope: float) -> None:
    ends = np.array([rows["score"].min(), rows["score"].max()], np.float64)
    middle = (float(rows["score"].mean()), float(rows["value"].mean()))
    up = middle[1] + slope * (ends - middle[0])
    ax.plot(ends, up, color=INK, linewidth=1.2, gid=FIT_GID, zorder=2)


def _name_points(
    rows: pd.DataFrame, study: CultureGuide, styles: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Add what points are called: models, or of a single one its languages, and in what colour."""
    if rows["model"].nunique() == 1:
        guide = study.guide(rows["language"])
        names = [guide.short_name(str(code)) for code in rows["language"]]
        return rows.assign(shown=names, text_colour=INK)
    models = tell_apart(rows, study)
    return rows.assign(
        shown=rows["model"].map(models),
        text_colour=[readable(styles[family]["color"]) for family in rows["family"]],
    )


def _label(ax: Axes, rows: pd.DataFrame) -> None:
    if len(rows) > _FEW:
        return
    points: list[Point] = [
        (float(row.score), float(row.value), row.shown, row.text_colour) for row in named_rows(rows)
    ]
    bars = [
        Bbox.from_extents(row.score, row.ci_low, row.score, row.ci_high)
        for row in named_rows(rows)
        if np.isfinite(row.ci_low) and np.isfinite(row.ci_high)
    ]
    label_points(ax, points, bars)
    for label in ax.texts:
        if label.get_gid() == LABEL_GID:  # some have no place but over a bar
            label.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _key(family: str, style: Mapping[str, Any]) -> Line2D:
    return Line2D([], [], linestyle="none", markersize=6, label=family or "models", **style)


def _explain(
    chosen: Mapping[str, str], study: CultureGuide, slope: Mapping[str, Any] | None
) -> list[str]:
    name = CAPABILITIES.get(chosen["capability"], chosen["capability"])
    return [
        f"Across: {name}; up: {OUTCOMES.get(chosen['outcome'], chosen['outcome'])}".replace(
            "\n", " "
        ),
        f"Bars: {study.interval}, the wider one over questions or over batteries; of several "
        "native countries the mean of their bounds",
        "Line: one slope for all languages, each around its own mean; models are what is permuted, "
        "all languages of a model together"
        if slope is not None
        else "",
        "Few models of few families: an association is not an effect",
    ]
