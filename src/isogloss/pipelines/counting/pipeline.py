"""Counting: lists with a known count, made, judged and put to models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.counting.answer_nodes import answer_lists, predictor, write_answers
from isogloss.pipelines.counting.benchmark_nodes import (
    contrast_counts,
    export_counting_scores,
    gather_confusions,
    gather_counting_contrasts,
    gather_counting_scores,
    score_counts,
    show_counting_prompts,
)
from isogloss.pipelines.counting.existing_examples_nodes import (
    check_existing_examples,
    list_suspects,
)
from isogloss.pipelines.counting.generation_nodes import (
    draft_items,
    export_items,
    measure_quality,
    refill_items,
    validate_items,
)
from isogloss.pipelines.counting.knowledge_nodes import (
    ask_memberships,
    choose_word_questions,
    gather_knowledge_scores,
    judge_lists,
)
from isogloss.pipelines.counting.word_nodes import read_membership_questions, read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.study_rooms import CountingStudy

ROOM, MEDIATION = "counting", "mediation"
LISTS, BENCHMARK, PIVOT = "params:counting", "params:counting_benchmark", "params:pivot"
FILES = [
    *("category_words", "word_memberships", "category_name_table", "category_relation_table"),
    *("counting_phrase_table", "numeral_table", "languages", "params:counting_words"),
]
WORDS = ["word_lists", "category_names", "category_relations", "counting_phrases", "numerals"]
QUESTIONS = ["membership_question_table", "category_name_table", "category_names"]
ASKED = ["counting_items", "counting_category_names", "counting_phrases", "numerals", BENCHMARK]


def create_pipeline(study: CountingStudy) -> Pipeline:
    """Make the pipeline that makes lists of words and has models count in them.

    Args:
        study: who counts, and who writes and judges lists; without anybody nothing is made.
    """
    if not (study.counters or study.author or study.judge):
        return Pipeline([])
    return Pipeline(
        [
            create_word_pipeline(),
            *_list_nodes(study),
            *(_benchmark_of(model) for model in study.counters),
            *_benchmark_nodes(study.counters),
        ],
        tags=[ROOM],
    )


def create_word_pipeline() -> Pipeline:
    """Make the pipeline that reads the words, of which mediation makes its pairs too."""
    return Pipeline(
        [
            _node(read_words, FILES, WORDS),
            _node(read_membership_questions, QUESTIONS, "membership_questions"),
        ],
        tags=[ROOM, MEDIATION],
    )


def create_check_pipeline() -> Pipeline:
    """Make the pipeline that checks the labels of lists that were made elsewhere."""
    return Pipeline(
        [
            _node(
                check_existing_examples,
                ["existing_examples", "existing_word_lists", "params:existing_examples"],
                ["existing_verdicts", "existing_memberships", "existing_summary"],
            ),
            _node(list_suspects, ["existing_verdicts"], "existing_verdicts_csv"),
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
    asked = {"benchmark": BENCHMARK} if study.counters else {}
    return [
        _node(
            draft_items,
            {**known, "category_names": "category_names", **asked, **chats},
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


def _benchmark_of(model: str) -> Pipeline:
    """Ask one model, in a namespace of its own."""
    answers = ["counting_answers", "counting_responses"]
    nodes = [
        _node(answer_lists, ["lm", *ASKED], "counting_answers"),
        _node(write_answers, ["lm", *ASKED], "counting_responses"),
        _node(predictor(model), [*answers, *ASKED], "count_predictions"),
        _node(ask_memberships, ["lm", "word_questions", BENCHMARK], "word_knowledge"),
        _node(
            judge_lists,
            ["word_knowledge", "counting_items", BENCHMARK],
            ["list_knowledge", "knowledge_scores"],
        ),
        _node(score_counts, ["count_predictions", "list_knowledge", BENCHMARK], "counting_scores"),
        _node(contrast_counts, ["count_predictions", PIVOT, BENCHMARK], "counting_contrasts"),
    ]
    return Pipeline(
        nodes,
        namespace=model,
        tags=[model],
        inputs={*ASKED, "word_questions"} - {BENCHMARK},
        parameters={BENCHMARK, PIVOT},
    )


def _benchmark_nodes(models: Sequence[str]) -> list[Node]:
    """Put the answers of all models together."""
    if not models:
        return []
    gathered = ["counting_scores", "counting_contrasts", "counting_confusion"]
    words = ["word_lists", "category_relations", "membership_questions"]
    return [
        _node(show_counting_prompts, ASKED, "counting_prompts"),
        _node(choose_word_questions, [*ASKED[:-1], *words, BENCHMARK], "word_questions"),
        _node(gather_knowledge_scores, _of_all(models, "knowledge_scores"), "knowledge_scores"),
        _node(gather_counting_scores, _of_all(models, "counting_scores"), gathered[0]),
        _node(gather_counting_contrasts, _of_all(models, "counting_contrasts"), gathered[1]),
        _node(gather_confusions, _of_all(models, "count_predictions"), gathered[2]),
        _node(export_counting_scores, gathered, "counting_scores_json"),
    ]


def _of_all(models: Sequence[str], table: str) -> list[str]:
    return [f"{model}.{table}" for model in models]


def _chats(study: CountingStudy) -> dict[str, str]:
    """Give the entries of the models that write and judge lists."""
    entries = {"phrases": "counting_phrases"} if study.author or study.judge else {}
    for role, entry in (("author", study.author), ("judge", study.judge)):
        if entry:
            entries[role] = entry
            entries[f"{role}_store"] = f"{entry.rpartition('.')[0]}.response_store"
    return entries
