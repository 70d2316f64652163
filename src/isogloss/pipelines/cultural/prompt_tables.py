"""The tables that prompts are made of, read from text and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal, join_faults, suggest
from isogloss.pipelines.cultural.prompt_texts import fault_of_template
from isogloss.provenance import FIRST_ROW, READ_FROM

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import pandas as pd

WRITTEN, MACHINE = "written", "machine"
RELATIONS = ("native", "official", "other")
FAULTS_SHOWN = 10


class PromptTableError(Refusal):
    """A table of prompts is incomplete or contradicts itself."""


def read_templates(table: pd.DataFrame) -> pd.DataFrame:
    """Check the templates.

    Args:
        table: template, language, expected (answers asked for), text (for models that converse),
            document (for models that continue a text; may be empty), wording (`written` where the
            column lacks).

    Returns:
        The same, `expected` as int.

    Raises:
        PromptTableError: names rows with wrong placeholders, and those that say the same.
    """
    name = "templates"
    checked = _with_columns(table, name, ("template", "language", "expected", "text", "document"))
    _refuse_repeated_keys(checked, name, ["template", "language"])
    checked["expected"] = read_counts(checked, name, "expected", ["template", "language"])
    faults = [
        f"{place}: the {field} {fault}."
        for place, row in list_places(checked, name, ["template", "language"])
        for field in ("text", "document")
        if (row["text"] if field == "text" else row["document"]) or field == "text"
        if (fault := fault_of_template(str(row[field])))
    ]
    faults += _repeated_texts(checked, name, ["template"], "text")
    faults += _repeated_texts(checked[checked["document"] != ""], name, ["template"], "document")
    _refuse(faults)
    return checked


def read_topics(table: pd.DataFrame) -> pd.DataFrame:
    """Check the phrasings of the topics.

    Args:
        table: question, language, phrasing (from 1), text, wording (`written` where it lacks).

    Returns:
        The same, `phrasing` as int.

    Raises:
        PromptTableError: names rows without text, and those that say the same.
    """
    name = "topics"
    checked = _with_columns(table, name, ("question", "language", "phrasing", "text"))
    checked["phrasing"] = read_counts(checked, name, "phrasing", ["question", "language"])
    _refuse_repeated_keys(checked, name, ["question", "language", "phrasing"])
    faults = [
        f"{place}, phrasing {row['phrasing']}: empty."
        for place, row in list_places(checked, name, ["question", "language"])
        if not str(row["text"]).strip()
    ]
    _refuse(faults + _repeated_texts(checked, name, ["question", "phrasing"], "text"))
    return checked


def read_countries(table: pd.DataFrame) -> pd.DataFrame:
    """Check the sentences that name countries.

    Args:
        table: country, language (of the sentence), relation (of the language to the country:
            native, official, other), sentence.

    Raises:
        PromptTableError: names rows with another relation or without a sentence.
    """
    name = "countries"
    checked = _with_columns(table, name, ("country", "language", "relation", "sentence"))
    _refuse_repeated_keys(checked, name, ["country", "language"])
    rows = list_places(checked, name, ["country", "language"])
    faults = [
        f"{place}: relation is {row['relation']!r}; write one of {', '.join(RELATIONS)}."
        for place, row in rows
        if row["relation"] not in RELATIONS
    ]
    faults += [
        f"{place}: there is no sentence." for place, row in rows if not str(row["sentence"]).strip()
    ]
    _refuse(faults)
    return checked


def choose_names(wanted: Sequence[str], known: Iterable[str], setting: str) -> list[str]:
    """Give the names that are asked for, in the order of the table.

    Args:
        wanted: names, or `all` alone.
        known: those that there are.
        setting: where they were asked for.

    Raises:
        PromptTableError: if there is none of that name; says which is nearest.
    """
    there = list(dict.fromkeys(known))
    if tuple(wanted) == ("all",):
        return there
    for name in wanted:
        if name not in there:
            raise PromptTableError(
                f"{setting} names '{name}', which is in no table.{suggest(name, there)} "
                f"There are: {' '.join(there)}."
            )
    return [name for name in there if name in wanted]


def call_table(table: pd.DataFrame, name: str) -> str:
    """Give what messages call a table: the file that it was read from, as far as that is known."""
    return str(table.attrs.get(READ_FROM, f"{name}.csv"))


def list_places(
    table: pd.DataFrame, name: str, key: Sequence[str]
) -> list[tuple[str, dict[Hashable, Any]]]:
    """Give each row with its place for messages: `topics.csv, row 5, f120 in eng`.

    Args:
        table: with the labels that it was read with.
        name: of the table.
        key: columns that name a row.
    """
    file = call_table(table, name)
    return [
        (f"{file}, row {FIRST_ROW + label}, {' in '.join(str(row[part]) for part in key)}", row)
        for label, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def require_columns(table: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    """Refuse a table that lacks columns.

    Raises:
        PromptTableError: names those that lack.
    """
    if missing := [column for column in columns if column not in table]:
        others = [str(column) for column in table if column not in columns]
        near = "".join(suggest(column, others) for column in missing)
        raise PromptTableError(
            f"{call_table(table, name)} has no column {', '.join(missing)}.{near} It needs "
            f"{', '.join(columns)}."
        )


def read_counts(table: pd.DataFrame, name: str, column: str, key: Sequence[str]) -> list[int]:
    """Read whole numbers from 1 that stand as text.

    Raises:
        PromptTableError: names the first row with something else.
    """
    for place, row in list_places(table, name, key):
        value = str(row[column]).strip()
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            raise PromptTableError(
                f"{place}: {column} is {row[column]!r}; write a whole number from 1."
            )
    return [int(str(value).strip()) for value in table[column]]


def _with_columns(table: pd.DataFrame, name: str, columns: Sequence[str]) -> pd.DataFrame:
    require_columns(table, name, columns)
    if table.empty:
        raise PromptTableError(f"{call_table(table, name)} has no rows.")
    checked = table.copy()
    if "wording" not in checked:
        checked["wording"] = WRITTEN
    return checked


def _refuse_repeated_keys(table: pd.DataFrame, name: str, key: list[str]) -> None:
    repeated = table[table.duplicated(key)]
    _refuse(
        [
            f"{place}: a row above has the same {', '.join(key)}. Remove one of them."
            for place, _ in list_places(repeated, name, key)
        ]
    )


def _repeated_texts(table: pd.DataFrame, name: str, key: list[str], field: str) -> list[str]:
    """Name the rows whose text another row of the same language has."""
    bare = table.assign(same=table[field].str.split().str.join(" ").str.casefold())
    faults = []
    for (language, _), rows in bare.groupby(["language", "same"], sort=False):
        if len(rows) > 1:
            places = [
                f"{' '.join(str(row[part]) for part in key)} (row {FIRST_ROW + label})"
                for label, row in zip(rows.index, rows.to_dict("records"), strict=True)
            ]
            faults.append(
                f"{call_table(table, name)}, {language}: {' and '.join(places)} have the same "
                f"{field}. Reword or remove all but one."
            )
    return faults


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise PromptTableError(join_faults(faults, FAULTS_SHOWN, "more faults of this kind."))
