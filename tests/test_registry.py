from __future__ import annotations

import os
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from kedro.framework.project import pipelines

from isogloss.config import ConfigurationError
from isogloss.study import active_study
from tests.sessions import ENVIRONMENTS, session

MODELS = {
    "base": {"gemma_270m_q4", "minilm_l6"},
    "counting": {"llama3_1_8b"},
    "massive": {"xlm_roberta_base"},
    "multicultural": {"gpt_3_5_turbo", "gpt_4_turbo", "gpt_4o"},
    "public": {"gemma_270m_q4", "minilm_l6"},
    "test": {"tiny", "minilm_l6"},
    "thesis": {
        "aya_8b",
        "bloom_3b",
        "deepseek_7b_base",
        "gemma_7b",
        "llama2_7b",
        "llama3_1_8b",
        "mistral_7b_v01",
    },
}
ROOMS = (
    *("ingestion", "representation", "alignment", "tasks", "merging", "cultural"),
    *("counting", "mediation", "reporting"),
)

HEAVY = {
    "torch",
    "transformers",
    "openai",
    "statsmodels",
    "scipy.stats",
    "scipy.special",
    "pandera",
}


def namespaces(pipeline: str) -> set[str]:
    return {node.namespace for node in pipelines[pipeline].nodes if node.namespace}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_registers_its_own_models_and_no_other(environment: str) -> None:
    with session(environment):
        assert {model.name for model in active_study().models} == MODELS[environment]
        # Of models that are asked over the net there is nothing to read.
        read = {name for name in MODELS[environment] if not name.startswith("gpt_")}
        for pipeline in ("representation", "alignment", "__default__", "plan", "status"):
            assert namespaces(pipeline) == read


def test_two_sessions_in_one_process_do_not_mix() -> None:
    with session("thesis"):
        assert "bloom_3b" in namespaces("alignment")
    with session("base"):
        assert namespaces("alignment") == MODELS["base"]


def test_the_default_is_every_room_and_nothing_else() -> None:
    with session("base"):
        rooms = {node.name for room in ROOMS for node in pipelines[room].nodes}
        assert {node.name for node in pipelines["__default__"].nodes} == rooms


