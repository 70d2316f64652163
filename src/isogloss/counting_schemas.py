"""What the tables of lists to count in hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import SHARE, WithIntervals

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEM = ["language", "item_id"]
ITEM_ID = r"^[0-9a-f]{16}$"
METHODS = ["systematic", "model"]
VERDICTS = ["valid", "invalid", "undecided"]


class CountingDrafts(pa.DataFrameModel):
    """Lists of words with the number of those that belong to a category: one row a list.

    Lists of method `systematic` that have one `item_id` are the same list in several languages,
    where they were made in parallel.
    """

    item_id: Series[str] = pa.Field(str_matches=ITEM_ID)
    language: Series[str]
    category: Series[str] = pa.Field(str_length={"min_value": 1})
    words: Series[object] = pa.Field(description="list of texts, in their order")
    members: Series[object] = pa.Field(description="list of bool: whether each word belongs")
    length: Series[int] = pa.Field(ge=1)
    count: Series[int] = pa.Field(ge=0)
    method: Series[str] = pa.Field(isin=METHODS)
    author: Series[str] = pa.Field(description="the model that wrote it; empty: none did")
    attempt: Series[int] = pa.Field(ge=0, description="round in which it was made")
    concepts: Series[object] = pa.Field(
        description="list of category/concept, one a word; empty where a model wrote it"
    )
    list_id: Series[str] = pa.Field(
        str_matches=ITEM_ID,
        description="of the words: a list that is asked for two of its categories has one",
    )

    @pa.dataframe_check(error="length, words, members and count of a list do not fit each other")
    @classmethod
    def labels_fit_words(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare numbers with lists."""
        fits = [
            len(words) == len(members) == length and sum(members) == count
            for words, members, length, count in _columns(
                table, ["words", "members", "length", "count"]
            )
        ]
        return Series[bool](fits, index=table.index, dtype=bool)

    class Config:
        """An empty table has columns without a type."""

        coerce = True


class CountingItems(CountingDrafts):
    """Lists that stand: no list twice in a language."""

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ITEM


class CountingValidation(pa.DataFrameModel):
    """Whether the label of each list that was made is right, and who decided."""

    item_id: Series[str] = pa.Field(str_matches=ITEM_ID)
    language: Series[str]
    category: Series[str]
    method: Series[str] = pa.Field(isin=METHODS)
    length: Series[int] = pa.Field(ge=1)
    count: Series[int] = pa.Field(ge=0)
    attempt: Series[int] = pa.Field(ge=0)
    decided_by: Series[str] = pa.Field(isin=["lists", "model", "nobody"])
    judge: Series[str] = pa.Field(description="the model that was asked; empty: none was")
    counted: Series[pd.Int64Dtype] = pa.Field(
        ge=0, nullable=True, description="members that were found; empty if a word stayed open"
    )
    verdict: Series[str] = pa.Field(isin=VERDICTS)
    reason: Series[str]

    @pa.dataframe_check(error="what nobody decided has a verdict, or the reverse")
    @classmethod
    def verdicts_have_a_judge(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the two columns."""
        return Series[bool]((table["verdict"] == "undecided") == (table["decided_by"] == "nobody"))

    class Config:
        """An empty table has columns without a type."""

        coerce = True


class CountingReport(pa.DataFrameModel):
    """What became of the lists that were planned: how many, by round, step and reason."""

    attempt: Series[int] = pa.Field(ge=0)
    language: Series[str]
    method: Series[str] = pa.Field(isin=METHODS)
    step: Series[str] = pa.Field(
        isin=["planned", "failed", "drafted", "pruned", "standing", "missing"],
        description="what became of them",
    )
    reason: Series[str]
    category: Series[str] = pa.Field(description="empty: a category that a model was to invent")
    length: Series[int] = pa.Field(ge=1)
    count: Series[int] = pa.Field(ge=0)
    n: Series[int] = pa.Field(ge=1)

    class Config:
        """An empty table has columns without a type."""

        coerce = True


class LeftOutConcepts(pa.DataFrameModel):
    """Concepts of which no parallel lists are made, for lack of a word in a language."""

    category: Series[str]
    concept: Series[str] = pa.Field(description="the same in all languages")
    missing: Series[str] = pa.Field(description="languages, separated by blanks")

    class Config:
        """An empty table has columns without a type."""

        coerce = True


class CountingQuality(WithIntervals):
    """How right, flat and varied lists are.

    Shares have Wilson's interval. Effects of tests are 0 where all is even.
    """

    language: Series[str]
    method: Series[str] = pa.Field(isin=[*METHODS, "all"])
    measure: Series[str] = pa.Field(
        description="accuracy, flatness or variety; see how-to/counting"
    )
    group: Series[str] = pa.Field(description="all, or such as length=6")
    value: Series[float] = pa.Field(nullable=True, ge=0)
    n: Series[int] = pa.Field(ge=0)
    ci_low: Series[float] = pa.Field(nullable=True, **SHARE)
    ci_high: Series[float] = pa.Field(nullable=True, **SHARE)

    class Config:
        """Every measure once."""

        coerce = True
        unique: list[str] = ["language", "method", "measure", "group"]


class ExistingVerdicts(pa.DataFrameModel):
    """What was found of the labels of lists that were made elsewhere: one row a list."""

    row: Series[int] = pa.Field(unique=True, ge=0, description="place in the file, from 0")
    category: Series[str]
    words: Series[object] = pa.Field(description="list of texts, in their order")
    num_target: Series[int] = pa.Field(ge=0, description="the label")
    generation_method: Series[str] = pa.Field(description="as the file says")
    notes: Series[str] = pa.Field(description="as the file says")
    length: Series[int] = pa.Field(ge=1)
    repeated: Series[str] = pa.Field(description="words that the list repeats")
    decided_by: Series[str] = pa.Field(isin=["lists", "inference", "nobody"])
    verdict: Series[str] = pa.Field(isin=["consistent", "contradiction", "doubtful", "undecided"])
    counted: Series[pd.Int64Dtype] = pa.Field(
        ge=0, nullable=True, description="members that were found, or the likeliest number"
    )
    p_wrong: Series[float] = pa.Field(
        **SHARE, nullable=True, description="that the label is wrong; 0 or 1 by lists"
    )
    members: Series[object] = pa.Field(description="words that belong, or probably do")
    reason: Series[str]

    class Config:
        """Whole numbers may come as floats."""

        coerce = True


class ExistingMemberships(pa.DataFrameModel):
    """Which words belong to which category, listed (probability 1) or inferred from examples."""

    category: Series[str]
    word: Series[str]
    probability: Series[float] = pa.Field(
        **SHARE, description="that the word belongs to the category"
    )
    uses: Series[int] = pa.Field(ge=0, description="in all examples")
    uses_in_category: Series[int] = pa.Field(ge=0, description="in examples of the category")

    class Config:
        """No pair twice."""

        coerce = True
        unique: list[str] = ["category", "word"]


class ExistingSummary(pa.DataFrameModel):
    """What was found of existing examples, counted."""

    measure: Series[str] = pa.Field(unique=True, description="what is counted")
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        """Numbers of any kind."""

        coerce = True


def _columns(table: pd.DataFrame, names: Sequence[str]) -> zip[tuple[Any, ...]]:
    return zip(*(table[name] for name in names), strict=True)
