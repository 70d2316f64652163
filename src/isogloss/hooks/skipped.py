"""Which models of the study take no part in what a run does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from isogloss.study import active_study

if TYPE_CHECKING:
    from kedro.pipeline import Pipeline

logger = logging.getLogger(__name__)

SKIPS = {
    "alignment": ("Representation and alignment skip", "no weights or vectors to look into"),
    "tasks": ("The tasks skip", "only causal models are asked"),
}
"""Tag of the nodes of a room -> what is said of models that it skips."""


class TellSkippedHook:
    """Says which models a run skips, where it runs the room that does so."""

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Name them, unless the run was for models that it names itself."""
        if run_params.get("namespaces"):
            return
        tags = {tag for node in pipeline.nodes if node.namespace for tag in node.tags}
        study = active_study()
        for tag, done in (("alignment", study.measured), ("tasks", study.causal)):
            skipped = [model.name for model in study.models if model.name not in done]
            if tag in tags and skipped:
                rooms, reason = SKIPS[tag]
                logger.info("%s %s: %s.", rooms, ", ".join(skipped), reason)
