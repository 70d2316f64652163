"""What agreement consists of: every question's mean answer against the range of countries."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_rows import draw_interval
from isogloss.figures.culture_study import (
    CLOSED,
    COUNTRY,
    ELICITATIONS,
    OPEN,
    CultureGuide,
    is_synthetic,
    order_languages,
)
from isogloss.figures.formats import format_score
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    style_axes,
)
from isogloss.figures.tables import model_label
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RANGE_GID, MEAN_GID, NATIVE_GID, BATTERY_GID = "range", "mean", "native-score", "battery"
"""Group ids of ranges of countries, of their means, of native countries, and of batteries."""
_TITLE = "mean answer to every question, against countries"
_RANGE = "#dbe3ea"
_STYLES: dict[str, dict[str, Any]] = {
    OPEN: {"color": "#0072B2", "marker": "D", "markersize": 4.5},
    CLOSED: {"color": "#009E73", "marker": "s", "markersize": 4.5, "markerfacecolor": "white"},
}
_NATIVE: dict[str, Any] = {
    "color": "#D55E00", "marker": "o", "markersize": 3.4, "linestyle": "none",
}  # fmt: skip
_ABREAST, _LINE, _LEGEND, _TITLE_WIDTH = 4, 0.175, 0.4, 50
_FURTHER = 0.65
"""Height of a further line of a title, in lines."""


@dataclass(frozen=True)
class Lines:
    """Where the questions stand, batteries as groups with a heading each.

    Attributes:
        heights: question -> height, the first line highest.
        headings: battery -> height.
        titles: question -> its title, broken into lines.
        count: how many lines there are; a title of two takes more than one.
    """

    heights: dict[str, float]
    headings: dict[str, float]
    titles: dict[str, str]
    count: float


def draw_survey_profile(
    question_means: pd.DataFrame, survey_ground_truth: pd.DataFrame, study: CultureGuide
) -> Figure:
    """Draw one model's mean answer to every question, a panel a language.

    Behind it the range of all countries with their mean, and the native countries.

    Args:
        question_means: of one model and one labeller: model, elicitation, language, question, mean,
            ci_low, ci_high.
        survey_ground_truth: the table of that name; its rows of level country.
        study: labels, questions with their batteries, and main languages of countries.

    Raises:
        Refusal: if there are rows of several models.
    """
    synthetic = study.synthetic or is_synthetic(survey_ground_truth)
    means = question_means.dropna(subset=["mean"])
    people = survey_ground_truth[survey_ground_truth["level"] == COUNTRY]
    people = people[people["question"].isin(means["question"])]
    shared = means[means["question"].isin(people["question"])]
    if shared.empty:
        message = "No question has both an answer of a model and a score of a country."
        return say_instead(_TITLE[0].upper() + _TITLE[1:], message, synthetic=synthetic)
    lines = _place_lines(people, study)
    languages = order_languages(shared["language"], study)
    figure, top, axes = _lay_out(languages, lines, study)
    draw_legend(top, _list_keys(shared), 3)
    for code, ax in zip(languages, axes, strict=True):
        _draw_people(ax, people, lines, study, code)
        _draw_model(ax, shared[shared["language"] == code], lines)
    n = f"n\u00a0=\u00a0{len(lines.heights)}\u00a0questions"
    title = f"{model_label(shared, study.labels)}: {_TITLE}, {n}"
    return finish(figure, title, _explain(means, shared, study), synthetic=synthetic)


def _place_lines(people: pd.DataFrame, study: CultureGuide) -> Lines:
    """Put batteries in the order of the questions' table, and questions by the countries' mean."""
    mean = people.groupby("question")["pro_score"].mean()
    listed = study.questions[study.questions["question"].isin(mean.index)]
    batteries = dict(zip(listed["question"], listed["battery"].astype(str), strict=True))
    unlisted = [question for question in mean.index if question not in batteries]
    batteries |= dict.fromkeys(map(str, unlisted), "other")
    order: list[tuple[str, str]] = []
    for battery in dict.fromkeys(batteries.values()):
        own = [question for question, name in batteries.items() if name == battery]
        order.append(("", battery))
        order += [(question, battery) for question in sorted(own, key=lambda one: -mean[one])]
    known = dict(zip(study.questions["question"], study.questions["title"], strict=True))
    titles = {one: textwrap.fill(str(known.get(one, one)), _TITLE_WIDTH) for one in batteries}
    sizes = np.array([1 + _FURTHER * titles.get(one, "").count("\n") for one, _ in order])
    # the middle of every line, counted from below; those at the ends are half a line from them
    up = sizes.sum() - np.cumsum(sizes) + (sizes - 1) / 2
    heights = {one: float(at) for at, (one, _) in zip(up, order, strict=True) if one}
    headings = {name: float(at) for at, (one, name) in zip(up, order, strict=True) if not one}
    return Lines(heights, headings, titles, float(sizes.sum()))


def _lay_out(
    languages: Sequence[str], lines: Lines, study: CultureGuide
) -> tuple[Figure, Sequence[Axes], list[Axes]]:
    deep = -(-len(languages) // _ABREAST)
    columns = -(-len(languages) // deep)
    high = lines.count * _LINE + 0.1
    figure, axes = new_figure(
        1.6 + _LEGEND + deep * (high + 0.55), deep + 1, columns,
        height_ratios=[_LEGEND, *[high] * deep], sharex=False,
    )  # fmt: skip
    places = list(axes[1:].flat)
    guide = study.guide(languages)
    for place, ax in enumerate(places):
        if place >= len(languages):
            ax.set_axis_off()
            continue
        _style(ax, lines, study, named=place % columns == 0)
        natives = _natives(study, languages[place])
        beside = f" ({natives})" if natives else ""
        ax.set_title(
            f"{guide.short_name(languages[place])}{beside}", loc="left", fontsize=TEXT_SIZE,
            fontweight="bold", color=INK,
        )  # fmt: skip
    return figure, axes[0], places[: len(languages)]


def _natives(study: CultureGuide, language: str) -> str:
    rows = study.country_languages
    codes = sorted(rows.loc[rows["language"] == language, "country"].astype(str))
    return " ".join(codes) if len(codes) <= 4 else f"{len(codes)} countries"


def _style(ax: Axes, lines: Lines, study: CultureGuide, *, named: bool) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    # Whole markers at the ends, too.
    ax.set_xlim(-0.05, 1.05)
    ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.set_ylim(-0.7, lines.count - 0.3)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("share of pro", fontsize=LABEL_SIZE)
    names = [lines.titles[one] for one in lines.heights]
    ax.set_yticks([])
    if named:
        places = [*lines.heights.values(), *lines.headings.values()]
        ax.set_yticks(
            places, [*names, *lines.headings], fontsize=LABEL_SIZE - 0.5, linespacing=0.95
        )
    for text in ax.get_yticklabels()[len(names) :]:
        text.set_fontweight("bold")
        text.set_gid(BATTERY_GID)
    for height in lines.headings.values():
        ax.axhline(height + 0.5, color=FAINT, linewidth=0.6, zorder=0)


def _draw_people(
    ax: Axes, people: pd.DataFrame, lines: Lines, study: CultureGuide, language: str
) -> None:
    spread = people.groupby("question")["pro_score"].agg(["min", "max", "mean"])
    up = [lines.heights[str(question)] for question in spread.index]
    ax.hlines(up, spread["min"], spread["max"], color=_RANGE, linewidth=6, gid=RANGE_GID, zorder=1)
    ax.plot(
        spread["mean"], up, marker="|", markersize=8, color=INK, linestyle="none", gid=MEAN_GID,
        zorder=2,
    )  # fmt: skip
    spoken = {code for code in pd.unique(people["group"]) if study.spoken_in(code) == language}
    own = people[people["group"].isin(spoken)]
    ax.plot(
        own["pro_score"], [lines.heights[str(one)] for one in own["question"]], gid=NATIVE_GID,
        alpha=0.85, zorder=2.5, **_NATIVE,
    )  # fmt: skip


def _draw_model(ax: Axes, rows: pd.DataFrame, lines: Lines) -> None:
    renamed = rows.rename(columns={"mean": "value", "ci_low": "low", "ci_high": "high"})
    both = rows["elicitation"].nunique() > 1
    shift = {OPEN: 0.17, CLOSED: -0.17} if both else {}
    for row in named_rows(renamed):
        height = lines.heights[str(row.question)] + shift.get(str(row.elicitation), 0.0)
        draw_interval(ax, row, height, _STYLES[str(row.elicitation)], thick=1.1)


def _list_keys(rows: pd.DataFrame) -> list[Any]:
    keys: list[Any] = [
        Line2D([], [], linewidth=1.1, label=f"model, {name}", **_STYLES[kind])
        for kind, name in ELICITATIONS.items()
        if (rows["elicitation"] == kind).any()
    ]
    mean: dict[str, Any] = {"marker": "|", "markersize": 9, "linestyle": "none", "color": INK}
    return [
        *keys,
        Patch(facecolor=_RANGE, label="range of countries"),
        Line2D([], [], label="mean of countries", **mean),
        Line2D([], [], label="native countries", **_NATIVE),
    ]


def _explain(means: pd.DataFrame, shared: pd.DataFrame, study: CultureGuide) -> list[str]:
    without = means.loc[~means["question"].isin(shared["question"]), "question"].nunique()
    wide = shared["ci_high"].astype(float) - shared["ci_low"].astype(float)
    reach = format_score(float(wide.median()) / 2) if wide.notna().any() else ""
    return [
        "Share of pro: of the respondents, or of the opinions in a model's answers, that are pro "
        "or con",
        f"Bars: {study.interval} over prompts (half a width of {reach}, median)" if reach else "",
        "Batteries of like questions in bold; within them questions by the countries' mean",
        f"Not here: {without} questions without a score of any country" if without else "",
        "A model that is near the tick everywhere agrees with all countries, hence with each",
    ]
