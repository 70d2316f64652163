"""The small tables beside the word lists: names, relations, phrases and numerals, checked."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.errors import Refusal, join_faults, suggest
from isogloss.provenance import FIRST_ROW, READ_FROM
from isogloss.word_columns import KINDS, POSITIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FAULTS_SHOWN = 10
LIST = "{list}"
NAMES = ("{counted}", "{number_of}")
_OR_LEAVE_OUT = "Or leave the language out (counting_words.languages)."
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
DISJOINT, RELATED, SAME = "disjoint", "related", "same"


class WordTableError(Refusal):
    """A table of words to count is incomplete or contradicts itself; says where and what to do."""


def refuse(faults: Sequence[str]) -> None:
    """Raise all faults as one error, if there are any.

    Raises:
        WordTableError: with the first of them, and how many more there are.
    """
    if faults:
        raise WordTableError(join_faults(faults, FAULTS_SHOWN, "more faults of this kind."))


def require_columns(table: pd.DataFrame, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Give the columns of a table, with the place of each row.

    Args:
        table: of text, as read from a CSV file.
        name: of the file.
        columns: that it must have.

    Returns:
        The columns, and `place`: file and line.

    Raises:
        WordTableError: names the columns that lack.
    """
    file = file_of(table, name)
    if missing := [column for column in columns if column not in table]:
        others = [str(column) for column in table.columns if column not in columns]
        raise WordTableError(
            f"{file} lacks the columns {', '.join(missing)}; it has {', '.join(others) or 'none'} "
            f"beside those that it needs. Correct the first row: {', '.join(columns)}."
        )
    places = [f"{file}, row {label + FIRST_ROW}" for label in table.index]
    return table[list(columns)].assign(place=places)


def file_of(table: pd.DataFrame, name: str) -> str:
    """Say which file a table was read from; its name where that is not known."""
    return str(table.attrs.get(READ_FROM, name))


def read_names(
    table: pd.DataFrame, categories: Sequence[str], languages: Sequence[str]
) -> pd.DataFrame:
    """Read what categories are called.

    Args:
        table: category, language, counted, number_of.
        categories: that need names.
        languages: in which they need them.

    Raises:
        WordTableError: if a name is empty, lacks or stands twice.
    """
    read = require_columns(
        table, "categories.csv", ["category", "language", "counted", "number_of"]
    )
    wanted = read[read["category"].isin(categories) & read["language"].isin(languages)]
    faults = [
        f"{row['place']}: {column} of {row['category']} in {row['language']} is empty."
        for row in wanted.to_dict("records")
        for column in ("counted", "number_of")
        if not row[column].strip()
    ]
    faults += _repeated(wanted, ["category", "language"])
    there = set(zip(wanted["category"], wanted["language"], strict=True))
    file, others = file_of(table, "categories.csv"), set(read["category"]) - set(categories)
    lacking = [
        (category, code)
        for category in categories
        for code in languages
        if (category, code) not in there
    ]
    for one, with_it in _by_most_frequent(lacking):
        own, codes = ([one], with_it) if one in categories else (with_it, [one])
        faults.append(
            f"{file} has no row for {', '.join(own)} in {', '.join(codes)}."
            f"{suggest(own[0], others)} Write what the category is called (counted, number_of), or "
            "leave it or the language out (counting_words.categories, counting_words.languages)."
        )
    refuse(faults)
    return wanted.drop(columns="place").reset_index(drop=True)


def read_relations(table: pd.DataFrame, categories: Sequence[str]) -> pd.DataFrame:
    """Read which categories share no member.

    Args:
        table: category_a, category_b, relation (disjoint, related).
        categories: of which each pair needs a row, in one order or the other.

    Returns:
        category_a, category_b, relation: both orders, and each category with itself as `same`.

    Raises:
        WordTableError: if a pair lacks, stands twice, or is called something else.
    """
    columns = ["category_a", "category_b", "relation"]
    read = require_columns(table, "relations.csv", columns)
    wanted = read[read["category_a"].isin(categories) & read["category_b"].isin(categories)]
    faults, relations = [], {}
    for row in wanted.to_dict("records"):
        pair = frozenset((row["category_a"], row["category_b"]))
        if row["relation"] not in (DISJOINT, RELATED):
            faults.append(
                f"{row['place']}: relation is {row['relation']!r}; write {DISJOINT} or {RELATED}."
            )
        if len(pair) == 1 or pair in relations:
            faults.append(f"{row['place']}: {' and '.join(sorted(pair))}: keep one row a pair.")
        relations[pair] = row["relation"]
    lacking = [pair for pair in combinations(categories, 2) if frozenset(pair) not in relations]
    file = file_of(table, "relations.csv")
    faults += [
        f"{file} has no row for {one} and {', '.join(others)}: write {DISJOINT} or {RELATED}."
        for one, others in _by_most_frequent(lacking)
    ]
    refuse(faults)
    rows = [
        (first, second, SAME if first == second else relations[frozenset((first, second))])
        for first in categories
        for second in categories
    ]
    return pd.DataFrame(rows, columns=columns)


