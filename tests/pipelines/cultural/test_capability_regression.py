from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss import cultural_schemas
from isogloss.pipelines.cultural.alignment_combinations import combine_agreements
from isogloss.pipelines.cultural.analysis_nodes import (
    gather_model_capabilities,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.analysis_parameters import (
    AnalysisParameters,
    CapabilityParameters,
)
from isogloss.pipelines.cultural.analysis_study import Study
from isogloss.pipelines.cultural.analysis_truth import COUNTRY, LANGUAGE
from tests.pipelines.cultural.planted_study import COUNTRIES, PlantedStudy

NOTHING = pd.DataFrame()
MODELS = dict.fromkeys(["a1", "a2", "a3", "b1", "b2", "b3", "c1"], "")
STUDY = PlantedStudy(questions=20, models=MODELS, seed=6)
QUICK = AnalysisParameters(
    rounds=100,
    permutations=100,
    capability=CapabilityParameters(exact_up_to=7, outcomes=("overall", "distinctive")),
)
LANGUAGES = ("dan", "eng", "nld")


def benchmarks(scores: np.ndarray) -> pd.DataFrame:
    """Give two benchmarks a language whose mean is the score [models, languages]."""
    rows = [
        {
            "model": model,
            "family": model[0],
            "benchmark": name,
            "language": language,
            "score": scores[row, column] + shift,
        }
        for row, model in enumerate(MODELS)
        for column, language in enumerate(LANGUAGES)
        for name, shift in (("easy", 0.1), ("hard", -0.1))
    ]
    return pd.DataFrame(rows)


def regress(
    table: pd.DataFrame, scores: pd.DataFrame | None = None, parameters: AnalysisParameters = QUICK
) -> pd.DataFrame:
    found = regress_alignment_on_capability(
        STUDY.survey_scores() if scores is None else scores,
        STUDY.ground_truth(),
        STUDY.survey_questions(),
        gather_model_capabilities(table, parameters),
        parameters,
    )
    cultural_schemas.CapabilityRegression.validate(found)
    return found


def keyed(table: pd.DataFrame) -> dict[Any, dict[str, Any]]:
    key = ["outcome", "covariates", "language", "left_out"]
    found: dict[Any, Any] = table.set_index(key).to_dict("index")
    return found


def outcomes(part: str, level: str = COUNTRY) -> tuple[np.ndarray, np.ndarray]:
    """Give agreement with native groups [models, languages], and that without each question."""
    tables = STUDY.survey_scores(), STUDY.ground_truth(), STUDY.survey_questions()
    study = Study.of(*tables, QUICK)
    assert study is not None
    groups = next(one for one in study.levels if one.level == level)
    found, without = [], []
    for language in LANGUAGES:
        voices = study.voices.chosen((study.voices.keys["language"] == language).to_numpy())
        native = groups.speaking(language) / groups.speaking(language).sum()
        own = combine_agreements(voices, groups, native, "spearman", study.setting)[part]
        found.append(own.found)
        without.append(own.without)
    return np.stack(found, axis=1), np.stack(without, axis=2)


def slope(y: np.ndarray, x: np.ndarray) -> float:
    y, x = y - y.mean(axis=0), x - x.mean(axis=0)
    return float((x * y).sum() / (x * x).sum())


GIVEN = np.random.default_rng(1).uniform(0.2, 0.8, size=(7, 3))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return regress(benchmarks(GIVEN))


@pytest.mark.parametrize("part", ["overall", "distinctive"])
def test_slopes_and_errors_equal_slow_ones(part: str, table: pd.DataFrame) -> None:
    y, without = outcomes(part)
    rows = keyed(table)
    row = rows[part, "none", "all", ""]
    assert row["slope"] == pytest.approx(slope(y, GIVEN))
    slopes = np.array([slope(one, GIVEN) for one in without])
    error = np.sqrt(19 / 20 * np.square(slopes - slopes.mean()).sum())
    assert row["error"] == pytest.approx(error)
    assert row["ci_high"] - row["slope"] == pytest.approx(stats.t.ppf(0.975, 19) * error)
    alone = rows[part, "none", "eng", ""]
    assert alone["slope"] == pytest.approx(slope(y[:, 1:2], GIVEN[:, 1:2]))
    rest = [0, 1, 2, 4, 5, 6]
    left = rows[part, "none", "all", "b1"]
    assert left["slope"] == pytest.approx(slope(y[rest], GIVEN[rest]))
    assert left["n"] == 6


def test_all_respondents_of_the_language_can_be_the_outcome() -> None:
    asked = QUICK.capability.model_copy(update={"outcomes": ("overall_language",)})
    found = keyed(
        regress(benchmarks(GIVEN), parameters=QUICK.model_copy(update={"capability": asked}))
    )
    y, _ = outcomes("overall", LANGUAGE)
    assert found["overall_language", "none", "all", ""]["slope"] == pytest.approx(slope(y, GIVEN))


def test_consistency_is_a_covariate(table: pd.DataFrame) -> None:
    rows = keyed(table)
    plain, controlled = (rows["overall", one, "all", ""] for one in ("none", "consistency"))
    assert plain["slope"] != pytest.approx(controlled["slope"])
    assert controlled["n"] == 7


def test_a_planted_slope_is_found_by_permuting_models() -> None:
    y, _ = outcomes("overall")
    noise = 0.005 * np.random.default_rng(0).normal(size=y.shape)
    row = keyed(regress(benchmarks(np.clip(0.5 * y + noise + 0.2, 0.15, 0.85))))[
        "overall", "none", "all", ""
    ]
    assert row["slope"] > 1.5
    assert row["p"] <= 0.01
    # 3! x 3! x 1! orders within families
    assert row["p_within_family"] == pytest.approx(1 / 36)


def test_families_of_one_model_have_no_orders_within() -> None:
    scores = STUDY.survey_scores()
    found = regress(benchmarks(GIVEN), scores.assign(family=scores["model"]))
    assert found["p_within_family"].isna().all()
    assert found["p"].notna().all()


def test_few_models_give_a_reason_and_no_slope() -> None:
    scores = STUDY.survey_scores()
    found = regress(benchmarks(GIVEN), scores[scores["model"].isin(["a1", "a2", "b1", "b2", "c1"])])
    assert found["slope"].isna().all()
    assert found["p"].isna().all()
    assert set(found["reason"]) == {"5 models; a slope takes 6"}


def test_equal_capabilities_give_a_reason_and_no_slope() -> None:
    found = keyed(regress(benchmarks(np.tile([0.4, 0.5, 0.6], (7, 1)))))
    row = found["overall", "none", "all", ""]
    assert np.isnan(row["slope"])
    assert row["reason"] == "capability does not vary within languages"


def test_models_without_a_language_are_in_no_joint_order() -> None:
    given = benchmarks(GIVEN)
    lacking = given[~((given["model"] == "c1") & (given["language"] == "nld"))]
    row = keyed(regress(lacking))["overall", "none", "all", ""]
    y, _ = outcomes("overall")
    assert row["n"] == 6
    assert row["slope"] == pytest.approx(slope(y[:6], GIVEN[:6]))


def test_this_projects_own_scores_can_be_the_capability(caplog: pytest.LogCaptureFixture) -> None:
    alignment = pd.DataFrame(
        [
            {
                "model": model,
                "metric": metric,
                "pooling": "mean",
                "aggregation": "mean",
                "sample": sample,
                "language_a": min("eng", language),
                "language_b": max("eng", language),
                "score": GIVEN[row, column] + 0.01 * sample if metric == "mexa_at_60" else 0.0,
            }
            for row, model in enumerate(MODELS)
            for column, language in enumerate(LANGUAGES)
            if language != "eng"
            for sample in (0, 1)
            for metric in ("mexa_at_60", "cosine")
        ]
    )
    tasks = pd.DataFrame(
        [
            {
                "model": model,
                "task": "belebele",
                "metric": "p_correct",
                "language": language,
                "score": GIVEN[row, column] if chosen else 0.0,
                "selected": chosen,
            }
            for row, model in enumerate(MODELS)
            for column, language in enumerate(LANGUAGES)
            for chosen in (True, False)
        ]
    )
    with caplog.at_level(logging.INFO):
        found = regress_alignment_on_capability(
            STUDY.survey_scores(),
            STUDY.ground_truth(),
            STUDY.survey_questions(),
            gather_model_capabilities(NOTHING, QUICK, alignment, tasks),
            QUICK,
        )
    assert "`benchmarks`; it is left out" in caplog.text
    assert "Alignment with the pivot `eng` tells nothing of the pivot itself" in caplog.text
    y, _ = outcomes("overall")
    rows = {name: keyed(own) for name, own in found.groupby("capability")}
    row = rows["task"]["overall", "none", "all", ""]
    assert row["slope"] == pytest.approx(slope(y, GIVEN))
    # the pivot is aligned with itself
    row = rows["alignment"]["overall", "none", "all", ""]
    assert row["slope"] == pytest.approx(slope(y[:, [0, 2]], GIVEN[:, [0, 2]]))
    assert set(COUNTRIES.values()) == set(LANGUAGES)
