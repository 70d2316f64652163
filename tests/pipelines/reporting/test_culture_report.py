from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss.figures.culture_study import SYNTHETIC
from isogloss.pipelines.reporting.culture_document import write_document
from isogloss.pipelines.reporting.culture_labels import describe_accuracy, tabulate_labellers
from isogloss.pipelines.reporting.culture_other_tables import judge_slopes
from isogloss.pipelines.reporting.culture_report import write_report
from isogloss.surveys import NO_CLUSTERS
from tests.figures.culture_tables import CultureStudy, make_culture, make_demo
from tests.pipelines.reporting.culture_pages import empty_page, make_page, small_study
from tests.pipelines.reporting.test_culture_agreement import table_rows

STUDY = small_study()
ORIGINAL = pd.DataFrame(
    {
        "formula": ["interaction", "interaction", "normal", "interaction"],
        "term": ["consistency:dan", "multilingual:gemma:dan", "consistency", "consistency:dan"],
        "coefficient": [0.494, 1.044, 0.7, 0.1], "error": [0.027, 0.054, 0.1, 0.2],
        "rounds": [100, 100, 100, 0],
    }
)  # fmt: skip


def sections(study: CultureStudy = STUDY, **others: Any) -> dict[str, str]:
    text = write_report(make_page(study, **others))
    parts = text.split("\n## ")
    named = [part.split("\n", 1) for part in parts[1:]]
    return {"": parts[0]} | {title: body for title, body in named}


def test_the_page_says_what_was_asked_of_whom() -> None:
    lines = sections()[""].splitlines()
    assert lines[0] == "# Whose answers models give, by language"
    assert "- Models: 2 (gemma-2-9b-it, GPT-4o)" in lines
    assert "- Languages: 3 (Danish, English, Dutch)" in lines
    assert (
        "- Prompts: 480 (160 a language), 2 templates, to 20 questions; 67% of them in machine "
        "translation"
    ) in lines
    assert "- Countries: 5 (DK, GB, NG, NL, US)" in lines
    assert "the survey has 20 of all, 20 are in both; rules of scoring: declared" in lines[-1]


def test_a_made_up_survey_is_named_before_anything_else_and_claims_nothing() -> None:
    text = write_report(make_page(make_demo()))
    assert text.splitlines()[0] == f"**{SYNTHETIC}.**"
    before, _ = text.split("## How to read this")
    assert "differs" not in before
    assert "**." not in before, "nothing is bold but headings"
    assert SYNTHETIC not in write_report(make_page(STUDY))
    flagged = STUDY.truth.assign(synthetic=True)
    assert write_report(make_page(STUDY, truth=flagged)).startswith(f"**{SYNTHETIC}.**")


def test_questions_without_truth_and_baselines_are_told() -> None:
    baseline = STUDY.scores[:50].assign(model="Baseline_uniform_random", family="Baseline")
    truth = STUDY.truth[STUDY.truth["question"] != "f120"]
    found = sections(truth=truth, scores=pd.concat([STUDY.scores, baseline]))
    assert "- Asked, but not in the survey's scores: f120" in found[""]
    assert "- Left out: 50 answers that no model gave (published baselines)" in found[""]
    assert "Baseline" not in "".join(text for title, text in found.items() if title)
    assert "no such survey question" in found["What came back"]
    assert "| 16 (5%) |" in found["What came back"], "one of twenty questions, of 320 answers"


def test_every_section_is_there() -> None:
    assert list(sections()) == [
        "", "What came back", "Labels", "Agreement with the people who speak the language",
        "One country against the native ones", "Agreement and capability", "Self-consistency",
        "Within and between languages", "How alike countries answer", "How to read this",
        "Beside this page",
    ]  # fmt: skip


def test_slopes_have_their_range_and_a_word() -> None:
    study = make_culture()
    rows = table_rows(sections(study)["Agreement and capability"])
    assert rows[2][3:] == ["9", "+.42 [.02, .82]", ".040", ".210", ".44 to .60", "not separable"]
    strong = study.regression.assign(p=0.0005, p_within_family=0.002)
    judged = judge_slopes(strong)
    assert judged["word"].tolist() == ["differs"]
    assert judged["p_adjusted"].tolist() == [0.002], "the larger p"
    again = pd.concat([strong.assign(outcome=name) for name in "abcdef"])
    assert judge_slopes(again)["p_adjusted"].tolist() == [0.012] * 6
    assert set(judge_slopes(again)["word"]) == {"not separable"}
    single = pd.concat([strong, strong.assign(language="dan")])
    assert judge_slopes(single)["word"].tolist() == ["differs"], (
        "single languages are no tests here"
    )


