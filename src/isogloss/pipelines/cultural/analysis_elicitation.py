"""Whether a model says the same in its own words and on the survey's own scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_profiles import CLOSED, profile_measure
from isogloss.pipelines.cultural.alignment_scores import Resampling, measure_block
from isogloss.pipelines.cultural.analysis_truth import batteries_of
from isogloss.pipelines.cultural.analysis_voices import collect_voices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters

Floats = NDArray[np.float64]

MEASURED = {
    "value": "value",
    "error": "error",
    "ci_low": "low",
    "ci_high": "high",
    "battery_ci_low": "battery_low",
    "battery_ci_high": "battery_high",
}
"""Column of the table -> what it is called where it is measured."""
CONSTANT = "all answers of one of the two ways are the same"


def compare_elicitations(
    responses: pd.DataFrame, survey_questions: pd.DataFrame, parameters: AnalysisParameters
) -> Iterator[dict[str, Any]]:
    """Compare the mean open answer of every model with its closed one, question by question.

    Two ways of asking that measure the same agree; how far they do is the validity of both
    (Campbell and Fiske 1959, Psychological Bulletin 56, p. 81; of language models: Röttger et al.
    2024, arXiv 2402.16786). Intervals are those of agreement with groups, by the jackknife over
    questions and over batteries.

    Args:
        responses: decided; those to prompts that name a country are left out.
        survey_questions: question, battery.
        parameters: metrics, fewest questions, confidence.

    Yields:
        rows of `elicitation_agreement`, for every model, language and labeller of open answers
        where there are closed ones too; with fewer common questions than it takes there is a
        reason instead of a value.
    """
    unnamed = responses[responses["country"] == ""]
    voices = collect_voices(unnamed, pd.Series(dtype=str), "", sorted(unnamed["question"].unique()))
    batteries = batteries_of(voices.questions, survey_questions)
    closed = voices.keys["elicitation"] == CLOSED
    scales = voices.keys[closed].reset_index().set_index(["model", "language"])["index"]
    for number, key in voices.keys[~closed].iterrows():
        if (key["model"], key["language"]) not in scales.index:
            continue
        pair = voices.means[[int(str(number)), scales[key["model"], key["language"]]]]
        known = ~np.isnan(pair).any(axis=0)
        named = {name: key[name] for name in ("model", "family", "labeller", "language")}
        named["n_questions"] = int(known.sum())
        named["n_responses"] = int(voices.counts[int(str(number)), known].sum())
        for metric in parameters.metrics:
            found = _measure(pair[:, known], batteries[known], metric, parameters)
            yield {**named, "metric": metric, **found}


def _measure(
    pair: Floats, batteries: NDArray[np.str_], metric: str, parameters: AnalysisParameters
) -> dict[str, Any]:
    least, found = parameters.least_questions, dict.fromkeys(MEASURED, np.nan)
    if pair.shape[1] < least:
        lack = f"{pair.shape[1]} questions in common, {least} are needed"
        return {**found, "reason": f"{lack} (cultural_analysis.least_questions)"}
    measure = profile_measure(metric, pair[:1], pair[1:], None)
    no_keys = np.empty((0, pair.shape[1]))
    resampling = Resampling(None, no_keys, batteries, parameters.confidence)
    values = measure_block(measure, resampling)["overall"]
    for column, name in MEASURED.items():
        found[column] = float(getattr(values, name)[0, 0])
    return {**found, "reason": CONSTANT if np.isnan(found["value"]) else ""}
