from __future__ import annotations

import pandas as pd

from isogloss.word_memberships import categories_of_words, disjoint_categories, folded


def test_words_are_compared_composed_and_without_case() -> None:
    assert folded(" E\u0301toile ") == folded("étoile") == "\u00e9toile"
    assert folded("STRASSE") == folded("Straße")


def test_a_word_belongs_to_all_categories_that_list_it_or_that_it_names() -> None:
    rows = [
        ("birds", "eng", "turkey", ""),
        ("countries", "eng", "Turkey", None),
        ("countries", "deu", "Türkei", ""),
        ("fruits", "eng", "orange", "colours trees"),
    ]
    words = pd.DataFrame(rows, columns=["category", "language", "word", "also"])
    assert categories_of_words(words) == {
        ("eng", "turkey"): {"birds", "countries"},
        ("deu", "türkei"): {"countries"},
        ("eng", "orange"): {"fruits", "colours", "trees"},
    }


def test_only_what_is_called_disjoint_shares_no_member() -> None:
    rows = [
        ("birds", "birds", "same"),
        ("birds", "tools", "disjoint"),
        ("birds", "fish", "related"),
    ]
    relations = pd.DataFrame(rows, columns=["category_a", "category_b", "relation"])
    assert disjoint_categories(relations) == {"birds": {"tools"}}
