"""Tables of correlations between alignment and task scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.reporting.correlation_cells import Cells
from isogloss.pipelines.reporting.correlation_covariates import (
    covariate_values,
    known_covariates,
    language_families,
)
from isogloss.pipelines.reporting.correlation_estimates import LEAST, Design, estimate
from isogloss.pipelines.reporting.correlation_inputs import (
    average_samples,
    read_alignment,
    read_scores,
    report_unmatched,
    scores_as_published,
    scores_that_stand_for_models,
    unify_ways,
)
from isogloss.pipelines.reporting.correlation_rows import (
    number_families,
    ranges,
    stack_rows,
    to_rows,
)
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.reporting.parameters import CorrelationParameters

ORIGINAL = "original"


def correlate(
    summary: pd.DataFrame, task_scores: pd.DataFrame, pivot: str, parameters: CorrelationParameters
) -> pd.DataFrame:
    """Correlate alignment with task scores over the languages of each model.

    Rows of sample -1 correlate the alignment averaged over samples with the selected scores
    (translations into the pivot only) and test by permutation. Rows of the other samples are those
    that the thesis published: every sample by itself, every direction of translation and the mean
    of both, Student's p and Fisher's interval, Holm's adjustment over all of these rows.

    Args:
        summary: `alignment_summary`.
        task_scores: the table of that name.
        pivot: language that the others are aligned with; it is no part of the correlations.
        parameters: of the correlations.

    Returns:
        One row a model, metric, pooling, aggregation, size of the pool, sample and task score; the
        columns are those of `correlation_schemas.Correlations`.

    Raises:
        Refusal: if the tables have no model in common, lack the pivot, or tell a score twice.
    """
    alignment, scores = read_alignment(summary, pivot), read_scores(task_scores, pivot)
    report_unmatched(alignment, scores)
    selected = scores_that_stand_for_models(scores)
    cells = Cells.of_tables(average_samples(alignment), selected, "model")
    families, names = number_families(cells, parameters.family)
    found = estimate(cells, Design(families), parameters)
    parts = [to_rows(cells, found, selected, parameters).assign(p_family=names)]
    single = alignment[alignment["sample"] >= 0]
    if parameters.original_rows and len(single):
        parts.append(_original_rows(single, scores_as_published(scores), parameters))
    return stack_rows(parts, pivot)


def _original_rows(
    alignment: pd.DataFrame, scores: pd.DataFrame, parameters: CorrelationParameters
) -> pd.DataFrame:
    cells = Cells.of_tables(alignment, scores, "model")
    design = Design(np.zeros(len(cells.x), np.intp), permute=False)
    found = estimate(cells, design, parameters)
    found.adjusted[:] = adjust_holm(found.p[parameters.adjusted_statistic])
    return to_rows(cells, found, scores, parameters, interval_least=4).assign(p_family=ORIGINAL)


def correlate_partially(
    summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    profiles: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: CorrelationParameters,
) -> pd.DataFrame:
    """Correlate alignment with task scores with properties of the languages held constant.

    Rows come without covariates, with the first one, with the first two, and so on; each such set
    is adjusted for by itself. P-values permute the residuals of the task scores (Freedman and Lane
    1983).

    Args:
        summary: `alignment_summary`.
        task_scores: the table of that name.
        profiles: `language_profiles`; token parity and data share enter as logarithms.
        languages: family of each language.
        pivot: as of `correlate`.
        parameters: of the correlations.

    Returns:
        One row a row of sample -1 of `correlate` and set of covariates; the columns are those of
        `correlation_schemas.PartialCorrelations`.

    Raises:
        Refusal: as `correlate`.
    """
    alignment, scores = read_alignment(summary, pivot), read_scores(task_scores, pivot)
    report_unmatched(alignment, scores)
    selected = scores_that_stand_for_models(scores)
    cells = Cells.of_tables(average_samples(alignment), selected, "model")
    known = known_covariates(profiles, parameters.covariates)
    parts = []
    for count in range(len(known) + 1):
        values = covariate_values(profiles, known[:count], cells) if count else None
        own = cells.controlled(values) if values else cells
        families, names = number_families(own, parameters.family)
        design = Design(
            families,
            least=max(LEAST, count * parameters.languages_per_covariate),
            covariates=values,
            language_families=language_families(own.names, languages),
        )
        found = estimate(own, design, parameters)
        rows = to_rows(own, found, selected, parameters, controlled=count)
        parts.append(
            rows.assign(p_family=names, covariates=" ".join(known[:count]), **ranges(found))
        )
    return stack_rows(parts, pivot)


def correlate_over_models(
    summary: pd.DataFrame, task_scores: pd.DataFrame, pivot: str, parameters: CorrelationParameters
) -> pd.DataFrame:
    """Correlate alignment with task scores over models, for each language.

    All accuracies are one outcome, `accuracy`, whatever way of asking stands for each model.

    Args:
        summary: `alignment_summary`.
        task_scores: the table of that name.
        pivot: as of `correlate`.
        parameters: of the correlations; fewer models than `least_models` give NaN with a reason.

    Returns:
        One row a language, metric, pooling, aggregation, size of the pool and task score; the
        columns are those of `correlation_schemas.LanguageCorrelations`.

    Raises:
        Refusal: as `correlate`.
    """
    alignment, scores = read_alignment(summary, pivot), read_scores(task_scores, pivot)
    report_unmatched(alignment, scores)
    selected = unify_ways(scores_that_stand_for_models(scores))
    cells = Cells.of_tables(average_samples(alignment), selected, "language")
    families, names = number_families(cells, parameters.family)
    found = estimate(cells, Design(families, least=parameters.least_models), parameters)
    return stack_rows([to_rows(cells, found, selected, parameters).assign(p_family=names)], pivot)
