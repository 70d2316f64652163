from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.culture_agreement import (
    judge_contrasts,
    leave_out_unchanged,
    native_agreement,
    tabulate_agreement,
    tabulate_contrasts,
)
from isogloss.pipelines.reporting.culture_inputs import guide_culture
from tests.pipelines.reporting.culture_pages import make_page, small_study

STUDY = small_study()


def table_rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def write_agreement(**others: Any) -> str:
    page = make_page(STUDY, **others)
    return "\n".join(tabulate_agreement(page, guide_culture(page)))


def write_contrasts(**others: Any) -> str:
    page = make_page(STUDY, **others)
    return "\n".join(tabulate_contrasts(page, guide_culture(page)))


def sure(rows: pd.DataFrame, value: float = 0.4, p: float = 0.001) -> pd.DataFrame:
    """Give rows a value that is told from 0."""
    return rows.assign(
        value=value, ci_low=value - 0.2, ci_high=value + 0.2, battery_ci_low=value - 0.3,
        battery_ci_high=value + 0.3, p_adjusted=p,
    )  # fmt: skip


def test_agreement_is_with_all_who_answered_in_the_language() -> None:
    rows = native_agreement(STUDY.alignment)
    assert set(rows["level"]) == {"language"}
    assert (rows["group"] == rows["language"]).all()
    assert len(rows) == 2 * 3 * 3
    text = write_agreement()
    assert "With all respondents who were interviewed in the language" in text
    assert [row[:3] for row in table_rows(text)[2:]] == [
        [model, language, "20"]
        for model in ("gemma-2-9b-it", "GPT-4o")
        for language in ("Danish", "English", "Dutch")
    ]


def test_without_scores_of_languages_it_is_with_a_lone_country() -> None:
    rows = STUDY.alignment[STUDY.alignment["level"] == "country"]
    assert set(native_agreement(rows)["group"]) == {"DK", "NL"}
    text = write_agreement(alignment=rows)
    assert "With the only country" in text
    assert "several countries: English; see the figure" in text


def test_agreement_is_shown_and_never_tested() -> None:
    rows = native_agreement(sure(STUDY.alignment))
    assert set(rows["word"]) == {"shown"}
    text = write_agreement(alignment=sure(STUDY.alignment))
    assert text.count(" .40 [.10, .70] |") == 18, "three parts of six voices"
    assert "**.40" not in text
    assert "differ from 0" not in text


def test_what_a_conformist_has_stands_beside_with_floor_and_ceiling() -> None:
    part = STUDY.alignment["part"]
    rows = STUDY.alignment.assign(
        floor=0.03, ceiling=0.87, conformist=np.where(part == "distinctive", 0.31, np.nan)
    )
    body = table_rows(write_agreement(alignment=rows))
    assert body[0][6:] == ["a conformist's", "floor", "ceiling"]
    for row in body[2:]:
        assert row[6:] == [".31", ".03", ".87"]


def test_a_part_above_0_is_not_called_agreement_with_the_group() -> None:
    by_language = STUDY.alignment.query("level == 'language'")["group"].nunique()
    text = write_agreement(alignment=STUDY.alignment)
    assert f"The mean of {by_language - 1} other groups is a noisy picture" in text
    countries = STUDY.alignment[STUDY.alignment["level"] == "country"]
    assert "The mean of 4 other groups" in write_agreement(alignment=countries)


def test_ways_of_asking_and_labellers_are_summed_up_apart() -> None:
    rows = STUDY.alignment.assign(
        value=np.where(STUDY.alignment["native"], 0.5, 0.1),
        conformist=np.where(STUDY.alignment["native"], 0.4, 0.2),
    )
    both = [rows, rows.assign(labeller="judge", value=rows["value"] / 2),
            rows.assign(elicitation="closed", labeller="", value=-rows["value"])]  # fmt: skip
    text = write_agreement(alignment=pd.concat(both, ignore_index=True))
    beside = "native countries {} (a conformist's: .40); other countries {} (a conformist's: .20)"
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- Open answers, labelled by `likelihood`: " + beside.format(".50", ".10"),
        "- Open answers, labelled by `judge`: " + beside.format(".25", ".05"),
        "- Answers on the survey's own scale: " + beside.format("-.50", "-.10"),
    ]


def test_a_made_up_survey_is_never_judged() -> None:
    made_up = sure(STUDY.alignment).assign(synthetic=True)
    assert set(native_agreement(made_up)["word"]) == {"synthetic"}
    assert "**.40" not in write_agreement(alignment=made_up)


def test_prompts_that_name_a_country_and_other_metrics_are_left_out() -> None:
    more = [
        STUDY.alignment.assign(named_country="native"),
        STUDY.alignment.assign(metric="pearson"),
    ]
    rows = pd.concat([STUDY.alignment, *more], ignore_index=True)
    assert len(native_agreement(rows)) == 18
    assert write_agreement(alignment=rows) == write_agreement()


def test_nothing_to_compare_is_said() -> None:
    assert write_agreement(alignment=STUDY.alignment[:0]).startswith("No answers could be")
    assert write_contrasts(contrasts=STUDY.contrasts[:0]).startswith("No language has both")


