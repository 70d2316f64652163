"""Words of categories, checked: each is a member of what it stands under, and of nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from fontTools.unicodedata import script

from isogloss.errors import suggest
from isogloss.pipelines.counting.word_tables import refuse, require_columns
from isogloss.word_columns import SLUG
from isogloss.word_memberships import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

# Scripts of whole languages, in ISO 15924 -> scripts of their characters, as Unicode has them.
MIXED_SCRIPTS = {
    "Hans": {"Hani"},
    "Hant": {"Hani"},
    "Jpan": {"Hani", "Hira", "Kana"},
    "Kore": {"Hang", "Hani"},
}
OF_ALL_SCRIPTS = {"Zyyy", "Zinh"}
Memberships = dict[tuple[str, str], list[str]]


def check_files(words: pd.DataFrame, languages: Sequence[str], known: Mapping[str, str]) -> None:
    """Refuse names of files and concepts that are no slugs, and columns that some files lack.

    Args:
        words: category, concept, language (every column of every file), place.
        languages: that are used.
        known: code of a language -> its name.

    Raises:
        WordTableError: names file and line of each fault.
    """
    refuse(_wrong_names(words))
    refuse(_odd_columns(words, languages, known))


def _wrong_names(words: pd.DataFrame) -> list[str]:
    faults = [
        f"{row['place'].rpartition(', ')[0]}: call the file {_as_slug(row['category'])}.csv, in "
        "small Latin letters, digits and _."
        for row in words.drop_duplicates("category").to_dict("records")
        if not re.match(SLUG, row["category"])
    ]
    for row in words.drop_duplicates(["category", "concept"]).to_dict("records"):
        if not re.match(SLUG, row["concept"]):
            example = _as_slug(row["concept"]) or "red_apple"
            faults.append(
                f"{row['place']}: concept {row['concept']!r}: write small Latin letters, digits "
                f"and _, such as {example}."
            )
    return faults


def _as_slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _odd_columns(
    words: pd.DataFrame, languages: Sequence[str], known: Mapping[str, str]
) -> list[str]:
    """Find columns that some files alone have: mistaken names, or forgotten in others."""
    columns = words.groupby("category", sort=False)["language"].agg(set).to_dict()
    first = words.drop_duplicates("category")
    files = {
        category: place.rpartition(", ")[0]
        for category, place in zip(first["category"], first["place"], strict=True)
    }
    codes = {folded(name): code for code, name in known.items()}
    faults = []
    for language in languages:
        having = [category for category, own in columns.items() if language in own]
        lacking = [category for category in columns if category not in having]
        code = codes.get(folded(language))
        if not lacking:
            if code and language not in known:
                more = f" and {len(having) - 1} others have" if len(having) > 1 else " has"
                faults.append(f"{files[having[0]]}{more} a column {language}: call it {code}.")
            continue
        if len(having) > len(lacking):
            faults += [
                f"{files[category]} has no column {language}, which {len(having)} others have. Add "
                "it, with empty cells where there is no good word."
                for category in lacking
            ]
            continue
        meant = f" Did you mean {code}?" if code else suggest(language, known)
        if language in known:
            meant = " Add it to these, or leave them out of counting_words.categories."
        faults += [
            f"{files[category]} has a column {language}, which {len(lacking)} others lack.{meant}"
            for category in having
        ]
    return faults


def check_category_names(words: pd.DataFrame, names: pd.DataFrame) -> None:
    """Refuse words that are also what a category is called in their language.

    Args:
        words: category, concept, language, word, place.
        names: category, language, counted, number_of.

    Raises:
        WordTableError: names file and line of each fault.
    """
    called = {
        (row["language"], folded(row[column])): row["category"]
        for row in names.to_dict("records")
        for column in ("counted", "number_of")
    }
    refuse(
        [
            f"{row['place']}: {row['language']} '{row['word']}' is what the category {category} is "
            "called. Choose another word, or leave the cell empty."
            for row in words.to_dict("records")
            if (category := called.get((row["language"], folded(row["word"]))))
        ]
    )


def read_memberships(
    table: pd.DataFrame, words: pd.DataFrame, categories: Sequence[str]
) -> Memberships:
    """Read which members of a category belong to another one, too.

    Args:
        table: category, concept, also (another category).
        words: category, concept: those that there are.
        categories: all that there are.

    Returns:
        (category, concept) -> other categories.

    Raises:
        WordTableError: if a row names a concept or category that there is not.
    """
    read = require_columns(table, "memberships.csv", ["category", "concept", "also"])
    known = words.groupby("category")["concept"].agg(set).to_dict()
    faults = []
    found: Memberships = defaultdict(list)
    for row in read.to_dict("records"):
        for name in (row["category"], row["also"]):
            if name not in categories:
                faults.append(
                    f"{row['place']}: there is no category '{name}'.{suggest(name, categories)} "
                    "Correct it, or take the row out."
                )
        concepts = known.get(row["category"], set())
        if row["category"] in categories and row["concept"] not in concepts:
            faults.append(
                f"{row['place']}: {row['category']} has no concept '{row['concept']}'."
                f"{suggest(row['concept'], concepts)} Correct it, or take the row out."
            )
        found[row["category"], row["concept"]].append(row["also"])
    refuse(faults)
    return dict(found)


def check_words(
    words: pd.DataFrame,
    memberships: Mapping[tuple[str, str], Sequence[str]],
    scripts: Mapping[str, str],
    separators: Mapping[str, Collection[str]],
) -> None:
    """Refuse words that are written wrongly, stand twice, or belong to an undeclared category.

    Args:
        words: category, concept, language, word, place; no word is empty.
        memberships: (category, concept) -> other categories that it belongs to.
        scripts: language -> its script (ISO 15924); languages that are not listed are not checked.
        separators: language -> what stands between the words of lists.

    Raises:
        WordTableError: names file and line of each fault.
    """
    rows = words.to_dict("records")
    faults = [
        f"{row['place']}: {fault}"
        for row in rows
        if (fault := _fault_of_word(str(row["word"]), row["language"], scripts, separators))
    ]
    refuse(faults)
    refuse(_repeated_concepts(words) + _repeated_words(words))
    refuse(_undeclared(words, memberships))


def _fault_of_word(
    word: str,
    language: str,
    scripts: Mapping[str, str],
    separators: Mapping[str, Collection[str]],
) -> str:
    for mark in {character for one in separators.get(language, ()) for character in one.strip()}:
        if mark in word:
            return f"{language} '{word}' holds '{mark}', which stands between the words of a list."
    if any(character.isdigit() for character in word):
        return f"{language} '{word}' holds a digit: write it in letters."
    if language not in scripts:
        return ""
    accepted = OF_ALL_SCRIPTS | MIXED_SCRIPTS.get(scripts[language], {scripts[language]})
    for character in word:
        if _script(character) not in accepted:
            return (
                f"{language} '{word}': '{character}' (U+{ord(character):04X}) is "
                f"{_script(character)}, but the language is written in {scripts[language]}."
            )
    return ""


@cache
def _script(character: str) -> str:
    return str(script(character))


def _repeated_concepts(words: pd.DataFrame) -> list[str]:
    again = words[words.duplicated(["category", "concept", "language"])]
    return [
        f"{row['place']}: there is another row for {row['concept']}. Keep one."
        for row in again.drop_duplicates(["category", "concept"]).to_dict("records")
    ]


def _repeated_words(words: pd.DataFrame) -> list[str]:
    first: dict[tuple[str, str, str], str] = {}
    faults = []
    for row in words.to_dict("records"):
        key = (row["category"], row["language"], folded(str(row["word"])))
        if key in first and first[key] != row["concept"]:
            faults.append(
                f"{row['place']}: {row['language']} '{row['word']}' stands for {first[key]} too. "
                "Choose another word, or leave the cell empty."
            )
        first.setdefault(key, str(row["concept"]))
    return faults


def _undeclared(
    words: pd.DataFrame, memberships: Mapping[tuple[str, str], Sequence[str]]
) -> list[str]:
    """Find words that stand in two categories of which no row says so."""
    holders: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    faults = []
    for row in words.to_dict("records"):
        own = (str(row["category"]), str(row["concept"]))
        others = holders[row["language"], folded(str(row["word"]))]
        for other in others:
            declared = other[0] in memberships.get(own, ()) or own[0] in memberships.get(other, ())
            if not declared:
                faults.append(
                    f"{row['place']}: {row['language']} '{row['word']}' stands in {other[0]}, too. "
                    f"Choose another word, or add to memberships.csv: {own[0]},{own[1]},{other[0]}."
                )
        others.append(own)
    return faults
