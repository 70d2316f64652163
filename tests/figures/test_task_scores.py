from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from isogloss.errors import Refusal
from isogloss.figures import draw_task_scores
from isogloss.figures.rows import VALUE_GID
from isogloss.figures.style import LEVEL_GID
from isogloss.figures.task_captions import explain_chance
from tests.figures.conftest import CODES, MANY
from tests.figures.drawn import caption
from tests.figures.task_examples import make_options, make_task_scores, make_translation

MODEL = "gemma_270m_q4"


def points(ax: Axes) -> dict[str, Line2D]:
    """The drawn points by language, from the top down."""
    found = [line for line in ax.lines if line.get_marker() not in ("", "None", None)]
    found.sort(key=lambda line: -float(line.get_ydata()[0]))  # type: ignore[index,arg-type]
    return {str(line.get_label()): line for line in found}


def x_of(line: Line2D) -> float:
    return float(line.get_xdata()[0])  # type: ignore[index,arg-type]


def row_names(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_yticklabels()]


def test_rows_are_the_pivot_and_then_the_languages_by_score(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_task_scores(MODEL, CODES[:8])
    figure = draw_task_scores(table, languages, labels=labels)
    assert figure.get_suptitle().startswith("Gemma 3 270M, 4-bit (Q4_K_M)")
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == [
        "Reading",
        "Knowledge",
        "Translation into English",
        "Translation from English",
    ]
    reading = figure.axes[0]
    own = table[(table["task"] == "belebele") & table["selected"]].set_index("language")["score"]
    order = ["eng", *own.drop("eng").sort_values(ascending=False).index]
    drawn = points(reading)
    assert list(drawn) == order
    assert [x_of(line) for line in drawn.values()] == own[order].tolist()
    assert row_names(reading)[0] == "English"
    assert "eng" not in points(figure.axes[2])
    values = [text.get_text() for text in figure.axes[2].texts if text.get_gid() == VALUE_GID]
    assert values[0] == "75.0"
    assert figure.axes[2].get_xlabel() == "chrF++\nn = 100"


def test_intervals_are_drawn_as_they_stand_in_the_table(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_options(MODEL, "belebele", ("eng",), n=900)
    figure = draw_task_scores(table, languages, labels=labels)
    [bar] = [own for own in figure.axes[0].collections if isinstance(own, LineCollection)]
    row = table[table["selected"]].iloc[0]
    assert bar.get_segments()[0][:, 0].tolist() == [row["ci_low"], row["ci_high"]]


def test_what_is_not_told_from_chance_is_hollow_and_pale(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_options(MODEL, "belebele", CODES[:6])
    chosen = table["selected"]
    table.loc[chosen, "above_chance"] = ~table.loc[chosen, "language"].isin(["fra", "rus"])
    figure = draw_task_scores(table, languages, labels=labels)
    drawn = points(figure.axes[0])
    hollow = {code for code, line in drawn.items() if line.get_markerfacecolor() == "white"}
    assert hollow == {"fra", "rus"}
    assert {line.get_alpha() for code, line in drawn.items() if code in hollow} == {0.6}
    assert "Hollow and pale: not told from chance" in caption(figure)
    [level] = [line for line in figure.axes[0].lines if line.get_gid() == LEVEL_GID]
    assert x_of(level) == 0.25
    assert "Dotted: guessing .25" in caption(figure)
    told = draw_task_scores(table.assign(above_chance=True), languages, labels=labels)
    assert "Hollow" not in caption(told)


def test_a_panel_with_one_language_beside_a_longer_one(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = pd.concat(
        [make_options(MODEL, "belebele", ("eng",)), make_options(MODEL, "mmlu", CODES[:12])]
    )
    figure = draw_task_scores(table, languages, labels=labels)
    assert len(figure.axes) == 2
    short, long = (ax.get_position() for ax in figure.axes)
    assert short.y1 == pytest.approx(long.y1)
    assert short.height < 0.4 * long.height
    scale = [ax.get_position().height / (ax.get_ylim()[1] - ax.get_ylim()[0]) for ax in figure.axes]
    assert scale[0] == pytest.approx(scale[1]), "rows are equally high"
    assert row_names(figure.axes[0]) == ["English"]


def test_a_hundred_languages_are_named_by_their_codes(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_task_scores(MODEL, MANY)
    figure = draw_task_scores(table, languages, labels=labels)
    assert len(figure.axes) == 4
    assert row_names(figure.axes[0])[0] == "eng"
    assert len(row_names(figure.axes[0])) == len(MANY)
    assert not [text for text in figure.axes[0].texts if text.get_gid() == VALUE_GID]
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_yticklabels()]
    assert all(above.y0 >= below.y1 - 1 for above, below in pairwise(boxes))


def test_names_and_values_keep_clear_of_each_other(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_task_scores(make_task_scores(MODEL, CODES, comet=True), languages, labels=labels)
    figure.draw_without_rendering()
    assert len(figure.axes) == 6
    frames = [ax.get_tightbbox() for ax in figure.axes]
    for place, frame in enumerate(frames):
        assert frame is not None
        assert frame.x1 <= figure.bbox.x1
        for other in frames[place + 1 :]:
            assert other is not None
            assert not frame.overlaps(other)


def test_faults_are_told_where_there_are_any(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_task_scores(MODEL, CODES[:4])
    clean = caption(draw_task_scores(table, languages, labels=labels))
    assert "none of the options" not in clean
    assert "another language than asked for: Translation up to 20% (French)" in clean
    table.loc[table["selected"] & (table["language"] == "spa"), "invalid_rate"] = 0.05
    invalid = caption(draw_task_scores(table, languages, labels=labels))
    assert "none of the options: Reading up to 5% (Spanish)" in invalid


def test_one_of_several_models(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = pd.concat([make_translation(MODEL, CODES[:4]), make_translation("aya", CODES[:6])])
    figure = draw_task_scores(table, languages, labels=labels, model="aya")
    assert figure.get_suptitle().startswith("aya:")
    assert len(points(figure.axes[0])) == 5
    with pytest.raises(Refusal, match="2 models"):
        draw_task_scores(table, languages, labels=labels)


def test_without_scores_the_figure_says_so(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_options(MODEL, "belebele", ("eng",)).assign(score=float("nan"))
    figure = draw_task_scores(table, languages, labels=labels)
    assert figure.axes[0].texts[0].get_text() == "No task has a score."


def test_the_caption_names_what_letters_are_tested_against() -> None:
    rows = pd.DataFrame({"chance": [0.25, 0.25], "best_constant": [0.3, np.nan]})
    assert explain_chance(rows) == (
        "Dotted: guessing .25; tested by letters against always the same, .30"
    )
    assert explain_chance(rows[["chance"]]) == "Dotted: guessing .25"
