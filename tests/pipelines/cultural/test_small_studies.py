"""Studies so small that much is undefined still give tables, with what can be said."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from isogloss.pipelines.cultural.analysis_nodes import (
    compare_answer_languages,
    correlate_countries,
    gather_model_capabilities,
    measure_agreement,
    measure_self_consistency,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.original_nodes import reproduce_published_analyses
from tests.pipelines.cultural.planted_study import PlantedStudy, validate

NOTHING = pd.DataFrame()
STUDY = PlantedStudy(questions=8, models={"alpha": ""}, responses=2, seed=3)
Change = Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]


def keep(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores, truth


def one_country(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores, truth[truth["group"] == "US"]


def two_countries(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores, truth[truth["group"].isin(["US", "DK"])]


def one_response(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores[scores["sample"] == 0], truth


def same_answers(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores.assign(pro=5, con=5, pro_score=0.5), truth


def closed_only(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores.assign(elicitation="closed", labeller=""), truth


def no_language(scores: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return scores.assign(language="swh", response_language="swh"), truth


@pytest.mark.parametrize("interval", ["jackknife", "bootstrap"])
@pytest.mark.parametrize(
    "change",
    [keep, one_country, two_countries, one_response, same_answers, closed_only, no_language],
)
def test_tables_hold_what_can_be_said(change: Change, interval: str) -> None:
    scores, truth = change(STUDY.survey_scores(), STUDY.ground_truth())
    questions = STUDY.survey_questions()
    parameters = AnalysisParameters.model_validate(
        {"interval": interval, "rounds": 200, "permutations": 100, "original": True}
    )
    alignment, contrasts = measure_agreement(scores, truth, questions, NOTHING, NOTHING, parameters)
    benchmarks = pd.DataFrame(
        {"model": ["alpha"], "family": "a", "benchmark": "x", "language": "eng", "score": 0.5}
    )
    tables = {
        "CulturalAlignment": alignment,
        "CulturalContrasts": contrasts,
        "CountryCorrelations": correlate_countries(truth, parameters),
        "SelfConsistency": measure_self_consistency(scores, truth, questions, parameters),
        "CrossEffects": compare_answer_languages(scores, parameters),
        "CapabilityRegression": regress_alignment_on_capability(
            scores,
            truth,
            questions,
            gather_model_capabilities(benchmarks, parameters),
            parameters,
        ),
    }
    names = ("OriginalCells", "OriginalUsBias", "OriginalCapability", "OriginalConsistency")
    originals = reproduce_published_analyses(scores, truth, benchmarks, parameters)
    tables |= dict(zip(names, originals, strict=True))
    for name, table in tables.items():
        validate(name, table)
    assert len(alignment)
    if change is same_answers:
        correlations = alignment["metric"] != "distance"
        assert alignment.loc[correlations, "value"].isna().all()
        assert alignment.loc[correlations, "p"].isna().all()
        assert alignment.loc[~correlations, "value"].notna().any()
    if change in (one_country, no_language):
        assert contrasts.empty
