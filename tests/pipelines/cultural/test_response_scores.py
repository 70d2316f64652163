from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.cultural_schemas import SurveyScores
from isogloss.errors import Refusal
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.response_nodes import answer_scorer, collect_survey_scores
from isogloss.pipelines.cultural.response_scores import name_languages, score_answers
from tests.pipelines.cultural.small_prompts import countries, read_reference, templates, topics

CHAT = '{"lead": "", "style": "chat"}'
ENGLISH = "1. I am in favour of it, since everybody should decide for themselves."
GERMAN = "1. Ich bin dafür, denn das soll jeder Mensch selbst entscheiden können."


@pytest.fixture
def prompts() -> pd.DataFrame:
    parameters = SurveyPromptParameters(per_question=1, countries=("none", "congruent"))
    return make_prompts(templates(), topics(), countries(), parameters)


@pytest.fixture
def responses(prompts: pd.DataFrame) -> pd.DataFrame:
    texts = [ENGLISH, GERMAN, "", *[ENGLISH] * 5]
    return pd.DataFrame(
        {
            "model": "m",
            "prompt_id": prompts["prompt_id"],
            "sample": 0,
            "text": texts,
            "finish_reason": ["length", *["stop"] * 7],
            "decoding": CHAT,
        }
    )


@pytest.fixture
def labels(prompts: pd.DataFrame) -> pd.DataFrame:
    """Labels of two labellers; the second lacks those of the last answer."""
    counts = [(3, 1, 0), (0, 0, 2), (0, 0, 0), (0, 0, 0), *[(1, 1, 1)] * 4]
    status = ["labelled", "repaired", "empty", "invalid", *["labelled"] * 4]
    one = pd.DataFrame(counts, columns=["pro", "con", "neutral"]).assign(
        model="m", labeller="a", prompt_id=prompts["prompt_id"], sample=0, status=status, expected=4
    )
    both = pd.concat([one, one.iloc[:-1].assign(labeller="b")])
    return both.sample(frac=1, random_state=0)


def score(responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame) -> pd.DataFrame:
    return answer_scorer("m", "family")(responses, labels, prompts, read_reference("languages"))


def test_every_answer_keeps_its_row_and_its_score(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    table = score(responses, labels, prompts)
    own = table[table["labeller"] == "a"].reset_index(drop=True)
    assert own["prompt_id"].tolist() == prompts["prompt_id"].tolist()
    assert own["pro_score"].tolist()[:1] + own["pro_score"].tolist()[4:] == [0.75, *[0.5] * 4]
    assert own["pro_score"].isna().tolist() == [False, True, True, True, *[False] * 4]
    # Nothing is known of an answer whose labels are invalid; one without statements has none.
    assert own["pro"].isna().tolist() == [False, False, False, True, *[False] * 4]
    other = table[table["labeller"] == "b"]
    assert len(other) == 8
    assert np.isnan(other["pro_score"].iloc[-1])
    assert set(table["elicitation"]) == {"open"}
    assert table["country"].tolist() == prompts["country"].tolist() * 2


def test_answers_that_were_cut_are_told(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    table = score(responses, labels, prompts)
    assert table["cut"].tolist() == [True, *[False] * 7] * 2


def test_language_is_found_in_the_answer_and_drops_nothing(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    table = score(responses, labels, prompts)
    own = table[table["labeller"] == "a"]
    assert own["response_language"].tolist() == ["eng", "deu", "", *["eng"] * 5]
    assert (own["language"] != own["response_language"]).sum() >= 3


def test_labels_of_other_answers_are_refused(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    languages = read_reference("languages")
    with pytest.raises(
        Refusal, match="1 rows of stance_labels are of responses that are not there"
    ):
        score_answers(responses.iloc[:-1], labels[labels["labeller"] == "a"], prompts, languages)
    with pytest.raises(Refusal, match="rows of responses are of survey_prompts"):
        score_answers(responses, labels, prompts.iloc[1:], languages)


def test_answers_without_any_label_are_refused(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match="None of the 8 responses has a label"):
        score_answers(responses, labels.iloc[:0], prompts, read_reference("languages"))


def test_the_same_answer_twice_is_refused(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    twice = pd.concat([labels, labels.iloc[:1]])
    with pytest.raises(pd.errors.MergeError):
        score(responses, twice, prompts)


def test_scores_of_both_elicitations_stand_below_each_other(
    responses: pd.DataFrame, labels: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    table = score(responses, labels, prompts)
    closed = table.iloc[:2].assign(
        elicitation="closed", labeller="", prompt_id="", country="", formulation="number"
    )
    closed = closed.drop(columns=["template", "phrasing"]).assign(pro_score=[0.1, 0.2])
    for opinion in ("pro", "con", "neutral"):
        closed[opinion] = pd.array([pd.NA, pd.NA], dtype="Int64")
    both = SurveyScores.validate(collect_survey_scores(table, closed))
    assert len(both) == 18
    assert list(both.columns[:3]) == ["model", "family", "elicitation"]
    assert both["pro_score"].tolist()[-2:] == [0.1, 0.2]
    wrong = both.assign(pro_score=both["pro_score"].where(both["pro_score"] != 0.75, 0.7))
    with pytest.raises(Exception, match="pro_score is not pro"):
        SurveyScores.validate(wrong)


def test_languages_are_named_as_in_the_study() -> None:
    languages = read_reference("languages")
    found = name_languages(
        [
            "这是一个句子，用来说明语言。",
            "",
            "Dette er en setning på norsk, og den er ganske lang.",
        ],
        languages,
        ["zho_simpl", "eng"],
    )
    assert found[:2] == ["zho_simpl", ""]
    assert found[2] in set(languages["language"])
