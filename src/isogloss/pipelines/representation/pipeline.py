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
    vector_status_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What alignment needs is run with it: `kedro run --tags alignment`.
ALIGNMENT = "alignment"
TEXTS = ["lm", "parallel_sentences", "sentence_samples"]
FACTS = ["languages", "typology", "data_shares", "params:pivot"]
SHARED_INPUTS = {
    "parallel_sentences",
    "sentence_samples",
    "languages",
    "typology",
    "data_shares",
}
SHARED_PARAMETERS = {"params:representation", "params:pivot"}


def create_pipeline(models: Mapping[str, str]) -> Pipeline:
    """Make the pipeline that embeds sentences and profiles languages.

    Args:
        models: name -> kind (`causal`, `encoder`, `seq2seq`). Only causal models give sentences a
            probability: for the others the profile has no information.
    """
    return Pipeline(
        [_in_namespace(model, _nodes(causal=kind == "causal")) for model, kind in models.items()],
        tags=ALIGNMENT,
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
    return _with_collection(dict.fromkeys(models, plan), "run_plan")


def create_status_pipeline(models: Mapping[str, str]) -> Pipeline:
    """Make the pipeline that says what is done, missing or stale, in `run_status`.

    Args:
        models: name -> kind (`causal`, `encoder`, `seq2seq`; `vectors` for those made elsewhere).
    """
    return _with_collection(
        {name: _status_node(name, kind) for name, kind in models.items()}, "run_status"
    )


def _status_node(model: str, kind: str) -> Node:
    if kind == "vectors":
        inputs = ["embeddings", "parallel_sentences", "sentence_samples"]
        return Node(vector_status_of(model), inputs, "run_status", name="report_status")
    inputs = [*TEXTS, "embeddings_markers", "params:representation"]
    if kind == "causal":
        inputs.append("sentence_information_markers")
    return Node(report_status, inputs, "run_status", name="report_status")


def _with_collection(nodes: Mapping[str, Node], table: str) -> Pipeline:
    """Put a node in the namespace of each model, and stack what they make."""
    if not nodes:
        return Pipeline([])
    collect = Node(
        collect_tables,
        [f"{name}.{table}" for name in nodes],
        table,
        name=f"collect_{table}",
    )
    return Pipeline([*(_in_namespace(name, [node]) for name, node in nodes.items()), collect])


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
            ["tokenization", "sentence_information", *FACTS],
            "language_profile",
            name="assemble_language_profile",
            tags="information",
        ),
    ]


def _tokenizer_profile_nodes() -> list[Node]:
    return [
        Node(
            assemble_tokenizer_profile,
            ["tokenization", *FACTS],
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
