from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from isogloss.figures import draw_task_overview
from isogloss.figures.rows import VALUE_GID
from isogloss.figures.task_overview import MEAN_GID
from tests.figures.conftest import CODES
from tests.figures.drawn import caption
from tests.figures.task_examples import make_options, make_task_scores
from tests.figures.test_task_formulations import series
from tests.figures.test_task_scores import row_names

GEMMA, MINI = "gemma_270m_q4", "minilm_l6"


def keys(figure: Figure) -> list[str]:
    legend = figure.axes[0].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def means(figure: Figure, place: int) -> list[str]:
    return [text.get_text() for text in figure.axes[place].texts if text.get_gid() == MEAN_GID]


@pytest.fixture(scope="module")
def two() -> pd.DataFrame:
    """The second model lacks languages in knowledge and the whole of translation."""
    other = make_task_scores(MINI, CODES[:9], top=0.4)
    lacks = (other["task"] == "translation") | (
        (other["task"] == "mmlu") & ~other["language"].isin(CODES[:4])
    )
    return pd.concat([make_task_scores(GEMMA, CODES[:12]), other[~lacks]], ignore_index=True)


def test_means_are_over_the_languages_that_all_models_have(
    two: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_task_overview(two, languages, labels=labels)
    assert keys(figure) == [
        "Reading: mean of 8 languages",
        "Knowledge: mean of 3 languages",
        "Translation into English: mean of 11 languages",
        "Translation from English: mean of 11 languages",
        "English itself",
        "chance",
    ]
    accuracy = figure.axes[2]
    whole = two["selected"] & (two["subset"] == "")
    own = two[whole & (two["task"] == "mmlu")]
    common = own[own["language"].isin(CODES[1:4])].groupby("model")["score"].mean()
    assert series(accuracy, "mean")[2:] == pytest.approx([common[GEMMA], common[MINI]])
    pivots = own[own["language"] == "eng"].set_index("model")["score"]
    assert series(accuracy, "eng")[2:] == [pivots[GEMMA], pivots[MINI]]
    assert row_names(accuracy) == list(labels.values())


def test_how_many_languages_are_above_chance(
    two: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    chosen = two["selected"] & (two["task"] == "belebele")
    table = two.copy()
    table.loc[chosen, "above_chance"] = table.loc[chosen, "language"].isin(["eng", "deu", "spa"])
    figure = draw_task_overview(table, languages, labels=labels)
    assert [text.split(", ")[1] for text in means(figure, 2)[:2]] == ["2 of 8", "2 of 8"]
    assert means(figure, 3)[0] == "50.0"
    assert "of how many of these languages" in caption(figure)


def test_what_a_model_lacks_is_said(
    two: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    text = caption(draw_task_overview(two, languages, labels=labels))
    assert "Not measured: Translation into English of MiniLM-L6 (English)" in text
    assert "Not measured" not in caption(
        draw_task_overview(two[two["model"] == GEMMA], languages, labels=labels)
    )


def test_measures_stand_in_panels_of_their_own(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_task_scores(GEMMA, CODES[:5], comet=True)
    figure = draw_task_overview(table, languages, labels=labels)
    assert [ax.get_xlabel() for ax in figure.axes[3:]] == ["accuracy", "chrF++", "COMET"]
    assert "Translation into English (COMET): mean of 4 languages" in keys(figure)


def test_the_pivot_alone_has_its_value_and_interval(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    table = make_options(GEMMA, "belebele", ("eng",))
    figure = draw_task_overview(table, languages, labels=labels)
    assert keys(figure)[0] == "Reading: English alone"
    assert means(figure, 1) == []
    assert len([text for text in figure.axes[1].texts if text.get_gid() == VALUE_GID]) == 1
    assert len(figure.axes[1].collections) == 1
    assert "Means" not in caption(figure)


def test_without_scores_the_overview_says_so(
    languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    none = make_options(GEMMA, "belebele", ("eng",)).head(0)
    figure = draw_task_overview(none, languages, labels=labels)
    assert figure.axes[0].texts[0].get_text() == "No task has a score."