def test_too_few_models_are_not_tested_and_the_reason_is_told() -> None:
    regression = STUDY.regression
    assert judge_slopes(regression)["word"].tolist() == ["not tested"]
    text = sections()["Agreement and capability"]
    assert "| not tested: 2 models; a slope takes 6 |" in text
    made_up = sections(regression=regression.assign(synthetic=True))
    assert "| synthetic: 2 models; a slope takes 6 |" in made_up["Agreement and capability"]


def test_the_published_regression_stands_below_the_sound_one() -> None:
    text = sections(original_capability=ORIGINAL)["Agreement and capability"]
    rows = [row for row in table_rows(text) if len(row) == 3]
    assert rows[2:] == [["consistency:dan", ".494", ".027"],
                        ["multilingual:gemma:dan", "1.044", ".054"]]  # fmt: skip
    assert "count bootstrap rounds as observations" in text
    assert "As published" not in sections()["Agreement and capability"]


def test_labellers_are_compared_over_all_and_by_language() -> None:
    rows = table_rows(sections()["Labels"])
    assert rows[2][2:] == ["all models and languages", ".61 [.52, .69]", "30", "400"]
    assert rows[3][2:] == ["Danish", ".61", "30", "800"]
    alone = "\n".join(tabulate_labellers(STUDY.labellers[:0], None))  # type: ignore[arg-type]
    assert alone.startswith("Answers have the labels of one labeller")
    closed = STUDY.scores.assign(elicitation="closed", labeller="")
    assert "Labels" not in sections(scores=closed), "closed answers need none"


def test_labellers_are_tried_on_statements_of_a_known_side() -> None:
    rows = [row for row in table_rows(sections()["Labels"]) if len(row) == 7]
    assert rows[0][2:] == ["statements", "right", "of pro", "of con", "of neutral"]
    assert rows[2] == ["`likelihood`", "Danish", "60", ".50 [.40, .60]", ".60 [.50, .70]",
                       ".70 [.60, .80]", ".20 [.10, .30]"]  # fmt: skip
    assert len(rows) == 2 + 3 + 1
    assert rows[-1][1] == "all of these"
    assert "no labeller was tried" not in sections()["Labels"]
    untried = sections(accuracy=STUDY.accuracy[:0])["Labels"]
    assert "known" not in untried.split("the labellers always agree")[1]


def test_languages_in_which_no_labeller_was_tried_are_named() -> None:
    tried = STUDY.accuracy[STUDY.accuracy["language"].isin(["eng", "all"])]
    text = sections(accuracy=tried)["Labels"]
    assert "In Danish, Dutch no labeller was tried" in text
    elsewhere = STUDY.scores.assign(labeller="")
    assert "no labeller was tried" not in sections(accuracy=tried, scores=elsewhere)["Labels"]
    assert describe_accuracy(tried) == ["likelihood .51 in eng"]
    assert describe_accuracy(STUDY.accuracy) == ["likelihood .53 in 3 languages (.50 to .52)"]
    assert describe_accuracy(STUDY.accuracy[:0]) == []


def test_the_order_of_the_answers_is_told_of_closed_questions() -> None:
    title = "Order of the survey's own answers"
    assert title not in sections(), "nobody was asked closed questions"
    rows = table_rows(sections(make_demo())[title])
    assert rows[0] == [
        "model",
        "language",
        "answers as",
        "questions",
        "recency",
        "distance",
        "mass",
    ]
    assert rows[2] == [
        "Gemma 3 270M, 4-bit (Q4_K_M)",
        "German",
        "number",
        "12",
        ".12",
        ".31",
        ".40",
    ]
    assert len(rows) == 2 + 8, "of the formulation that stands for the model"


def test_means_of_the_order_of_answers_have_intervals_over_questions() -> None:
    study = make_demo()
    effects = study.order_effects
    own = effects[(effects["language"] == "deu") & (effects["formulation"] == "number")].index
    effects.loc[own[::2], "recency"] = 0.4
    values = effects.loc[own, "recency"]
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    row = table_rows(sections(study)["Order of the survey's own answers"])[2]
    assert row[4] == f"{values.mean():.2f} [{low:.2f}, {high:.2f}]".replace("0.", ".")
    assert row[5] == ".31", "equal in all questions: no error is seen"


