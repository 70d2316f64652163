from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.culture_attrition import (
    count_responses,
    name_asking,
    tabulate_responses,
)
from isogloss.pipelines.reporting.culture_inputs import guide_culture
from tests.pipelines.reporting.culture_pages import make_page, small_study

TRUTH = pd.DataFrame(
    {"level": ["country", "language"], "question": ["q", "only_language"], "group": ["DK", "dan"]}
)


def make_rows(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"model": "m", "family": "f", "elicitation": "open", "labeller": "a", "language": "dan",
         "response_language": "dan", "question": "q", "country": "", "pro_score": 0.5,
         "prompt_id": "p", "sample": 0} | columns, index=[0],
    )  # fmt: skip


ROWS = pd.concat(
    [
        make_rows(),
        make_rows(pro_score=np.nan),
        make_rows(response_language="eng"),
        make_rows(response_language=""),
        make_rows(question="only_language"),
        make_rows(country="DK"),
        make_rows(country="DK", pro_score=np.nan, response_language="eng"),
    ],
    ignore_index=True,
)


def count(rows: pd.DataFrame, response_languages: str = "any") -> dict[str, Any]:
    table = count_responses(rows, TRUTH, response_languages)
    [row] = table[~table["named"]].to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_every_response_is_counted_with_all_that_keeps_it_from_counting() -> None:
    row = count(ROWS)
    assert row["responses"] == 5
    assert row["no_side"] == 1
    assert row["other_language"] == 1, "an unknown language is no other one"
    assert row["no_truth"] == 1, "scores of languages alone are no truth of a country"
    assert row["counted"] == 3
    assert count(ROWS, "asked")["counted"] == 2


def test_prompts_that_name_a_country_are_counted_apart() -> None:
    table = count_responses(ROWS, TRUTH, "any")
    [row] = table[table["named"]].to_dict("records")
    assert (row["responses"], row["no_side"], row["counted"]) == (2, 1, 1)
    assert name_asking(row) == "open answers, labelled by a; prompts name a country"


def test_labels_tell_more_where_they_are_known() -> None:
    rows = pd.concat(
        [
            make_rows(status="labelled", expected=10, pro=4.0, con=5.0, neutral=1.0),
            make_rows(status="repaired", expected=10, pro=4.0, con=4.0, neutral=1.0),
            make_rows(status="invalid", expected=10, pro=np.nan, con=np.nan, neutral=np.nan,
                      pro_score=np.nan),
            make_rows(status="empty", expected=10, pro=0.0, con=0.0, neutral=0.0,
                      pro_score=np.nan),
        ]
    )  # fmt: skip
    row = count(rows)
    assert [row[name] for name in ("invalid", "empty", "repaired", "other_number")] == [1, 1, 1, 2]
    assert "invalid" not in count(ROWS)


def test_models_languages_and_ways_are_counted_apart() -> None:
    rows = pd.concat(
        [ROWS, make_rows(language="eng"), make_rows(elicitation="closed", labeller="")]
    )
    table = count_responses(rows, TRUTH, "any", ("language",))
    keys = ["elicitation", "labeller", "language", "responses"]
    assert table[keys].to_numpy().tolist() == [
        ["open", "a", "dan", 5], ["open", "a", "dan", 2], ["open", "a", "eng", 1],
        ["closed", "", "dan", 1],
    ]  # fmt: skip
    assert table["responses"].sum() == len(rows)


def test_the_page_shows_counts_with_shares_and_names_the_worst() -> None:
    study = small_study()
    scores = study.scores.copy()
    bad = (scores["model"] == "gpt-4o") & (scores["language"] == "dan")
    scores.loc[bad & (np.arange(len(scores)) % 2 == 0), "pro_score"] = np.nan
    page = make_page(study, scores=scores)
    text = "\n".join(tabulate_responses(page, guide_culture(page)))
    assert (
        "| language | asked for | responses | take no side | in another language | count |" in text
    )
    assert "| Danish | open answers, labelled by likelihood | 320 | " in text
    assert "| GPT-4o | open answers, labelled by likelihood | 480 | " in text
    lost = scores.loc[bad, "pro_score"].isna().mean()
    assert f"do not count: GPT-4o in dan {lost:.0%}." in text
    assert "in another language than asked for count." in text.replace("\n", " ")
    asked = make_page(study, response_languages="asked")
    said = "\n".join(tabulate_responses(asked, guide_culture(asked)))
    assert "do not count (`response_languages: asked`)" in said
    assert "come from elsewhere" not in text
    unknown = make_page(study, scores=study.scores.assign(prompt_id=None))
    said = "\n".join(tabulate_responses(unknown, guide_culture(unknown)))
    assert "Responses without a known prompt come from elsewhere" in said


def test_answers_that_were_cut_explain_why_opinions_are_lacking() -> None:
    study = small_study()
    cut = study.scores.assign(cut=(study.scores["model"] == "gpt-4o").astype("boolean"))
    page = make_page(study, scores=cut)
    text = "\n".join(tabulate_responses(page, guide_culture(page)))
    assert "| cut at `max_tokens` |" in text
    assert "| 480 (100%) |" in text
    assert "cut at `survey_responses.max_tokens` may not have come to all the opinions" in text
    page = make_page(study, scores=cut.assign(cut=cut["cut"].where(cut["cut"].isna())))
    assert "max_tokens" not in "\n".join(tabulate_responses(page, guide_culture(page)))
