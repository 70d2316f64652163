"""Sentences into vectors: once a model, in a namespace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.representation.nodes import (
    assemble_language_profile,
    assemble_tokenizer_profile,
    collect_tables,
    embed_sentences,
    measure_sentence_information,
    plan_representation,
    profile_tokenizer,
    report_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEXTS = ["lm", "parallel_sentences", "sentence_samples"]
SHARED_INPUTS = {"parallel_sentences", "sentence_samples", "languages"}
SHARED_PARAMETERS = {"params:representation", "params:pivot"}


def create_pipeline(models: Mapping[str, str]) -> Pipeline:
    """Make the pipeline that embeds sentences and profiles languages.

    Args:
        models: name -> kind (`causal`, `encoder`, `seq2seq`). Only causal models give sentences a
            probability: for the others the profile has no information.
    """
    return Pipeline(
        [_in_namespace(model, _nodes(causal=kind == "causal")) for model, kind in models.items()]
    )


def create_plan_pipeline(models: Iterable[str]) -> Pipeline:
    """Make the pipeline that says what a representation run will take, in `run_plan`.

    Args:
        models: names.
    """
    plan = Node(
        plan_representation,
        [*TEXTS, "params:representation"],
        "run_plan",
        name="plan_representation",
    )
    return _with_collection(models, plan)


def create_status_pipeline(models: Iterable[str]) -> Pipeline:
    """Make the pipeline that says which embeddings are done, missing or stale, in `run_status`.

    Args:
        models: names.
    """
    status = Node(
        report_status,
        [*TEXTS, "embeddings_markers", "params:representation"],
        "run_status",
        name="report_status",
    )
    return _with_collection(models, status)


def _with_collection(models: Iterable[str], node: Node) -> Pipeline:
    names = list(models)
    table = node.outputs[0]
    collect = Node(
        collect_tables,
        [f"{name}.{table}" for name in names],
        table,
        name=f"collect_{table}",
    )
    each = [_in_namespace(name, [node]) for name in names]
    return Pipeline([*each, collect]) if names else Pipeline([])


def _nodes(*, causal: bool) -> list[Node]:
    nodes = [
        Node(
            embed_sentences,
            [*TEXTS, "params:representation"],
            "embeddings",
            name="embed_sentences",
        ),
        Node(
            profile_tokenizer,
            [*TEXTS, "params:pivot"],
            "tokenization",
            name="profile_tokenizer",
        ),
    ]
    return [*nodes, *(_information_nodes() if causal else _tokenizer_profile_nodes())]


def _information_nodes() -> list[Node]:
    return [
        Node(
            measure_sentence_information,
            [*TEXTS, "params:representation"],
            "sentence_information",
            name="measure_sentence_information",
            tags="information",
        ),
        Node(
            assemble_language_profile,
            ["tokenization", "sentence_information", "languages", "params:pivot"],
            "language_profile",
            name="assemble_language_profile",
            tags="information",
        ),
    ]


def _tokenizer_profile_nodes() -> list[Node]:
    return [
        Node(
            assemble_tokenizer_profile,
            ["tokenization", "languages"],
            "language_profile",
            name="assemble_tokenizer_profile",
        )
    ]


def _in_namespace(model: str, nodes: list[Node]) -> Pipeline:
    used = {name for node in nodes for name in node.inputs}
    return Pipeline(
        nodes,
        namespace=model,
        tags=[model],
        inputs=SHARED_INPUTS & used,
        parameters=SHARED_PARAMETERS & used,
    )
