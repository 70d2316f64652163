from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.figures.culture_study import SYNTHETIC
from isogloss.pipelines.reporting.culture_wording import describe
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.pipelines.reporting.culture_pages import empty_page, make_page, small_study

STUDY = small_study()


def write(study: CultureStudy = STUDY, **others: Any) -> list[str]:
    return describe(make_page(study, **others)).splitlines()


def test_agreement_of_answers_that_are_all_alike_is_not_known() -> None:
    flat = STUDY.alignment.assign(value=np.nan)
    assert line(write(alignment=flat), "agreement") == (
        "agreement (open answers): not known (the same score for every question, so there is no "
        "correlation)"
    )


def test_intervals_where_no_difference_can_lie_are_explained() -> None:
    wide = STUDY.contrasts.assign(battery_ci_low=-5.35, battery_ci_high=4.17)
    said = line(write(contrasts=wide), "3 of 3 intervals reach beyond 2 or -2")
    assert said.endswith("where no difference of two correlations can lie: so few questions leave "
                         "it open.")  # fmt: skip
    assert not [one for one in write() if "reach beyond" in one]


def test_a_human_consistency_that_is_too_high_is_told_as_such() -> None:
    rows = STUDY.consistency
    lost = rows["variance"].mask(rows["kind"] == "country", "binomial")
    told = "for 5 of 5 countries the weights of respondents are not known: with equal weights"
    assert told in line(write(consistency=rows.assign(variance=lost)), "self-consistency")
    assert "weights" not in line(write(), "self-consistency")


def line(lines: list[str], start: str) -> str:
    [found] = [one for one in lines if one.strip().startswith(start)]
    return found.strip()


def test_a_few_lines_say_what_was_asked_and_what_came_back() -> None:
    lines = write()
    assert len(lines) <= 12
    right = "likelihood .53 in 3 languages (.50 to .52)"
    assert lines[3] == f"  labels right on statements of a known side: {right}"
    assert lines[0].startswith("Culture: whose answers to a values survey models give")
    assert lines[1] == "  2 models, 3 languages, 5 countries, 20 questions"
    assert lines[2].startswith("  open answers, labelled by likelihood: 960, of which ")
    assert "are in another language" in lines[2]
    assert lines[-1].endswith("not of the values of a people; all of them: cultural.md")


def test_one_model_has_its_name() -> None:
    demo = write(make_demo())
    assert demo[2] == "  Gemma 3 270M, 4-bit (Q4_K_M), 8 languages, 10 countries, 12 questions"
    assert sum(one.startswith("  answers on the survey's own scale:") for one in demo) == 1
    mixed = make_demo().alignment.sort_values("elicitation", kind="stable")
    assert mixed["elicitation"].iloc[0] == "closed"
    said = [one for one in write(make_demo(), alignment=mixed) if "agreement with all" in one]
    assert ["(open" in one for one in said] == [True, False]


def test_a_made_up_survey_is_named_first_and_nothing_is_claimed() -> None:
    planted = make_demo().contrasts.assign(
        difference=0.9, ci_low=0.8, ci_high=0.95, battery_ci_low=0.7, battery_ci_high=0.99,
        p_adjusted=0.0001,
    )  # fmt: skip
    lines = write(make_demo(), contrasts=planted)
    assert lines[0] == SYNTHETIC
    assert "differ" not in "\n".join(lines[1:])
    assert line(lines, "XA minus native countries").startswith(
        "XA minus native countries, distinctive (synthetic): deu +.90 [.70, .99]"
    )
    assert SYNTHETIC not in "\n".join(write())


def test_contrasts_are_means_over_models_with_their_word() -> None:
    calm = line(write(), "US minus native countries")
    assert calm.startswith("US minus native countries, distinctive, mean over models: dan ")
    assert calm.count("(not separable)") == 3
    planted = STUDY.contrasts.assign(
        difference=0.5, ci_low=0.4, ci_high=0.6, battery_ci_low=0.3, battery_ci_high=0.7,
        p_adjusted=0.0001,
    )  # fmt: skip
    said = line(write(contrasts=planted), "US minus native countries")
    assert "eng +.50 [.30, .70] (differs)" in said
    one = make_culture({"gpt-4o": "openai"}, {"US": "eng", "GB": "eng", "DK": "dan"}, questions=20)
    assert "mean over models" not in line(write(one), "US minus native countries")


def test_agreement_is_shown_beside_what_a_conformist_has() -> None:
    sure = {"value": 0.6, "ci_low": 0.4, "ci_high": 0.8, "battery_ci_low": 0.3,
            "battery_ci_high": 0.9, "p_adjusted": 0.001, "conformist": 0.35}  # fmt: skip
    lines = write(alignment=STUDY.alignment.assign(**sure))
    assert line(lines, "of which a voice that follows") == (
        "of which a voice that follows what all groups share alone has .35; shown, not tested"
    )
    assert not [one for one in lines if "distinctive part:" in one]


def test_capability_is_said_with_its_word_or_why_it_is_not() -> None:
    assert line(write(), "capability") == "capability: not tested (2 models; a slope takes 6)"
    said = line(write(make_culture()), "distinctive agreement on capability")
    assert said == (
        "distinctive agreement on capability (benchmarks): slope +.42 [.02, .82] "
        "(not separable), n = 9 models"
    )
    assert not [one for one in write(regression=STUDY.regression[:0]) if "capability" in one]


def test_baselines_are_no_models() -> None:
    baseline = STUDY.scores[:50].assign(model="random", family="Baseline")
    assert write(scores=pd.concat([STUDY.scores, baseline])) == write()


def test_without_answers_that_is_said() -> None:
    lines = describe(empty_page(STUDY)).splitlines()
    assert lines[1] == "  no model answered"
    assert len(lines) == 3
