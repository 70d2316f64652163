"""Alignment against the outcomes of the other studies, with what the tests say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.transforms import Bbox

from isogloss.figures.cross_names import name_metric, name_outcome, say_result
from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.labels import Point, label_points, tell_omitted
from isogloss.figures.levels import interval_name
from isogloss.figures.metrics import metric_of
from isogloss.figures.scatter import head_panel
from isogloss.figures.scoreboard import explain_notes
from isogloss.figures.style import (
    CHANCE,
    TEXT_SIZE,
    draw_chance,
    draw_message,
    new_figure,
    set_caption,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Row = Mapping[Hashable, Any]

POINT_GID = "point"
"""Group id of the points."""
_PANEL_HEIGHT, _HEAD = 3.5, 1.5
_ACROSS = 3
_LINE = 42
"""Characters above a panel."""
_KEYS = ["model", "predictor", "outcome", "outcome_metric"]
_NONE = "No other study has an outcome in languages whose alignment is known."
MIDDLE_THIRD = "mean over the middle third of the layers"
TITLE = "Alignment beside the other studies"


class _Panel(NamedTuple):
    """One outcome of one model: its languages, and what the test says."""

    row: Row
    points: pd.DataFrame

    @property
    def is_open(self) -> bool:
        return bool(self.row["gate"] == "open")


def draw_cross_study(
    points: pd.DataFrame,
    cross_study: pd.DataFrame,
    scoreboard: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str = "eng",
) -> Figure:
    """Draw a panel an outcome and model; what cannot be tested is grey and says what is lacking.

    There are no lines: the test is one of ranks.

    Args:
        points: model, predictor, outcome, outcome_metric, language, x, x_low, x_high, y, y_low,
            y_high, chance.
        cross_study: the table of that name; of it the rows of single models without covariates.
        scoreboard: model, study, note, confidence: what a reader must know of the outcomes.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that the others are compared with.
    """
    panels = _choose_panels(points, cross_study)
    if not panels:
        figure, axes = new_figure(2.2)
        draw_message(axes[0, 0], _NONE)
        set_title(figure, TITLE)
        return settle(figure)
    guide = guide_languages(languages, [pivot, *points["language"]])
    rows = -(-len(panels) // _ACROSS)
    figure, axes = new_figure(_HEAD + _PANEL_HEIGHT * rows, rows, min(_ACROSS, len(panels)))
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    for ax, panel in zip(axes.flat, panels, strict=False):
        _draw_panel(ax, panel, guide, labels, guide.name(pivot))
    caption = _caption(panels, scoreboard, labels, guide.name(pivot))
    set_title(figure, _title(panels))
    set_caption(figure, caption)
    settle(figure)
    omitted = sum(
        _label_panel(ax, panel, guide) for ax, panel in zip(axes.flat, panels, strict=False)
    )
    tell_omitted(figure, caption, omitted, sum(len(panel.points) for panel in panels))
    return figure


def _choose_panels(points: pd.DataFrame, cross_study: pd.DataFrame) -> list[_Panel]:
    rows = cross_study[(cross_study["level"] == 1) & (cross_study["covariates"] == "")]
    groups = dict(iter(points.groupby(_KEYS, sort=False)))
    order = rows.sort_values("confirmatory", ascending=False, kind="stable")
    return [
        _Panel(row, groups[tuple(row[key] for key in _KEYS)]) for row in order.to_dict("records")
    ]


def _title(panels: Sequence[_Panel]) -> str:
    tested = [panel for panel in panels if panel.is_open]
    if not tested:
        return f"{TITLE}: nothing can be tested here"
    found = sum(panel.row["verdict"] == "associated" for panel in tested)
    closed = len(panels) - len(tested)
    rest = f"; {closed} cannot be tested" if closed else ""
    return f"{TITLE}: an association in {found or 'none'} of {len(tested)} tests{rest}"


def _draw_panel(
    ax: Axes, panel: _Panel, guide: LanguageGuide, labels: Mapping[str, str], pivot: str
) -> None:
    style_axes(ax, grid="both")
    for point in named_rows(panel.points):
        colour = guide.colour(point.language) if panel.is_open else CHANCE
        bars: dict[str, Any] = {"color": colour, "linewidth": 1, "alpha": 0.3}
        ax.hlines(point.y, point.x_low, point.x_high, **bars)
        ax.vlines(point.x, point.y_low, point.y_high, **bars)
        ax.plot(
            [point.x], [point.y], marker=guide.marker(point.language), markersize=5.5,
            linestyle="none", color=colour, label=point.language, zorder=3, gid=POINT_GID,
        )  # fmt: skip
    for level in _levels(panel):
        draw_chance(ax, level)
    model = str(panel.row["model"])
    kind = "" if panel.row["confirmatory"] else "\nexploratory"
    head_panel(
        ax, f"{name_outcome(panel.row)}\n{labels.get(model, model)}{kind}",
        say_result(panel.row), _LINE,
    )  # fmt: skip
    name, _, other = str(panel.row["predictor"]).partition(" of ")
    of = f" ({labels.get(other, other)})" if other else ""
    ax.set_xlabel(f"{metric_of(name).label} with {pivot}{of}\n{MIDDLE_THIRD}", fontsize=TEXT_SIZE)
    ax.set_ylabel(name_metric(panel.row), fontsize=TEXT_SIZE)


def _levels(panel: _Panel) -> list[float]:
    """Give the level of chance if all languages share it."""
    levels = panel.points["chance"].dropna().unique().tolist()
    return levels if len(levels) == 1 else []


def _label_panel(ax: Axes, panel: _Panel, guide: LanguageGuide) -> int:
    """Write the codes of the languages beside their points, and count those without room."""
    rows = list(named_rows(panel.points.sort_values("y", ascending=False, kind="stable")))
    points: list[Point] = [
        (
            row.x,
            row.y,
            row.language,
            guide.text_colour(row.language) if panel.is_open else "#666666",
        )
        for row in rows
    ]
    bars = [Bbox.from_extents(row.x_low, row.y, row.x_high, row.y) for row in rows]
    bars += [Bbox.from_extents(row.x, row.y_low, row.x, row.y_high) for row in rows]
    drawn = [bar for bar in bars if np.isfinite(bar.extents).all()]
    return label_points(ax, points, drawn, _levels(panel))


def _caption(
    panels: Sequence[_Panel], scoreboard: pd.DataFrame, labels: Mapping[str, str], pivot: str
) -> list[str]:
    families = "colours and markers" if any(one.is_open for one in panels) else "markers"
    shown = {(str(panel.row["model"]), str(panel.row["outcome"])) for panel in panels}
    own = [
        (str(model), str(study)) in shown
        for model, study in zip(scoreboard["model"], scoreboard["study"], strict=True)
    ]
    return [
        f"A point a language other than {pivot}; {families} are families",
        f"Bars: {interval_name(scoreboard)}s; horizontal over sentences, vertical over what the "
        "outcome rests on",
        f"Alignment: {MIDDLE_THIRD}; that of the scoreboard is the mean over more of them",
        "Dotted: chance, where it is the same in all languages",
        "Rank correlations (ρ) are Spearman's; for all tests: p of the family together"
        if any(panel.is_open for panel in panels)
        else "",
        "" if all(panel.is_open for panel in panels) else "Grey: not tested, for the reasons above",
        *explain_notes(scoreboard[own], labels),
        "Amount of training text and quality of the translations lie behind both axes: an "
        "association says nothing about a cause",
    ]
