"""Alignment of languages: once a model, in a namespace of its own, then over all models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.alignment.nodes import (
    collect_alignment_summaries,
    for_model,
    measure_alignment,
    rank_language_pairs,
    summarize_alignment,
    tabulate_alignment,
    tabulate_retrieval_statistics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = "alignment"
SENTENCES = ["parallel_sentences", "sentence_samples"]
PARAMETERS = ["params:pivot", "params:alignment"]


def create_pipeline(models: Sequence[str]) -> Pipeline:
    """Make the pipeline that measures alignment.

    Args:
        models: names of models that have, or will have, embeddings.
    """
    if not models:
        return Pipeline([])
    return Pipeline([*[_measure_model(model) for model in models], _compare_models(models)])


def _measure_model(model: str) -> Pipeline:
    tables = {
        "alignment": tabulate_alignment,
        "retrieval_statistics": tabulate_retrieval_statistics,
        "alignment_summary": summarize_alignment,
    }
    return Pipeline(
        [
            Node(
                measure_alignment,
                ["embeddings", *SENTENCES, *PARAMETERS],
                "alignment_outcomes",
                name="measure_alignment",
            ),
            *[
                Node(
                    for_model(function, model),
                    ["alignment_outcomes", *PARAMETERS],
                    output,
                    name=function.__name__,
                )
                for output, function in tables.items()
            ],
        ],
        namespace=model,
        inputs=set(SENTENCES),
        parameters=set(PARAMETERS),
        tags=[ROOM, model],
    )


def _compare_models(models: Sequence[str]) -> Pipeline:
    return Pipeline(
        [
            Node(
                collect_alignment_summaries,
                [f"{model}.alignment_summary" for model in models],
                "alignment_summary",
                name="collect_alignment_summaries",
            ),
            Node(
                rank_language_pairs,
                ["alignment_summary", "params:alignment"],
                "alignment_extremes",
                name="rank_language_pairs",
            ),
        ],
        tags=[ROOM],
    )