def test_consistency_and_languages_have_their_tables() -> None:
    found = sections()
    consistency = table_rows(found["Self-consistency"])
    assert consistency[0] == ["", "Danish", "English", "Dutch"]
    people = STUDY.consistency[STUDY.consistency["kind"] == "country"]["value"]
    span = f"{people.min():.2f} to {people.max():.2f}".replace("0.", ".")
    assert consistency[-1] == ["5 countries", span, span, span]
    cross = table_rows(found["Within and between languages"])
    own = STUDY.cross.set_index(["model", "kind", "language_a"])["value"]
    value = own["gpt-4o", "within", "all"]
    assert cross[3][0] == "GPT-4o"
    assert cross[3][1].startswith(f"{value:.2f}".replace("0.", "."))
    assert cross[3][3].startswith("+.")
    assert "No survey enters" in found["Within and between languages"]
    few = STUDY.cross.assign(value=np.nan, reason="5 questions, 8 are needed")
    text = sections(cross=few)["Within and between languages"].strip()
    assert (
        text == "No two languages have a correlation of their answers: 5 questions, 8 are needed."
    )
    once = STUDY.consistency.assign(value=np.nan, reason="no question has two such answers")
    text = sections(consistency=once)["Self-consistency"]
    assert text.strip().startswith("No model gave two answers to one question: survey_prompts.per")


def test_remarks_on_the_survey_are_summed_up() -> None:
    remarks = pd.DataFrame(
        {"what": ["too few respondents", "too few respondents", "unknown column"], "level": "",
         "group": ["DK", "NL", ""], "question": ["f120", "", ""], "n": 1, "of": 2,
         "detail": ["12 of\n30", "", ""]}
    )  # fmt: skip
    assert sections(remarks=remarks)["Left out of the survey"].strip().splitlines() == [
        "- too few respondents (2 times; first: DK, f120: 12 of 30)",
        "- unknown column (once; first: the whole file)",
    ]
    assert "Left out of the survey" not in sections()


def test_the_page_says_that_errors_of_the_survey_know_no_clusters() -> None:
    remarks = pd.DataFrame(
        {"what": [NO_CLUSTERS], "level": "", "group": "", "question": "", "n": 0, "of": 0,
         "detail": "set survey.design_effect"}
    )  # fmt: skip
    found = sections(remarks=remarks)
    assert "Left out of the survey" not in found
    said = "Errors of the survey** are too small, perhaps: errors take respondents as drawn one by"
    assert said in found["How to read this"]
    assert "set survey.design_effect." in found["How to read this"]
    assert "Errors of the survey" not in sections()["How to read this"]


def test_a_page_without_answers_still_says_so() -> None:
    text = write_report(empty_page(STUDY))
    assert "- Models: 0 (none)" in text
    assert "No model answered." in text
    assert "nan" not in text.lower()


def test_an_effect_that_is_there_is_said() -> None:
    planted = STUDY.contrasts.assign(
        difference=0.5, ci_low=0.4, ci_high=0.6, battery_ci_low=0.3, battery_ci_high=0.7,
        p_adjusted=0.0001,
    )  # fmt: skip
    text = sections(contrasts=planted)["One country against the native ones"]
    assert "**+.50 [.30, .70]**" in text
    assert "| differs |" in text


def test_the_document_is_strict_json_and_holds_what_the_page_says() -> None:
    holes = STUDY.alignment.assign(
        ceiling=np.nan, disattenuated=np.where(STUDY.alignment["native"], np.inf, 0.1)
    )
    text = write_document(make_page(STUDY, alignment=holes, original_us_bias=STUDY.published))
    document = json.loads(text, parse_constant=_refuse)
    assert document["synthetic"] is False
    assert "notice" not in document
    assert document["models"] == {"gemma-2-9b-it": "gemma-2-9b-it", "gpt-4o": "GPT-4o"}
    assert document["languages"] == ["dan", "eng", "nld"]
    first = document["agreement"][0]
    assert first["ceiling"] is None
    assert first["word"] == "shown"
    counted = [row for row in document["responses"] if row["model"] == "gpt-4o"]
    assert sum(row["responses"] for row in counted) == 480
    assert len(document["published"]["us_bias"]) == len(STUDY.published)
    assert document["slopes"][0]["word"] == "not tested"
    words = {row["word"] for row in document["contrasts"]}
    assert words <= {"shown", "not separable", "differs"}


def test_the_document_of_a_made_up_survey_says_so_first() -> None:
    document = json.loads(write_document(make_page(make_demo())))
    assert next(iter(document.items())) == ("notice", SYNTHETIC)
    assert document["synthetic"] is True
    assert {row["word"] for row in document["contrasts"]} == {"synthetic"}
    assert {row["word"] for row in document["agreement"]} == {"synthetic"}


def test_a_document_without_answers_can_be_written() -> None:
    document = json.loads(write_document(empty_page(STUDY)), parse_constant=_refuse)
    assert document["responses"] == []
    assert document["slopes"] == []


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("size", ["real", "demo"])
def test_no_gap_is_written_as_a_number(size: str) -> None:
    study = make_demo() if size == "demo" else make_culture()
    text = write_report(make_page(study, original_us_bias=study.published))
    assert not re.search(r"\b(nan|None|NaN|inf)\b", text)
    widths = [len(row) for row in table_rows(text)]
    assert max(widths) <= 10