def test_models_can_be_chosen_for_one_run() -> None:
    with session("base", models="minilm_l6"):
        assert namespaces("representation") == {"minilm_l6"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_annotation_of_every_node_resolves(environment: str) -> None:
    # One that does not switches the checking of that node's parameters off, without an error.
    with session(environment):
        nodes = {node.func for name in pipelines for node in pipelines[name].nodes}
    for function in nodes:
        hints = typing.get_type_hints(function)
        assert "return" in hints, function.__name__


def test_listing_pipelines_needs_nothing_heavy(root: Path) -> None:
    code = (
        "import sys; from kedro.framework.cli.cli import main\n"
        "sys.argv = ['kedro', 'registry', 'list']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"heavy = {HEAVY} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    environment = {**os.environ, "KEDRO_ENV": "thesis"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for room in ROOMS:
        assert room in done.stdout


def test_unknown_tasks_are_refused() -> None:
    with (
        pytest.raises(ConfigurationError, match="no task 'belebel'. Did you mean belebele"),
        session("base", tasks={"include": "belebel"}),
    ):
        list(pipelines)


@pytest.mark.parametrize(
    ("included", "asked", "translated"),
    [("none", False, False), ("translation", False, True), ("mmlu", True, False)],
)
def test_tasks_that_are_left_out_are_not_reported(
    included: str, asked: bool, translated: bool
) -> None:
    with session("base", tasks={"include": included}):
        outputs = pipelines["__default__"].all_outputs()
    assert ("gemma_270m_q4.answers" in outputs) == asked
    assert ("gemma_270m_q4.formulations_figure" in outputs) == asked
    assert ("gemma_270m_q4.translations" in outputs) == translated
    assert ("correlations" in outputs) == (asked or translated)


def test_encoders_are_merged_unless_they_are_left_out() -> None:
    with session("base"):
        outputs = pipelines["__default__"].all_outputs()
    assert "minilm_l6.merge_results" in outputs
    assert "gemma_270m_q4.merge_results" not in outputs
    with session("base", merging={"encoders": "none"}):
        assert not pipelines["merging"].nodes
        assert "merge_results" not in pipelines["__default__"].all_outputs()


def test_studies_that_are_left_out_read_nothing() -> None:
    none = {
        "tasks": {"include": "none"},
        "merging": {"encoders": "none"},
        "cultural": {"respondents": "none"},
        "counters": "none",
        "mediation": {"models": "none"},
    }
    with session("base", **none):
        assert pipelines["ingestion"].all_outputs() == {
            *("parallel_sentences", "corpus_report"),
            *("sentence_samples", "sentence_sample_report"),
        }
        rooms = ("tasks", "merging", "cultural", "counting", "mediation")
        assert not [room for room in rooms if pipelines[room].nodes]


def test_the_tag_of_alignment_runs_nothing_of_other_studies() -> None:
    with session("base", tasks={"include": "none"}):
        chosen = pipelines["__default__"].only_nodes_with_tags("alignment")
        outputs = chosen.all_outputs()
        made = pipelines["__default__"].all_outputs()
        lacking = chosen.inputs() & made
    assert {"sentence_samples", "alignment_summary", "alignment_section", "report"} <= outputs
    assert not {"intents", "survey_ground_truth", "counting_items", "task_scores"} & outputs
    # What other studies leave for the page is taken as it lies there.
    endings = ("_cells", "_claims", "_section", "cross_study")
    assert all(name.endswith(endings) for name in lacking)


def test_alignment_is_an_input_of_merging_only_where_it_is_a_feature() -> None:
    for features, needed in (("geo", False), ("geo alignment", True)):
        with session("base", merging={"features": features}):
            inputs = pipelines["merging"].inputs()
        assert ("minilm_l6.alignment_summary" in inputs) == needed


@pytest.mark.parametrize(
    ("merging", "message"),
    [
        ({"encoders": "minilm"}, "no encoder 'minilm'. Did you mean minilm_l6"),
        ({"encoders": "gemma_270m_q4"}, "no encoder 'gemma_270m_q4'"),
        ({"sources": "traned"}, "no classifiers 'traned'. Did you mean trained"),
        ("all", "To choose what is merged"),
    ],
)
def test_unknown_encoders_and_sources_are_refused(merging: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message), session("base", merging=merging):
        list(pipelines)


def test_causal_models_are_patched_unless_they_are_left_out() -> None:
    with session("base"):
        outputs = pipelines["__default__"].all_outputs()
        # Words are read where nothing has been counted, too.
        assert "word_lists" in pipelines["mediation"].all_outputs()
    assert {"gemma_270m_q4.mediation_effects", "gemma_270m_q4.mediation_figures"} <= outputs
    assert "gemma_270m_q4.probes" not in outputs
    assert "minilm_l6.mediation_pairs" not in outputs
    with session("base", mediation={"analyses": "probes"}):
        assert "gemma_270m_q4.probe_figures" in pipelines["reporting"].all_outputs()
    with session("base", mediation={"models": "none"}):
        assert not pipelines["mediation"].nodes
        assert "mediation_description" not in pipelines["__default__"].all_outputs()


def test_models_are_asked_what_people_were_asked() -> None:
    with session("base"):
        outputs = pipelines["__default__"].all_outputs()
        inputs = pipelines["cultural"].inputs()
    assert {"gemma_270m_q4.open_scores", "gemma_270m_q4.closed_scores"} <= outputs
    assert "minilm_l6.open_scores" not in outputs
    assert {"gemma_270m_q4.lm", "gemma_270m_q4.response_store"} <= inputs
    assert not {"alignment_summary", "task_scores"} & inputs
    with session("base", cultural={"respondents": "none"}):
        outputs = pipelines["__default__"].all_outputs()
    assert not {"survey_ground_truth", "survey_scores", "cultural_description"} & outputs


def test_a_chat_model_is_asked_and_labels_over_the_net() -> None:
    calls = {"labellers": {"calls": {"kind": "call", "model": "gpt_4_turbo"}}}
    with session("base", models="gpt_4o", stance_labelling=calls):
        inputs = pipelines["cultural"].inputs()
        outputs = pipelines["cultural"].all_outputs()
    assert {"gpt_4o.chat", "gpt_4o.response_store", "gpt_4_turbo.chat"} <= inputs
    assert {"gpt_4_turbo.response_store", "gemma_270m_q4.lm"} <= inputs
    assert {"gpt_4o.calls_stance_labels", "gpt_4o.likelihood_stance_labels"} <= outputs
    assert "gpt_4o.closed_scores" not in outputs


def test_published_scores_are_read_where_nobody_is_asked() -> None:
    with session("multicultural"):
        inputs = pipelines["cultural"].inputs()
        outputs = pipelines["cultural"].all_outputs()
    assert {"published_survey_scores", "published_survey", "benchmark_scores"} <= inputs
    assert not {name for name in inputs if name.endswith((".lm", ".chat"))}
    assert {"original_us_bias", "cultural_alignment"} <= outputs


def test_results_of_other_rooms_are_capabilities_only_where_asked_for() -> None:
    with session("base", cultural_analysis={"capability": {"measures": "alignment task"}}):
        assert {"alignment_summary", "task_scores"} <= pipelines["cultural"].inputs()
