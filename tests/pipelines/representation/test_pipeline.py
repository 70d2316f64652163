from __future__ import annotations

import pytest

from isogloss.pipelines.representation import (
    create_pipeline,
    create_plan_pipeline,
    create_status_pipeline,
)

MODELS = {"gemma": "causal", "minilm": "encoder"}


def test_causal_models_measure_information_and_others_do_not() -> None:
    pipeline = create_pipeline(MODELS)
    assert {node.name for node in pipeline.only_nodes_with_tags("information").nodes} == {
        "gemma.measure_sentence_information",
        "gemma.assemble_language_profile",
    }
    assert {"gemma.language_profile", "minilm.language_profile"} <= pipeline.outputs()
    assert "minilm.assemble_tokenizer_profile" in {node.name for node in pipeline.nodes}


def test_models_share_texts_and_parameters_only() -> None:
    assert create_pipeline(MODELS).inputs() == {
        "gemma.lm",
        "minilm.lm",
        "parallel_sentences",
        "sentence_samples",
        "languages",
        "typology",
        "data_shares",
        "params:representation",
        "params:pivot",
    }
    alone = create_pipeline(MODELS).only_nodes_with_namespaces(["minilm"])
    assert {name.split(".")[0] for name in alone.outputs()} == {"minilm"}


@pytest.mark.filterwarnings("ignore:One or more dataset names")
def test_plan_and_status_stack_all_models() -> None:
    assert create_plan_pipeline(MODELS).outputs() == {"run_plan"}
    status = create_status_pipeline(MODELS)
    assert status.outputs() == {"run_status"}
    assert {"gemma.embeddings_markers", "minilm.embeddings_markers"} <= status.inputs()
    assert not create_plan_pipeline([]).nodes
