from __future__ import annotations

import numpy as np
import pandas as pd

from isogloss.pipelines.mediation.words import Word, WordUse, read_lexicon
from tests.pipelines.mediation.word_tables import category_relations, word_lists


def texts(words: list[Word]) -> set[str]:
    return {word.text for word in words}


def test_distractors_belong_to_disjoint_categories_alone() -> None:
    lexicon = read_lexicon(word_lists(), category_relations(), "eng")
    assert "hammer" in texts(lexicon.members("tools"))
    others = texts(lexicon.others("tools"))
    assert "oak" in others
    assert "bus" not in others, "vehicles are related to tools"
    assert "plane" not in others


def test_text_under_two_categories_belongs_to_both_wherever_it_is_drawn_from() -> None:
    lexicon = read_lexicon(word_lists(), category_relations(), "eng")
    planes = [word for word in lexicon.words if word.text == "plane"]
    assert {word.category for word in planes} == {"tools", "vehicles"}
    assert all(word.categories == {"tools", "vehicles"} for word in planes)
    assert "plane" in texts(lexicon.others("drinks"))


def test_declared_cross_member_is_no_distractor_though_it_is_listed_once() -> None:
    words = word_lists()
    orange = {"category": "trees", "concept": "orange", "language": "eng", "word": "orange"}
    words = pd.concat([words, pd.DataFrame([{**orange, "also": "drinks jobs"}])])
    lexicon = read_lexicon(words, category_relations(), "eng")
    assert "orange" not in texts(lexicon.others("jobs"))
    assert "orange" in texts(lexicon.others("metals"))


def test_case_makes_no_other_word() -> None:
    """A country Turkey would else be told apart from the bird, which a reader does not."""
    words = word_lists()
    plane = {"category": "drinks", "concept": "plane", "language": "eng", "word": "Plane"}
    words = pd.concat([words, pd.DataFrame([{**plane, "also": ""}])])
    lexicon = read_lexicon(words, category_relations(), "eng")
    assert {word.categories for word in lexicon.words if word.text.lower() == "plane"} == {
        frozenset({"tools", "vehicles", "drinks"})
    }
    assert not {"plane", "Plane"} & texts(lexicon.others("drinks"))
    use = WordUse(np.random.default_rng(0))
    taken = use.take(lexicon.members("tools") + lexicon.members("drinks"), 99, ["PLANE"])
    assert not {"plane", "Plane"} & texts(taken)


def test_words_are_given_out_evenly_and_never_twice() -> None:
    lexicon = read_lexicon(word_lists(), category_relations(), "eng")
    use = WordUse(np.random.default_rng(0))
    pool = lexicon.members("trees")
    for _ in range(6):
        taken = use.take(pool, 4, ["oak"])
        assert len({word.text for word in taken}) == 4
        use.count(word.text for word in taken)
    counts = [use.counts[word.text] for word in pool]
    assert use.counts["oak"] == 0
    assert sum(counts) == 24
    assert max(counts) == 3, "eleven words share 24 uses"


def test_fewer_words_are_given_where_there_are_no_more() -> None:
    lexicon = read_lexicon(word_lists(), category_relations(), "eng")
    use = WordUse(np.random.default_rng(0))
    assert len(use.take(lexicon.members("trees"), 50, [])) == 12
