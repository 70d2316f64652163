from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss import answer_schemas, cultural_schemas
from isogloss.errors import Refusal
from isogloss.pipelines.cultural.analysis_nodes import (
    compare_answer_languages,
    correlate_countries,
    measure_self_consistency,
)
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from tests.pipelines.cultural.planted_study import COUNTRIES, PlantedStudy

QUICK = AnalysisParameters(rounds=100, permutations=100)
STUDY = PlantedStudy(questions=16, models={"alpha": "", "beta": "DK"}, seed=5)


def keyed(table: pd.DataFrame, key: list[str]) -> dict[Any, dict[str, Any]]:
    found: dict[Any, Any] = table.set_index(key).to_dict("index")
    return found


def slow_consistency(pairs_of_questions: list[list[tuple[float, float]]]) -> float:
    """Correlate listed pairs, those of a question weighing 1 together."""
    pairs = np.array([pair for own in pairs_of_questions for pair in own])
    weights = np.array([1 / len(own) for own in pairs_of_questions for _ in own])
    covariance = np.cov(pairs.T, aweights=weights, ddof=0)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    found = measure_self_consistency(
        STUDY.survey_scores(), STUDY.ground_truth(), STUDY.survey_questions(), QUICK
    )
    answer_schemas.SelfConsistency.validate(found)
    return found


def test_models_are_as_consistent_as_listed_pairs(table: pd.DataFrame) -> None:
    scores = STUDY.survey_scores()
    own = scores[(scores["model"] == "beta") & (scores["language"] == "nld")]
    lists = [group["pro_score"].tolist() for _, group in own.groupby("question")]

    def value(answers: list[list[float]]) -> float:
        return slow_consistency(
            [
                [(x, y) for i, x in enumerate(one) for j, y in enumerate(one) if i != j]
                for one in answers
            ]
        )

    row = keyed(table, ["name", "language"])["beta", "nld"]
    assert row["value"] == pytest.approx(value(lists))
    without = [value([*lists[:n], *lists[n + 1 :]]) for n in range(16)]
    error = np.sqrt(15 / 16 * np.square(np.array(without) - np.mean(without)).sum())
    assert row["error"] == pytest.approx(error)
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert row["n_responses"] == 96
    assert row["n_pairs"] == 16 * 30


def test_countries_have_the_consistency_of_ten_respondents(table: pd.DataFrame) -> None:
    rows = keyed(table[table["kind"] == "country"], ["name"])
    assert set(rows) == set(COUNTRIES)
    for name, p in STUDY.country_scores().items():
        expected = p.var() / (p.var() + (p * (1 - p) / 10).mean())
        assert rows[name]["value"] == pytest.approx(expected)
        assert rows[name]["variance"] == "survey"
        assert rows[name]["language"] == COUNTRIES[name]


def test_groups_are_as_large_as_the_median_response() -> None:
    scores = STUDY.survey_scores()
    # of ten opinions the judge finds seven neutral, the other labeller none
    few = scores.assign(labeller="judge", pro=scores["pro"].clip(upper=1), con=2)
    few["pro_score"] = few["pro"] / (few["pro"] + 2)
    both = pd.concat([scores.assign(labeller="other"), few], ignore_index=True)
    found = measure_self_consistency(both, STUDY.ground_truth(), STUDY.survey_questions(), QUICK)
    answer_schemas.SelfConsistency.validate(found)
    rows = keyed(found[found["kind"] == "country"], ["name", "labeller"])
    sizes = {"other": 10, "judge": 3}
    assert len(rows) == 2 * len(COUNTRIES)
    for (name, labeller), row in rows.items():
        p = STUDY.country_scores()[name]
        size = sizes[labeller]
        assert row["opinions"] == size
        expected = p.var() / (p.var() + (p * (1 - p) / size).mean())
        assert row["value"] == pytest.approx(expected)


