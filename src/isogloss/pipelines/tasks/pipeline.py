"""Tasks: once a model, in a namespace of its own, then over all models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.tasks.comet_nodes import gather_comet_scores, score_comet_of
from isogloss.pipelines.tasks.nodes import (
    answer_items,
    collect_task_scores,
    item_scorer,
    measure_text_overlap,
    score_questions,
    show_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from isogloss.pipelines.tasks.prompts import AskedTask

ROOM = "tasks"
QUESTIONS = frozenset({"belebele", "mmlu"})
ITEMS = ["reading_items", "knowledge_items"]
ASKING = ["params:pivot", "params:tasks", "params:prompts"]
SENTENCES = ["parallel_sentences", "sentence_samples"]
COMET = "comet"
COMET_INPUTS = {"known_comet_scores", "languages", "encoder_languages"}


def create_pipeline(
    models: Sequence[str], included: Collection[str], corpora: Mapping[AskedTask, str]
) -> Pipeline:
    """Make the pipeline that asks and scores models.

    Args:
        models: names of causal models.
        included: the tasks to do: belebele, mmlu, translation.
        corpora: task with questions -> the source of its items.
    """
    if not models or not included:
        return Pipeline([])
    asked = bool(QUESTIONS & set(included))
    tables = ["question_scores"] if asked else []
    return Pipeline(
        [
            *(_in_namespace(model, _question_nodes(model, corpora)) for model in models if asked),
            *(_shared_nodes() if asked else []),
            Node(
                collect_task_scores,
                [f"{model}.{table}" for model in models for table in tables],
                "task_scores",
                name="collect_task_scores",
            ),
        ],
        tags=[ROOM],
    )


def _question_nodes(model: str, corpora: Mapping[AskedTask, str]) -> list[Node]:
    return [
        Node(answer_items, ["lm", *ITEMS, *ASKING], "answers", name="answer_items"),
        Node(
            item_scorer(model, corpora),
            ["answers", *ITEMS, "params:tasks"],
            ["item_scores", "letter_choices"],
            name="score_items",
        ),
        Node(
            score_questions,
            ["item_scores", "letter_choices", "text_overlap", "params:pivot", "params:tasks"],
            "question_scores",
            name="score_questions",
        ),
    ]


def _shared_nodes() -> list[Node]:
    return [
        Node(show_prompts, [*ITEMS, *ASKING], "task_prompts", name="show_prompts"),
        Node(
            measure_text_overlap,
            [*SENTENCES, *ITEMS, "params:pivot"],
            "text_overlap",
            name="measure_text_overlap",
        ),
    ]


def _in_namespace(model: str, nodes: list[Node]) -> Pipeline:
    used = {name for node in nodes for name in node.inputs}
    shared = {*ITEMS, *SENTENCES, "languages", "text_overlap"}
    return Pipeline(
        nodes,
        namespace=model,
        tags=[model],
        inputs=shared & used,
        parameters={name for name in used if name.startswith("params:")},
    )


def create_comet_pipeline(models: Iterable[str]) -> Pipeline:
    """Make the pipeline that scores translations with COMET, for its own environment.

    Args:
        models: names of those that translate.
    """
    names = list(models)
    if not names:
        return Pipeline([])
    gather = Node(
        gather_comet_scores,
        ["known_comet_scores", *(f"{name}.comet_scores" for name in names)],
        ["comet_scores", "comet_cache"],
        name="gather_comet_scores",
        tags=COMET,
    )
    return Pipeline([*(_comet_scores_of(name) for name in names), gather])


def _comet_scores_of(model: str) -> Pipeline:
    node = Node(
        score_comet_of(model),
        [
            "translations",
            "known_comet_scores",
            "languages",
            "encoder_languages",
            "params:comet",
        ],
        "comet_scores",
        name="score_comet",
        tags=COMET,
    )
    return Pipeline(
        [node], namespace=model, tags=[model], inputs=COMET_INPUTS, parameters={"params:comet"}
    )
