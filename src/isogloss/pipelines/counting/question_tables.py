"""The table of questions whether a word belongs to a category, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.counting.word_tables import (
    PLACEHOLDER,
    file_of,
    refuse,
    require_columns,
)
from isogloss.word_questions import CATEGORY, QUESTION_COLUMNS, WORD

if TYPE_CHECKING:
    import pandas as pd

HEADING = "heading"
FIELDS = (WORD, CATEGORY)


def read_question_table(
    table: pd.DataFrame, categories: pd.DataFrame, names: pd.DataFrame
) -> pd.DataFrame:
    """Read how is asked whether a word belongs to a category.

    Args:
        table: language, text, yes, no; languages that it lacks are not asked in.
        categories: category, language, heading (as in `Category: ...`).
        names: category, language: those that are used.

    Returns:
        `membership_questions`: language, category, heading, text, yes, no.

    Raises:
        WordTableError: if a question stands twice, holds other placeholders, ends in one, or its
            answers begin alike, or if a category has no heading in a language that is asked in.
    """
    read = require_columns(table, "questions.csv", ["language", "text", "yes", "no"])
    wanted = read[read["language"].isin(names["language"])]
    again = wanted[wanted.duplicated("language")]
    refuse(
        [
            f"{row['place']}: {fault}"
            for row in wanted.to_dict("records")
            if (fault := _fault(row["text"], row["yes"], row["no"]))
        ]
        + [
            f"{row['place']}: there is another question in {row['language']}. Keep one."
            for row in again.to_dict("records")
        ]
    )
    used = names[["language", "category"]].merge(wanted, on="language", how="inner")
    if used.empty:
        return used.assign(heading="")[list(QUESTION_COLUMNS)]
    called = require_columns(categories, "categories.csv", ["category", "language", HEADING])
    found = used.merge(
        called[["category", "language", HEADING]], on=["category", "language"], how="left"
    )
    lacking = found[found[HEADING].fillna("").str.strip() == ""]
    refuse(
        [
            f"{file_of(categories, 'categories.csv')}: {row['category']} has no heading in "
            f"{row['language']}, which questions.csv asks in: write what the category is called by "
            "itself."
            for row in lacking.to_dict("records")
        ]
    )
    return found[list(QUESTION_COLUMNS)]


def _fault(text: str, yes: str, no: str) -> str:
    found = PLACEHOLDER.findall(text)
    if sorted(found) != sorted(FIELDS):
        return f"the text holds {' '.join(found) or 'no placeholder'}: {WORD} and {CATEGORY}, once."
    if text != text.strip() or text.endswith("}"):
        return "the text ends with a blank or a placeholder: end it with what the answer follows."
    short, long = sorted((yes.strip(), no.strip()), key=len)
    if not short or long.startswith(short):
        return f"yes is {yes!r} and no is {no!r}: write two answers that begin otherwise."
    return ""
