"""What is regressed on capability: agreement of a model with the culture of each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.alignment_combinations import Combination, combine_agreements
from isogloss.pipelines.cultural.analysis_truth import LANGUAGE
from isogloss.pipelines.cultural.analysis_voices import WAY, Voices
from isogloss.pipelines.cultural.capability_slopes import make_cells, regress_on_capability
from isogloss.pipelines.cultural.contrast_rows import stack_combinations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
    from isogloss.pipelines.cultural.analysis_study import Study

OF_LANGUAGE = "overall_language"


def regress_outcomes(
    study: Study,
    measures: pd.DataFrame,
    consistency: pd.DataFrame,
    parameters: AnalysisParameters,
) -> Iterator[pd.DataFrame]:
    """Regress every outcome on every capability, for every way of asking.

    Args:
        study: voices and truth.
        measures: measure, model, language, capability.
        consistency: rows of `self_consistency` of models.
        parameters: of the analyses.

    Yields:
        rows of `capability_regression`.
    """
    unnamed = study.voices.chosen((study.voices.keys["named_country"] == "").to_numpy(np.bool_))
    for (elicitation, labeller), rows in unnamed.keys.groupby(WAY):
        voices = unnamed.chosen(rows.index.to_numpy(np.intp))
        same = _consistency_of(consistency, str(elicitation), str(labeller))
        for outcome in parameters.capability.outcomes:
            keys, values = native_agreement(study, voices, outcome, parameters)
            for measure, capability in measures.groupby("measure"):
                cells = make_cells(keys, values, capability, same)
                found = pd.DataFrame(
                    regress_on_capability(
                        cells, parameters.capability, parameters.confidence, parameters.seed
                    )
                )
                yield found.assign(
                    outcome=outcome,
                    metric=parameters.capability.metric,
                    capability=measure,
                    synthetic=study.countries.synthetic,
                    elicitation=str(elicitation),
                    labeller=str(labeller),
                )


def _consistency_of(consistency: pd.DataFrame, elicitation: str, labeller: str) -> pd.DataFrame:
    """Give model, language and value of one way of asking."""
    if consistency.empty:
        return pd.DataFrame(columns=["model", "language", "value"])
    same = (consistency["elicitation"] == elicitation) & (consistency["labeller"] == labeller)
    return consistency[same].rename(columns={"name": "model"})


def native_agreement(
    study: Study, voices: Voices, outcome: str, parameters: AnalysisParameters
) -> tuple[pd.DataFrame, Combination]:
    """Give each voice's mean agreement with the countries of its language, or with its language.

    Args:
        study: whose truth.
        voices: of one way of asking.
        outcome: distinctive, overall (of countries) or overall_language.
        parameters: of the analyses.

    Returns:
        keys of the voices that have native groups and enough questions, and their agreement.
    """
    part = "overall" if outcome == OF_LANGUAGE else outcome
    levels = [groups for groups in study.levels if groups.level == LANGUAGE]
    groups = levels[0] if outcome == OF_LANGUAGE and levels else study.countries
    keys, values = [voices.keys[:0]], []
    for language, rows in voices.keys.groupby("language"):
        native = groups.speaking(str(language))
        if not native.any():
            continue
        coefficients = np.where(native, 1 / native.sum(), 0.0)
        own = voices.chosen(rows.index.to_numpy(np.intp))
        metric = parameters.capability.metric
        found = combine_agreements(own, groups, coefficients, metric, study.setting)[part]
        known = ~np.isnan(found.found)
        keys.append(own.keys[known])
        values.append(found.chosen(known))
    empty = combine_agreements(
        voices.chosen(np.zeros(len(voices), np.bool_)),
        groups,
        np.zeros(len(groups.names)),
        parameters.capability.metric,
        study.setting,
    )[part]
    return pd.concat(keys, ignore_index=True), stack_combinations([empty, *values])
