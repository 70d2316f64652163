from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.analysis_truth import (
    UNLISTED,
    batteries_of,
    choose_reference,
    common_questions,
    read_groups,
)
from tests.pipelines.cultural.planted_study import PlantedStudy

STUDY = PlantedStudy(questions=5)
TRUTH = STUDY.ground_truth()


def test_profiles_are_sorted_and_know_the_mean_of_the_others() -> None:
    shuffled = TRUTH.sample(frac=1, random_state=1)
    found = read_groups(shuffled, "country", STUDY.codes)
    scores = np.stack(list(STUDY.country_scores().values()))
    assert found.names == ("AU", "DK", "GB", "NL", "US")
    assert found.languages == ("eng", "dan", "eng", "nld", "eng")
    assert found.scores == pytest.approx(scores)
    assert found.others is not None
    assert found.others[1] == pytest.approx(scores[[0, 2, 3, 4]].mean(axis=0))
    assert found.speaking("eng").tolist() == [True, False, True, False, True]
    assert found.synthetic


def test_everyone_together_has_no_others() -> None:
    found = read_groups(TRUTH, "global", STUDY.codes)
    assert found.names == ("all",)
    assert found.others is None


def test_a_score_that_stands_twice_is_refused() -> None:
    twice = pd.concat([TRUTH, TRUTH[:1]])
    with pytest.raises(Refusal, match="country AU twice on q000"):
        read_groups(twice, "country", STUDY.codes)


def test_questions_that_a_group_lacks_are_named() -> None:
    lacking = TRUTH[~((TRUTH["question"] == "q002") & TRUTH["group"].isin(["US", "eng"]))]
    levels = [read_groups(lacking, level, STUDY.codes) for level in ("country", "language")]
    told: list[str] = []
    common = common_questions(levels, told.append)
    assert common.tolist() == [True, True, False, True, True]
    [remark] = told
    assert "1 of 5 questions" in remark
    assert "q002: no US eng" in remark
    whole = read_groups(TRUTH, "country", STUDY.codes)
    assert common_questions([whole], told.append).all()
    assert told == [remark], "nothing falls out, nothing is told"


def test_the_reference_is_the_united_states_or_the_first_country_of_the_pivot() -> None:
    assert choose_reference(TRUTH, AnalysisParameters()) == "US"
    without = TRUTH[TRUTH["group"] != "US"]
    assert choose_reference(without, AnalysisParameters()) == "AU"
    assert choose_reference(without, AnalysisParameters(pivot="dan")) == "DK"
    assert choose_reference(TRUTH, AnalysisParameters(reference="NL")) == "NL"


def test_an_unknown_reference_is_refused_with_the_nearest_code() -> None:
    with pytest.raises(Refusal, match=r"'USA'\. Did you mean US\? There are: AU DK GB NL US;"):
        choose_reference(TRUTH, AnalysisParameters(reference="USA"))
    with pytest.raises(Refusal, match="cultural_analysis.reference=CODE"):
        without = TRUTH[TRUTH["group"] != "US"]
        choose_reference(without, AnalysisParameters(pivot="swh"))


def test_questions_that_are_not_listed_are_one_battery() -> None:
    found = batteries_of(["q000", "q001", "x"], STUDY.survey_questions())
    assert found.tolist() == ["confidence", "democracy", UNLISTED]
