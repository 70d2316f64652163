"""How a model spreads over the survey's own answers, against the people of its languages."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch

from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_study import COUNTRY, CultureGuide, is_synthetic, order_languages
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    MUTED,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    style_axes,
)
from isogloss.figures.tables import model_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

BAR_GID, TITLE_GID, LACKING_GID = "share", "question", "lacking"
"""Group ids of shares, of the titles of questions, and of what is said where a bar is lacking."""
_TITLE = "answers on the survey's own scale"
_MOST, _FEWER, _ABREAST = 12, 8, 4
"""Questions of a figure, of one with two rows of languages, and languages beside each other."""
_WHO, _OFFSETS = ("model", "native", "all"), (0.28, 0.0, -0.28)
_COLOURS = "viridis"
_ROW, _LEGEND, _TITLE_WIDTH = 0.58, 0.24, 40
_BESIDE = 38
"""Points between the bars and the titles of questions."""
_BAR = 0.24
"""Height of a bar in its row, which is 1 high."""


def draw_closed_answers(
    closed_distributions: pd.DataFrame,
    survey_distributions: pd.DataFrame,
    study: CultureGuide,
    *,
    most: int | None = None,
) -> Figure:
    """Draw one model's distribution over the answers of up to twelve questions, by language.

    Three bars a question: the model, the native countries' mean and the mean of all countries.
    The model's shares are the softmax of its log-likelihoods, averaged over orders of the options.

    Args:
        closed_distributions: of one model.
        survey_distributions: the table of that name; its rows of level country.
        study: labels, questions with what their ends mean, main languages of countries.
        most: questions that are shown, some of every battery; twelve without a wish, or eight
            where there are more than four languages.

    Raises:
        Refusal: if there are rows of several models.
    """
    title = f"{model_label(closed_distributions, study.labels)}: {_TITLE}"
    synthetic = study.synthetic or is_synthetic(survey_distributions)
    people = survey_distributions[survey_distributions["level"] == COUNTRY]
    own = selected_shares(closed_distributions)
    known = set(own["question"]) & set(people["question"])
    if not known:
        message = (
            "There is no question that a model answered on the survey's own scale and of whose "
            "answers the shares are known in any country."
        )
        return say_instead(title, message, synthetic=synthetic)
    several = own["language"].nunique() > _ABREAST
    questions = _choose(known, study, most or (_FEWER if several else _MOST))
    languages = order_languages(own["language"], study)
    figure, top, axes = _lay_out(languages, questions, study)
    draw_legend(top, _list_keys(), 6)
    for code, ax in zip(languages, axes, strict=True):
        answered = own[own["language"] == code]
        _draw_language(ax, answered, people, questions, _natives(people, study, code))
    return finish(figure, title, _explain(known, questions), synthetic=synthetic)


def selected_shares(distributions: pd.DataFrame) -> pd.DataFrame:
    """Keep the formulation that stands for the model, where all options were scored.

    Args:
        distributions: `closed_distributions`.

    Returns:
        language, question, code, share.
    """
    kept = distributions["selected"].astype(bool) & distributions["complete"].astype(bool)
    return distributions.loc[kept, ["language", "question", "code", "share"]]


def _choose(known: set[str], study: CultureGuide, most: int) -> list[str]:
    """Take questions of every battery in turn, until there are enough; in the table's order."""
    listed = study.questions[study.questions["question"].isin(known)]
    turn = listed.groupby("battery", sort=False).cumcount()
    chosen = set(listed["question"].iloc[np.argsort(turn.to_numpy(), kind="stable")[:most]])
    ordered = listed[listed["question"].isin(chosen)]
    by_battery = ordered.assign(first=pd.factorize(ordered["battery"])[0])
    return [str(one) for one in by_battery.sort_values("first", kind="stable")["question"]]


def _natives(people: pd.DataFrame, study: CultureGuide, language: str) -> list[str]:
    return [str(code) for code in pd.unique(people["group"]) if study.spoken_in(code) == language]


