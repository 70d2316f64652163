"""Messages about the small tables beside the word lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from isogloss.datasets import AtomicCSVDataset
from isogloss.pipelines.counting.word_nodes import read_words
from isogloss.pipelines.counting.word_tables import (
    WordTableError,
    read_names,
    read_numerals,
    read_phrases,
    read_relations,
)
from tests.pipelines.counting.test_word_nodes import known, tables

if TYPE_CHECKING:
    from pathlib import Path


def test_faults_have_the_file_and_the_row_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "relations.csv"
    path.write_text("category_a;category_b;relation\n\nbirds;foods;near\n")
    table = AtomicCSVDataset(filepath=str(path), text_only=True).load()
    with pytest.raises(WordTableError) as caught:
        read_relations(table, ["birds", "foods", "fruits"])
    assert str(caught.value) == (
        f"{path}, row 3: relation is 'near'; write disjoint or related.\n"
        f"{path} has no row for fruits and birds, foods: write disjoint or related."
    )


def test_a_column_of_another_name_is_shown() -> None:
    table = tables()["categories"].rename(columns={"counted": "count"})
    with pytest.raises(WordTableError) as caught:
        read_names(table, ["birds"], ["eng"])
    assert str(caught.value) == (
        "categories.csv lacks the columns counted; it has count beside those that it needs. "
        "Correct the first row: category, language, counted, number_of."
    )


def test_a_category_without_names_is_one_fault_and_so_is_a_language() -> None:
    table = tables()["categories"]
    misspelt = pd.DataFrame([("treees", "eng", "trees", "trees")], columns=table.columns)
    with pytest.raises(WordTableError) as caught:
        read_names(pd.concat([table, misspelt]), ["birds", "trees"], ["eng", "deu"])
    assert str(caught.value) == (
        "categories.csv has no row for trees in eng, deu. Did you mean treees? Write what the "
        "category is called (counted, number_of), or leave it or the language out "
        "(counting_words.categories, counting_words.languages)."
    )
    with pytest.raises(WordTableError, match=r"no row for birds, foods in ita\. Write what"):
        read_names(table, ["birds", "foods"], ["eng", "ita"])


def test_what_a_new_language_lacks_says_how_it_is_written() -> None:
    with pytest.raises(WordTableError) as caught:
        read_phrases(tables()["phrases"], ["eng", "ita"])
    assert str(caught.value) == (
        "phrases.csv has no phrase for ita, position first and last. Write a row for each: a text "
        "with {list} and the category before it (first) or after it (last), and a separator. Or "
        "leave the language out (counting_words.languages)."
    )
    with pytest.raises(WordTableError) as caught:
        read_numerals(tables()["numerals"], ["ita"], 20)
    assert str(caught.value) == (
        "numerals.csv has no digits for 0 to 20 in ita. Write rows such as ita,0,digits,0. Or "
        "leave the language out (counting_words.languages)."
    )


def test_a_category_without_names_is_told_before_its_words_are_looked_at() -> None:
    words = tables()["words"]
    copied = words[words["category"] == "birds"].assign(category="trees")
    with pytest.raises(WordTableError, match=r"^categories.csv has no row for trees in eng, deu"):
        read_words(**tables(words=pd.concat([words, copied])))


def test_a_language_called_by_its_name_in_all_files_is_told_its_code() -> None:
    words = tables()["words"].replace({"language": {"deu": "german"}})
    languages = known(("eng", "Latn", "English"), ("deu", "Latn", "German"))
    with pytest.raises(WordTableError) as caught:
        read_words(**tables(words=words, languages=languages))
    assert str(caught.value) == ("words/birds.csv and 2 others have a column german: call it deu.")
