"""How alike the answers of a model to the same question are, against groups of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_reasons import list_reasons, say_inconsistent
from isogloss.figures.culture_rows import (
    RowPlan,
    ShortTicks,
    draw_interval,
    lay_out_rows,
    plan_rows,
)
from isogloss.figures.culture_study import (
    CultureGuide,
    as_text,
    choose_answers,
    choose_people,
    count_questions,
    describe_groups,
    explain_answers,
    family_styles,
    is_synthetic,
)
from isogloss.figures.formats import format_score
from isogloss.figures.style import LABEL_SIZE, MUTED
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND_GID, COUNTRY_GID = "band", "country"
"""Group ids of the bands of countries, and of the ticks and codes of single countries."""
_TITLE = "Self-consistency: how alike answers to the same question are"
_BAND = "#d9e4ec"


def draw_self_consistency(self_consistency: pd.DataFrame, study: CultureGuide) -> Figure:
    """Draw the self-consistency of models in every language over the range of human groups.

    Args:
        self_consistency: kind (model or country), name, family, language, value, ci_low, ci_high,
            reason.
        study: labels and names.
    """
    synthetic = study.synthetic or is_synthetic(self_consistency)
    asked = self_consistency[self_consistency["kind"] == "model"]
    known = self_consistency.dropna(subset=["value"]).rename(columns={"name": "model"})
    known = known.assign(low=known["ci_low"].astype(float), high=known["ci_high"].astype(float))
    every = known[known["kind"] == "model"]
    models = choose_answers(every)
    people = choose_people(known, models)
    if models.empty:
        message = say_inconsistent(choose_answers(asked))
        return say_instead(_TITLE, message, synthetic=synthetic)
    plan = plan_rows(models, study)
    styles = _style(models)
    figure, axes = lay_out_rows(plan, _list_keys(styles, people), 1, "correlation of two answers")
    for panel, ax in axes.items():
        _draw_band(ax, plan, panel, people)
    for row in named_rows(models):
        panel, name = plan.place(row)
        draw_interval(axes[panel], row, plan.height(name), styles[str(row.family)])
    _share_limits(list(axes.values()), known)
    whose = "" if plan.by_language else f"{study.label(plan.panels[0])}. "
    title = f"{whose}{_TITLE}, {count_questions(models)}"
    return finish(
        figure,
        title,
        [
            explain_answers(every, models),
            *_explain(people, models, study),
            *_name_gaps(choose_answers(asked)),
        ],
        synthetic=synthetic,
    )


def _style(models: pd.DataFrame) -> dict[str, dict[str, Any]]:
    styles = family_styles(as_text(models["family"]))
    return {family: {**style, "markersize": 5.5} for family, style in styles.items()}


def _list_keys(styles: Mapping[str, Mapping[str, Any]], people: pd.DataFrame) -> list[Any]:
    keys: list[Any] = []
    if len(styles) > 1:
        keys = [
            Line2D([], [], linewidth=1.4, label=f"models: {family}", **style)
            for family, style in styles.items()
        ]
    if len(people):
        keys.append(Patch(facecolor=_BAND, label="range of countries"))
        tick: dict[str, Any] = {"marker": "|", "markersize": 9, "linestyle": "none", "color": MUTED}
        keys.append(Line2D([], [], label="countries of the language", **tick))
    return keys


def _draw_band(ax: Axes, plan: RowPlan, panel: str, people: pd.DataFrame) -> None:
    """Shade the range of all countries, and mark the native ones."""
    if people.empty:
        return
    low, high = float(people["value"].min()), float(people["value"].max())
    ax.axvspan(low, high, color=_BAND, linewidth=0, zorder=0.5, gid=BAND_GID)
    for row in plan.rows if not plan.by_language else [panel]:
        own = people[people["language"] == row].sort_values("value")
        if plan.by_language:
            top = len(plan.rows) - 0.45
            ax.vlines(own["value"], top - 0.12, top, color=MUTED, linewidth=1, gid=COUNTRY_GID)
            _name(ax, own, top)
        else:
            height = plan.height(row)
            ax.vlines(
                own["value"], height - 0.32, height + 0.32, color=MUTED, linewidth=1.2,
                gid=COUNTRY_GID,
            )  # fmt: skip


def _name(ax: Axes, own: pd.DataFrame, top: float) -> None:
    """Write the code of the country above the panel; of several the lowest and the highest."""
    named = own.iloc[[0, -1]] if len(own) > 1 else own
    for place, (code, value) in enumerate(zip(named["model"], named["value"], strict=True)):
        last = place == len(named) - 1
        side = "center" if len(named) == 1 else "left" if last else "right"
        ax.annotate(
            str(code), (float(value), top), xytext=(0, 1), textcoords="offset points", ha=side,
            fontsize=LABEL_SIZE - 1, color=MUTED, gid=COUNTRY_GID,
        )  # fmt: skip


def _share_limits(axes: Sequence[Axes], rows: pd.DataFrame) -> None:
    drawn = rows[["value", "low", "high"]].to_numpy(np.float64)
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    low, high = min(low, 0.0), max(high, 1.0)
    for ax in axes:
        ax.set_xlim(low - 0.02, high + 0.02)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(ShortTicks())


def _explain(people: pd.DataFrame, models: pd.DataFrame, study: CultureGuide) -> list[str]:
    lines = [
        "Correlation over questions of two different answers to the same question (Pearson), each "
        "a share of pro among its opinions; an answer is never compared with itself",
        f"Bars: {study.interval} over questions",
    ]
    if people.empty:
        return [*lines, "No human groups: the survey's ground truth tells no variance of groups"]
    ends = [format_score(float(end)) for end in (people["value"].min(), people["value"].max())]
    return [
        *lines,
        f"Range of countries: the same number for groups of {describe_groups(people, models)}, "
        f"drawn from each of {len(people)} countries, on the same questions: {ends[0]} to "
        f"{ends[1]}",
        warn_of_variances(people),
        "A model above the range varies less than as many people do; below it, more",
    ]


def _name_gaps(asked: pd.DataFrame) -> list[str]:
    """Say why rows have no mark; nothing where all have one."""
    lacking = int(asked["value"].isna().sum())
    return [f"Without a mark: {lacking} ({'; '.join(list_reasons(asked))})"] if lacking else []


def warn_of_variances(people: pd.DataFrame) -> str:
    """Say for how many countries the variance of groups is assumed; empty if for none.

    Args:
        people: rows of countries of `self_consistency`.
    """
    assumed = int((people["variance"] == "binomial").sum()) if "variance" in people else 0
    if not assumed:
        return ""
    return (
        f"For {assumed} of {len(people)} countries the weights of respondents are not known: with "
        "equal weights the number is too high"
    )
