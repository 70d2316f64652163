"""Open against closed answers of the same model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss import answer_schemas
from isogloss.pipelines.cultural.analysis_nodes import compare_ways_of_asking
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from tests.pipelines.cultural.planted_study import PlantedStudy

STUDY = PlantedStudy(questions=20, models={"alpha": "DK", "beta": ""}, seed=2)
OPEN = STUDY.survey_scores()
METRICS = ("spearman", "pearson", "distance")
KEY = ["model", "labeller", "language", "metric"]


def closed_answers(seed: int = 0) -> pd.DataFrame:
    """Give one closed answer to every question, near what the model says in its own words."""
    generator = np.random.default_rng(seed)
    keys = ["model", "family", "language", "question"]
    means = OPEN.groupby(keys)["pro_score"].mean().reset_index()
    noise = generator.normal(0, 0.1, len(means))
    return means.assign(
        elicitation="closed", labeller="", response_language=means["language"], prompt_id="",
        sample=0, country="", pro_score=np.clip(means["pro_score"] + noise, 0, 1),
        **dict.fromkeys(("pro", "con", "neutral"), pd.array([pd.NA] * len(means), "Int64")),
    )  # fmt: skip


def compare(scores: pd.DataFrame, parameters: AnalysisParameters | None = None) -> pd.DataFrame:
    table = compare_ways_of_asking(
        scores, STUDY.survey_questions(), parameters or AnalysisParameters()
    )
    answer_schemas.ElicitationAgreement.validate(table)
    return table


def keyed(table: pd.DataFrame) -> dict[Any, dict[str, Any]]:
    found: dict[Any, Any] = table.set_index(KEY).to_dict("index")
    return found


def test_question_means_are_correlated_over_common_questions() -> None:
    closed = closed_answers()
    gone = (closed["model"] == "beta") & (closed["language"] == "eng")
    gone &= closed["question"] < "q003"
    other = OPEN.assign(labeller="other", country="GB")
    table = compare(pd.concat([OPEN, other, closed[~gone]], ignore_index=True))
    assert set(table["labeller"]) == {"judge"}, "prompts that name a country are left out"
    rows = keyed(table)
    own = OPEN[(OPEN["model"] == "beta") & (OPEN["language"] == "eng")]
    means = own.groupby("question")["pro_score"].mean().iloc[3:]
    answers = closed[(closed["model"] == "beta") & (closed["language"] == "eng")]
    answers = answers.set_index("question").loc[means.index, "pro_score"]
    row = rows["beta", "judge", "eng", "spearman"]
    assert row["value"] == pytest.approx(stats.spearmanr(means, answers).statistic)
    assert row["n_questions"] == 17
    assert row["n_responses"] == own["question"].isin(means.index).sum()
    distance = rows["beta", "judge", "eng", "distance"]["value"]
    assert distance == pytest.approx(1 - (means - answers).abs().mean())
    pearson = rows["beta", "judge", "eng", "pearson"]
    r = stats.pearsonr(means, answers).statistic
    assert pearson["value"] == pytest.approx(r)
    without = [
        stats.pearsonr(means.drop(code), answers.drop(code)).statistic for code in means.index
    ]
    error = np.sqrt(16 / 17 * np.square(without - np.mean(without)).sum())
    assert pearson["error"] == pytest.approx(error)
    reach = stats.t.ppf(0.975, 16) * error / (1 - r**2)
    assert pearson["ci_low"] == pytest.approx(np.tanh(np.arctanh(r) - reach))
    assert pearson["battery_ci_low"] < r < pearson["battery_ci_high"]
    assert rows["beta", "judge", "dan", "pearson"]["n_questions"] == 20


def test_too_few_common_questions_and_constant_answers_have_a_reason() -> None:
    closed = closed_answers()
    few = (closed["language"] == "eng") & (closed["question"] > "q006")
    closed.loc[closed["language"] == "dan", "pro_score"] = 0.5
    table = keyed(compare(pd.concat([OPEN, closed[~few]], ignore_index=True)))
    row = table["alpha", "judge", "eng", "spearman"]
    assert np.isnan(row["value"])
    assert row["n_questions"] == 7
    assert row["reason"].startswith("7 questions in common, 8 are needed")
    same = "all answers of one of the two ways are the same"
    reasons = {metric: table["alpha", "judge", "dan", metric]["reason"] for metric in METRICS}
    assert reasons == {"spearman": same, "pearson": same, "distance": ""}
    fewer = AnalysisParameters(least_questions=7)
    found = keyed(compare(pd.concat([OPEN, closed[~few]], ignore_index=True), fewer))
    assert found["alpha", "judge", "eng", "spearman"]["reason"] == ""


def test_models_asked_in_one_way_only_have_no_rows() -> None:
    assert compare(OPEN).empty
    assert compare(closed_answers()).empty
    assert compare(OPEN[:0]).empty
    one = closed_answers()
    table = compare(pd.concat([OPEN, one[one["model"] == "beta"]], ignore_index=True))
    assert set(table["model"]) == {"beta"}
