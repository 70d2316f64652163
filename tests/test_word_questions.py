from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.option_scoring import score_continuations
from isogloss.word_knowledge_schemas import (
    KnowledgeScores,
    ListKnowledge,
    SwappedKnowledge,
    WordQuestions,
)
from isogloss.word_pools import WordPools
from isogloss.word_questions import (
    ask_words,
    decide_memberships,
    identify_questions,
    list_questions,
    render_question,
)
from tests import word_question_tables as tables
from tests.pipelines.counting.benchmark_examples import save_character_model

GIVEN = (tables.questions(), tables.word_lists(), tables.relations())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return save_character_model(tmp_path_factory.mktemp("words") / "characters")


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return save_character_model(tmp_path_factory.mktemp("talk") / "characters", chat=True)


def rendered(row: dict[Any, Any], **more: Any) -> str:
    return render_question(row | more, "few_shot", None)


def test_every_word_is_asked_once_for_a_category() -> None:
    twice = pd.concat([tables.asked(), tables.asked().iloc[:2], tables.asked("metals")])
    found = list_questions(twice, *GIVEN)
    WordQuestions.validate(found)
    assert found.groupby("category")["word"].apply(list).to_dict() == {
        "birds": ["axe", "file", "hen", "jay", "owl", "saw"],
        "metals": ["axe", "file", "iron", "lead", "saw", "tin"],
    }
    assert found.loc[found["word"] == "hen", "member"].tolist() == [True]


def test_examples_are_members_of_two_other_categories_each_shown_with_both() -> None:
    for row in list_questions(tables.asked(), *GIVEN).to_dict("records"):
        one, other, same, last = row["shown_headings"]
        assert (one, other) == (same, last)
        assert len({one, other, "birds"}) == 3
        assert row["shown_members"] == [True, False, False, True]
        first, second = (set(tables.WORDS[name].split()) for name in (one, other))
        assert set(row["shown_words"][:2]) <= first
        assert set(row["shown_words"][2:]) <= second
        assert len({*row["shown_words"], row["word"], "kiwi"}) == 6


def test_words_that_are_asked_for_are_shown_last() -> None:
    pools = WordPools.read(tables.word_lists(), tables.relations(), {"saw", "axe", "file"})
    assert set(pools.members["tools"][-3:]) == {"saw", "axe", "file"}
    assert "kiwi" not in pools.members["birds"]
    assert pools.choose_two(["birds", "fruits"]) == ("", "")
    assert set(pools.choose_two(["birds", "tools"])) == {"birds", "tools"}


def test_asked_word_is_none_of_its_own_examples() -> None:
    """With two other categories alone, both are shown: here a tool that is asked for is one."""
    few = tables.questions()
    few = few[few["category"].isin(["birds", "metals", "tools"])]
    others = pd.DataFrame({"word": tables.WORDS["tools"].split(), "member": False})
    asked = others.assign(language="eng", category="birds")
    found = list_questions(asked, few, *GIVEN[1:])
    shown = {row["word"]: set(row["shown_words"]) for row in found.to_dict("records")}
    assert not [word for word, examples in shown.items() if word in examples]
    assert len(set.union(*shown.values()) & set(tables.WORDS["tools"].split())) == 3


def test_without_two_other_categories_nothing_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    few = tables.questions()
    few = few[few["category"].isin(["birds", "tools"])]
    found = list_questions(tables.asked(), few, *GIVEN[1:])
    assert len(found) == 6
    assert found["shown_words"].map(len).unique().tolist() == [0]
    assert rendered(found.iloc[0].to_dict()) == "Word: axe. Category: birds. Correct:"
    assert "6 of 6 questions about words in eng are asked without examples" in caplog.text
    caplog.clear()
    list_questions(tables.asked(), *GIVEN)
    assert not caplog.text


def test_what_has_no_question_is_left_out() -> None:
    both = pd.concat([tables.asked(), tables.asked().assign(language="deu")])
    assert set(list_questions(both, *GIVEN)["language"]) == {"eng"}
    none = list_questions(both, tables.questions().iloc[:0], *GIVEN[1:])
    WordQuestions.validate(none)
    assert none.empty


