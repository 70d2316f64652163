"""What the page on culture says of gaps, and which figures it shows."""

from __future__ import annotations

import re

import numpy as np

from isogloss.pipelines.reporting.culture_pictures import FIGURES, list_drawn
from isogloss.pipelines.reporting.culture_report import write_report
from isogloss.pipelines.reporting.culture_steps import list_steps
from tests.figures.culture_tables import make_demo
from tests.pipelines.reporting.culture_pages import empty_page, make_page
from tests.pipelines.reporting.test_culture_agreement import table_rows
from tests.pipelines.reporting.test_culture_report import STUDY, sections

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


def test_closed_answers_need_no_prompts_and_do_not_come_from_elsewhere() -> None:
    demo = make_demo(("closed",))
    lines = sections(demo, prompts=demo.prompts[:0])[""].splitlines()
    assert (
        "- The survey's own questions and scales: 12 questions, asked in 8 languages; they take no "
        "prompts"
    ) in lines
    assert "Prompts: not known" not in "\n".join(lines)
    single = demo.scores[demo.scores["language"] == "eng"]
    alone = sections(demo, prompts=demo.prompts[:0], scores=single)[""]
    assert "12 questions, asked in 1 language; they take no prompts" in alone
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
