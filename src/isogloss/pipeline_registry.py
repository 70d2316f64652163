"""The pipelines of the project, for the models and corpus of the active environment."""

from __future__ import annotations

import logging

from kedro.pipeline import Pipeline

from isogloss.pipelines import (
    alignment,
    cultural,
    ingestion,
    merging,
    reporting,
    representation,
    tasks,
)
from isogloss.study import Study, active_study

logger = logging.getLogger(__name__)


def register_pipelines() -> dict[str, Pipeline]:
    """Register one pipeline a room, the plan and status of a run, and the default."""
    study = active_study()
    local = {model.name: model.kind for model in study.models if "lm" in model.offers}
    kinds = {
        model.name: model.kind for model in study.models if model.offers & {"lm", "embeddings"}
    }
    measured = list(kinds)
    causal = [name for name, kind in local.items() if kind == "causal"]
    _report_skipped(study, measured, causal)
    sources = {
        "belebele": study.reading,
        "mmlu": study.knowledge,
        "translation": study.corpus,
    }
    asked = cultural.Asked(
        study.cultural.respondents,
        study.cultural.choosers,
        study.cultural.labellers,
        study.cultural.families,
    )
    voices = cultural.create_pipeline(
        study.cultural.survey,
        asked,
        published=study.cultural.published,
        capabilities=study.cultural.capabilities,
    )
    rooms = {
        "ingestion": ingestion.create_pipeline(
            study.corpus, study.reading, study.knowledge, study.intents
        ),
        "representation": representation.create_pipeline(local),
        "alignment": alignment.create_pipeline(measured),
        "tasks": tasks.create_pipeline(causal, study.tasks, sources),
        "merging": merging.create_pipeline(
            study.merging.encoders,
            study.merging.sources,
            by_alignment=study.merging.by_alignment,
        ),
        "cultural": voices,
        "reporting": reporting.create_pipeline(
            measured,
            profiled=list(local),
            scored=causal,
            tasks=study.tasks,
            merged=study.merging.encoders,
            asked="survey_scores" in voices.all_outputs(),
        ),
    }
    return {
        **rooms,
        "plan": representation.create_plan_pipeline(list(local)),
        "status": representation.create_status_pipeline(kinds),
        # In an environment of its own (`make comet`), so outside the default.
        "comet": tasks.create_comet_pipeline(
            name for name, kind in local.items() if kind == "causal"
        ),
        "__default__": Pipeline(list(rooms.values())),
    }


def _report_skipped(study: Study, measured: list[str], causal: list[str]) -> None:
    for rooms, done, reason in (
        ("Representation and alignment skip", measured, "no weights or vectors to look into"),
        ("The tasks skip", causal, "only causal models are asked"),
    ):
        skipped = [model.name for model in study.models if model.name not in done]
        if skipped:
            logger.info("%s %s: %s.", rooms, ", ".join(skipped), reason)
