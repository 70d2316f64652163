"""Contrasts of the reference and native countries: planted ones are found, others are not."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss import cultural_schemas
from isogloss.pipelines.cultural.analysis_nodes import measure_agreement
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.analysis_study import Study
from isogloss.pipelines.cultural.contrast_rows import contrast_with_natives
from tests.pipelines.cultural.planted_study import COUNTRIES, PlantedStudy
from tests.pipelines.cultural.test_slow_agreement import slow_parts

NOTHING = pd.DataFrame()
QUICK = AnalysisParameters(rounds=999, permutations=100)


def contrasts_of(planted: PlantedStudy, parameters: AnalysisParameters = QUICK) -> pd.DataFrame:
    tables = planted.survey_scores(), planted.ground_truth(), planted.survey_questions()
    study = Study.of(*tables, parameters)
    assert study is not None
    return contrast_with_natives(
        study.voices,
        study.countries,
        study.reference,
        parameters.contrast_sets,
        parameters.metrics,
        study.setting,
    )


def keyed(rows: pd.DataFrame, key: list[str]) -> dict[Any, dict[str, Any]]:
    found: dict[Any, Any] = rows.set_index(key).to_dict("index")
    return found


FOLLOWERS = {"alpha": "US", "beta": "US", "gamma": "native", "delta": ""}


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    study = PlantedStudy(models=FOLLOWERS, strength=1.2, questions=40, seed=4)
    table = contrasts_of(study)
    cultural_schemas.CulturalContrasts.validate(table)
    return table


def test_planted_differences_are_found(planted: pd.DataFrame) -> None:
    rows = planted[
        (planted["part"] == "distinctive")
        & (planted["without"] == "")
        & (planted["metric"] == "spearman")
    ]
    rows = rows[rows["model"] != "all"]
    found = keyed(rows, ["model", "language"])
    for language in ("dan", "nld"):
        for model in ("alpha", "beta"):
            assert found[model, language]["difference"] > 0.3
            assert found[model, language]["p_adjusted"] < 0.05
        assert found["gamma", language]["difference"] < -0.3
        assert found["gamma", language]["p_adjusted"] < 0.05
        assert found["delta", language]["p_adjusted"] > 0.05


def test_differences_and_errors_equal_slow_ones(planted: pd.DataFrame) -> None:
    study = PlantedStudy(models=FOLLOWERS, strength=1.2, questions=40, seed=4)
    scores = study.survey_scores()
    voice = scores[(scores["model"] == "delta") & (scores["language"] == "eng")]
    own = voice.groupby("question")["pro_score"].mean().round(9).to_numpy()
    countries = study.country_scores()
    everything = np.arange(40)

    def difference(metric: str, part: str, kept: np.ndarray) -> float:
        found = {
            name: slow_parts(
                metric,
                own[kept],
                countries[name][kept],
                np.mean([countries[one] for one in COUNTRIES if one != name], axis=0)[kept],
            )[part]
            for name in ("US", "AU", "GB")
        }
        return found["US"] - (found["AU"] + found["GB"]) / 2

    rows = planted[(planted["model"] == "delta") & (planted["language"] == "eng")]
    found = keyed(rows[rows["without"] == ""], ["metric", "part"])
    for metric in ("spearman", "pearson", "distance"):
        for part in ("overall", "normative", "distinctive"):
            row = found[metric, part]
            assert row["natives"] == "AU GB"
            assert row["difference"] == pytest.approx(difference(metric, part, everything))
            without = [difference(metric, part, np.delete(everything, n)) for n in everything]
            error = np.sqrt(39 / 40 * np.square(np.array(without) - np.mean(without)).sum())
            assert row["error"] == pytest.approx(error)


def test_batteries_are_left_out_together(planted: pd.DataFrame) -> None:
    rows = planted[(planted["model"] == "alpha") & (planted["language"] == "dan")]
    row = keyed(rows[rows["without"] == ""], ["metric", "part"])["spearman", "overall"]
    assert row["n_batteries"] == 6
    middle = (row["battery_ci_low"] + row["battery_ci_high"]) / 2
    assert middle == pytest.approx(row["difference"])
    error = (row["battery_ci_high"] - middle) / stats.t.ppf(0.975, 5)
    expected = 2 * stats.t.sf(abs(row["difference"]) / error, 5)
    assert row["p_battery"] == pytest.approx(expected)
    assert row["without_battery_low"] <= row["difference"] <= row["without_battery_high"]


def test_means_over_models_say_what_is_drawn_again(planted: pd.DataFrame) -> None:
    key = (planted["metric"] == "pearson") & (planted["part"] == "overall")
    rows = planted[key & (planted["without"] == "") & (planted["language"] == "nld")]
    single = rows[rows["model"] != "all"]["difference"].to_numpy(np.float64)
    found = keyed(rows, ["model", "resampled"])
    fixed, drawn = found["all", "questions"], found["all", "questions and models"]
    assert fixed["difference"] == pytest.approx(single.mean())
    assert drawn["difference"] == pytest.approx(single.mean())
    assert fixed["n_models"] == drawn["n_models"] == 4
    error = np.sqrt(fixed["error"] ** 2 + single.var(ddof=1) / 4)
    assert drawn["error"] == pytest.approx(error)
    reach = stats.t.ppf(0.975, 3) * error
    assert drawn["ci_high"] == pytest.approx(drawn["difference"] + reach)


def test_natives_can_be_left_out(caplog: pytest.LogCaptureFixture) -> None:
    parameters = QUICK.model_copy(update={"contrast_sets": ("", "GB", "KE NG SG")})
    with caplog.at_level(logging.INFO):
        table = contrasts_of(PlantedStudy(questions=12), parameters)
    rows = table.drop_duplicates(["without", "language"])
    natives = {key: row["natives"] for key, row in keyed(rows, ["without", "language"]).items()}
    assert natives["", "eng"] == "AU GB"
    assert natives["GB", "eng"] == "AU"
    assert natives["GB", "dan"] == "DK"
    assert "KE NG SG" not in set(table["without"])
    assert "none of the countries KE NG SG" in caplog.text


def test_a_language_without_native_countries_has_no_contrast() -> None:
    planted = PlantedStudy(questions=12)
    truth = planted.ground_truth()
    truth = truth[truth["group"] != "NL"]
    _, table = measure_agreement(
        planted.survey_scores(), truth, planted.survey_questions(), NOTHING, NOTHING, QUICK
    )
    assert set(table["language"]) == {"dan", "eng"}


def test_prompts_that_name_a_country_are_apart() -> None:
    planted = PlantedStudy(questions=20, models={"alpha": "native"}, seed=3)
    scores = planted.survey_scores()
    named = scores[scores["language"] == "dan"].assign(country="DK")
    table, contrasts = measure_agreement(
        pd.concat([scores, named], ignore_index=True),
        planted.ground_truth(),
        planted.survey_questions(),
        NOTHING,
        NOTHING,
        QUICK,
    )
    assert set(table["named_country"]) == {"", "DK", "native"}
    assert contrasts[contrasts["named"]]["language"].unique().tolist() == ["dan"]
    key = ["metric", "part"]
    rows = contrasts[(contrasts["language"] == "dan") & (contrasts["without"] == "")]
    # the same responses, so the same differences
    first, second = (rows[rows["named"] == one].set_index(key)["difference"] for one in (0, 1))
    assert first.to_dict() == pytest.approx(second.to_dict())


@pytest.mark.slow
def test_models_that_follow_no_country_are_seldom_told_to_be_biased() -> None:
    single, whole = [], []
    parameters = AnalysisParameters(
        rounds=399, permutations=100, contrast_sets=("",), metrics=("spearman", "distance")
    )
    # Many models in few studies: a study takes about as long with three as with nine.
    aimless = dict.fromkeys("abcdefghi", "")
    for seed in range(40):
        study = PlantedStudy(models=aimless, questions=24, seed=seed, responses=4)
        table = contrasts_of(study, parameters)
        models = table[table["model"] != "all"]
        for _, family in models.groupby(["metric", "part"]):
            single.append((family["p"] < 0.05).mean())
            whole.append((family["p_adjusted"] < 0.05).any())
    assert np.mean(single) <= 0.07
    assert np.mean(whole) <= 0.07
