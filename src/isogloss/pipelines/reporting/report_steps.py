"""Which sections the report has, and what they are made from: steps that become nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting import report_nodes
from isogloss.pipelines.reporting.alignment_steps import CORPUS, PARAMETERS, PIVOT
from isogloss.pipelines.reporting.report import (
    alignment,
    counting,
    cross_study,
    culture,
    mediation,
    merging,
    tasks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from isogloss.pipelines.reporting.report.sections import StudyPlan

REPORT, FACTS = "report", "run_facts"
SECTIONS: dict[str, tuple[StudyPlan, Callable[..., object]]] = {
    plan.name: (plan, function)
    for plan, function in (
        (alignment.STUDY, report_nodes.write_alignment_section),
        (tasks.STUDY, report_nodes.write_tasks_section),
        (cross_study.STUDY, report_nodes.write_cross_study_section),
        (merging.STUDY, report_nodes.write_merging_section),
        (culture.STUDY, report_nodes.write_culture_section),
        (counting.STUDY, report_nodes.write_counting_section),
        (mediation.STUDY, report_nodes.write_mediation_section),
    )
}
"""In the order of the page."""
TAGS = {
    "alignment": ["alignment"],
    "merging": ["merging"],
    "culture": ["cultural"],
    "counting": ["counting"],
    "mediation": ["mediation"],
}
"""Of sections whose study can be run alone."""
_SHARED = {"languages": "languages", "pivot": PIVOT, "parameters": PARAMETERS}


def section_step(
    study: str, known: Collection[str]
) -> tuple[Callable[..., object], dict[str, str], str] | None:
    """Give what makes a section: function, its inputs by argument, output; None without any figure.

    Args:
        study: name of the section.
        known: what the studies of this session read and make.
    """
    plan, function = SECTIONS[study]
    chosen = plan.choose(known)
    if not chosen:
        return None
    return function, {**_SHARED, **{name: name for name in chosen}}, f"{study}_section"


def report_step(sections: list[str]) -> tuple[Callable[..., object], list[str], str]:
    """Give what makes the page: function, inputs, output.

    Args:
        sections: entries of the catalog, in the order of the page.
    """
    inputs = ["scoreboard", "claims", "summary", FACTS, "languages", PIVOT]
    return report_nodes.write_report, [*inputs, CORPUS, PARAMETERS, *sections], REPORT
