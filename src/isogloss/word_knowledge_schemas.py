"""What the tables of questions about single words, and of the answers, hold; see `schemas`."""

from __future__ import annotations

from typing import Any

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.counting_schemas import ITEM_ID
from isogloss.schemas import SHARE, WithIntervals

MEMBERS: dict[str, Any] = {"description": "whether the word belongs to the category"}


class WordQuestions(pa.DataFrameModel):
    """What models are asked about words: one row a language, category and word."""

    language: Series[str]
    category: Series[str]
    word: Series[str] = pa.Field(str_length={"min_value": 1})
    member: Series[bool] = pa.Field(**MEMBERS)
    heading: Series[str] = pa.Field(description="what {category} stands for")
    text: Series[str] = pa.Field(description="with {word} and {category}")
    yes: Series[str] = pa.Field(description="answer that says that it belongs")
    no: Series[str] = pa.Field(description="answer that says that it does not")
    shown_headings: Series[object] = pa.Field(description="list of texts: of the examples")
    shown_words: Series[object] = pa.Field(description="list of texts: of the examples")
    shown_members: Series[object] = pa.Field(description="list of bool")

    class Config:
        """A word is asked once for a category; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["language", "category", "word"]


class ListKnowledge(pa.DataFrameModel):
    """What a model knows of lists; see `list_knowledge.judge_list_words`."""

    model: Series[str]
    language: Series[str]
    item_id: Series[str] = pa.Field(str_matches=ITEM_ID)
    words_known: Series[int] = pa.Field(ge=0, description="that it classifies rightly")
    known: Series[str] = pa.Field(
        isin=["all_words", "some_words_unknown"],
        description="whether it classifies all words rightly",
    )
    count_by_membership: Series[int] = pa.Field(ge=0, description="that it takes for members")

    class Config:
        """One row a list; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["model", "language", "item_id"]


class KnowledgeScores(WithIntervals):
    """How well models tell members from other words; see `knowledge_scores.score_knowledge`."""

    model: Series[str]
    language: Series[str] = pa.Field(description="all: words of all languages together")
    metric: Series[str] = pa.Field(
        isin=[
            *("auc", "members_known", "others_known", "members_known_as_said"),
            *("others_known_as_said", "answer_mass"),
        ]
    )
    value: Series[float] = pa.Field(**SHARE, nullable=True)
    n: Series[int] = pa.Field(ge=0, description="words")
    clusters: Series[int] = pa.Field(ge=0, description="categories, which are drawn again")
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)

    class Config:
        """Every score once; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["model", "language", "metric"]


class SwappedKnowledge(pa.DataFrameModel):
    """What a model takes the swapped words of pairs for; see `swapped_words`."""

    model: Series[str]
    pair_id: Series[str] = pa.Field(description="of the pair of prompts")
    language: Series[str]
    kind: Series[str] = pa.Field(description="of the pair; see methods/mediation")
    category: Series[str] = pa.Field(description="that the pair asks for")
    word: Series[str]
    member: Series[bool] = pa.Field(**MEMBERS)
    log_odds: Series[float] = pa.Field(description="log p(yes) - log p(no), nats")
    threshold: Series[float] = pa.Field(description="see `word_questions.decide_memberships`")
    answer: Series[bool] = pa.Field(description="whether log_odds exceed the threshold")
    known: Series[bool] = pa.Field(description="whether that is right")
    members_share: Series[float] = pa.Field(
        **SHARE, description="of the words that were asked under this category, each once"
    )

    class Config:
        """A word once a pair; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["pair_id", "word"]
