"""Which texts of the tables of prompts are translated, and how rows are made of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from isogloss.pipelines.cultural.closed_questions import join_options, split_options
from isogloss.pipelines.cultural.prompt_tables import (
    MACHINE,
    WRITTEN,
    PromptTableError,
    call_table,
    require_columns,
)
from isogloss.pipelines.cultural.prompt_translation import FAILED, SourceText, Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class TranslatedTable(NamedTuple):
    """A table with texts in several languages.

    Attributes:
        name: of the table.
        key: columns that, with the language, name a row.
        uses: column of a text -> what the text is for; `{column}` is put in.
    """

    name: str
    key: tuple[str, ...]
    uses: Mapping[str, str]


TEMPLATES = TranslatedTable(
    "templates",
    ("template",),
    {
        "text": "request to a language model",
        "document": "beginning of a text that somebody goes on writing",
    },
)
TOPICS = TranslatedTable(
    "topics", ("question", "phrasing"), {"text": "topic of a conversation, put in quotation marks"}
)
STATEMENTS = TranslatedTable(
    "statements",
    ("question",),
    {"pro": "what somebody says who agrees", "con": "what somebody says who disagrees"},
)
CLOSED_QUESTIONS = TranslatedTable(
    "closed_questions",
    ("question",),
    {"text": "question of a survey", "options": "one of the answers to a question of a survey"},
)
ANSWER_WORDS = TranslatedTable(
    "answer_words",
    (),
    {
        "answer": "word before an answer, with its colon",
        "summary": "words before a summary, with their colon",
    },
)
TABLES = (TEMPLATES, TOPICS, STATEMENTS, CLOSED_QUESTIONS, ANSWER_WORDS)
OPTIONS = "options"
REPORT_COLUMNS = (
    "table",
    "key",
    "field",
    "language",
    "status",
    "reason",
    "chrf",
    "source",
    "translation",
    "back_translation",
)


class _Task(NamedTuple):
    """A row to be written in a language, with the texts that it takes by field."""

    table: TranslatedTable
    row: Mapping[str, Any]
    language: str
    texts: Mapping[str, list[SourceText]]


def translate_tables(
    tables: Mapping[str, pd.DataFrame],
    source: str,
    languages: Sequence[str],
    translate: Callable[[Sequence[SourceText]], Mapping[SourceText, Translation]],
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Add rows in further languages to tables, where these have none yet.

    Args:
        tables: name, as in `TABLES`, -> rows in the source language and others.
        source: the language to translate from.
        languages: into which.
        translate: gives the translations of texts.

    Returns:
        The tables with the rows that were translated, all of whose texts are right, and a column
        `wording` (written, machine); and a report, one row a text: table, key, field, language,
        status (kept, repaired, failed), reason, chrf, source, translation, back_translation.

    Raises:
        PromptTableError: if a table has no row in the source language.
    """
    tasks = [task for table in TABLES for task in _tasks(table, tables, source, languages)]
    wanted = [one for task in tasks for texts in task.texts.values() for one in texts]
    found = translate(wanted) if wanted else {}
    added: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    for task in tasks:
        if all(found[one].status != FAILED for texts in task.texts.values() for one in texts):
            added[task.table.name].append(_translated_row(task, found))
    joined = {table.name: _append(tables[table.name], added[table.name]) for table in TABLES}
    report = pd.DataFrame(
        [row for task in tasks for row in _report(task, found)], columns=list(REPORT_COLUMNS)
    )
    return joined, report


def _tasks(
    table: TranslatedTable,
    tables: Mapping[str, pd.DataFrame],
    source: str,
    languages: Sequence[str],
) -> Iterator[_Task]:
    rows = tables[table.name]
    require_columns(rows, table.name, ("language", *table.key, *table.uses))
    written = rows[rows["language"] == source].to_dict("records")
    if not written:
        raise PromptTableError(
            f"{call_table(rows, table.name)} has nothing in '{source}' to translate from. Add it, "
            "or set prompt_translation.source to a language that it has."
        )
    there = {
        (row["language"], *(str(row[part]) for part in table.key))
        for row in rows.to_dict("records")
    }
    for language in languages:
        for row in written:
            if (language, *(str(row[part]) for part in table.key)) not in there:
                named = {str(name): value for name, value in row.items()}
                yield _Task(table, named, language, _texts(table, named, language))


def _texts(
    table: TranslatedTable, row: Mapping[str, Any], language: str
) -> dict[str, list[SourceText]]:
    texts: dict[str, list[SourceText]] = {}
    for column, use in table.uses.items():
        if column == OPTIONS:
            worded = [label for _, label in split_options(row[column]) if label]
            purpose = f"{use}: {row['text']}"
            texts[column] = [SourceText(label, purpose, language) for label in worded]
        elif row[column]:
            texts[column] = [SourceText(row[column], use, language)]
    return texts


def _translated_row(task: _Task, found: Mapping[SourceText, Translation]) -> dict[str, Any]:
    row = {**task.row, "language": task.language, "wording": MACHINE}
    for column, texts in task.texts.items():
        if column == OPTIONS:
            words = {one.text: found[one].text for one in texts}
            options = split_options(task.row[column])
            row[column] = join_options([(code, words.get(label, "")) for code, label in options])
        else:
            row[column] = found[texts[0]].text
    return row


def _append(table: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    written = table if "wording" in table else table.assign(wording=WRITTEN)
    return pd.concat([written, pd.DataFrame(rows, columns=written.columns)], ignore_index=True)


def _report(task: _Task, found: Mapping[SourceText, Translation]) -> Iterator[tuple[Any, ...]]:
    key = " ".join(str(task.row[part]) for part in task.table.key)
    for column, texts in task.texts.items():
        for one in texts:
            given = found[one]
            yield (
                task.table.name,
                key,
                column,
                task.language,
                given.status,
                given.reason,
                given.chrf,
                one.text,
                given.text,
                given.back,
            )
