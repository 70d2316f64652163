"""Which tables the reports on mediation are made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.mediation_nodes import (
    describe_mediation,
    draw_mediation,
    draw_probes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Step = tuple[Callable[..., object], list[str], str]

PARAMETERS = "params:reporting"
SHARED, SETTINGS = {"languages"}, {PARAMETERS}
CSV_TWINS = ("mediation_summary", "mediation_gates", "mediation_hypotheses")
# Analysis -> its table.
FURTHER_CSV_TWINS = {
    "screen": "screen_check",
    "probes": "probes",
    "interventions": "intervention_summary",
}


def list_own_steps(analyses: Collection[str]) -> list[Step]:
    """List what is made of the tables of one model: function, inputs, output.

    Args:
        analyses: that were made beside patching.
    """
    study = ["languages", PARAMETERS]
    tables = ["mediation_summary", "mediation_hypotheses"]
    steps: list[Step] = [(draw_mediation, [*tables, *study], "mediation_figures")]
    if "probes" in analyses:
        steps.append((draw_probes, ["probes", *study], "probe_figures"))
    return steps


def list_steps() -> list[Step]:
    """List what is made of the tables of all models: function, inputs, output."""
    inputs = [*CSV_TWINS, "languages", PARAMETERS]
    return [(describe_mediation, inputs, "mediation_description")]
