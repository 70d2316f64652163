"""Nodes that make the report: a section a study, and the page."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.report import (
    alignment,
    counting,
    cross_study,
    culture,
    mediation,
    merging,
    page,
    tasks,
)
from isogloss.pipelines.reporting.report.sections import Readers, Section, StudyPlan, make_section


def write_alignment_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section on alignment of what there is of it.

    Args:
        languages: the table of languages.
        pivot: the language that the others are compared with.
        parameters: of the room.
        **found: name in the catalog -> table or figure; likewise in the other sections.
    """
    return _write_section(alignment.STUDY, found, languages, pivot, parameters)


def write_tasks_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section on tasks; see `write_alignment_section`."""
    return _write_section(tasks.STUDY, found, languages, pivot, parameters)


def write_cross_study_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section across studies; see `write_alignment_section`."""
    return _write_section(cross_study.STUDY, found, languages, pivot, parameters)


def write_merging_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section on merging; see `write_alignment_section`."""
    return _write_section(merging.STUDY, found, languages, pivot, parameters)


def write_culture_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section on culture; see `write_alignment_section`."""
    return _write_section(culture.STUDY, found, languages, pivot, parameters)


def write_counting_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section on counting; see `write_alignment_section`."""
    return _write_section(counting.STUDY, found, languages, pivot, parameters)


def write_mediation_section(
    languages: pd.DataFrame, pivot: str, parameters: ReportingParameters, **found: Any
) -> dict[str, Any]:
    """Make the section on mediation; see `write_alignment_section`."""
    return _write_section(mediation.STUDY, found, languages, pivot, parameters)


def write_report(
    scoreboard: pd.DataFrame,
    claims: pd.DataFrame,
    summary: str,
    run_facts: dict[str, Any] | None,
    languages: pd.DataFrame,
    pivot: str,
    corpus: str,
    parameters: ReportingParameters,
    *sections: dict[str, Any] | None,
) -> str:
    """Write the report: one page, with the sections of the studies that there are.

    Args:
        scoreboard: of all studies; may be empty.
        claims: that sentences are made of; may be empty.
        summary: what was learned, in paragraphs.
        run_facts: versions, models and settings of the run; None if they were not noted.
        languages: the table of languages.
        pivot: the language that the others are compared with.
        corpus: name of the source of the sentences.
        parameters: of the room.
        *sections: in the order of the page; None for those of studies that were not made.

    Returns:
        HTML; see `page.render`.
    """
    return page.render(
        {
            "sections": [cast("Section", section) for section in sections if section],
            "scoreboard": scoreboard,
            "claims": claims,
            "summary": summary,
            "facts": run_facts or {},
            "languages": languages,
            "pivot": pivot,
            "corpus": corpus,
            "parameters": parameters,
        }
    )


def _write_section(
    study: StudyPlan,
    found: dict[str, Any],
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> dict[str, Any]:
    readers: Readers = {"languages": languages, "pivot": pivot, "parameters": parameters}
    return cast("dict[str, Any]", make_section(study, found, readers))
