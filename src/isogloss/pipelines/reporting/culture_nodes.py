"""Nodes of the reporting room that draw and describe the cultural study."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Unpack

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.figures.culture_study import CLOSED, OPEN, choose_answers
from isogloss.pipelines.reporting import (
    culture_cells,
    culture_document,
    culture_means,
    culture_report,
    culture_wording,
)
from isogloss.pipelines.reporting.culture_inputs import (
    CultureInputs,
    CulturePage,
    CultureTables,
    guide_culture,
    name_files,
)
from isogloss.pipelines.reporting.parameters import ReportingParameters


def average_answers(survey_scores: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Average every model's answers to every question; see `culture_means.average_answers`."""
    return culture_means.average_answers(survey_scores, confidence)


def pair_capabilities(
    model_capabilities: pd.DataFrame, cultural_alignment: pd.DataFrame
) -> pd.DataFrame:
    """Pair capability and agreement of every model; see `culture_cells.pair_capabilities`."""
    return culture_cells.pair_capabilities(model_capabilities, cultural_alignment)


def draw_country_map(country_correlations: pd.DataFrame, **study: Unpack[CultureInputs]) -> Figure:
    """Draw how alike countries answer the survey."""
    return figures.draw_country_map(country_correlations, guide_culture(study))


def draw_cultural_alignment(
    cultural_alignment: pd.DataFrame, **study: Unpack[CultureInputs]
) -> Figure:
    """Draw the agreement of open answers with every country, in its three parts."""
    guide = guide_culture(study)
    return figures.draw_cultural_alignment(cultural_alignment, guide, elicitation=OPEN)


def draw_cultural_alignment_closed(
    cultural_alignment: pd.DataFrame, **study: Unpack[CultureInputs]
) -> Figure:
    """Draw the agreement of answers on the survey's own scale with every country."""
    guide = guide_culture(study)
    return figures.draw_cultural_alignment(cultural_alignment, guide, elicitation=CLOSED)


def draw_us_bias(
    cultural_contrasts: pd.DataFrame,
    cultural_alignment: pd.DataFrame,
    original_us_bias: pd.DataFrame,
    **study: Unpack[CultureInputs],
) -> Figure:
    """Draw agreement with the reference country minus agreement with the native countries."""
    guide = guide_culture(study)
    return figures.draw_us_bias(
        cultural_contrasts, guide, published=original_us_bias, alignment=cultural_alignment
    )


def draw_capability(
    capability_cells: pd.DataFrame,
    capability_regression: pd.DataFrame,
    **study: Unpack[CultureInputs],
) -> Figure:
    """Draw agreement with the people of a language against capability in it."""
    guide = guide_culture(study)
    return figures.draw_capability(capability_cells, capability_regression, guide)


def draw_self_consistency(self_consistency: pd.DataFrame, **study: Unpack[CultureInputs]) -> Figure:
    """Draw the self-consistency of models against groups of people."""
    return figures.draw_self_consistency(self_consistency, guide_culture(study))


def draw_cross_effects(cross_effects: pd.DataFrame, **study: Unpack[CultureInputs]) -> Figure:
    """Draw how alike answers are within a language and between two."""
    return figures.draw_cross_effects(cross_effects, guide_culture(study))


def draw_survey_profiles(
    question_means: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    **study: Unpack[CultureInputs],
) -> dict[str, Callable[[], Figure]]:
    """Draw every question's mean answer against the countries, a figure a model.

    Returns:
        model, as a name for files -> what draws its figure: one is in memory at a time.
    """
    guide = guide_culture(study)
    rows = pd.concat(
        [choose_answers(own) for _, own in question_means.groupby(["model", "elicitation"])]
        or [question_means]
    )
    names = name_files(map(str, pd.unique(rows["model"])))
    return {
        names[str(model)]: partial(figures.draw_survey_profile, own, survey_ground_truth, guide)
        for model, own in rows.groupby("model", sort=False)
    }


def draw_closed_answers(
    closed_distributions: pd.DataFrame,
    survey_distributions: pd.DataFrame,
    **study: Unpack[CultureInputs],
) -> dict[str, Callable[[], Figure]]:
    """Draw every model's distribution over the survey's own answers, a figure a model.

    Returns:
        model, as a name for files -> what draws its figure: one is in memory at a time.
    """
    guide = guide_culture(study)
    names = name_files(map(str, pd.unique(closed_distributions["model"])))
    return {
        names[str(model)]: partial(figures.draw_closed_answers, own, survey_distributions, guide)
        for model, own in closed_distributions.groupby("model", sort=False)
    }


def document_culture(**inputs: Unpack[CulturePage]) -> str:
    """Write all results of the study as JSON; see `culture_document.write_document`."""
    return culture_document.write_document(inputs)


def report_culture(**inputs: Unpack[CulturePage]) -> str:
    """Write a page on all results of the study; see `culture_report.write_report`."""
    return culture_report.write_report(inputs)


def describe_culture(parameters: ReportingParameters, **tables: Unpack[CultureTables]) -> str:
    """Write what the study came to in a few lines; see `culture_wording.describe`.

    Kedro checks the parameters of the room by this annotation: it does not see into `Unpack`.
    """
    return culture_wording.describe({**tables, "parameters": parameters})
