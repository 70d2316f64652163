"""Mediation: once a model, in a namespace of its own, then over all models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.mediation.effect_nodes import measure_effects, measure_outcomes
from isogloss.pipelines.mediation.hypothesis_nodes import judge_hypotheses
from isogloss.pipelines.mediation.intervention_nodes import (
    cut_attention,
    exchange_items,
    steer_counts,
)
from isogloss.pipelines.mediation.knowledge_nodes import ask_swapped_words
from isogloss.pipelines.mediation.pair_nodes import make_pairs
from isogloss.pipelines.mediation.probe_nodes import probe_running_counts
from isogloss.pipelines.mediation.screen_nodes import check_estimates, estimate_effects
from isogloss.pipelines.mediation.summary_nodes import (
    collect_mediation_tables,
    summarise_effects,
    summarise_interventions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from isogloss.study_rooms import MediationStudy

ROOM = "mediation"
WORDS = ["word_lists", "category_names", "category_relations", "counting_phrases"]
QUESTIONS = ["word_lists", "category_relations", "membership_questions"]
PAIRS = ["lm", "mediation_pairs"]
EFFECTS, SUMMARY = "params:mediation_effects", "params:mediation_summary"
HYPOTHESES = "params:mediation_hypotheses"
SCREEN, PROBES = "params:mediation_screen", "params:mediation_probes"
INTERVENTIONS = "params:mediation_interventions"
CHANGES = {
    "steering": steer_counts,
    "interchanges": exchange_items,
    "knockouts": cut_attention,
}
# Analysis -> its tables that are stacked over models; those of patching first.
COLLECTED = {
    "": ("mediation_summary", "mediation_gates", "mediation_hypotheses"),
    "screen": ("screen_check",),
    "probes": ("probes",),
    "interventions": ("intervention_summary",),
}


def create_pipeline(study: MediationStudy) -> Pipeline:
    """Make the pipeline that patches activations between prompts that count differently.

    Args:
        study: in which models, and what is done beside patching.
    """
    if not study.models:
        return Pipeline([])
    tables = [name for part in ("", *study.analyses) for name in COLLECTED[part]]
    return Pipeline(
        [
            *(_in_namespace(model, _own_nodes(study)) for model in study.models),
            *(
                Node(
                    collect_mediation_tables,
                    [f"{model}.{table}" for model in study.models],
                    table,
                    name=f"collect_{table}",
                )
                for table in tables
            ),
        ],
        tags=[ROOM],
    )


def _own_nodes(study: MediationStudy) -> list[Node]:
    """List what is done with one model."""
    further = {
        "screen": _screen_nodes,
        "probes": _probe_nodes,
        "interventions": _intervention_nodes,
    }
    return [
        _node(
            make_pairs,
            ["lm", *WORDS, "params:mediation_pairs", EFFECTS, SCREEN],
            ["mediation_pairs", "pair_attrition", "pair_balance"],
        ),
        _node(measure_outcomes, [*PAIRS, EFFECTS], "pair_outcomes"),
        _node(measure_effects, [*PAIRS, EFFECTS], "mediation_effects"),
        _node(ask_swapped_words, [*PAIRS, *QUESTIONS, EFFECTS], "swapped_knowledge"),
        _node(
            summarise_effects,
            ["mediation_effects", "pair_outcomes", "swapped_knowledge", SUMMARY],
            ["mediation_summary", "mediation_gates"],
        ),
        _node(
            judge_hypotheses,
            ["mediation_effects", "mediation_gates", HYPOTHESES, SUMMARY],
            "mediation_hypotheses",
        ),
        *(node for name in study.analyses for node in further[name]()),
    ]


def _screen_nodes() -> list[Node]:
    return [
        _node(estimate_effects, [*PAIRS, SCREEN], "attributions"),
        _node(
            check_estimates, [*PAIRS, "attributions", SCREEN], ["screened_cells", "screen_check"]
        ),
    ]


def _probe_nodes() -> list[Node]:
    return [_node(probe_running_counts, [*PAIRS, PROBES], "probes")]


def _intervention_nodes() -> list[Node]:
    return [
        *(_node(change, [*PAIRS, INTERVENTIONS], table) for table, change in CHANGES.items()),
        _node(
            summarise_interventions,
            [*CHANGES, "mediation_gates", SUMMARY],
            "intervention_summary",
        ),
    ]


def _node(function: Callable[..., object], inputs: list[str], outputs: str | list[str]) -> Node:
    """Name a node after its function."""
    return Node(function, inputs, outputs, name=function.__name__)


def _in_namespace(model: str, nodes: list[Node]) -> Pipeline:
    used = {name for node in nodes for name in node.inputs}
    return Pipeline(
        nodes,
        namespace=model,
        tags=[model],
        inputs={*WORDS, *QUESTIONS},
        parameters={name for name in used if name.startswith("params:")},
    )