def _by_most_frequent(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Gather pairs by one of the two: who has most of them, such as a new category, first."""
    left = list(pairs)
    while left:
        one, _ = Counter(name for pair in left for name in pair).most_common(1)[0]
        yield one, [b if a == one else a for a, b in left if one in (a, b)]
        left = [pair for pair in left if one not in pair]


def read_phrases(table: pd.DataFrame, languages: Sequence[str]) -> pd.DataFrame:
    """Read how lists are put to a model.

    Args:
        table: language, position (first, last), text, separator.
        languages: each needs a phrase for both positions.

    Raises:
        WordTableError: if a phrase lacks, or its placeholders are wrong or in the wrong order.
    """
    columns = ["language", "position", "text", "separator"]
    read = require_columns(table, "phrases.csv", columns)
    wanted = read[read["language"].isin(languages)]
    faults = [
        f"{row['place']}: {fault}"
        for row in wanted.to_dict("records")
        if (fault := _fault_of_phrase(row["position"], row["text"], row["separator"]))
    ]
    faults += [
        f"{row['place']}: position is {row['position']!r}; write {' or '.join(POSITIONS)}."
        for row in wanted[~wanted["position"].isin(POSITIONS)].to_dict("records")
    ]
    faults += _repeated(wanted, ["language", "position"])
    there = set(zip(wanted["language"], wanted["position"], strict=True))
    file = file_of(table, "phrases.csv")
    for language in languages:
        if lacking := [one for one in POSITIONS if (language, one) not in there]:
            faults.append(
                f"{file} has no phrase for {language}, position {' and '.join(lacking)}. Write a "
                f"row for each: a text with {LIST} and the category before it (first) or after it "
                f"(last), and a separator. {_OR_LEAVE_OUT}"
            )
    refuse(faults)
    return wanted.drop(columns="place").reset_index(drop=True)


def _fault_of_phrase(position: str, text: str, separator: str) -> str:
    found = PLACEHOLDER.findall(text)
    if unknown := [name for name in found if name not in (*NAMES, LIST)]:
        return f"{unknown[0]} is filled by nothing.{suggest(unknown[0], (*NAMES, LIST))}"
    if text != text.strip():
        return "the text begins or ends with a blank: take it away, the answer brings its own."
    if found.count(LIST) != 1:
        return f"the text holds {LIST} {found.count(LIST)} times: write it exactly once."
    before, after = (part in NAMES for part in (found[0], found[-1]))
    if position == "first" and not before:
        return f"the category must be named before {LIST}: write {' or '.join(NAMES)} there."
    if position == "last" and (before or not after):
        return f"the category must be named after {LIST} and not before it."
    return "" if separator.strip() else "the separator holds no mark: write for example ', '."


def read_numerals(table: pd.DataFrame, languages: Sequence[str], highest: int) -> pd.DataFrame:
    """Read how numbers are written.

    Args:
        table: language, number, kind (digits, word, native), form.
        languages: each needs digits for all numbers up to `highest`.
        highest: number.

    Returns:
        The rows of these languages, and those of others with native digits, which readers of
        answers need; `number` as int.

    Raises:
        WordTableError: if a number is none, a kind unknown, a form means two numbers, or digits
            lack.
    """
    read = require_columns(table, "numerals.csv", ["language", "number", "kind", "form"])
    faults = [
        f"{row['place']}: number {row['number']!r}, kind {row['kind']!r}, form {row['form']!r}. "
        f"Write a whole number, one of {', '.join(KINDS)}, and how it is written."
        for row in read.to_dict("records")
        if not (row["number"].isdecimal() and row["kind"] in KINDS and row["form"].strip())
    ]
    refuse(faults)
    read["number"] = read["number"].astype(int)
    faults = _repeated(read, ["language", "form"])
    digits = read[read["kind"] == "digits"]
    there = set(zip(digits["language"], digits["number"], strict=True))
    file = file_of(table, "numerals.csv")
    for language in languages:
        lacking = [one for one in range(highest + 1) if (language, one) not in there]
        if lacking:
            whole = len(lacking) == highest + 1
            numbers = f"0 to {highest}" if whole else ", ".join(map(str, lacking))
            faults.append(
                f"{file} has no digits for {numbers} in {language}. Write "
                f"rows such as {language},{lacking[0]},digits,{lacking[0]}. {_OR_LEAVE_OUT}"
            )
    refuse(faults)
    wanted = read["language"].isin(languages) | (read["kind"] == "native")
    return read[wanted].drop(columns="place").reset_index(drop=True)


def choose(wanted: Sequence[str], known: Iterable[str], setting: str) -> list[str]:
    """Give the names that are asked for, in the order in which they are known.

    Args:
        wanted: names, or `all` alone.
        known: those that there are.
        setting: where they were asked for.

    Raises:
        WordTableError: if there is none of that name; says which is nearest.
    """
    there = list(dict.fromkeys(known))
    if tuple(wanted) == ("all",):
        return there
    refuse(
        [
            f"{setting} names '{name}', which is not there.{suggest(name, there)} There are: "
            f"{' '.join(there)}."
            for name in wanted
            if name not in there
        ]
    )
    return [name for name in there if name in wanted]


def _repeated(table: pd.DataFrame, key: Sequence[str]) -> list[str]:
    again = table[table.duplicated(list(key))]
    return [
        f"{row['place']}: there is another row for {', '.join(str(row[name]) for name in key)}. "
        "Keep one."
        for row in again.to_dict("records")
    ]
