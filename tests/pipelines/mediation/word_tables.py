"""Word tables as the counting room makes them: short words of nine categories, made up here."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd

WORDS = {
    "mammals": "dog cat cow pig fox bat rat ape elk yak hare wolf lion bear goat",
    "metals": "tin iron gold lead zinc steel brass nickel silver copper cobalt radium",
    "tools": "saw axe file rasp plane hammer drill pliers chisel clamp level shovel",
    "drinks": "tea ale gin rum wine milk cola cider juice water cocoa coffee",
    "clothes": "hat cap tie sock shoe coat vest skirt scarf shirt glove jacket",
    "vehicles": "car bus van cab tram bike boat ship train truck plane canoe",
    "jobs": "cook monk maid nurse baker clerk judge pilot tailor farmer singer dancer",
    "sports": "golf judo polo chess rugby tennis boxing hockey rowing soccer diving karate",
    "body": "arm leg ear eye toe knee hand foot nose chin elbow ankle",
    "trees": "oak elm ash yew pine palm birch cedar maple willow poplar spruce",
}
ALSO = {"plane": {"tools": "vehicles", "vehicles": "tools"}}
PHRASES = {
    "first": "Count the {counted} in this list: {list}.\nNumber of {number_of}:",
    "last": "List: {list}.\nNumber of {number_of}:",
}


def word_lists() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "category": category,
                "concept": word,
                "language": "eng",
                "word": word,
                "also": ALSO.get(word, {}).get(category, ""),
            }
            for category, words in WORDS.items()
            for word in words.split()
        ]
    )


def category_names() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"category": name, "language": "eng", "counted": name, "number_of": name}
            for name in WORDS
        ]
    )


def category_relations() -> pd.DataFrame:
    rows = []
    for one, two in product(WORDS, WORDS):
        relation = "same" if one == two else "disjoint"
        if {one, two} == {"tools", "vehicles"}:
            relation = "related"
        rows.append({"category_a": one, "category_b": two, "relation": relation})
    return pd.DataFrame(rows)


def counting_phrases() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"language": "eng", "position": position, "text": text, "separator": ", "}
            for position, text in PHRASES.items()
        ]
    )


def membership_questions() -> pd.DataFrame:
    names = category_names()
    text = "Word: {word}. Category: {category}. Correct:"
    return names.assign(heading=names["category"], text=text, yes="yes", no="no").drop(
        columns=["counted", "number_of"]
    )


def rows_of(table: pd.DataFrame) -> list[Any]:
    """Give the rows of a table, columns as attributes."""
    return list(table.itertuples())
