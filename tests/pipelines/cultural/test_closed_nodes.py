from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

from isogloss.cultural_schemas import SurveyScores
from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.cultural.closed_nodes import answer_survey, closed_scorer
from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.pipelines.cultural.response_nodes import collect_survey_scores
from isogloss.pipelines.cultural.survey_questions import read_scored_questions
from isogloss.response_schemas import ClosedDistributions, OrderEffects
from tests.pipelines.cultural.small_prompts import read_reference, read_shipped
from tests.pipelines.cultural.small_surveys import question_table

DECLARED = pd.DataFrame({"rules": ["declared"]})
PARAMETERS = ClosedSurveyParameters.model_validate(
    {"languages": "eng swh", "questions": "f121 e069_04 c001_01"}
)


def ask(
    speaker: LanguageModel,
    parameters: ClosedSurveyParameters = PARAMETERS,
    closed: pd.DataFrame | None = None,
    prompts: SurveyPromptParameters | None = None,
) -> Partitions[pd.DataFrame]:
    return answer_survey(
        speaker,
        read_shipped("closed_questions") if closed is None else closed,
        read_reference("survey_questions"),
        read_shipped("answer_words"),
        parameters,
        prompts or SurveyPromptParameters(),
    )


def test_survey_is_asked_language_by_language_and_scored(speaker: LanguageModel) -> None:
    partitions = ask(speaker)
    assert list(partitions.items) == ["eng", "swh"]
    found = dict(partitions.compute(["swh", "eng"]))
    assert all(set(own["language"]) == {language} for language, own in found.items())
    assert set(found["eng"]["model"]) == {"speaker"}
    stored = StoredPartitions(partitions.fingerprint, partitions.items, found.__getitem__)
    survey = read_reference("survey_questions")
    scorer = closed_scorer("speaker", "tiny")
    distributions, effects, scores = scorer(stored, survey, DECLARED, PARAMETERS)
    ClosedDistributions.validate(distributions)
    OrderEffects.validate(effects)
    SurveyScores.validate(collect_survey_scores(scores))
    assert len(scores) == 2 * 3
    assert set(scores["elicitation"]) == {"closed"}
    assert set(scores["formulation"]) == {"number"}
    assert len(effects) == 2 * 3 * 2
    assert (distributions["mass"] < 1).all()
    assert scores.attrs["made_from"]["survey_answers"]["definition"] == 1


def test_answers_are_scored_by_the_rules_of_the_truth() -> None:
    survey = question_table(
        ("a", 1, 3, "1", "3", "2"), ("e035", 1, 10, "6-10", "1-5", ""), ("z", 0, 2, "0 2", "1", "")
    )
    rows = [
        {"model": "m", "language": "eng", "question": question, "formulation": "number",
         "order": "forward", "place": code, "code": code, "prior": 0.0,
         "log_likelihood": np.log(0.1 * (1 + code % 3))}
        for question, codes in (("a", range(1, 4)), ("e035", range(1, 11)), ("z", range(3)))
        for code in codes
    ]  # fmt: skip
    stored = StoredPartitions({"definition": 1}, {"eng": {}}, lambda _: pd.DataFrame(rows))
    weight = {code: 1 + code % 3 for code in range(11)}

    def share(pro: Iterable[int], con: Iterable[int]) -> float:
        for_it, against = (sum(weight[code] for code in codes) for codes in (pro, con))
        return for_it / (for_it + against)

    def score(rules: str) -> dict[str, float]:
        truth = pd.DataFrame({"rules": [rules]})
        *_, scores = closed_scorer("m", "tiny")(stored, survey, truth, PARAMETERS)
        return dict(zip(scores["question"], scores["pro_score"], strict=True))

    upper, lower = range(6, 11), range(1, 6)
    declared = {"a": share([1], [3]), "e035": share(upper, lower), "z": share([0, 2], [1])}
    assert score("declared") == pytest.approx(declared)
    as_con = declared | {"a": share([1], [2, 3])}
    assert score("declared_neutral_con") == pytest.approx(as_con)
    # code 1 of two is pro, 0 is missing, E035 is reversed
    original = {"a": share([1], [2, 3]), "e035": share(lower, upper), "z": share([1], [2])}
    assert score("original") == score("published") == pytest.approx(original)


def test_a_truth_of_mixed_rules_is_refused() -> None:
    truth = pd.DataFrame({"rules": ["declared", "original"]})
    with pytest.raises(Refusal, match="mixes scores of the rules declared and original"):
        read_scored_questions(read_reference("survey_questions"), truth)


def test_another_wording_or_order_makes_a_language_anew(speaker: LanguageModel) -> None:
    before = ask(speaker)
    closed = read_shipped("closed_questions")
    row = (closed["question"] == "f121") & (closed["language"] == "swh")
    closed.loc[row, "text"] += " Je?"
    after = ask(speaker, closed=closed)
    assert before.items["eng"] == after.items["eng"]
    assert before.items["swh"] != after.items["swh"]
    cyclic = ask(speaker, PARAMETERS.model_copy(update={"orders": ("cyclic",)}))
    assert cyclic.fingerprint != before.fingerprint
    scored = ask(speaker, PARAMETERS.model_copy(update={"formulation": "text"}))
    assert scored.items == before.items
    assert scored.fingerprint == before.fingerprint
    less_prior = ask(speaker, PARAMETERS.model_copy(update={"normalisation": "pmi"}))
    assert less_prior.fingerprint != before.fingerprint, "the prior is scored for pmi alone"


def test_the_languages_are_those_of_the_prompts(
    speaker: LanguageModel, caplog: pytest.LogCaptureFixture
) -> None:
    asked = PARAMETERS.model_copy(update={"languages": ("asked",)})
    prompts = SurveyPromptParameters(languages=("swh", "dan", "eng"))
    with caplog.at_level(logging.WARNING):
        assert list(ask(speaker, asked, prompts=prompts).items) == ["eng", "swh"]
    assert "closed_survey.languages=asked: the table has no dan." in caplog.text
    assert len(ask(speaker, asked, prompts=SurveyPromptParameters()).items) == 8
    danish = SurveyPromptParameters(languages=("dan",))
    with pytest.raises(
        PromptTableError, match=r"^survey_prompts\.languages names .*which the table"
    ):
        ask(speaker, asked, prompts=danish)
    assert list(ask(speaker, prompts=danish).items) == ["eng", "swh"], "those that are named"


def test_choices_are_checked(speaker: LanguageModel) -> None:
    wanted = PARAMETERS.model_copy(update={"questions": ("f12",)})
    with pytest.raises(PromptTableError, match=r"closed_survey.questions names 'f12'"):
        ask(speaker, wanted)