def _lay_out(
    languages: Sequence[str], questions: Sequence[str], study: CultureGuide
) -> tuple[Figure, Sequence[Axes], list[Axes]]:
    deep = -(-len(languages) // _ABREAST)
    columns = -(-len(languages) // deep)
    high = _ROW * len(questions) + 0.1
    figure, axes = new_figure(
        1.7 + _LEGEND + deep * (high + 0.55), deep + 1, columns,
        height_ratios=[_LEGEND, *[high] * deep],
    )  # fmt: skip
    places = list(axes[1:].flat)
    guide = study.guide(languages)
    for place, ax in enumerate(places):
        if place >= len(languages):
            ax.set_axis_off()
            continue
        _style(ax, questions, study, named=place % columns == 0)
        ax.set_title(
            guide.short_name(languages[place]), loc="left", fontsize=TEXT_SIZE, fontweight="bold",
            color=INK,
        )  # fmt: skip
    return figure, axes[0], places[: len(languages)]


def _style(ax: Axes, questions: Sequence[str], study: CultureGuide, *, named: bool) -> None:
    style_axes(ax, grid="")
    ax.spines["left"].set_visible(False)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.set_ylim(-0.5, len(questions) - 0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("share of answers", fontsize=LABEL_SIZE)
    places = [place + offset for place in range(len(questions))[::-1] for offset in _OFFSETS]
    ax.set_yticks([])
    if named:
        ax.set_yticks(places, [*_WHO] * len(questions), fontsize=LABEL_SIZE - 1)
    for place, question in enumerate(reversed(questions)) if named else ():
        ax.annotate(
            _name(question, study), (0, place), xycoords=("axes fraction", "data"),
            xytext=(-_BESIDE, 0), textcoords="offset points", ha="right", va="center",
            fontsize=LABEL_SIZE - 0.5, color=INK, gid=TITLE_GID, linespacing=1.0,
        )  # fmt: skip
    for border in range(1, len(questions)):
        ax.axhline(border - 0.5, color=FAINT, linewidth=0.6, zorder=0)


def _name(question: str, study: CultureGuide) -> str:
    """Give the title of a question, and below it what the ends of its scale mean."""
    row = study.questions.set_index("question").loc[question]
    parts = [str(row["title"])]
    if {"lowest_means", "highest_means"} <= set(row.index):
        parts.append(f"{row['lowest_means']} – {row['highest_means']}")
    return "\n".join(textwrap.fill(part, _TITLE_WIDTH) for part in parts)


def _draw_language(
    ax: Axes,
    own: pd.DataFrame,
    people: pd.DataFrame,
    questions: Sequence[str],
    natives: Sequence[str],
) -> None:
    corners: list[NDArray[np.float64]] = []
    colours: list[Any] = []
    for place, question in enumerate(reversed(questions)):
        answers = people[people["question"] == question]
        model = own[own["question"] == question].set_index("code")["share"]
        codes = sorted(set(answers["code"]) | set(model.index))
        who = (
            model.reindex(codes, fill_value=0.0) if len(model) else None,
            _mean(answers[answers["group"].isin(natives)], codes),
            _mean(answers, codes),
        )
        for offset, name, shares in zip(_OFFSETS, _WHO, who, strict=True):
            if shares is None:
                _say_nothing(ax, place + offset, name)
                continue
            corners += _bars(np.asarray(shares, np.float64), place + offset)
            colours += _shades(len(codes))
    ax.add_collection(
        PolyCollection(
            corners, facecolors=colours, edgecolors="white", linewidths=0.3, gid=BAR_GID
        ),
        autolim=False,
    )


def _mean(answers: pd.DataFrame, codes: Sequence[int]) -> pd.Series[float] | None:
    """Average the shares of countries, each counting the same."""
    if answers.empty:
        return None
    wide = answers.pivot_table(index="group", columns="code", values="share", fill_value=0.0)
    return wide.mean().reindex(list(codes), fill_value=0.0)


def _bars(shares: NDArray[np.float64], height: float) -> list[NDArray[np.float64]]:
    """Give the corners of the parts of a bar."""
    ends = np.concatenate([[0.0], np.cumsum(shares)])
    low, high = height - _BAR / 2, height + _BAR / 2
    return [
        np.array([(left, low), (right, low), (right, high), (left, high)])
        for left, right in pairwise(ends)
    ]


def _say_nothing(ax: Axes, height: float, name: str) -> None:
    text = "no answer" if name == _WHO[0] else "no such country"
    ax.text(0.01, height, text, va="center", color=MUTED, fontsize=LABEL_SIZE - 1, gid=LACKING_GID)


def _shades(count: int) -> list[Any]:
    places: NDArray[np.float64] = np.linspace(0.06, 0.97, max(count, 2))[:count]
    return [colormaps[_COLOURS](place) for place in places]


def _list_keys() -> list[Any]:
    labels = ("lowest code of the scale", "", "", "", "highest code")
    return [
        Patch(facecolor=shade, label=label) for shade, label in zip(_shades(5), labels, strict=True)
    ]


def _explain(known: set[str], questions: Sequence[str]) -> list[str]:
    left = len(known) - len(questions)
    return [
        "Bars of a question: the model; the countries where the language is the main one; all "
        "countries; countries count the same",
        "The model's shares: softmax over its log-likelihoods of the options, mean over orders of "
        "the options: what it would be likely to write, which is no interview of anybody",
        f"{len(questions)} of {len(known)} questions, some of every battery" if left else "",
    ]
