from __future__ import annotations

import typing

from isogloss.pipelines.alignment import create_pipeline
from isogloss.pipelines.alignment.parameters import AlignmentParameters

MODELS = ["tiny", "minilm_l6"]


def test_inputs_and_outputs_are_those_of_the_catalog() -> None:
    pipeline = create_pipeline(MODELS)
    assert pipeline.inputs() == {
        "parallel_sentences",
        "sentence_samples",
        "params:alignment",
        "params:pivot",
        *(f"{model}.embeddings" for model in MODELS),
    }
    tables = ("alignment_outcomes", "alignment", "retrieval_statistics", "alignment_summary")
    assert pipeline.all_outputs() == {
        "alignment_summary",
        "alignment_extremes",
        *(f"{model}.{table}" for model in MODELS for table in tables),
    }


def test_a_model_can_run_alone() -> None:
    alone = create_pipeline(MODELS).filter(node_namespaces=["tiny"])
    assert {node.name.split(".")[0] for node in alone.nodes} == {"tiny"}
    assert len(alone.nodes) == 4


def test_nodes_are_tagged_and_their_parameters_typed() -> None:
    for node in create_pipeline(MODELS).nodes:
        assert "alignment" in node.tags
        hints = typing.get_type_hints(node.func)
        if "params:alignment" in node.inputs:
            assert hints["parameters"] is AlignmentParameters


def test_without_models_there_is_nothing_to_do() -> None:
    assert create_pipeline([]).nodes == []
