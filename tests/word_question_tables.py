"""Small tables of words, and of questions whether they belong."""

from __future__ import annotations

import pandas as pd

WORDS = {
    "birds": "owl jay hen duck swan crow kiwi",
    "fruits": "fig pear plum kiwi lime date",
    "metals": "tin iron lead zinc gold brass",
    "tools": "saw axe file rasp plane drill",
}
ALSO = {("birds", "kiwi"): "fruits", ("fruits", "kiwi"): "birds"}
RELATED = {("birds", "fruits"), ("fruits", "birds")}


def word_lists(*languages: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (category, word, language, word, ALSO.get((category, word), ""))
            for category, words in WORDS.items()
            for word in words.split()
            for language in languages or ("eng",)
        ],
        columns=["category", "concept", "language", "word", "also"],
    )


def relations() -> pd.DataFrame:
    rows = [
        (one, two, "related" if (one, two) in RELATED else "disjoint" if one != two else "same")
        for one in WORDS
        for two in WORDS
    ]
    return pd.DataFrame(rows, columns=["category_a", "category_b", "relation"])


def questions(*languages: str) -> pd.DataFrame:
    text = "Word: {word}. Category: {category}. Correct:"
    return pd.DataFrame(
        [
            (language, category, category, text, "yes", "no")
            for language in languages or ("eng",)
            for category in WORDS
        ],
        columns=["language", "category", "heading", "text", "yes", "no"],
    )


def asked(category: str = "birds") -> pd.DataFrame:
    """Ask for three members of a category and three tools."""
    words = [(word, True) for word in WORDS[category].split()[:3]]
    words += [(word, False) for word in WORDS["tools"].split()[:3]]
    return pd.DataFrame(words, columns=["word", "member"]).assign(language="eng", category=category)
