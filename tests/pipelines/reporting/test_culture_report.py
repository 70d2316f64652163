from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.figures.culture_study import SYNTHETIC
from isogloss.pipelines.reporting.culture_document import write_document
from isogloss.pipelines.reporting.culture_labels import describe_accuracy, tabulate_labellers
from isogloss.pipelines.reporting.culture_other_tables import judge_slopes
from isogloss.pipelines.reporting.culture_pictures import FIGURES, list_drawn
from isogloss.pipelines.reporting.culture_report import write_report
from isogloss.pipelines.reporting.culture_steps import list_steps
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


ALIKE = "the same score for every question, so there is no correlation"


def test_answers_that_are_all_alike_are_told_from_questions_asked_once() -> None:
    own = STUDY.consistency["kind"] == "model"
    found = sections(
        consistency=STUDY.consistency.assign(
            value=STUDY.consistency["value"].mask(own), reason=np.where(own, ALIKE, "")
        ),
        cross=STUDY.cross.assign(value=np.nan, reason=ALIKE),
        alignment=STUDY.alignment.assign(value=np.nan, ci_low=np.nan, ci_high=np.nan),
        contrasts=STUDY.contrasts[:0],
    )
    assert f"to one question: {ALIKE}." in found["Self-consistency"]
    assert f"of their answers: {ALIKE}." in found["Within and between languages"]
    agreement = found["Agreement with the people who speak the language"]
    names = "Danish, English, Dutch"
    assert f"No value (–), gemma-2-9b-it in {names}; GPT-4o in {names}: {ALIKE}." in agreement
    contrasts = found["One country against the native ones"]
    assert contrasts.strip() == f"No agreement to compare: {ALIKE}."
    none = sections(contrasts=STUDY.contrasts[:0])["One country against the native ones"]
    assert none.strip().startswith("No language has both a native country and another one")


def test_single_gaps_have_their_reason_below_the_table() -> None:
    rows = STUDY.consistency
    gone = (rows["name"] == "gpt-4o") & (rows["language"] == "dan")
    lost = rows.assign(value=rows["value"].mask(gone), reason=np.where(gone, ALIKE, ""))
    text = sections(consistency=lost)["Self-consistency"]
    assert f"No value (–), GPT-4o in Danish: {ALIKE}." in text
    assert "No value" not in sections()["Self-consistency"]


def test_languages_are_compared_where_no_question_was_asked_twice() -> None:
    rows = STUDY.cross
    once = rows["kind"].isin(["within", "difference"]) | (rows["language_a"] == "all")
    reason = np.where(once, "no question has two such answers", "")
    lost = {name: rows[name].mask(once) for name in ("value", "ci_low", "ci_high")}
    text = sections(cross=rows.assign(**lost, reason=reason))["Within and between languages"]
    between = rows[(rows["model"] == "gpt-4o") & ~once]["value"].mean()
    assert table_rows(text)[3] == ["GPT-4o", "–", f"{between:.2f}"[1:], "–"]
    assert "compared between languages only; within a language: no question has two" in text
    assert "Without brackets: a mean over languages" in text


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


def test_figures_are_those_that_are_drawn() -> None:
    outputs = [output for _, _, output in list_steps()]
    drawn = {name.removesuffix("_figure") for name in outputs if name.endswith("_figure")}
    assert drawn == set(FIGURES)


def pictures(text: str) -> list[str]:
    return re.findall(r"^!\[[^]]+\]\((.+)\.png\)$", text, re.MULTILINE)


def test_the_page_shows_the_figures_in_which_something_is_drawn() -> None:
    page = make_page(STUDY)
    shown = pictures(write_report(page))
    assert shown == list_drawn(page) == [name for name in FIGURES if "closed" not in name]
    assert pictures(write_report(make_page(make_demo()))) == list(FIGURES)
    assert pictures(write_report(empty_page(STUDY))) == ["country_map"]
    flat = STUDY.alignment.assign(value=np.nan)
    without = list_drawn(make_page(STUDY, alignment=flat, contrasts=STUDY.contrasts[:0]))
    assert "cultural_alignment" not in without
    assert "us_bias" not in without


def test_figures_of_models_are_linked_where_there_are_some() -> None:
    beside = sections()["Beside this page"]
    assert (
        "- Mean answers, question by question, a figure a model: "
        "[gemma-2-9b-it](survey_profiles/gemma-2-9b-it.png), [GPT-4o](survey_profiles/gpt-4o.png)"
    ) in beside
    assert "closed_answers" not in beside
    closed = sections(make_demo())["Beside this page"]
    assert "(closed_answers/gemma_270m_q4.png)" in closed


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


def test_open_and_closed_answers_have_their_agreement_or_a_reason() -> None:
    demo = make_demo()
    rows = table_rows(sections(demo)["Open against closed answers"])
    assert rows[0] == ["model", "labeller", "language", "questions", "rank correlation"]
    names = [row[2] for row in rows[2:]]
    assert len(names) == 8
    assert [row[-1] for row in rows if row[2].startswith("Chinese")] == [
        "not known: 5 questions in common, 8 are needed"
    ]
    own = demo.elicitation[demo.elicitation["metric"] == "spearman"].set_index("language")
    value = float(own["value"]["deu"])
    [german] = [row[-1] for row in rows if row[2] == "German"]
    low, high = f"{value - 0.3:.2f}", f"{value + 0.3:.2f}"
    assert german == f"{value:.2f} [{low}, {high}]".replace("0.", "."), "the wider interval"
    assert "Open against closed answers" not in sections(STUDY)


def test_closed_answers_need_no_prompts_and_do_not_come_from_elsewhere() -> None:
    demo = make_demo(("closed",))
    lines = sections(demo, prompts=demo.prompts[:0])[""].splitlines()
    assert (
        "- The survey's own questions and scales: 12 questions, asked in 8 languages; they take no "
        "prompts"
    ) in lines
    assert "Prompts: not known" not in "\n".join(lines)
    elsewhere = sections(prompts=STUDY.prompts[:0])[""]
    assert "- Prompts: not known; the responses come from elsewhere" in elsewhere
    assert "own questions and scales" not in elsewhere


def test_intervals_where_no_difference_can_lie_are_explained() -> None:
    title = "One country against the native ones"
    wide = STUDY.contrasts.assign(battery_ci_low=-5.35, battery_ci_high=4.17)
    assert "intervals reach beyond 2 or -2, where no difference" in sections(contrasts=wide)[title]
    assert "reach beyond" not in sections()[title]


def test_a_human_consistency_that_is_too_high_is_told_as_such() -> None:
    rows = STUDY.consistency
    lost = rows["variance"].mask(rows["name"].isin(["DK", "NL"]), "binomial")
    text = sections(consistency=rows.assign(variance=lost))["Self-consistency"]
    assert (
        "For 2 of 5 countries the weights of respondents are not known: with equal weights the "
        "number is too high."
    ) in text
    assert "weights" not in sections()["Self-consistency"]


def test_the_page_says_on_what_the_published_regression_rests() -> None:
    title = "One country against the native ones"
    text = sections(original_us_bias=STUDY.published)[title]
    assert "n = 16,000 (160 cells in 100 rounds of the bootstrap); R² = .685." in text
    assert "R²" not in sections()[title]
