from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.figures import draw_formulations
from isogloss.figures.task_formulations import SELECTED_GID
from tests.figures.conftest import CODES
from tests.figures.drawn import caption
from tests.figures.task_examples import hold_out, make_options, make_task_scores, make_translation
from tests.figures.test_task_scores import row_names, x_of

MODEL = "gemma_270m_q4"


def series(ax: object, name: str) -> list[float]:
    return [x_of(line) for line in ax.lines if line.get_label() == name]  # type: ignore[attr-defined]


def test_every_way_of_asking_has_a_row(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_task_scores(MODEL, CODES[:6])
    figure = draw_formulations(table, languages, labels=labels)
    reading = figure.axes[2]
    assert [name.split("\n")[0] for name in row_names(reading)] == [
        "option letters, as given",
        "option letters, all orders",
        "option letters, calibrated",
        "option texts, summed",
        "option texts, per character",
        "option texts, per byte",
        "option texts, minus prior",
        "generated answers",
    ]
    assert [figure.axes[place].get_title(loc="left") for place in (2, 3)] == [
        "Reading",
        "Knowledge",
    ]


def test_pivot_and_mean_of_the_others(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_options(MODEL, "belebele", CODES[:6])
    figure = draw_formulations(table, languages, labels=labels)
    ax = figure.axes[1]
    way = (table["formulation"] == "cloze") & (table["normalisation"] == "byte")
    own = table[way].set_index("language")
    assert series(ax, "pivot")[5] == own["score"]["eng"]
    assert series(ax, "others")[5] == pytest.approx(own["score"].drop("eng").mean())
    keys = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]  # type: ignore[union-attr]
    assert keys == ["English", "mean of the other languages: 5", "chance"]
    assert "of means those of the languages averaged (conservative)" in caption(figure)


def test_the_mean_is_over_languages_that_all_ways_have(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_options(MODEL, "belebele", CODES[:6])
    few = ~((table["formulation"] == "generated") & table["language"].isin(CODES[3:]))
    figure = draw_formulations(table[few], languages, labels=labels)
    way = (table["formulation"] == "cloze") & (table["normalisation"] == "none")
    scores = table[way].set_index("language")["score"]
    assert series(figure.axes[1], "others")[3] == pytest.approx(scores[list(CODES[1:3])].mean())


def test_the_selected_way_is_marked(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_options(MODEL, "belebele", CODES[:3])
    ax = draw_formulations(table, languages, labels=labels).axes[1]
    [band] = [patch for patch in ax.patches if patch.get_gid() == SELECTED_GID]
    middle = np.mean(band.get_path().get_extents(band.get_patch_transform()).intervaly)
    place = row_names(ax).index("option texts, per character")
    assert middle == pytest.approx(ax.get_yticks()[place])


def test_ways_are_of_all_items_and_marked_by_those_held_out(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_options(MODEL, "belebele", CODES[:3])
    expected = draw_formulations(table, languages, labels=labels).axes[1]
    ax = draw_formulations(hold_out(table), languages, labels=labels).axes[1]
    assert series(ax, "pivot") == series(expected, "pivot")
    assert row_names(ax) == row_names(expected)
    [band] = [patch for patch in ax.patches if patch.get_gid() == SELECTED_GID]
    middle = np.mean(band.get_path().get_extents(band.get_patch_transform()).intervaly)
    place = row_names(ax).index("option texts, per character")
    assert middle == pytest.approx(ax.get_yticks()[place])


def test_the_bias_of_the_letters_is_written(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_options(MODEL, "belebele", CODES[:3])
    figure = draw_formulations(table, languages, labels=labels)
    assert row_names(figure.axes[1])[0] == "option letters, as given\nbias .30"
    assert row_names(figure.axes[1])[1] == "option letters, all orders\nbias .05"
    assert "RStd" in caption(figure)
    assert "0 if" not in caption(figure)
    known = table.assign(chance=table["chance"].mask(table["metric"] == "label_bias", 0.084))
    names = row_names(draw_formulations(known, languages, labels=labels).axes[1])
    assert names[0] == "option letters, as given\nbias .30 (chance .08)"
    without = table[table["metric"] != "label_bias"]
    assert "RStd" not in caption(draw_formulations(without, languages, labels=labels))


def test_conditions_that_differ_are_named(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_options(MODEL, "mmlu", CODES[:3])
    table.loc[table["formulation"] == "generated", "shots"] = 0
    names = row_names(draw_formulations(table, languages, labels=labels).axes[1])
    assert names[3] == "option texts, summed, 5 shots"
    assert names[-1] == "generated answers, 0 shots"


def test_the_pivot_alone(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    table = make_options(MODEL, "belebele", ("eng",))
    figure = draw_formulations(table, languages, labels=labels)
    ax = figure.axes[1]
    assert series(ax, "others") == []
    heights = [float(line.get_ydata()[0]) for line in ax.lines if line.get_label() == "pivot"]  # type: ignore[index,arg-type]
    assert heights == ax.get_yticks().tolist()
    assert "conservative" not in caption(figure)


def test_translation_has_no_formulations(languages: pd.DataFrame, labels: dict[str, str]) -> None:
    figure = draw_formulations(make_translation(MODEL, CODES[:4]), languages, labels=labels)
    assert figure.axes[0].texts[0].get_text() == "No task with options has a score."