def test_languages_with_too_few_answers_are_named() -> None:
    assert "least_questions" not in write_agreement()
    gone = (STUDY.alignment["language"] == "dan") & (STUDY.alignment["model"] == "gpt-4o")
    text = write_agreement(alignment=STUDY.alignment[~gone])
    assert text.endswith("(`cultural_analysis.least_questions`): GPT-4o in Danish (open).")
    nobody = write_agreement(alignment=STUDY.alignment[:0])
    assert nobody.count(" in Danish (open)") == STUDY.scores["model"].nunique()
    undecided = STUDY.scores["pro_score"].mask(STUDY.scores["language"] == "dan")
    silent = write_agreement(
        alignment=STUDY.alignment[~gone], scores=STUDY.scores.assign(pro_score=undecided)
    )
    assert "GPT-4o in Danish" not in silent.split("least_questions")[-1]


def test_of_a_mean_the_widest_interval_and_the_largest_p_count() -> None:
    rows = STUDY.contrasts.assign(
        difference=0.4, ci_low=0.3, ci_high=0.5, battery_ci_low=0.2, battery_ci_high=0.6,
        p_adjusted=0.001,
    )  # fmt: skip
    both = rows["resampled"] == "questions and models"
    rows.loc[both, ["ci_low", "ci_high"]] = [-0.2, 1.0]
    rows.loc[both, ["battery_ci_low", "battery_ci_high"]] = np.nan
    judged = judge_contrasts(rows)
    own = judged[judged["part"] == "distinctive"]
    mean = own["model"] == "all"
    assert set(own.loc[~mean, "word"]) == {"differs"}
    assert set(own.loc[mean, "word"]) == {"not separable"}
    assert set(own.loc[mean, "low"]) == {-0.2}
    narrow = rows.copy()
    narrow.loc[both, ["ci_low", "ci_high"]] = [0.35, 0.45]
    narrow.loc[both, "p_adjusted"] = 0.2
    words = judge_contrasts(narrow)
    told = words[(words["part"] == "distinctive") & (words["model"] == "all")]
    assert set(told["word"]) == {"not separable"}, "the p over models counts too"
    assert set(words.loc[words["part"] == "overall", "word"]) == {"shown"}
    assert not judged.duplicated(["model", "language", "part", "without"]).any()


def test_contrasts_have_a_row_a_model_and_their_mean() -> None:
    text = write_contrasts()
    rows = table_rows(text)
    assert rows[0][4:] == ["overall, US − natives", "distinctive, US − natives", "distinctive part"]
    english = [row for row in rows if row[1] == "English"]
    assert [row[0] for row in english[:3]] == ["gemma-2-9b-it", "GPT-4o", "mean of 2 models"]
    assert english[0][2] == "GB NG"
    known = STUDY.contrasts[
        (STUDY.contrasts["model"] == "gpt-4o") & (STUDY.contrasts["language"] == "eng")
        & (STUDY.contrasts["part"] == "distinctive") & (STUDY.contrasts["without"] == "")
    ]  # fmt: skip
    value = float(known["difference"].iloc[0])
    assert english[1][5].startswith(f"{value:+.2f}".replace("0.", "."))


def test_without_some_countries_stands_apart_and_only_where_that_matters() -> None:
    text = write_contrasts()
    _, apart = text.split("**Open answers, labelled by `likelihood`, without KE NG SG**")
    assert {row[1] for row in table_rows(apart)[2:]} == {"English"}
    assert {row[2] for row in table_rows(apart)[2:]} == {"GB"}
    assert set(leave_out_unchanged(STUDY.contrasts)["without"]) == {"", "KE NG SG"}


def test_prompts_that_name_a_country_stand_apart() -> None:
    named = STUDY.contrasts.assign(named=True)
    text = write_contrasts(contrasts=pd.concat([STUDY.contrasts, named], ignore_index=True))
    assert "labelled by `likelihood`, prompts that name a native country**" in text


def test_published_coefficients_stand_beside_the_sound_ones_if_they_are_there() -> None:
    assert "ublished" not in write_contrasts()
    text = write_contrasts(original_us_bias=STUDY.published)
    first, apart = text.split("without KE NG SG")
    rows = table_rows(first)
    assert rows[0][-1] == "published"
    terms = STUDY.published[STUDY.published["kind"] == "us:model:language"]
    known = terms.set_index(["model", "language"])["coefficient"]
    [row] = [row for row in rows if row[:2] == ["GPT-4o", "Danish"]]
    assert row[-1] == f"{known['gpt-4o', 'dan']:.2f}".replace("0.", ".")
    [mean] = [row for row in rows if row[:2] == ["mean of 2 models", "Danish"]]
    assert mean[-1] == "–"
    assert "published" not in apart.split("Published:")[0]
    assert "the columns before it are the sound version" in text


@pytest.mark.parametrize("name", ["alignment", "contrasts"])
def test_tables_stay_as_they_are(name: str) -> None:
    page = make_page(STUDY)
    before = page[name].copy()  # type: ignore[literal-required]
    guide = guide_culture(page)
    list(tabulate_agreement(page, guide))
    list(tabulate_contrasts(page, guide))
    pd.testing.assert_frame_equal(page[name], before)  # type: ignore[literal-required]
