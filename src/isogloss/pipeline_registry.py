"""The pipelines of the project, for the models and corpus of the active environment."""

from __future__ import annotations

from kedro.pipeline import Pipeline

from isogloss.pipelines import (
    alignment,
    counting,
    cultural,
    ingestion,
    mediation,
    merging,
    reporting,
    representation,
    tasks,
)
from isogloss.study import Study, active_study

GPU = "gpu"
"""Tag of nodes that open a model: a cluster runs them where workers offer such a resource."""


def register_pipelines() -> dict[str, Pipeline]:
    """Register one pipeline a room, those that run apart from them, and the default."""
    study = active_study()
    rooms = _make_rooms(study)
    return {
        name: _tag_model_nodes(pipeline) for name, pipeline in _add_others(rooms, study).items()
    }


def _tag_model_nodes(pipeline: Pipeline) -> Pipeline:
    opening = [node for node in pipeline.nodes if any(name.endswith(".lm") for name in node.inputs)]
    return pipeline - Pipeline(opening) + Pipeline(opening, tags=GPU)


def _add_others(rooms: dict[str, Pipeline], study: Study) -> dict[str, Pipeline]:
    """Add the pipelines that run apart from the rooms, and all rooms together."""
    return {
        **rooms,
        "plan": representation.create_plan_pipeline(study.local),
        "status": representation.create_status_pipeline(study.measured),
        # In an environment of its own (`make comet`), so outside the default.
        "comet": tasks.create_comet_pipeline(study.causal),
        # A person reads what it writes before anybody is asked, so outside the default too.
        "translate_prompts": cultural.create_translation_pipeline(study.cultural),
        # Of lists that were made elsewhere.
        "check_examples": counting.create_check_pipeline(),
        # Of another run, which must be named.
        "compare": reporting.create_comparison_pipeline(
            list(study.measured), study.causal if study.asks_items else []
        ),
        # A sum, since a node may be of two rooms.
        "__default__": sum(rooms.values(), Pipeline([])),
    }


def _make_rooms(study: Study) -> dict[str, Pipeline]:
    """Make the rooms, in the order in which they depend on each other."""
    sources = {"belebele": study.reading, "mmlu": study.knowledge, "translation": study.corpus}
    merging_study, values = study.merging, cultural.create_pipeline(study.cultural)
    asked, merged = study.asks_items, bool(merging_study.encoders)
    return {
        "ingestion": ingestion.create_pipeline(
            study.corpus,
            study.reading if asked else None,
            study.knowledge if asked else None,
            study.intents if merged else None,
        ),
        "representation": representation.create_pipeline(study.local),
        "alignment": alignment.create_pipeline(list(study.measured)),
        "tasks": tasks.create_pipeline(study.causal, study.tasks, sources),
        "merging": merging.create_pipeline(
            merging_study.encoders, merging_study.sources, by_alignment=merging_study.by_alignment
        ),
        "cultural": values,
        "counting": counting.create_pipeline(study.counting),
        "mediation": _with_words(mediation.create_pipeline(study.mediation)),
        "reporting": reporting.create_pipeline(
            list(study.measured),
            profiled=list(study.local),
            scored=study.causal,
            tasks=study.tasks,
            merged=merging_study.encoders,
            asked="survey_scores" in values.all_outputs(),
            patched=study.mediation,
            counters=study.counting.counters,
        ),
    }


def _with_words(patching: Pipeline) -> Pipeline:
    """Let mediation read its words itself, so that it runs where nothing has been counted."""
    return patching + counting.create_word_pipeline() if patching.nodes else patching
