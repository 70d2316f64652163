"""Reading words to count: what is right comes through, what is wrong is named with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from isogloss.pipelines.counting.word_nodes import read_words
from isogloss.pipelines.counting.word_parameters import WordParameters
from isogloss.pipelines.counting.word_tables import WordTableError
from isogloss.word_schemas import (
    CategoryNames,
    CategoryRelations,
    CountingPhrases,
    Numerals,
    WordLists,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = {
    "birds": {"owl": ("owl", "Eule"), "chicken": ("chicken", "Huhn"), "kiwi": ("kiwi", "Kiwi")},
    "foods": {"bread": ("bread", "Brot"), "chicken": ("chicken", "Hähnchen")},
    "fruits": {"kiwi": ("", "Kiwi"), "apple": ("apple", "Apfel")},
}
TEXTS = {"first": "Count the {counted}: {list}. Number:", "last": "{list}. Number of {number_of}:"}


def tables(**changed: Any) -> dict[str, Any]:
    words = [
        (category, concept, language, word, f"words/{category}.csv, line {line}")
        for category, concepts in WORDS.items()
        for line, (concept, own) in enumerate(concepts.items(), start=2)
        for language, word in zip(("eng", "deu"), own, strict=True)
    ]
    built = {
        "words": frame(["category", "concept", "language", "word", "place"], words),
        "memberships": frame(
            ["category", "concept", "also"],
            [("birds", "chicken", "foods"), ("birds", "kiwi", "fruits")],
        ),
        "categories": frame(
            ["category", "language", "counted", "number_of"],
            [(one, language, one, one) for one in WORDS for language in ("eng", "deu")],
        ),
        "relations": frame(
            ["category_a", "category_b", "relation"],
            [
                ("birds", "foods", "related"),
                ("fruits", "birds", "disjoint"),
                ("foods", "fruits", "related"),
            ],
        ),
        "phrases": frame(
            ["language", "position", "text", "separator"],
            [(language, *text, ", ") for language in ("eng", "deu") for text in TEXTS.items()],
        ),
        "numerals": frame(
            ["language", "number", "kind", "form"],
            [
                *(
                    (language, str(number), "digits", str(number))
                    for language in ("eng", "deu")
                    for number in range(21)
                ),
                ("eng", "2", "word", "two"),
                ("arb", "2", "native", "٢"),
                ("arb", "2", "word", "اثنان"),
            ],
        ),
        "languages": known(("eng", "Latn", "English"), ("deu", "Latn", "German")),
        "parameters": WordParameters(least_members=1),
    }
    return {**built, **changed}


def frame(columns: list[str], rows: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def known(*languages: tuple[str, str, str]) -> pd.DataFrame:
    return frame(["language", "script", "name"], languages)


def renamed(column: str, category: str, old: str, new: str) -> pd.DataFrame:
    words: pd.DataFrame = tables()["words"]
    words.loc[(words["category"] == category) & (words[column] == old), column] = new
    return words


def changed_word(old: str, new: str) -> pd.DataFrame:
    words: pd.DataFrame = tables()["words"]
    words.loc[words["word"] == old, "word"] = new
    return words


def with_row(table: str, *row: str) -> dict[str, pd.DataFrame]:
    read = tables()[table]
    read.loc[len(read)] = list(row)
    return {table: read}


def without_row(table: str, number: int) -> dict[str, pd.DataFrame]:
    return {table: tables()[table].drop(index=number)}


def with_cell(table: str, number: int, column: str, value: str) -> dict[str, pd.DataFrame]:
    read = tables()[table]
    read.loc[number, column] = value
    return {table: read}


def test_tables_have_what_their_schemas_say() -> None:
    lists, names, relations, phrases, numerals = read_words(**tables())
    WordLists.validate(lists)
    CategoryNames.validate(names)
    CategoryRelations.validate(relations)
    CountingPhrases.validate(phrases)
    Numerals.validate(numerals)
    assert len(lists) == 13  # the empty cell is no word
    also = lists.set_index(["category", "concept", "language"])["also"]
    assert also["birds", "chicken", "eng"] == "foods"
    assert also["foods", "bread", "eng"] == ""
    related = relations.set_index(["category_a", "category_b"])["relation"]
    assert related["birds", "fruits"] == related["fruits", "birds"] == "disjoint"
    assert related["birds", "birds"] == "same"
    assert list(numerals.loc[numerals["language"] == "arb", "kind"]) == ["native"]


def test_only_what_is_asked_for_comes_through() -> None:
    parameters = WordParameters(languages=("deu",), categories=("fruits", "birds"), least_members=1)
    lists, names, relations, phrases, _ = read_words(**tables(parameters=parameters))
    assert list(lists["category"].unique()) == ["birds", "fruits"]
    assert set(lists["language"]) == set(phrases["language"]) == {"deu"}
    assert len(names) == 2
    assert len(relations) == 4


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"words": changed_word("Brot", "Eule")}, r"foods.csv, line 2: deu 'Eule' stands in birds"),
        ({"words": changed_word("Apfel", "kiwi")}, r"line 3: deu 'kiwi' stands for kiwi too"),
        ({"words": changed_word("bread", "brеad")}, r"'е' \(U\+0435\) is Cyrl, .* in Latn"),
        ({"words": changed_word("bread", "rye, bread")}, r"line 2: eng 'rye, bread' holds ','"),
        ({"words": changed_word("bread", "3 breads")}, r"holds a digit"),
        ({"words": changed_word("Apfel", "foods")}, r"deu 'foods' is what the category foods is c"),
        (
            {"words": renamed("language", "birds", "deu", "german")},
            r"birds.csv has a column german, which 2 others lack. Did you mean deu\?\n"
            r"words/birds.csv has no column deu, which 2 others have",
        ),
        (
            {"words": renamed("language", "birds", "deu", "deq")},
            r"birds.csv has a column deq, which 2 others lack. Did you mean deu\?",
        ),
        (
            {
                "words": renamed("language", "birds", "deu", "spa"),
                "languages": known(("eng", "Latn", "English"), ("spa", "Latn", "Spanish")),
            },
            r"birds.csv has a column spa, which 2 others lack. Add it to these, or leave them",
        ),
        ({"words": renamed("concept", "birds", "owl", "")}, r"birds.csv, line 2: concept ''"),
        ({"words": renamed("concept", "birds", "owl", "Owl 1")}, r"such as owl_1"),
        (
            {"words": renamed("category", "foods", "foods", "Sea Animals")},
            r"words/foods.csv: call the file sea_animals.csv",
        ),
        (
            {"words": changed_word("Eule", "M\u00f6we").replace({"word": {"Brot": "Mo\u0308we"}})},
            r"foods.csv, line 2: deu .* stands in birds",
        ),
        (with_cell("phrases", 0, "text", "{counted}: {list}: "), r"begins or ends with a blank"),
        (without_row("memberships", 0), r"foods.csv, line 3: .*memberships.csv: foods,chicken,bir"),
        (with_row("memberships", "birds", "owll", "foods"), r"row 4: birds has no concept 'owll'"),
        (with_row("memberships", "birds", "owl", "food"), r"no category 'food'. Did you mean food"),
        (without_row("categories", 1), r"categories.csv has no row for birds in deu"),
        (with_cell("categories", 1, "counted", " "), r"row 3: counted of birds in deu is empty"),
        (
            with_row("categories", "birds", "eng", "a", "b"),
            r"row 8: there is another row for birds",
        ),
        (without_row("relations", 1), r"relations.csv has no row for birds and fruits"),
        (with_cell("relations", 0, "relation", "near"), r"row 2: relation is 'near'; write disj"),
        (with_row("relations", "foods", "birds", "disjoint"), r"row 5: birds and foods: keep one"),
        (without_row("phrases", 0), r"phrases.csv has no phrase for eng, position first"),
        (with_cell("phrases", 0, "position", "left"), r"row 2: position is 'left'"),
        (with_cell("phrases", 0, "text", "{lst}"), r"\{lst\} is filled by nothing. Did you mean"),
        (with_cell("phrases", 0, "text", "{counted}"), r"holds \{list\} 0 times"),
        (with_cell("phrases", 0, "text", "{list} {counted}"), r"named before \{list\}"),
        (with_cell("phrases", 1, "text", "{counted} {list}"), r"named after \{list\} and not bef"),
        (with_cell("phrases", 1, "separator", " "), r"the separator holds no mark"),
        (without_row("numerals", 3), r"numerals.csv has no digits for 3 in eng"),
        (with_cell("numerals", 3, "number", "x"), r"row 5: number 'x'"),
        (with_row("numerals", "eng", "3", "word", "two"), r"another row for eng, two"),
        (
            {"phrases": tables()["phrases"].drop(columns="text")},
            r"phrases.csv lacks the columns te",
        ),
        ({"parameters": WordParameters(least_members=3)}, r"foods.csv has 2 words in eng"),
        ({"parameters": WordParameters(languages=("ger",))}, r"names 'ger', which is not there"),
        ({"parameters": WordParameters(categories=("bird",))}, r"'bird'.* Did you mean birds"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(WordTableError, match=message):
        read_words(**tables(**changed))


def test_scripts_of_unlisted_languages_are_not_checked(caplog: pytest.LogCaptureFixture) -> None:
    read_words(**tables(languages=known(("eng", "Latn", "English"))))
    assert "The languages deu of the words to count are in no list" in caplog.text


def test_words_may_be_written_in_several_scripts_of_a_language() -> None:
    words: pd.DataFrame = tables()["words"]
    words.loc[words["language"] == "deu", "language"] = "jpn"
    words.loc[words["word"] == "Eule", "word"] = "ふくろう"
    words.loc[words["word"] == "Brot", "word"] = "食パン"
    words = words[words["word"].isin(["ふくろう", "食パン"])]
    changed = tables(
        words=words,
        memberships=tables()["memberships"].iloc[:0],
        languages=known(("jpn", "Jpan", "Japanese")),
        parameters=WordParameters(least_members=1),
    )
    for name in ("categories", "phrases", "numerals"):
        changed[name] = changed[name].replace({"language": {"deu": "jpn"}})
    lists, *_ = read_words(**changed)
    assert list(lists["word"]) == ["ふくろう", "食パン"]


def test_few_concepts_in_all_languages_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    read_words(**tables())
    assert "in all 2 languages: birds 3, foods 2, fruits 1." in caplog.text
    assert not [one for one in caplog.records if one.levelname == "WARNING"]
    words = pd.concat([tables()["words"], extra_fruits()])
    read_words(**tables(words=words, parameters=WordParameters(least_members=2)))
    assert "in all of eng deu: fruits 1; counting_words.least_members is 2" in caplog.text


def extra_fruits() -> pd.DataFrame:
    rows = [
        ("fruits", "fig", one, word, "words/fruits.csv, line 4")
        for one, word in (("eng", "fig"), ("deu", ""))
    ]
    return frame(["category", "concept", "language", "word", "place"], rows)
