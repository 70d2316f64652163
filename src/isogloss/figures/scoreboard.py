"""The scoreboard: every study of every model, language by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.patches import Rectangle

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import format_interval, format_range, format_score
from isogloss.figures.levels import interval_name
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    PANEL_SIZE,
    draw_message,
    new_figure,
    set_caption,
    set_title,
    settle,
)
from isogloss.figures.task_names import ACCURACY, measure_of
from isogloss.scoreboard_columns import STUDIES

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Cell = Mapping[Hashable, Any]

CELL_GID, MISSING_GID, HEAD_GID, CODE_GID = "cell", "missing", "head", "code"
"""Group ids of the cells, of the hatches where there is none, of the headings and of the codes."""
NOT_ABOVE = "°"
"""Behind a value that is not above chance."""
TITLE = "Scoreboard: what was measured of each model in each language"
_COLOURS = "YlGnBu"
_ACROSS = 10
"""Columns that stand side by side; further models come below."""
_ROW, _LOW_ROW, _MANY = 0.33, 0.17, 30
"""Inches: height of a row, and where there are many languages, which leaves out the intervals."""
_HEAD, _FOOT = 1.3, 1.0
_HIGHEST = 45.0
"""Inches: of many models in many languages, those that fit are drawn."""
_DARK = 0.55
_HATCH: dict[str, Any] = {
    "facecolor": "#fafafa", "hatch": "///", "edgecolor": FAINT, "linewidth": 0, "gid": MISSING_GID,
}  # fmt: skip


class Column(NamedTuple):
    """One study of one model.

    Attributes:
        model: its name.
        study: as in the table.
        role: of the language in merging.
        rows: of the table.
    """

    model: str
    study: str
    role: str
    rows: pd.DataFrame

    @property
    def cells(self) -> dict[str, Cell]:
        """Give the row of every language."""
        return {str(row["language"]): row for row in self.rows.to_dict("records")}


def draw_scoreboard(
    scoreboard: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pivot: str,
) -> Figure:
    """Draw the studies of every model side by side, languages down; what is missing is hatched.

    Colours say how far a value is on its way from chance to the highest there can be, so that
    columns of different units can be looked at together; they are not added up. Models beyond what
    can be looked at in one figure are named below it.

    Args:
        scoreboard: model, language, study, role, metric, value, ci_low, ci_high, confidence, n,
            unit, chance, above_chance.
        languages: the table of languages.
        labels: model -> what to call it.
        pivot: the language that the others are compared with; it comes first.
    """
    if scoreboard.empty:
        figure, axes = new_figure(2.0)
        draw_message(axes[0, 0], "No study has a score yet.")
        set_title(figure, TITLE)
        return settle(figure)
    guide = guide_languages(languages, scoreboard["language"])
    codes = sorted(guide.order(set(scoreboard["language"])), key=lambda code: code != pivot)
    many = len(codes) > _MANY
    each = _HEAD + len(codes) * (_LOW_ROW if many else _ROW)
    arranged = _arrange(list_columns(scoreboard))
    panels = arranged[: max(1, int((_HIGHEST - _FOOT) / each))]
    left_out = [column for panel in arranged[len(panels) :] for column in panel]
    height = len(panels) * each + _FOOT
    figure, axes = new_figure(height, len(panels))
    for ax, columns in zip(axes[:, 0], panels, strict=True):
        _draw_panel(ax, columns, codes, guide, labels, many=many)
    set_title(figure, TITLE)
    shown = scoreboard["model"].isin([column.model for panel in panels for column in panel])
    set_caption(
        figure, [*_explain(scoreboard[shown], labels, many=many), _tell_left_out(left_out, labels)]
    )
    return settle(figure)


def list_columns(scoreboard: pd.DataFrame) -> list[Column]:
    """List the columns: models as in the table, studies in the order of all pages.

    Args:
        scoreboard: model, study, role, language and so on.
    """
    found = [
        Column(str(model), str(study), str(role), rows)
        for (model, study, role), rows in scoreboard.groupby(["model", "study", "role"], sort=False)
    ]
    models = list(dict.fromkeys(scoreboard["model"]))
    return sorted(
        found,
        key=lambda one: (models.index(one.model), STUDIES.index(one.study), one.role == "source"),
    )


def study_label(study: str, role: str = "") -> str:
    """Name a study for a heading: `Merging, as source`."""
    return study.capitalize() + (f", as {role}" if role else "")


def explain_notes(scoreboard: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """Give what a reader must know of some studies: `Reading: 16 items`.

    Args:
        scoreboard: study, model, note.
        labels: model -> what to call it.
    """
    found: dict[str, list[str]] = {}
    for study, rows in scoreboard.groupby("study", sort=False):
        for note in name_notes(rows, labels):
            found.setdefault(note, []).append(study_label(str(study)))
    return [f"{' and '.join(studies)}: {note}" for note, studies in found.items()]


def name_notes(rows: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """List the notes of a study; one that is not on all its models says on which it is.

    Args:
        rows: of the study: model, note.
        labels: model -> what to call it.
    """
    noted = rows.loc[rows["note"] != "", ["note", "model"]].drop_duplicates()
    count = rows["model"].nunique()
    return [
        str(note)
        if len(models) == count
        else f"{note} ({', '.join(labels.get(model, model) for model in models)})"
        for note, models in noted.groupby("note", sort=False)["model"]
    ]


def metric_label(metric: str) -> str:
    """Name a metric of the scoreboard in few words."""
    if metric.startswith(ACCURACY) or metric in ("comet", "chrf", "bleu"):
        return measure_of(metric).label
    if metric.startswith(("mexa", "auc", "retrieval", "recall", "cosine", "cka", "contrast")):
        return metric_of(metric).label
    return metric.replace("_", " ").replace("spearman", "ρ")


def metric_digits(metric: str) -> int:
    """Give how many digits after the point a value has: chrF++ lies in 0..100."""
    return 1 if metric in ("chrf", "bleu") else 2


def _arrange(columns: Sequence[Column]) -> list[list[Column]]:
    """Put models side by side as long as there is room; none is broken off."""
    panels: list[list[Column]] = []
    for model in dict.fromkeys(one.model for one in columns):
        own = [one for one in columns if one.model == model]
        if panels and len(panels[-1]) + len(own) <= _ACROSS:
            panels[-1] += own
        else:
            panels.append(own)
    return panels


def _draw_panel(
    ax: Axes,
    columns: Sequence[Column],
    codes: Sequence[str],
    guide: LanguageGuide,
    labels: Mapping[str, str],
    *,
    many: bool,
) -> None:
    ax.set_axis_off()
    ax.set_xlim(-0.5, max(len(columns), _ACROSS * 0.6) - 0.5)
    ax.set_ylim(len(codes) - 0.5, -0.5)
    for row, code in enumerate(codes):
        ax.annotate(
            guide.short_name(code), (-0.56, row), ha="right", va="center", gid=CODE_GID,
            fontsize=LABEL_SIZE - many, color=guide.text_colour(code), annotation_clip=False,
        )  # fmt: skip
    for place, column in enumerate(columns):
        _draw_head(ax, place, column, len(codes))
        cells = column.cells
        for row, code in enumerate(codes):
            _draw_cell(ax, place, row, cells.get(code), many=many)
    for model in dict.fromkeys(one.model for one in columns):
        first = next(place for place, one in enumerate(columns) if one.model == model)
        ax.annotate(
            labels.get(model, model), (first - 0.48, -0.5), xytext=(0, 54),
            textcoords="offset points", fontsize=PANEL_SIZE, fontweight="bold", color=INK,
            annotation_clip=False,
        )  # fmt: skip
        if first:
            ax.axvline(first - 0.5, color="white", linewidth=5, zorder=3)


def _draw_head(ax: Axes, place: int, column: Column, rows: int) -> None:
    """Write study, metric and n above a column, in its own width."""
    first = column.rows.iloc[0]
    study, _, role = study_label(column.study, column.role).partition(", ")
    metric = metric_label(str(first["metric"])).replace(", pool of", "\npool of")
    counts = sorted(set(column.rows["n"].astype(int)))
    n = f"n = {format_range(counts)}"
    text = "\n".join([*([role] if role else []), metric.replace(" ρ", "\nρ"), n])
    ax.annotate(
        f"{study}", (place, -0.5), xytext=(0, 42), textcoords="offset points", ha="center",
        va="center", fontsize=LABEL_SIZE, fontweight="bold", color=INK, gid=HEAD_GID,
        annotation_clip=False,
    )  # fmt: skip
    ax.annotate(
        f"{text} {first['unit']}" if len(n) + len(str(first["unit"])) < 17
        else f"{text}\n{first['unit']}",
        (place, -0.5), xytext=(0, 3), textcoords="offset points", ha="center", va="bottom",
        fontsize=LABEL_SIZE - 1.8, color=MUTED, linespacing=1.05, annotation_clip=False,
    )  # fmt: skip


def _draw_cell(ax: Axes, place: int, row: int, cell: Cell | None, *, many: bool) -> None:
    corner = (place - 0.5, row - 0.5)
    if cell is None:
        ax.add_patch(Rectangle(corner, 1, 1, **_HATCH))
        ax.text(place, row, "–", ha="center", va="center", fontsize=LABEL_SIZE, color=MUTED)
        return
    strength = _strength(cell)
    colour = colormaps[_COLOURS](0.05 + 0.85 * strength)
    ax.add_patch(
        Rectangle(corner, 1, 1, facecolor=colour, edgecolor="white", linewidth=1, gid=CELL_GID)
    )
    ink = "white" if strength > _DARK else INK
    digits = metric_digits(str(cell["metric"]))
    above: bool | None = None if pd.isna(cell["above_chance"]) else bool(cell["above_chance"])
    mark = NOT_ABOVE if above is False else ""
    text = _minus(format_score(float(cell["value"]), digits)) + mark
    interval = _minus(format_interval(float(cell["ci_low"]), float(cell["ci_high"]), digits))
    low = 0.0 if many or not interval else 0.17
    ax.text(place, row - low, text, ha="center", va="center", color=ink,
            fontsize=LABEL_SIZE - 2 * many, fontweight="bold" if above else "normal")  # fmt: skip
    if low:
        ax.text(place, row + 0.26, interval, ha="center", va="center", color=ink,
                fontsize=LABEL_SIZE - 2)  # fmt: skip


def _minus(text: str) -> str:
    """Write a minus sign for each hyphen, which small letters show as a bold dash."""
    return text.replace("-", "\N{MINUS SIGN}")


def _strength(cell: Cell) -> float:
    """Give how far a value is on its way from chance to the highest there can be."""
    highest = 100.0 if metric_digits(str(cell["metric"])) == 1 else 1.0
    chance = float(cell["chance"]) if np.isfinite(cell["chance"]) else 0.0
    return float(np.clip((float(cell["value"]) - chance) / max(highest - chance, 1e-9), 0, 1))


def _tell_left_out(columns: Sequence[Column], labels: Mapping[str, str]) -> str:
    """Name the models that the figure has no room for."""
    names = [labels.get(model, model) for model in dict.fromkeys(one.model for one in columns)]
    return f"No room for {', '.join(names)}: see scoreboard.csv" if names else ""


def _explain(scoreboard: pd.DataFrame, labels: Mapping[str, str], *, many: bool) -> list[str]:
    return [
        f"Brackets: {interval_name(scoreboard)}s" if not many else "Intervals: see scoreboard.csv",
        f"Bold: above chance, adjusted over the languages; {NOT_ABOVE}: not; neither: not tested",
        "Colour: how far from chance to the highest there can be",
        "Hatched: not measured",
        *explain_notes(scoreboard, labels),
    ]
