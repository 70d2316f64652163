from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.counting.generation_lexicon import (
    Concept,
    GenerationError,
    build_lexicon,
    choose,
    require_supply,
)
from tests.pipelines.counting.small_words import LANGUAGES, relations, word_lists

ORANGE = [
    ("fruits", "orange", "eng", "orange", "colours"),
    ("fruits", "orange", "deu", "Orange", ""),
    ("metals", "gold", "eng", "gold", ""),
    ("metals", "gold", "deu", "Gold", ""),
    ("sports", "golf", "eng", "golf", ""),
    ("tools", "plane", "eng", "plane", ""),
    ("tools", "plane", "deu", "Hobel", ""),
    ("birds", "plane", "eng", "Plane", ""),
    ("birds", "plane", "deu", "Gleiter", ""),
]


def with_extra() -> pd.DataFrame:
    words = word_lists(members=6)
    return pd.concat([words, pd.DataFrame(ORANGE, columns=words.columns)], ignore_index=True)


def test_concepts_without_a_word_are_left_out_with_the_languages() -> None:
    lexicon, dropped = build_lexicon(with_extra(), relations(), LANGUAGES)
    assert dropped.to_dict("records") == [
        {"category": "sports", "concept": "golf", "missing": "deu"}
    ]
    assert Concept("sports", "golf") not in lexicon.words
    assert lexicon.words[Concept("metals", "gold")] == ("gold", "Gold")
    english, none = build_lexicon(with_extra(), relations(), ["eng"])
    assert Concept("sports", "golf") in english.words
    assert none.empty


def test_distractors_are_members_by_no_path() -> None:
    lexicon, _ = build_lexicon(with_extra(), relations(), LANGUAGES)
    for_colours = lexicon.distractors("colours")
    assert "fruits" not in for_colours  # related
    assert "colours" not in for_colours
    # An orange is of colours in English, and no distractor where colours may be meant.
    assert Concept("fruits", "orange") not in lexicon.distractors("birds")["fruits"] or (
        "colours" in lexicon.disjoint["birds"]
    )
    # The same word stands in two lists: it belongs to both, in every language.
    assert lexicon.memberships[Concept("tools", "plane")] == {"tools", "birds"}
    assert Concept("tools", "plane") not in lexicon.distractors("birds")["tools"]
    assert Concept("birds", "plane") not in lexicon.distractors("tools")["birds"]
    assert Concept("birds", "plane") in lexicon.distractors("metals")["birds"]


def test_member_of_a_related_category_is_no_distractor() -> None:
    words = word_lists(members=6)
    extra = [("metals", "rose", language, "rose", "colours") for language in LANGUAGES]
    words = pd.concat([words, pd.DataFrame(extra, columns=words.columns)], ignore_index=True)
    lexicon, _ = build_lexicon(words, relations(), LANGUAGES)
    # Metals and fruits are disjoint, but a rose is a colour, and these are related to fruits.
    assert Concept("metals", "rose") not in lexicon.distractors("fruits")["metals"]
    assert Concept("metals", "rose") in lexicon.distractors("birds")["metals"]


def test_unknown_names_are_refused_with_the_nearest() -> None:
    assert choose("categories", ("all",), ["b", "a", "a"]) == ["a", "b"]
    assert choose("categories", ("b", "b"), ["a", "b"]) == ["b"]
    with pytest.raises(GenerationError, match=r"counting.categories names 'bird', .*mean birds"):
        choose("categories", ("bird",), ["birds", "metals"])


def test_too_few_words_are_refused_with_all_categories() -> None:
    lexicon, _ = build_lexicon(word_lists(members=3), relations(), LANGUAGES)
    require_supply(lexicon, [6], [0, 3])
    with pytest.raises(GenerationError) as caught:
        require_supply(lexicon, [15], [0, 4])
    message = str(caught.value)
    assert "metals has 3 words for up to 4 members a list" in message
    assert "fruits has 12 words of disjoint categories for up to 15 a list" in message
    assert "metals has 15 words of disjoint" not in message
