"""Counting: lists with a known count, made, judged and put to models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.counting.existing_examples_nodes import check_existing_examples
from isogloss.pipelines.counting.generation_nodes import (
    draft_items,
    export_items,
    measure_quality,
    refill_items,
    validate_items,
)
from isogloss.pipelines.counting.word_nodes import read_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from isogloss.study_rooms import CountingStudy

ROOM = "counting"
LISTS = "params:counting"
FILES = [
    *("category_words", "word_memberships", "category_name_table", "category_relation_table"),
    *("counting_phrase_table", "numeral_table", "languages", "params:counting_words"),
]
WORDS = ["word_lists", "category_names", "category_relations", "counting_phrases", "numerals"]


def create_pipeline(study: CountingStudy) -> Pipeline:
    """Make the pipeline that makes lists of words and has models count in them.

    Args:
        study: who counts, and who writes and judges lists.
    """
    return Pipeline([_node(read_words, FILES, WORDS), *_list_nodes(study)], tags=[ROOM])


def create_check_pipeline() -> Pipeline:
    """Make the pipeline that checks the labels of lists that were made elsewhere."""
    return Pipeline(
        [
            _node(
                check_existing_examples,
                ["existing_examples", "existing_word_lists", "params:existing_examples"],
                ["existing_verdicts", "existing_memberships", "existing_summary"],
            )
        ]
    )


def _node(
    function: Callable[..., object], inputs: list[str] | dict[str, str], outputs: str | list[str]
) -> Node:
    """Name a node after its function."""
    return Node(function, inputs, outputs, name=function.__name__)


def _list_nodes(study: CountingStudy) -> list[Node]:
    """Make, judge and refill lists; chat models take part only where the study names them."""
    known = {name: name for name in ("languages", "word_lists", "category_relations")} | {
        "parameters": LISTS
    }
    drafts = {name: name for name in ("counting_drafts", "drafted_names")}
    chats = _chats(study)
    return [
        _node(
            draft_items,
            {**known, "category_names": "category_names", **chats},
            ["counting_drafts", "drafted_names", "drafting_report", "left_out_concepts"],
        ),
        _node(validate_items, {**known, **drafts, **chats}, "draft_validation"),
        _node(
            refill_items,
            {
                **known,
                **drafts,
                "drafting_report": "drafting_report",
                "draft_validation": "draft_validation",
                **chats,
            },
            [
                "counting_items",
                "counting_validation",
                "counting_category_names",
                "counting_report",
            ],
        ),
        _node(
            measure_quality, ["counting_items", "counting_validation", LISTS], "counting_quality"
        ),
        _node(export_items, ["counting_items", "counting_category_names"], "counting_lists"),
    ]


def _chats(study: CountingStudy) -> dict[str, str]:
    """Give the entries of the models that write and judge lists."""
    entries = {"phrases": "counting_phrases"} if study.author or study.judge else {}
    for role, entry in (("author", study.author), ("judge", study.judge)):
        if entry:
            entries[role] = entry
            entries[f"{role}_store"] = f"{entry.rpartition('.')[0]}.response_store"
    return entries
