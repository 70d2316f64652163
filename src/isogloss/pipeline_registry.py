"""The pipelines of the project, for the models and corpus of the active environment."""

from __future__ import annotations

import logging

from kedro.pipeline import Pipeline

from isogloss.config import Study, active_study
from isogloss.pipelines import alignment, ingestion, reporting, representation

logger = logging.getLogger(__name__)


def register_pipelines() -> dict[str, Pipeline]:
    """Register one pipeline a room, the plan and status of a run, and the default."""
    study = active_study()
    local = {model.name: model.kind for model in study.models if "lm" in model.offers}
    kinds = {
        model.name: model.kind for model in study.models if model.offers & {"lm", "embeddings"}
    }
    measured = list(kinds)
    scored = [name for name, kind in local.items() if kind == "causal"]
    _report_skipped(study, measured)
    rooms = {
        "ingestion": ingestion.create_pipeline(study.corpus, study.reading, study.knowledge),
        "representation": representation.create_pipeline(local),
        "alignment": alignment.create_pipeline(measured),
        "reporting": reporting.create_pipeline(measured, profiled=list(local), scored=scored),
    }
    return {
        **rooms,
        "plan": representation.create_plan_pipeline(list(local)),
        "status": representation.create_status_pipeline(kinds),
        "__default__": Pipeline(list(rooms.values())),
    }


def _report_skipped(study: Study, measured: list[str]) -> None:
    skipped = [model.name for model in study.models if model.name not in measured]
    if skipped:
        logger.info(
            "Representation and alignment skip %s: no weights or vectors to look into.",
            ", ".join(skipped),
        )
