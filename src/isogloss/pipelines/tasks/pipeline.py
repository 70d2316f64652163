"""Tasks: once a model, in a namespace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.tasks.comet_nodes import gather_comet_scores, score_comet_of

if TYPE_CHECKING:
    from collections.abc import Iterable

COMET = "comet"
COMET_INPUTS = {"known_comet_scores", "languages", "encoder_languages"}


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