def test_question_stands_behind_its_examples() -> None:
    row: dict[Any, Any] = list_questions(tables.asked(), *GIVEN).iloc[0].to_dict()
    shown = {
        "shown_headings": ["metals", "tools"],
        "shown_words": ["tin", "brass"],
        "shown_members": [True, False],
    }
    assert rendered(row, **shown) == (
        "Word: tin. Category: metals. Correct: yes\n\n"
        "Word: brass. Category: tools. Correct: no\n\n"
        "Word: axe. Category: birds. Correct:"
    )


def test_answers_are_scored_as_single_texts_are(model: LanguageModel) -> None:
    found = list_questions(tables.asked(), *GIVEN)
    with model.open() as loaded:
        table = ask_words(loaded, found, "few_shot", 512)
        pairs = [
            (rendered(row), answer)
            for row in found.to_dict("records")
            for answer in (" yes", " no")
        ]
        single = score_continuations(loaded, encode_pairs(loaded.tokenizer, pairs))
    by_hand = single.log_likelihoods.reshape(-1, 2)
    np.testing.assert_allclose(table["log_odds"], by_hand[:, 0] - by_hand[:, 1], atol=1e-4)
    np.testing.assert_allclose(table["answer_mass"], np.exp(by_hand).sum(axis=1), rtol=1e-4)
    assert table["word"].tolist() == found["word"].tolist()
    assert table["shots"].tolist() == [4] * 6


def test_conversation_ends_in_what_the_model_has_begun(talking: LanguageModel) -> None:
    row: dict[Any, Any] = list_questions(tables.asked(), *GIVEN).iloc[0].to_dict()
    with talking.open() as loaded:
        text = render_question(row, "chat", loaded.tokenizer)
        assert len(ask_words(loaded, list_questions(tables.asked(), *GIVEN), "chat", 512)) == 6
    assert text.startswith("<user>Word: ")
    assert text.endswith("|<user>Word: axe. Category: birds.|<assistant>Correct:")
    assert text.count("<assistant>Correct: yes") == 2


def test_answers_that_begin_alike_are_refused(model: LanguageModel) -> None:
    alike = list_questions(tables.asked(), *GIVEN).assign(yes="no way")
    with model.open() as loaded, pytest.raises(Refusal, match=r"begin alike .* questions\.csv"):
        ask_words(loaded, alike, "few_shot", 512)


def test_digest_is_the_same_after_saving(tmp_path: Path) -> None:
    found = list_questions(tables.asked(), *GIVEN)
    found.to_parquet(tmp_path / "questions.parquet")
    stored = pd.read_parquet(tmp_path / "questions.parquet")
    assert identify_questions(stored) == identify_questions(found)
    assert identify_questions(found.assign(text="{word}, {category}:")) != identify_questions(found)


def test_threshold_of_a_category_is_fitted_on_the_others() -> None:
    table = pd.DataFrame(
        [
            ("birds", True, 5.0), ("birds", False, 3.5),
            ("metals", True, 4.0), ("metals", True, 9.0), ("metals", False, 1.0),
            ("tools", True, 3.0), ("tools", False, 2.0),
        ],
        columns=["category", "member", "log_odds"],
    )  # fmt: skip
    found = decide_memberships(table)
    # Less the medians 4.25, 4 and 2.5: birds .75 and -.75, metals 0, 5 and -3, tools .5 and -.5.
    # Of metals and tools the middle of the medians .5 and -1.75 is -.625, and so on.
    middles = [4.25 - 0.625] * 2 + [4.0 + 0.0] * 3 + [2.5 - 0.5625] * 2
    assert found["threshold"].tolist() == middles
    assert found["answer"].tolist() == [True, False, False, True, False, True, True]
    assert found["known"].tolist() == [True, True, False, True, True, True, False]
    assert found["said"].all()


def test_with_one_category_the_model_is_taken_at_its_word() -> None:
    table = pd.DataFrame({"category": "birds", "member": [True, False], "log_odds": [1.0, 0.5]})
    found = decide_memberships(table)
    assert found["threshold"].tolist() == [0, 0]
    assert found["known"].tolist() == [True, False]


@pytest.mark.parametrize(
    "schema", [WordQuestions, ListKnowledge, KnowledgeScores, SwappedKnowledge]
)
def test_empty_tables_fit_their_schemas(schema: Any) -> None:
    schema.validate(pd.DataFrame(columns=list(schema.to_schema().columns)))
