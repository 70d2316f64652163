"""Merging: once an encoder, in a namespace of its own, then over all encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.merging.finetuning_nodes import (
    finetune_classifiers,
    predict_sources,
    profile_spelling,
)
from isogloss.pipelines.merging.merging_nodes import (
    collect_tables,
    evaluate_merges,
    examine_sources,
    failure_lister,
    task_vector_tabulator,
    weigh_sources,
)
from isogloss.pipelines.merging.parameters import TRAINED
from isogloss.pipelines.merging.scoring_nodes import merge_scorer, transfer_scorer
from isogloss.pipelines.merging.writing_nodes import write_merged_models

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = "merging"
MERGING, FINETUNING = "params:merging", "params:finetuning"
SCORING = "params:merge_scoring"
SHARED = {"intents", "locales", "typology"}
SCORED = ["merge_results", "merge_comparisons", "merge_summary"]
COLLECTED = ["locale_spelling", "transfer_accuracy", "task_vectors", *SCORED, "merge_failures"]


def create_pipeline(encoders: Sequence[str], sources: str, *, by_alignment: bool) -> Pipeline:
    """Make the pipeline that merges classifiers and scores what comes out.

    Args:
        encoders: names of models of kind encoder.
        sources: `trained`, or the entry `<encoder>.<sources>_classifiers` of the catalog.
        by_alignment: whether sources are chosen by the measured alignment of the encoder.
    """
    if not encoders:
        return Pipeline([])
    return Pipeline(
        [
            *(_merge_with(encoder, sources, by_alignment) for encoder in encoders),
            *(
                Node(
                    collect_tables,
                    [f"{encoder}.{table}" for encoder in encoders],
                    table,
                    name=f"collect_{table}",
                )
                for table in COLLECTED
            ),
        ],
        tags=[ROOM],
    )


def _merge_with(encoder: str, sources: str, by_alignment: bool) -> Pipeline:
    trained = sources == TRAINED
    classifiers = "classifiers" if trained else f"{sources}_classifiers"
    nodes = [
        *_source_nodes(classifiers, trained),
        *_comparison_nodes(encoder, classifiers),
        *_merge_nodes(classifiers, by_alignment),
        *_score_nodes(encoder, classifiers),
    ]
    used = {name for node in nodes for name in node.inputs}
    return Pipeline(
        nodes,
        namespace=encoder,
        tags=[encoder],
        inputs=SHARED & used,
        parameters={name for name in used if name.startswith("params:")},
    )


def _source_nodes(classifiers: str, trained: bool) -> list[Node]:
    """List what makes the sources, or takes them as they are, and asks them."""
    finetuning = Node(
        finetune_classifiers,
        ["lm", "intents", FINETUNING, MERGING],
        classifiers,
        name="finetune_classifiers",
    )
    return [
        Node(
            profile_spelling,
            ["lm", "intents", MERGING],
            "locale_spelling",
            name="profile_spelling",
        ),
        *([finetuning] if trained else []),
        Node(
            predict_sources,
            ["lm", classifiers, "intents", FINETUNING, MERGING],
            "source_logits",
            name="predict_sources",
        ),
    ]


def _comparison_nodes(encoder: str, classifiers: str) -> list[Node]:
    """List what compares the sources: on every locale, and by what fine-tuning changed in them."""
    return [
        Node(
            transfer_scorer(encoder),
            ["source_logits", "intents", SCORING],
            "transfer_accuracy",
            name="score_transfer",
        ),
        Node(
            examine_sources,
            [classifiers, "source_logits", "intents", MERGING],
            "source_differences",
            name="examine_sources",
        ),
        Node(
            task_vector_tabulator(encoder),
            "source_differences",
            "task_vectors",
            name="tabulate_task_vectors",
        ),
    ]


def _merge_nodes(classifiers: str, by_alignment: bool) -> list[Node]:
    """List what weighs the sources, merges them, asks the merged ones and writes those wanted."""
    weighed_by = ["intents", "locales", "locale_spelling", "transfer_accuracy", "typology", MERGING]
    sources = ["lm", classifiers, "source_logits", "source_differences"]
    merged = [*sources, "merge_weights", "intents", MERGING]
    return [
        Node(
            weigh_sources,
            [*weighed_by, *(["alignment_summary"] if by_alignment else [])],
            ["merge_weights", "merge_remarks"],
            name="weigh_sources",
        ),
        Node(
            evaluate_merges,
            [*merged, FINETUNING],
            "merge_predictions",
            name="evaluate_merges",
        ),
        Node(write_merged_models, merged, "merged_models", name="write_merged_models"),
    ]


def _score_nodes(encoder: str, classifiers: str) -> list[Node]:
    """List what scores the merges, and tells what could not be made."""
    return [
        Node(
            merge_scorer(encoder),
            [
                "source_logits",
                "merge_predictions",
                "merge_weights",
                "locale_spelling",
                "intents",
                SCORING,
            ],
            SCORED,
            name="score_merges",
        ),
        Node(
            failure_lister(encoder),
            [classifiers, "source_logits", "merge_predictions"],
            "merge_failures",
            name="list_failures",
        ),
    ]
