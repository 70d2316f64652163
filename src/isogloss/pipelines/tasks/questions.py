"""The questions of the tasks, as they are asked: who belongs to which part, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

OPTION_COLUMNS = ("option_1", "option_2", "option_3", "option_4")
DEVELOPMENT, TEST = "dev", "test"


class Question(NamedTuple):
    """A question with four options.

    Attributes:
        item_id: the same in all languages.
        fields: what templates may name: passage, subject, question, option_1 to option_4.
        answer: the number of the right option, 1-4.
        split: dev or test.
        cluster: of items that are answered together: the passage; else the item itself.
        stratum: the subject; empty in a reading task.
        subset: what the source marks it as; empty if it does not.
    """

    item_id: str
    fields: Mapping[str, str]
    answer: int
    split: str
    cluster: str
    stratum: str = ""
    subset: str = ""


def reading_questions(items: pd.DataFrame, dev_every: int) -> dict[str, list[Question]]:
    """Give the questions on passages, language by language.

    There is no split for development: every so many-th passage serves, and is reported as well.

    Args:
        items: `reading_items`.
        dev_every: distance of the development passages, in the order of the table.
    """
    passages = list(dict.fromkeys(items["passage_id"]))
    development = set(passages[::dev_every])
    return {
        str(language): [
            Question(
                row["item_id"],
                {"subject": "", **{name: row[name] for name in _texts("passage")}},
                int(row["answer"]),
                DEVELOPMENT if row["passage_id"] in development else TEST,
                cluster=row["passage_id"],
            )
            for row in rows.to_dict("records")
        ]
        for language, rows in items.groupby("language", sort=True)
    }


def knowledge_questions(items: pd.DataFrame) -> dict[str, list[Question]]:
    """Give the questions on subjects, language by language, those for development first.

    Args:
        items: `knowledge_items`.
    """
    ordered = items.sort_values("split", kind="stable")
    return {
        str(language): [
            Question(
                row["item_id"],
                {
                    "passage": "",
                    **{name: row[name] for name in _texts()},
                    "subject": row["subject"].replace("_", " "),
                },
                int(row["answer"]),
                row["split"],
                cluster=row["item_id"],
                stratum=row["subject"],
                subset=row.get("subset", ""),
            )
            for row in rows.to_dict("records")
        ]
        for language, rows in ordered.groupby("language", sort=True)
    }


def _texts(*further: str) -> tuple[str, ...]:
    return (*further, "question", *OPTION_COLUMNS)


def choose_examples(
    question: Question, development: Mapping[str, Sequence[Question]], count: int
) -> tuple[Question, ...]:
    """Give the first development items of the question's subject, never the question itself.

    Args:
        question: that is asked.
        development: subject -> its development items in this language.
        count: of examples; a development item has one fewer where there are no more.

    Raises:
        Refusal: if there are too few.
    """
    others = [
        example
        for example in development.get(question.stratum, ())
        if example.item_id != question.item_id
    ]
    fewest = count if question.split == TEST else min(count, len(others))
    if len(others) < fewest:
        raise Refusal(
            f"The item {question.item_id} is to have {count} examples before it; the dev split of "
            f"'{question.stratum}' has {len(others)}. Set tasks.shots to {len(others)} or less, or "
            "use a source with a dev split."
        )
    return tuple(others[:count])