def test_neutral_respondents_do_not_count_in_the_size_of_a_group() -> None:
    neutral, size = 0.4, 20
    k = np.arange(1, size + 1)
    mass = stats.binom.pmf(k, size, 1 - neutral)
    share = (mass / k).sum() / mass.sum()
    truth = STUDY.ground_truth()
    single = truth["pro_score"] * (1 - truth["pro_score"])
    truth = truth.assign(group_size=size, neutral_share=neutral, group_variance=single * share)
    args = STUDY.survey_scores(), truth, STUDY.survey_questions(), QUICK
    rows = keyed(measure_self_consistency(*args), ["name", "language"])
    p = STUDY.country_scores()["DK"]
    expected = p.var() / (p.var() + (p * (1 - p) / 10).mean())
    assert rows["DK", "dan"]["value"] == pytest.approx(expected)


def test_variances_that_are_not_known_are_binomial(
    table: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    truth = STUDY.ground_truth()
    truth.loc[truth["group"].isin(["US", "DK"]), "group_variance"] = np.nan
    with caplog.at_level(logging.INFO):
        found = measure_self_consistency(
            STUDY.survey_scores(), truth, STUDY.survey_questions(), QUICK
        )
    rows = keyed(found[found["kind"] == "country"], ["name"])
    assert {name for name, row in rows.items() if row["variance"] == "binomial"} == {"US", "DK"}
    assert rows["US"]["value"] == pytest.approx(
        keyed(table, ["name", "language"])["US", "eng"]["value"]
    )
    assert "not known for 2 of 5 countries" in caplog.text


def test_models_and_countries_rest_on_the_questions_that_all_have() -> None:
    truth = STUDY.ground_truth()
    truth = truth[~((truth["group"] == "NL") & (truth["question"] == "q003"))]
    found = measure_self_consistency(STUDY.survey_scores(), truth, STUDY.survey_questions(), QUICK)
    assert set(found["n_questions"]) == {15}


def test_languages_are_compared_by_listed_pairs_of_other_prompts() -> None:
    scores = STUDY.survey_scores()
    found = compare_answer_languages(scores, QUICK)
    answer_schemas.CrossEffects.validate(found)
    rows = keyed(found[found["model"] == "alpha"], ["language_a", "language_b", "kind"])
    lists = {
        language: [
            list(zip(group["pro_score"], group["prompt_id"], strict=True))
            for _, group in own.groupby("question")
        ]
        for language, own in scores[scores["model"] == "alpha"].groupby("language")
    }
    within = {
        language: slow_consistency(
            [[(x, y) for x, a in one for y, b in one if a != b] for one in answers]
        )
        for language, answers in lists.items()
    }
    between = slow_consistency(
        [
            [(x, y) for x, _ in one for y, _ in other]
            for one, other in zip(lists["dan"], lists["eng"], strict=True)
        ]
    )
    assert rows["dan", "dan", "within"]["value"] == pytest.approx(within["dan"])
    assert rows["dan", "eng", "between"]["value"] == pytest.approx(between)
    gap = rows["dan", "eng", "difference"]
    assert gap["value"] == pytest.approx((within["dan"] + within["eng"]) / 2 - between)
    assert gap["ci_low"] < gap["value"] < gap["ci_high"]
    whole = rows["all", "all", "within"]["value"]
    assert whole == pytest.approx(np.mean([within[one] for one in ("dan", "eng", "nld")]))
    difference = whole - rows["all", "all", "between"]["value"]
    assert rows["all", "all", "difference"]["value"] == pytest.approx(difference)


def test_a_model_of_two_minds_differs_between_languages() -> None:
    one = PlantedStudy(questions=30, models={"alpha": "native"}, strength=1.5, noise=0.1, seed=1)
    found = compare_answer_languages(one.survey_scores(), QUICK)
    gap = keyed(found, ["language_a", "language_b", "kind"])["all", "all", "difference"]
    assert gap["value"] > 0.1
    assert gap["ci_low"] > 0


def test_responses_without_prompts_are_paired_with_all_others() -> None:
    scores = STUDY.survey_scores().assign(prompt_id=None)
    found = compare_answer_languages(scores, QUICK)
    row = keyed(found, ["model", "language_a", "language_b", "kind"])[
        "beta", "nld", "nld", "within"
    ]
    assert row["n_pairs"] == 16 * 30


def test_equal_responses_are_no_certainty() -> None:
    scores = STUDY.survey_scores()
    same = scores.groupby(["model", "question"])["pro"].transform("first")
    scores = scores.assign(pro=same, con=10 - same, pro_score=same / 10)
    args = scores, STUDY.ground_truth(), STUDY.survey_questions(), QUICK
    found = measure_self_consistency(*args)
    own = found[found["kind"] == "model"]
    assert own["value"].to_numpy() == pytest.approx(1)
    assert own[["ci_low", "ci_high"]].isna().all(axis=None)
    assert found.loc[found["kind"] == "country", "ci_low"].notna().all()
    cross = compare_answer_languages(scores, QUICK)
    assert set(cross["kind"]) == {"within", "between", "difference"}
    assert cross["value"].notna().all()
    assert cross[["ci_low", "ci_high"]].isna().all(axis=None)


def test_countries_that_answer_the_same_have_no_interval() -> None:
    truth = STUDY.ground_truth()
    copied = truth["group"].isin(["DK", "US"]) & (truth["level"] == "country")
    truth.loc[copied, "pro_score"] = truth["question"].map(
        truth[truth["group"] == "US"].set_index("question")["pro_score"]
    )
    rows = keyed(correlate_countries(truth, QUICK), ["group_a", "group_b", "metric"])
    for metric in ("pearson", "spearman"):
        assert rows["DK", "US", metric]["value"] == pytest.approx(1)
        assert np.isnan([rows["DK", "US", metric][end] for end in ("ci_low", "ci_high")]).all()
        assert rows["DK", "NL", metric]["ci_low"] < rows["DK", "NL", metric]["ci_high"]


def test_too_few_questions_have_no_value() -> None:
    scores = STUDY.survey_scores()
    found = compare_answer_languages(scores[scores["question"] < "q005"], QUICK)
    assert found["value"].isna().all()
    assert set(found["n_questions"]) == {5}


def test_countries_are_correlated_on_what_both_were_asked() -> None:
    truth = STUDY.ground_truth()
    truth = truth[~((truth["group"] == "NL") & (truth["question"] == "q003"))]
    with pytest.raises(Refusal, match="has no country 'ZZ'.* There are: "):
        correlate_countries(truth, QUICK.model_copy(update={"reference": "ZZ"}))
    found = correlate_countries(truth, QUICK)
    cultural_schemas.CountryCorrelations.validate(found)
    assert len(found) == 2 * 15
    rows = keyed(found, ["group_a", "group_b", "metric"])
    scores = STUDY.country_scores()
    kept = np.arange(16) != 3
    expected = np.corrcoef(scores["NL"][kept], scores["US"][kept])[0, 1]
    assert rows["NL", "US", "pearson"]["value"] == pytest.approx(expected)
    assert rows["NL", "US", "pearson"]["n"] == 15
    everyone = np.mean(list(scores.values()), axis=0)
    row = rows["US", "all", "pearson"]
    assert row["value"] == pytest.approx(np.corrcoef(scores["US"], everyone)[0, 1])
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert row["synthetic"]


def test_the_reason_of_a_missing_correlation_is_told() -> None:
    scores = STUDY.survey_scores()
    flat = scores.assign(pro=10, con=0, pro_score=1.0)
    once = scores.drop_duplicates(["model", "language", "question"])
    few = scores[scores["question"].isin(sorted(set(scores["question"]))[:5])]
    expected = {
        "the same score for every question, so there is no correlation": flat,
        "no question has two such answers": once,
        "5 questions, 8 are needed (cultural_analysis.least_questions)": few,
    }
    for reason, own in expected.items():
        args = own, STUDY.ground_truth(), STUDY.survey_questions(), QUICK
        found = measure_self_consistency(*args)
        models = found[found["kind"] == "model"]
        assert models["value"].isna().all()
        assert set(models["reason"]) == {reason}
        answer_schemas.SelfConsistency.validate(found)
        cross = compare_answer_languages(own, QUICK)
        answer_schemas.CrossEffects.validate(cross)
        assert set(cross.loc[cross["kind"] == "within", "reason"]) == {reason}
    known = measure_self_consistency(scores, STUDY.ground_truth(), STUDY.survey_questions(), QUICK)
    assert set(known["reason"]) == {""}
