"""The table of agreement, from responses to rows."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss import cultural_schemas
from isogloss.pipelines.cultural.alignment_floors import expected_closeness
from isogloss.pipelines.cultural.analysis_nodes import (
    compare_answer_languages,
    measure_agreement,
    measure_self_consistency,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from tests.pipelines.cultural.planted_study import COUNTRIES, PlantedStudy
from tests.pipelines.cultural.test_slow_agreement import slow_parts

NOTHING = pd.DataFrame()
QUICK = AnalysisParameters(rounds=200, permutations=300)
STUDY = PlantedStudy(questions=20, models={"alpha": "DK", "beta": ""}, seed=2)


def measure(
    scores: pd.DataFrame, truth: pd.DataFrame, parameters: AnalysisParameters = QUICK
) -> pd.DataFrame:
    table, _ = measure_agreement(
        scores, truth, STUDY.survey_questions(), NOTHING, NOTHING, parameters
    )
    cultural_schemas.CulturalAlignment.validate(table)
    return table


def keyed(table: pd.DataFrame) -> dict[Any, dict[str, Any]]:
    key = ["model", "language", "level", "group", "metric", "part"]
    found: dict[Any, Any] = table.set_index(key).to_dict("index")
    return found


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return measure(STUDY.survey_scores(), STUDY.ground_truth())


def test_every_voice_is_compared_with_every_group(table: pd.DataFrame) -> None:
    # 2 models x 3 languages x 3 metrics x (5 countries + 3 languages) x 3 parts, and the world
    assert len(table) == 6 * 3 * (8 * 3 + 1)
    assert table["synthetic"].all()
    natives = table[table["native"] & (table["level"] == "country")]
    assert set(zip(natives["language"], natives["group"], strict=True)) == {
        (language, name) for name, language in COUNTRIES.items()
    }
    assert not table.loc[table["level"] == "global", "native"].any()


def test_values_equal_slow_ones(table: pd.DataFrame) -> None:
    scores = STUDY.survey_scores()
    voice = scores[(scores["model"] == "beta") & (scores["language"] == "nld")]
    own = voice.groupby("question")["pro_score"].mean().round(9).to_numpy()
    countries = STUDY.country_scores()
    rows = keyed(table)
    for name, group in countries.items():
        others = np.mean([countries[one] for one in countries if one != name], axis=0)
        for metric in ("spearman", "pearson", "distance"):
            for part, value in slow_parts(metric, own, group, others).items():
                found = rows["beta", "nld", "country", name, metric, part]
                assert found["value"] == pytest.approx(value)
                assert found["n_questions"] == 20
                assert found["n_responses"] == 120


def test_the_mean_of_the_others_is_the_ceiling(table: pd.DataFrame) -> None:
    countries = STUDY.country_scores()
    others = np.mean([countries[one] for one in countries if one != "GB"], axis=0)
    rows = keyed(table)
    for metric in ("spearman", "distance"):
        value = slow_parts(metric, others, countries["GB"], others)["overall"]
        found = rows["beta", "nld", "country", "GB", metric, "overall"]
        assert found["ceiling"] == pytest.approx(value)
        assert rows["beta", "nld", "country", "GB", metric, "normative"]["ceiling"] == 1
    distinct = rows["beta", "nld", "country", "GB", "distance", "distinctive"]["ceiling"]
    assert distinct == pytest.approx(value - 1)
    assert np.isnan(rows["beta", "nld", "country", "GB", "spearman", "distinctive"]["ceiling"])


def test_permuted_answers_are_the_floor(table: pd.DataFrame) -> None:
    scores = STUDY.survey_scores()
    voice = scores[(scores["model"] == "beta") & (scores["language"] == "nld")]
    own = voice.groupby("question")["pro_score"].mean().to_numpy()
    group = STUDY.country_scores()["DK"]
    expected = 1 - np.abs(own[:, None] - group).mean()
    rows = keyed(table)
    floor = rows["beta", "nld", "country", "DK", "distance", "overall"]["floor"]
    assert floor == pytest.approx(expected, abs=0.005)
    assert abs(rows["beta", "nld", "country", "DK", "spearman", "overall"]["floor"]) < 0.05


def test_uniform_answers_are_a_floor_of_distances(table: pd.DataFrame) -> None:
    group = STUDY.country_scores()["US"]
    expected = expected_closeness(np.full(20, 0.5), np.full(20, 60.0), group[None]).mean()
    rows = keyed(table)
    found = rows["alpha", "eng", "country", "US", "distance", "overall"]["floor_uniform"]
    assert found == pytest.approx(expected)
    assert np.isnan(rows["alpha", "eng", "country", "US", "pearson", "overall"]["floor_uniform"])


@pytest.mark.parametrize(
    ("rules", "highest", "pro", "con", "neutral", "share"),
    [
        ("declared", 5, "1-2", "4-5", "3", 0.5),
        ("declared_neutral_con", 5, "1-2", "4-5", "3", 0.4),
        ("original", 10, "1-7", "8-10", "", 0.5),
    ],
)
def test_uniform_answers_follow_the_rules_of_the_truth(
    rules: str, highest: int, pro: str, con: str, neutral: str, share: float
) -> None:
    questions = STUDY.survey_questions().assign(highest=highest, pro=pro, con=con, neutral=neutral)
    truth = STUDY.ground_truth().assign(rules=rules)
    none = pd.DataFrame()
    found, _ = measure_agreement(STUDY.survey_scores(), truth, questions, none, none, QUICK)
    group = STUDY.country_scores()["US"]
    expected = expected_closeness(np.full(20, share), np.full(20, 60.0), group[None]).mean()
    floor = keyed(found)["alpha", "eng", "country", "US", "distance", "overall"]["floor_uniform"]
    assert floor == pytest.approx(expected)


def test_followed_countries_are_told_and_others_are_not(table: pd.DataFrame) -> None:
    rows = keyed(table)
    for language in ("dan", "eng", "nld"):
        assert rows["alpha", language, "country", "DK", "spearman", "distinctive"]["p"] < 0.01
        assert rows["alpha", language, "country", "AU", "spearman", "distinctive"]["p"] > 0.05


def test_noise_is_corrected_for_by_both_reliabilities(table: pd.DataFrame) -> None:
    rows = keyed(table)
    overall = rows["alpha", "dan", "country", "DK", "pearson", "overall"]
    normative = rows["alpha", "dan", "country", "DK", "pearson", "normative"]
    countries = STUDY.country_scores()
    group = 1 - 0.01**2 / countries["DK"].var(ddof=1)
    mean = np.mean([countries[one] for one in countries if one != "DK"], axis=0)
    others = 1 - 4 * 0.01**2 / 16 / mean.var(ddof=1)
    voice = overall["reliability"]
    assert 0.8 < voice < 1
    assert overall["disattenuated"] == pytest.approx(overall["value"] / np.sqrt(voice * group))
    assert normative["disattenuated"] == pytest.approx(normative["value"] / np.sqrt(voice * others))
    a, b = overall["disattenuated"], normative["disattenuated"]
    c = np.corrcoef(countries["DK"], mean)[0, 1] / np.sqrt(group * others)
    found = rows["alpha", "dan", "country", "DK", "pearson", "distinctive"]["disattenuated"]
    assert found == pytest.approx((a - b * c) / np.sqrt((1 - b**2) * (1 - c**2)))


def test_two_runs_give_equal_tables(table: pd.DataFrame) -> None:
    shuffled = STUDY.survey_scores().sample(frac=1, random_state=3)
    again = measure(shuffled, STUDY.ground_truth().sample(frac=1, random_state=4))
    pd.testing.assert_frame_equal(table, again)


def test_errors_by_bootstrap_are_near_those_of_the_jackknife(table: pd.DataFrame) -> None:
    drawn = measure(
        STUDY.survey_scores(),
        STUDY.ground_truth(),
        AnalysisParameters(interval="bootstrap", rounds=2000, permutations=100),
    )
    overall = (table["part"] == "overall") & (table["metric"] == "distance")
    ratio = drawn.loc[overall, "error"] / table.loc[overall, "error"]
    assert ratio.between(0.9, 1.05).all()
    assert (drawn["value"] == table["value"]).all()


def test_pairs_of_voice_and_group_can_have_questions_of_their_own() -> None:
    scores, truth = STUDY.survey_scores(), STUDY.ground_truth()
    scores = scores[~((scores["language"] == "dan") & (scores["question"] == "q000"))]
    truth = truth[~((truth["group"] == "US") & truth["question"].isin(["q001", "q002"]))]
    common = keyed(measure(scores, truth))
    pairwise = keyed(measure(scores, truth, QUICK.model_copy(update={"questions": "pairwise"})))
    key = ("spearman", "distinctive")
    for language, group, of_all, of_pair in (
        ("dan", "DK", 17, 19),
        ("dan", "US", 17, 17),
        ("eng", "US", 18, 18),
        ("eng", "GB", 18, 20),
    ):
        cell = ("beta", language, "country", group, *key)
        assert common[cell]["n_questions"] == of_all
        assert pairwise[cell]["n_questions"] == of_pair
    countries = STUDY.country_scores()
    voice = scores[(scores["model"] == "beta") & (scores["language"] == "eng")]
    own = voice.groupby("question")["pro_score"].mean().round(9).to_numpy()
    others = np.mean([countries[one] for one in ("AU", "DK", "NL", "US")], axis=0)
    others[[1, 2]] = np.mean([countries[one] for one in ("AU", "DK", "NL")], axis=0)[[1, 2]]
    value = slow_parts("spearman", own, countries["GB"], others)["distinctive"]
    assert pairwise["beta", "eng", "country", "GB", *key]["value"] == pytest.approx(value)


def test_voices_with_few_questions_are_named_and_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scores = STUDY.survey_scores()
    few = (
        (scores["model"] == "beta") & (scores["language"] == "dan") & (scores["question"] > "q006")
    )
    with caplog.at_level(logging.INFO):
        table = measure(scores[~few], STUDY.ground_truth())
    assert "1 of 6 voices have fewer than 8 questions" in caplog.text
    assert "beta/b/open/judge/dan" in caplog.text
    cells = set(zip(table["model"], table["language"], strict=True))
    assert ("beta", "dan") not in cells
    assert ("beta", "eng") in cells


def test_without_responses_there_are_empty_tables(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        tables = measure_agreement(
            STUDY.survey_scores()[:0],
            STUDY.ground_truth(),
            STUDY.survey_questions(),
            NOTHING,
            NOTHING,
            QUICK,
        )
    assert "there is nothing to compare" in caplog.text
    cultural_schemas.CulturalAlignment.validate(tables[0])
    cultural_schemas.CulturalContrasts.validate(tables[1])
    assert tables[0].empty
    assert tables[1].empty


def test_questions_that_the_truth_lacks_are_named(caplog: pytest.LogCaptureFixture) -> None:
    scores = STUDY.survey_scores()
    extra = scores[scores["question"] == "q000"].assign(question="unknown")
    with caplog.at_level(logging.INFO):
        measure(pd.concat([scores, extra]), STUDY.ground_truth())
    assert "1 of the questions that models were asked are not in survey_ground_truth" in caplog.text
    assert "unknown" in caplog.text


def test_what_is_left_out_is_told_by_one_node(caplog: pytest.LogCaptureFixture) -> None:
    scores = STUDY.survey_scores()
    scores.loc[0, "pro_score"] = np.nan
    extra = scores[scores["question"] == "q000"].assign(question="unknown")
    truth = STUDY.ground_truth()
    lacking = truth[~((truth["question"] == "q001") & (truth["group"] == "US"))]
    labelled = [scores, extra, scores.assign(labeller="other")]
    tables = pd.concat(labelled, ignore_index=True), lacking, STUDY.survey_questions()
    capability = pd.DataFrame({"measure": ["task"], "model": ["alpha"], "language": ["eng"]})
    with caplog.at_level(logging.INFO):
        measure_agreement(*tables, NOTHING, NOTHING, QUICK)
        told = list(caplog.messages)
        measure_self_consistency(*tables, QUICK)
        compare_answer_languages(tables[0], QUICK)
        regress_alignment_on_capability(*tables, capability.assign(capability=0.5), QUICK)
    left_out = (
        "take no side",
        "models were asked are not in survey_ground_truth",
        "some groups lack them",
        "the set is left out",
    )
    for reason in left_out:
        assert sum(reason in text for text in told) == 1
        assert sum(reason in text for text in caplog.messages) == 1


def test_what_the_scores_came_from_is_noted() -> None:
    scores = STUDY.survey_scores()
    scores.attrs["made_from"] = {"alpha": {"prompts": "abc"}}
    table = measure(scores, STUDY.ground_truth())
    assert table.attrs["made_from"] == {"survey_scores": {"alpha": {"prompts": "abc"}}}
