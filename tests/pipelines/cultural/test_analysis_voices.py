from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.analysis_voices import (
    NATIVE,
    Voices,
    collect_voices,
    select_responses,
)

NATIVES = pd.Series({"US": "eng", "GB": "eng", "DK": "dan"})


def responses(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Make responses of one model: language, question, named country, pro, con."""
    table = pd.DataFrame(rows, columns=["language", "question", "country", "pro", "con"])
    total = table["pro"] + table["con"]
    return table.assign(
        model="m",
        family="f",
        elicitation="open",
        labeller="",
        prompt_id=[f"p{number}" for number in range(len(table))],
        response_language=table["language"],
        pro_score=(table["pro"] / total).where(total > 0),
    )


def voices_of(table: pd.DataFrame, questions: list[str]) -> Voices:
    return collect_voices(table, NATIVES, "US", questions)


def test_responses_weigh_alike_within_a_question() -> None:
    table = responses(("eng", "a", "", 9, 1), ("eng", "a", "", 1, 4), ("eng", "b", "", 5, 5))
    found = voices_of(table, ["b", "a", "c"])
    assert found.questions == ("a", "b", "c")
    assert found.means[0] == pytest.approx([0.55, 0.5, np.nan], nan_ok=True)
    assert found.variances[0] == pytest.approx(
        [np.var([0.9, 0.2], ddof=1), np.nan, np.nan], nan_ok=True
    )
    assert found.counts[0].tolist() == [2, 1, 0]
    assert found.opinions[0].tolist() == [15, 10, 0]


def test_a_response_that_does_not_tell_its_opinions_has_ten() -> None:
    table = responses(("eng", "a", "", 1, 1)).astype({"pro": "Int64", "con": "Int64"})
    table[["pro", "con"]] = pd.NA
    assert voices_of(table, ["a"]).opinions.tolist() == [[10]]


def test_named_countries_are_voices_of_their_own() -> None:
    table = responses(
        ("eng", "a", "", 10, 0),
        ("eng", "a", "US", 0, 10),
        ("eng", "a", "GB", 4, 6),
        ("eng", "a", "DK", 6, 4),
        ("dan", "a", "DK", 8, 2),
    )
    found = voices_of(table, ["a"])
    keys = zip(found.keys["language"], found.keys["named_country"], strict=True)
    means = dict(zip(keys, found.means[:, 0].tolist(), strict=True))
    assert means == {
        ("eng", ""): 1.0,
        ("eng", "US"): 0.0,
        ("eng", "GB"): 0.4,
        ("eng", "DK"): 0.6,
        # neither the reference nor countries of other languages
        ("eng", NATIVE): 0.4,
        ("dan", "DK"): 0.8,
        ("dan", NATIVE): 0.8,
    }


def test_undecided_responses_and_random_answers_are_in_no_mean() -> None:
    table = responses(("eng", "a", "", 9, 1), ("eng", "a", "", 0, 0), ("eng", "a", "", 0, 9))
    table.loc[2, "family"] = "Baseline"
    told: list[str] = []
    kept = select_responses(table, AnalysisParameters(), told.append)
    assert kept["pro_score"].tolist() == [0.9]
    [remark] = told
    assert remark.startswith("1 of 2 responses take no side")


def test_responses_in_another_language_count_unless_they_should_not() -> None:
    table = responses(("dan", "a", "", 9, 1), ("dan", "b", "", 9, 1), ("dan", "c", "", 9, 1))
    table["response_language"] = ["dan", "eng", ""]
    assert len(select_responses(table, AnalysisParameters())) == 3
    told: list[str] = []
    asked = AnalysisParameters(response_languages="asked")
    kept = select_responses(table, asked, told.append)
    assert kept["question"].tolist() == ["a", "c"]
    [remark] = told
    assert remark.startswith("1 of 3 responses are in another language")


def test_reliability_is_what_noise_of_responses_leaves() -> None:
    generator = np.random.default_rng(0)
    p = generator.uniform(0.1, 0.9, size=3000)
    drawn = generator.binomial(10, p[:, None], size=(3000, 4)) / 10
    rows = [
        ("eng", f"q{question:04d}", "", 10 * x, 10 - 10 * x)
        for question, own in enumerate(drawn)
        for x in own
    ]
    table = responses(*rows)
    found = voices_of(table, sorted(table["question"].unique()))
    expected = p.var() / (p.var() + (p * (1 - p) / 10 / 4).mean())
    assert found.reliabilities(np.arange(3000)) == pytest.approx([expected], abs=0.005)


def test_responses_to_one_prompt_are_no_independent_ones() -> None:
    generator = np.random.default_rng(1)
    p = generator.uniform(0.2, 0.8, size=2000)
    prompts = p[:, None] + generator.normal(0, 0.1, size=(2000, 3))
    drawn = np.repeat(prompts, 4, axis=1) + generator.normal(0, 0.02, size=(2000, 12))
    rows = [
        ("eng", f"q{question:04d}", "", 100 * x, 100 - 100 * x)
        for question, own in enumerate(drawn)
        for x in own
    ]
    table = responses(*rows)
    sampled = table.assign(prompt_id=[f"p{number // 4}" for number in range(len(table))])
    questions = sorted(table["question"].unique())
    expected = p.var() / (p.var() + 0.1**2 / 3 + 0.02**2 / 12)
    found = voices_of(sampled, questions).reliabilities(np.arange(2000))
    assert found == pytest.approx([expected], abs=0.005)
    apart = voices_of(table, questions).reliabilities(np.arange(2000))
    assert apart[0] > expected + 0.03, "as if each response had a prompt of its own"
    unknown = voices_of(table.assign(prompt_id=None), questions).reliabilities(np.arange(2000))
    assert unknown == pytest.approx(apart)
    single = voices_of(table.assign(prompt_id="p"), questions).reliabilities(np.arange(2000))
    assert np.isnan(single).all(), "one prompt tells nothing of others"


def test_single_responses_take_the_noise_of_the_other_questions() -> None:
    table = responses(
        ("eng", "a", "", 2, 8),
        ("eng", "a", "", 4, 6),
        ("eng", "b", "", 9, 1),
        ("eng", "c", "", 5, 5),
    )
    found = voices_of(table, ["a", "b", "c"])
    noise = np.mean([0.02 / 2, 0.02, 0.02])
    expected = 1 - noise / np.var([0.3, 0.9, 0.5], ddof=1)
    assert found.reliabilities(np.arange(3)) == pytest.approx([expected])
