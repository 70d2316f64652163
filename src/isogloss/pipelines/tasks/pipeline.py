"""Tasks: once a model, in a namespace of its own, then over all models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.tasks.comet_nodes import gather_comet_scores, score_comet_of
from isogloss.pipelines.tasks.link_nodes import align_items, link_answers, measure_consistency
from isogloss.pipelines.tasks.nodes import (
    answer_items,
    collect_task_scores,
    item_scorer,
    measure_text_overlap,
    measure_word_matching,
    score_questions,
    show_prompts,
)
from isogloss.pipelines.tasks.translation_nodes import (
    show_translation_prompts,
    translate_sentences,
    translation_scorer,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

ROOM = "tasks"
QUESTIONS = frozenset({"belebele", "mmlu"})
TRANSLATION = "translation"
ITEMS = ["reading_items", "knowledge_items"]
PIVOT, TASKS, ITEM_ALIGNMENT = "params:pivot", "params:tasks", "params:item_alignment"
ASKING = [PIVOT, TASKS, "params:prompts"]
SENTENCES = ["parallel_sentences", "sentence_samples"]
TRANSLATING = [
    *SENTENCES,
    "languages",
    PIVOT,
    "params:translation",
    "params:translation_prompts",
]
SHARED = {*ITEMS, *SENTENCES, "languages", "text_overlap", "word_matching", "comet_scores"}
COMET = "comet"
COMET_INPUTS = {"known_comet_scores", "languages", "encoder_languages"}


def create_pipeline(
    models: Sequence[str], included: Collection[str], sources: Mapping[str, str]
) -> Pipeline:
    """Make the pipeline that asks and scores models.

    Args:
        models: names of causal models.
        included: the tasks to do: belebele, mmlu, translation.
        sources: task -> the source of its items or sentences.
    """
    if not models or not included:
        return Pipeline([])
    asked, translated = bool(QUESTIONS & set(included)), TRANSLATION in included
    return Pipeline(
        [
            *(
                _in_namespace(model, _own_nodes(model, sources, asked, translated))
                for model in models
            ),
            *(_shared_nodes() if asked else []),
            *([_translation_prompts_node()] if translated else []),
            Node(
                collect_task_scores,
                [f"{model}.task_scores" for model in models],
                "task_scores",
                name="collect_task_scores",
            ),
        ],
        tags=[ROOM],
    )


def _own_nodes(model: str, sources: Mapping[str, str], asked: bool, translated: bool) -> list[Node]:
    tables = ["question_scores"] * asked + ["translation_scores"] * translated
    return [
        *(_question_nodes(model, sources) if asked else []),
        *(_comparison_nodes() if asked else []),
        *(_translation_nodes(model, sources[TRANSLATION]) if translated else []),
        Node(collect_task_scores, tables, "task_scores", name="assemble_task_scores"),
    ]


def _question_nodes(model: str, sources: Mapping[str, str]) -> list[Node]:
    return [
        Node(answer_items, ["lm", *ITEMS, *ASKING], "answers", name="answer_items"),
        Node(
            item_scorer(model, sources),
            ["answers", *ITEMS, *ASKING],
            ["item_scores", "letter_choices"],
            name="score_items",
        ),
        Node(
            score_questions,
            ["item_scores", "letter_choices", "text_overlap", "word_matching", PIVOT, TASKS],
            "question_scores",
            name="score_questions",
        ),
    ]


def _comparison_nodes() -> list[Node]:
    return [
        Node(
            align_items,
            ["lm", *ITEMS, PIVOT, ITEM_ALIGNMENT],
            "item_alignment",
            name="align_items",
        ),
        Node(
            link_answers,
            ["item_scores", "question_scores", "item_alignment", TASKS, ITEM_ALIGNMENT],
            "item_link",
            name="link_answers",
        ),
        Node(
            measure_consistency,
            ["item_scores", "question_scores", TASKS],
            "answer_consistency",
            name="measure_consistency",
        ),
    ]


def _translation_nodes(model: str, corpus: str) -> list[Node]:
    return [
        Node(
            translate_sentences,
            ["lm", *TRANSLATING],
            "translations",
            name="translate_sentences",
        ),
        Node(
            translation_scorer(model, corpus),
            [
                "translations",
                "comet_scores",
                "languages",
                "sentence_samples",
                PIVOT,
                TASKS,
                "params:translation",
            ],
            "translation_scores",
            name="score_translations",
        ),
    ]


def _translation_prompts_node() -> Node:
    return Node(
        show_translation_prompts,
        TRANSLATING,
        "translation_requests",
        name="show_translation_prompts",
    )


def _shared_nodes() -> list[Node]:
    return [
        Node(show_prompts, [*ITEMS, *ASKING], "task_prompts", name="show_prompts"),
        Node(measure_word_matching, "reading_items", "word_matching", name="measure_word_matching"),
        Node(
            measure_text_overlap,
            [*SENTENCES, *ITEMS, PIVOT],
            "text_overlap",
            name="measure_text_overlap",
        ),
    ]


def _in_namespace(model: str, nodes: list[Node]) -> Pipeline:
    used = {name for node in nodes for name in node.inputs}
    return Pipeline(
        nodes,
        namespace=model,
        tags=[model],
        inputs=SHARED & used,
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
