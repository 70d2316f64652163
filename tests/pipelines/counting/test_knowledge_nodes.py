from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from isogloss.count_score_schemas import CountingScores
from isogloss.datasets import ResumablePartitionsDataset
from isogloss.language_models import LanguageModel
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.counting.benchmark_nodes import score_counts
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.knowledge_nodes import (
    ask_memberships,
    choose_word_questions,
    gather_knowledge_scores,
    judge_lists,
)
from isogloss.pipelines.counting.knowledge_scores import area_under_curve, score_knowledge
from isogloss.pipelines.counting.list_knowledge import judge_list_words
from isogloss.word_knowledge_schemas import KnowledgeScores, ListKnowledge, WordQuestions
from tests.pipelines.counting.benchmark_examples import (
    CATEGORIES,
    make_items,
    make_names,
    make_numerals,
    make_phrases,
)
from tests.pipelines.counting.test_count_scores import find, predict

ON = BenchmarkParameters(
    per_category="all", positions=("first",), shots=2, rounds=200, word_questions=True
)
TABLES = (make_names(), make_phrases(), make_numerals())
WORDS = pd.DataFrame(
    [
        (category, f"{category[:-1]}{letter}", code, f"{category[:-1]}{letter}", "")
        for category in CATEGORIES
        for letter in "abcdefgh"
        for code in ("eng", "deu")
    ],
    columns=["category", "concept", "language", "word", "also"],
)
RELATIONS = pd.DataFrame(
    [(one, two, "disjoint" if one != two else "same") for one in CATEGORIES for two in CATEGORIES],
    columns=["category_a", "category_b", "relation"],
)
QUESTIONS = pd.DataFrame(
    [
        ("eng", one, one, "{word} is of the {category}, yes or no?", "yes", "no")
        for one in CATEGORIES
    ],
    columns=["language", "category", "heading", "text", "yes", "no"],
)


def choose(parameters: BenchmarkParameters = ON, items: pd.DataFrame | None = None) -> pd.DataFrame:
    own = make_items(2) if items is None else items
    return choose_word_questions(own, *TABLES, WORDS, RELATIONS, QUESTIONS, parameters)


def store(
    folder: Path, model: LanguageModel, questions: pd.DataFrame, parameters: BenchmarkParameters
) -> StoredPartitions[pd.DataFrame]:
    dataset = ResumablePartitionsDataset(filepath=str(folder / "knowledge"), format="parquet")
    dataset.save(ask_memberships(model, questions, parameters))
    loaded: StoredPartitions[pd.DataFrame] = dataset.load()
    return loaded


def test_words_of_scored_lists_are_asked_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    items = make_items(2)
    found = choose(items=items)
    WordQuestions.validate(found)
    assert set(found["language"]) == {"eng"}
    assert "4 of 8 categories" in caplog.text
    assert "such as birds in deu" in caplog.text
    # Two of the eight lists are shown first; the other six are scored.
    own = items[items["language"] == "eng"].explode("words")
    every = set(zip(own["category"], own["words"], strict=True))
    asked = set(zip(found["category"], found["word"], strict=True))
    assert asked < every


def test_nothing_is_asked_where_nobody_wants_to_know(
    tmp_path: Path, character_model: LanguageModel, openings: list[str]
) -> None:
    off = ON.model_copy(update={"word_questions": False})
    questions = choose(off)
    WordQuestions.validate(questions)
    stored = store(tmp_path, character_model, questions, off)
    assert (len(questions), len(stored), openings) == (0, 0, [])
    lists, scores = judge_lists(stored, make_items(2), off)
    ListKnowledge.validate(lists)
    KnowledgeScores.validate(scores)
    assert lists.empty
    assert gather_knowledge_scores(scores, scores).empty
    predictions = predict(lambda own: own["count"])
    without = score_counts(predictions, lists, off)
    assert "known" not in set(without["by"])
    assert not set(without["metric"]) & {"accuracy_own_membership", "membership_sum_accuracy"}


def test_from_questions_to_lists(
    tmp_path: Path, character_model: LanguageModel, openings: list[str]
) -> None:
    questions = choose()
    stored = store(tmp_path, character_model, questions, ON)
    assert openings == ["opened", "closed"]
    own = stored["eng"]()
    assert own["model"].unique().tolist() == ["characters"]
    assert len(own) == len(questions)
    lists, scores = judge_lists(stored, make_items(2), ON)
    ListKnowledge.validate(lists)
    KnowledgeScores.validate(scores)
    assert set(scores["language"]) == {"eng"}
    assert 6 <= len(lists) <= 8
    store(tmp_path, character_model, questions, ON.model_copy(update={"rounds": 500}))
    assert openings == ["opened", "closed"]
    store(tmp_path, character_model, questions.assign(yes="aye"), ON)
    assert openings == ["opened", "closed"] * 2


def words(**answers: tuple[bool, bool]) -> pd.DataFrame:
    """What a model said of words of birds: word -> member, and whether it takes it for one."""
    return pd.DataFrame(
        [
            ("tiny", "eng", "birds", word, member, answer, answer == member)
            for word, (member, answer) in answers.items()
        ],
        columns=["model", "language", "category", "word", "member", "answer", "known"],
    )


