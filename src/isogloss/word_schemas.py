"""What the tables of words to count hold; see `schemas`."""

from __future__ import annotations

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.word_columns import KINDS, POSITIONS, SLUG

RELATIONS = ("same", "disjoint", "related")


class WordLists(pa.DataFrameModel):
    """Members of categories: one row a category, concept and language."""

    category: Series[str] = pa.Field(str_matches=SLUG)
    concept: Series[str] = pa.Field(
        str_matches=SLUG, description="the same in all languages; unique in a category"
    )
    language: Series[str]
    word: Series[str] = pa.Field(str_length={"min_value": 1})
    also: Series[str] = pa.Field(
        description="other categories that it belongs to, separated by blanks"
    )

    class Config:
        """A word stands once for a category."""

        unique = ["category", "language", "word"]


class CategoryNames(pa.DataFrameModel):
    """What categories are called: one row a category and language."""

    category: Series[str] = pa.Field(str_matches=SLUG)
    language: Series[str]
    counted: Series[str] = pa.Field(description="as in: count the …")
    number_of: Series[str] = pa.Field(description="as in: number of …")

    class Config:
        """One name a category and language."""

        unique = ["category", "language"]


class CategoryRelations(pa.DataFrameModel):
    """Which categories share no member: one row an ordered pair."""

    category_a: Series[str] = pa.Field(description="one category")
    category_b: Series[str] = pa.Field(description="the other one")
    relation: Series[str] = pa.Field(
        isin=RELATIONS, description="only words of disjoint categories are distractors"
    )

    class Config:
        """One relation a pair."""

        unique = ["category_a", "category_b"]


class CountingPhrases(pa.DataFrameModel):
    """How a list is put to a model: one row a language and position of the category's name."""

    language: Series[str]
    position: Series[str] = pa.Field(isin=POSITIONS, description="of the name: before the list")
    text: Series[str] = pa.Field(description="of the question, with places for words and names")
    separator: Series[str] = pa.Field(description="between the words of the list")

    class Config:
        """One phrase a language and position."""

        unique = ["language", "position"]


class Numerals(pa.DataFrameModel):
    """How numbers are written: one row a language, number and form."""

    language: Series[str]
    number: Series[int] = pa.Field(ge=0, description="that it means")
    kind: Series[str] = pa.Field(isin=KINDS, description="read: in answers alone")
    form: Series[str] = pa.Field(str_length={"min_value": 1}, description="as it is written")

    class Config:
        """A form means one number."""

        unique = ["language", "form"]


class MembershipQuestions(pa.DataFrameModel):
    """How a model is asked whether a word belongs: one row a language and category."""

    language: Series[str]
    category: Series[str] = pa.Field(str_matches=SLUG)
    heading: Series[str] = pa.Field(description="what {category} stands for")
    text: Series[str] = pa.Field(description="with {word} and {category}")
    yes: Series[str] = pa.Field(description="answer that says that it belongs")
    no: Series[str] = pa.Field(description="answer that says that it does not")

    class Config:
        """One question a category and language; without any the columns have no type."""

        coerce = True
        unique = ["language", "category"]
