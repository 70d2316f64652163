from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import NotFiniteError
from isogloss.language_models import LanguageModel
from isogloss.language_models.option_scoring import score_continuations
from isogloss.pipelines.cultural.label_likelihood import label_by_likelihood, repeats, weigh_answers
from isogloss.pipelines.cultural.label_tables import AnswerKey, Labelled, StatedAnswer
from isogloss.pipelines.cultural.stance_tables import Stance, follow
from tests.models import encode_pair

STANCES = {
    ("f121", "eng"): Stance("It is fine.", "It is wrong."),
    ("f121", "zho_simpl"): Stance("可以接受。", "是错误的。"),
}
WORDS = {"eng": "In short:", "zho_simpl": "简而言之："}


def weights(*differences: float, prior: float = 0.0) -> pd.DataFrame:
    """Statements of one answer that raise pro by so much more than con."""
    return pd.DataFrame(
        {
            "prompt_id": "p",
            "sample": 1,
            "statement": range(len(differences)),
            "pro": [-20.0 + one + prior for one in differences],
            "con": -20.0,
            "prior_pro": -10.0 + prior,
            "prior_con": -10.0,
            "echo": False,
        }
    )


def test_the_sentence_that_a_statement_raises_more_is_its_side() -> None:
    table = weights(2.0, -2.0, 0.4, -0.4)
    expected = Labelled(("pro", "con", "neutral", "neutral"), "labelled")
    assert label_by_likelihood(table, 0.5) == {AnswerKey("p", 1): expected}
    assert label_by_likelihood(table, 0.0)[AnswerKey("p", 1)].opinions == (
        *("pro", "con", "pro", "con"),
    )


def test_a_statement_that_raises_both_alike_takes_no_side_whatever_the_margin() -> None:
    labels = label_by_likelihood(weights(0.0, 0.5, -0.5), 0.0)
    assert labels[AnswerKey("p", 1)].opinions == ("neutral", "pro", "con")
    labels = label_by_likelihood(weights(0.5, -0.5, 0.75), 0.5)
    assert labels[AnswerKey("p", 1)].opinions == ("neutral", "neutral", "pro")


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(broken: float) -> None:
    table = weights(1.0, -1.0, 0.0)
    table.loc[1, "prior_con"] = broken
    with pytest.raises(NotFiniteError, match="1 of 3 statements .* statement 1 of prompt p, sam"):
        label_by_likelihood(table, 0.0)


@pytest.mark.parametrize("prior", [-30.0, 30.0])
def test_how_likely_a_sentence_is_by_itself_counts_for_nothing(prior: float) -> None:
    labels = label_by_likelihood(weights(2.0, -2.0, prior=prior), 0.5)
    assert labels[AnswerKey("p", 1)].opinions == ("pro", "con")


def test_statements_are_labelled_in_their_order_whatever_that_of_the_rows() -> None:
    table = weights(2.0, -2.0, 0.0)
    shuffled = pd.concat([table.iloc[[2, 0, 1]], table.iloc[[1]].assign(sample=0, statement=0)])
    labels = label_by_likelihood(shuffled, 0.5)
    assert labels[AnswerKey("p", 1)].opinions == ("pro", "con", "neutral")
    assert labels[AnswerKey("p", 0)].opinions == ("con",)


def test_statement_that_repeats_its_topic_takes_no_side() -> None:
    table = weights(5.0, 5.0).assign(echo=[True, False])
    assert label_by_likelihood(table, 0.5)[AnswerKey("p", 1)].opinions == ("neutral", "pro")


@pytest.mark.parametrize(
    ("statement", "topic", "echo"),
    [
        ("«Can divorce be justified?", "Can divorce be justified?", True),
        ("can DIVORCE be", "Can divorce be justified?", True),
        ("Divorce can be justified.", "Can divorce be justified?", False),
        ("公民选举的政治制度", "由公民选举的政治制度", True),
        ("我想离婚", "离婚", False),
        ("Yes.", "", False),
        ("...", "Divorce", False),
    ],
)
def test_repetitions_of_a_topic(statement: str, topic: str, echo: bool) -> None:
    assert repeats(statement, topic) is echo


def test_likelihoods_are_those_of_every_pair_by_itself(speaker: LanguageModel) -> None:
    answers = [
        StatedAnswer(AnswerKey("a", 0), "f121", "eng", 10, ("Leave.", "Stay {x}.", "Leave.")),
        StatedAnswer(AnswerKey("b", 0), "f121", "zho_simpl", 10, ("分开",), "分开生活"),
    ]
    with speaker.open() as loaded:
        table = weigh_answers(loaded, answers, STANCES, WORDS, "auto")

        def alone(context: str, continuation: str) -> float:
            pair = encode_pair(loaded.tokenizer, context, continuation)
            return float(score_continuations(loaded, [pair]).log_likelihoods[0])

        assert table[["prompt_id", "statement"]].to_numpy().tolist() == [
            *(["a", 0], ["a", 1], ["a", 2], ["b", 0]),
        ]
        stay, chinese = table.iloc[1], table.iloc[3]
        np.testing.assert_allclose(
            [stay["pro"], stay["con"], stay["prior_pro"], stay["prior_con"]],
            [
                alone("Stay {x}.\nIn short:", " It is fine."),
                alone("Stay {x}.\nIn short:", " It is wrong."),
                alone("In short:", " It is fine."),
                alone("In short:", " It is wrong."),
            ],
            atol=1e-4,
        )
        assert chinese["pro"] == pytest.approx(alone("分开\n简而言之：", "可以接受。"), abs=1e-4)
    first, third = table.iloc[0], table.iloc[2]
    assert first["pro"] == third["pro"]
    assert not table["truncated"].any()
    assert table["echo"].tolist() == [False, False, False, True]


def test_a_blank_follows_a_word_but_not_a_wide_colon() -> None:
    assert follow("Answer:", "Yes") == " Yes"
    assert follow("回答：", "是") == "是"
