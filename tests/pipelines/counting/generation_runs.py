from __future__ import annotations

from typing import Any

import pandas as pd

from isogloss.pipelines.counting import generation_nodes
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from tests.pipelines.counting.small_words import (
    category_names,
    language_table,
    relations,
    word_lists,
)

CELL = ["category", "length", "count"]
Made = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def parameters(**settings: Any) -> CountingParameters:
    few = {"lengths": [6, 7], "counts": [0, 1, 2], "per_category": 6}
    return CountingParameters.model_validate({**few, **settings})


def with_model(**settings: Any) -> CountingParameters:
    return parameters(model_share=0.5, author="one", judge="two", overlap=0.9, **settings)


def draft(settings: CountingParameters, words: pd.DataFrame | None = None, **chats: Any) -> Made:
    return generation_nodes.draft_items(
        settings,
        language_table(),
        word_lists() if words is None else words,
        category_names(),
        relations(),
        **chats,
    )


def finish(settings: CountingParameters, made: Made, **chats: Any) -> Made:
    drafts, names, report, _ = made
    words = word_lists()
    validation = generation_nodes.validate_items(
        settings, language_table(), words, relations(), drafts, names, **chats
    )
    return generation_nodes.refill_items(
        settings,
        language_table(),
        words,
        relations(),
        drafts,
        names,
        report,
        validation,
        **chats,
    )


def cells(items: pd.DataFrame, language: str) -> list[tuple[object, ...]]:
    own = items[(items["language"] == language) & (items["method"] == "systematic")]
    return sorted(own[CELL].itertuples(index=False, name=None))