def test_lists_are_judged_by_their_words() -> None:
    items = pd.DataFrame(
        [
            ("eng", "a" * 16, "birds", ["owl", "jay", "saw"]),
            ("eng", "b" * 16, "birds", ["owl", "axe", "saw"]),
            ("eng", "c" * 16, "birds", ["owl", "tin"]),
            ("eng", "d" * 16, "tools", ["owl", "saw"]),
            ("deu", "a" * 16, "birds", ["owl"]),
        ],
        columns=["language", "item_id", "category", "words"],
    )
    told = words(owl=(True, True), jay=(True, True), saw=(False, False), axe=(False, True))
    found = judge_list_words(told, items).set_index("item_id")
    assert found.index.tolist() == ["a" * 16, "b" * 16]
    assert found["known"].tolist() == ["all_words", "some_words_unknown"]
    assert found["words_known"].tolist() == [3, 2]
    assert found["count_by_membership"].tolist() == [2, 2]


def test_knowledge_is_told_from_adding_up() -> None:
    """A model that adds up well what it takes for members, in lists of 0 and 4 one amiss."""
    items = make_items(12, ("eng",))
    own = items["count"].replace({0: 1, 4: 3})
    wrong = (own != items["count"]).to_numpy()
    knowledge = pd.DataFrame(
        {
            "model": "tiny",
            "language": "eng",
            "item_id": items["item_id"],
            "words_known": items["length"] - wrong,
            "known": ["some_words_unknown" if one else "all_words" for one in wrong],
            "count_by_membership": own,
        }
    )
    predictions = predict(lambda rows: own.loc[rows.index], items)
    scores = score_counts(predictions, knowledge, BenchmarkParameters(rounds=300))
    CountingScores.validate(scores)
    assert find(scores, "accuracy")["value"] == 30 / 48
    assert find(scores, "accuracy_own_membership")["value"] == 1
    assert find(scores, "membership_sum_accuracy")["value"] == 30 / 48
    filtered = {"by": "known", "group": "all_words"}
    assert find(scores, "accuracy", **filtered)["value"] == 1
    assert find(scores, "accuracy", by="known", group="some_words_unknown")["value"] == 0
    # The best constants are chosen on these very lists: 4 of all, which none of these has, is 1.
    assert find(scores, "accuracy", answered_by="constant")["value"] == pytest.approx(10 / 48)
    constant = find(scores, "accuracy", answered_by="constant", **filtered)
    assert (constant["value"], constant["n"]) == (pytest.approx(8 / 30), 30)
    # Of its own counts 3 is the most frequent.
    whole = find(scores, "accuracy_own_membership", answered_by="constant")
    assert whole["value"] == pytest.approx(18 / 48)


def test_lists_that_were_not_asked_about_stay_out_of_the_filter() -> None:
    items = make_items(6, ("eng",))
    some = items.iloc[:9]
    knowledge = pd.DataFrame(
        {
            "model": "tiny",
            "language": "eng",
            "item_id": some["item_id"],
            "words_known": some["length"],
            "known": "all_words",
            "count_by_membership": some["count"],
        }
    )
    predictions = predict(lambda rows: rows["count"], items)
    scores = score_counts(predictions, knowledge, BenchmarkParameters(rounds=300))
    assert find(scores, "accuracy")["n"] == 24
    assert find(scores, "accuracy", by="known", group="all_words")["n"] == 9
    assert find(scores, "membership_sum_accuracy")["n"] == 9


def test_area_is_the_share_of_pairs_in_order() -> None:
    rows = pd.DataFrame({"member": [True, True, False, False], "log_odds": [2.0, 1.0, 1.0, 0.0]})
    assert area_under_curve(rows) == (1 + 1 + 0.5 + 1) / 4
    assert pd.isna(area_under_curve(rows[rows["member"]]))


def test_scores_of_words_are_means_over_categories() -> None:
    odds = {"birds": (3.0, 1.0, 2.0, 0.2), "metals": (2.0, 1.0, 0.0, -1.0)}
    table = pd.DataFrame(
        [
            ("tiny", language, category, place < 2, value, 0.9, value > 0.5, value > 0)
            for language in ("eng", "deu")
            for category, values in odds.items()
            for place, value in enumerate(values)
        ],
        columns=[
            *("model", "language", "category", "member", "log_odds", "answer_mass"),
            *("answer", "said"),
        ],
    )
    found = score_knowledge(table, BenchmarkParameters(rounds=300))
    KnowledgeScores.validate(found)
    assert set(found["language"]) == {"eng", "deu", "all"}
    rows = found[found["language"] == "all"].set_index("metric")
    assert rows.loc["auc", "value"] == pytest.approx((0.75 + 1) / 2)
    assert (rows.loc["auc", "n"], rows.loc["auc", "clusters"]) == (16, 2)
    assert rows.loc["members_known", "value"] == 1
    assert rows.loc["others_known", "value"] == pytest.approx(3 / 4)
    assert rows.loc["others_known_as_said", "value"] == pytest.approx(2 / 4)
    assert rows.loc["answer_mass", "value"] == pytest.approx(0.9)
