import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from isogloss.pipelines.tasks.item_scores import letter_choices, score_items
from isogloss.pipelines.tasks.questions import Question
from tests.pipelines.tasks.conftest import QuestionMaker


def answers(
    formulation: str,
    values: ArrayLike,
    *,
    order: int = 0,
    priors: ArrayLike | None = None,
    item_id: str = "q1",
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": item_id,
            "formulation": formulation,
            "order": order,
            "option": [1, 2, 3, 4],
            "log_likelihood": values,
            "prior": [np.nan] * 4 if priors is None else priors,
            "characters": [2, 4, 5, 10],
            "bytes": [2, 8, 5, 10],
        }
    )


def chosen(table: pd.DataFrame, normalisation: str) -> int:
    rows = table[(table["normalisation"] == normalisation) & table["chosen"]]
    return int(rows["option"].iloc[0])


@pytest.fixture
def questions(make_question: QuestionMaker) -> list[Question]:
    return [make_question("q1", answer=2)]


def test_texts_in_every_normalisation(questions: list[Question]) -> None:
    given = answers("cloze", [-4.0, -6.0, -6.0, -10.0], priors=[-3.0, -9.0, -7.0, -9.0])
    table = score_items(given, questions)
    scores = {
        name: list(rows["score"]) for name, rows in table.groupby("normalisation", sort=False)
    }
    assert scores["none"] == [-4.0, -6.0, -6.0, -10.0]
    assert scores["character"] == pytest.approx([-2.0, -1.5, -1.2, -1.0])
    assert scores["byte"] == pytest.approx([-2.0, -0.75, -1.2, -1.0])
    assert scores["pmi"] == pytest.approx([-1.0, 3.0, 1.0, -1.0])
    assert [chosen(table, name) for name in ("none", "character", "byte", "pmi")] == [1, 4, 2, 2]
    probability = table.loc[table["normalisation"] == "pmi", "probability"].to_numpy()
    expected = np.exp([-1.0, 3.0, 1.0, -1.0])
    assert probability == pytest.approx(expected / expected.sum())
    assert list(table.loc[table["normalisation"] == "none", "gold"]) == [False, True, False, False]


def test_orders_average_the_shares_of_options(questions: list[Question]) -> None:
    # shares .7 .1 .1 .1 in one order, .1 .7 .1 .1 in two others, uniform in the last
    first, second, flat = np.log([0.7, 0.1, 0.1, 0.1]), np.log([0.1, 0.7, 0.1, 0.1]), np.zeros(4)
    given: pd.DataFrame = pd.concat(
        [
            answers("label", values - 3.0, order=order)
            for order, values in enumerate((first, second, second, flat))
        ]
    )
    table = score_items(given, questions)
    shares = table.loc[table["normalisation"] == "orders", "probability"].to_numpy()
    assert shares == pytest.approx([1.15 / 4, 1.75 / 4, 0.55 / 4, 0.55 / 4])
    assert (chosen(table, "none"), chosen(table, "orders")) == (1, 2)
    # what is kept as log-likelihood is that of the order of the source
    raw = table.loc[table["normalisation"] == "orders", "log_likelihood"].to_numpy()
    assert raw == pytest.approx(first - 3.0)


def test_contextual_calibration_divides_by_the_share_without_content(
    questions: list[Question],
) -> None:
    given = answers("label", np.log([0.5, 0.3, 0.1, 0.1]), priors=np.log([0.6, 0.2, 0.1, 0.1]))
    table = score_items(given, questions)
    rows = table[table["normalisation"] == "contextual"]
    quotients = np.array([0.5 / 0.6, 1.5, 1.0, 1.0])
    assert rows["probability"].to_numpy() == pytest.approx(quotients / quotients.sum())
    assert set(table["normalisation"]) == {"none", "contextual"}


def test_an_invalid_written_answer_chooses_nothing(make_question: QuestionMaker) -> None:
    asked = [make_question("q1", answer=2), make_question("q2", answer=2)]
    given = pd.DataFrame({"item_id": ["q2", "q1"], "formulation": "generated", "option": [2, 0]})
    table = score_items(given, asked)
    picked = table.groupby("item_id")["chosen"].sum()
    assert (picked["q1"], picked["q2"]) == (0, 1)
    assert bool(table.loc[table["chosen"], "gold"].all())
    assert table["probability"].isna().all()


def test_equal_scores_go_to_the_first_option(questions: list[Question]) -> None:
    assert chosen(score_items(answers("label", [-2.0] * 4), questions), "none") == 1


def test_letters_follow_the_order_in_which_they_were_shown(questions: list[Question]) -> None:
    # rotated by one, option 2 (right) is shown as A and option 1 (most likely) as D
    given = pd.concat(
        [answers("label", [-1.0, -2.0, -3.0, -4.0], order=order) for order in range(4)]
    )
    table = letter_choices(given, questions)
    assert list(table["letter"]) == ["B", "A", "D", "C"]
    assert list(table["chosen"]) == ["A", "D", "C", "B"]
