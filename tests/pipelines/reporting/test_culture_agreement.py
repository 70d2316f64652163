from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.culture_agreement import (
    native_agreement,
    tabulate_agreement,
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


def test_the_table_stays_as_it_is() -> None:
    page = make_page(STUDY)
    before = page["alignment"].copy()
    list(tabulate_agreement(page, guide_culture(page)))
    pd.testing.assert_frame_equal(page["alignment"], before)
