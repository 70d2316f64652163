"""What a run could not make while it made the rest: the run ends as failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedro.framework import project
from kedro.framework.hooks import hook_impl

from isogloss.commands import run_command
from isogloss.errors import Refusal, join_faults

if TYPE_CHECKING:
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

SHOWN = 10
"""Failures that the message gives in full."""


class FailedPartsError(Refusal):
    """Some parts of a run failed; the others are done and stored."""


class FailedPartsHook:
    """Ends a run as failed of which some partitions could not be made, or read.

    What does not need them is done first, so that a night's work is not lost to one bad file.
    """

    @hook_impl(trylast=True)
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Name what failed: what the run made, and what it was given that is made elsewhere.

        Raises:
            FailedPartsError: if anything did; gives the reasons, and the command that tries again.
        """
        made = project.pipelines.get("__default__", pipeline).all_outputs()
        given = pipeline.inputs() - made
        faults = [
            f"  {name}: {part}: {reason}"
            for name in sorted(pipeline.all_outputs() | given)
            for part, reason in _failures(catalog, name).items()
        ]
        if faults:
            asked = run_params.get("pipeline_names") or []
            raise FailedPartsError(
                f"{len(faults)} part{'s' * (len(faults) > 1)} of this run failed; all that does "
                "not need them is done:\n"
                + join_faults(faults, SHOWN, "more; the log has them all.")
                + "\nWhen they are mended, this computes only what is missing:\n  "
                + run_command(asked, run_params, tags=run_params.get("tags") or [])
            )


def _failures(catalog: DataCatalog, name: str) -> dict[str, str]:
    """Give why partitions of a stored result could not be made; nothing if it has none."""
    failures = getattr(catalog.get(name), "failures", None)
    found: dict[str, str] = failures() if failures is not None else {}
    return found
