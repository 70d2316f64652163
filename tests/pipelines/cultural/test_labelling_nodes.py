from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd
import pytest

from isogloss.chat import ChatRequest, ChatResponse
from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.cultural import labelling_nodes
from isogloss.pipelines.cultural.label_calls import FUNCTION
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.labelling_nodes import (
    call_labeller,
    gather_stance_labels,
    likelihood_labeller,
    split_responses,
    weigh_statements,
)
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.response_schemas import StanceLabels
from tests.pipelines.cultural.small_prompts import (
    ScriptedChat,
    countries,
    read_shipped,
    said,
    templates,
    topics,
)

PARAMETERS = LabellingParameters.model_validate(
    {"labellers": {"here": {"kind": "likelihood", "model": "speaker"}}, "scores": "here"}
)
LANGUAGES = pd.DataFrame({"language": ["eng", "deu"], "bcp47": ["en", "de"]})
CHAT = '{"lead": "", "style": "chat"}'


@pytest.fixture
def prompts() -> pd.DataFrame:
    parameters = SurveyPromptParameters(per_question=1)
    return make_prompts(templates(), topics(), countries(), parameters)


@pytest.fixture
def responses(prompts: pd.DataFrame) -> pd.DataFrame:
    """Answers to all prompts, one of them empty, in another order than the prompts."""
    texts = ["1. Yes.\n2. No.\n3. Yes.", "1. Ja.\n2. Nein.", "", "Only this."]
    table = pd.DataFrame(
        {
            "model": "m",
            "prompt_id": prompts["prompt_id"],
            "sample": 0,
            "text": texts,
            "decoding": CHAT,
            "finish_reason": "stop",
        }
    )
    return table.iloc[::-1].reset_index(drop=True)


def stored(partitions: Partitions[pd.DataFrame]) -> StoredPartitions[pd.DataFrame]:
    found = dict(partitions.compute(list(partitions.items)))
    return StoredPartitions(partitions.fingerprint, partitions.items, found.__getitem__)


def weigh(
    speaker: LanguageModel, responses: pd.DataFrame, prompts: pd.DataFrame, stances: pd.DataFrame
) -> Partitions[pd.DataFrame]:
    words = read_shipped("answer_words")
    statements = split_responses(responses)
    return weigh_statements(speaker, responses, statements, prompts, stances, words, PARAMETERS)


def test_labels_by_likelihood_are_joined_by_key(
    speaker: LanguageModel, responses: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    weights = stored(weigh(speaker, responses, prompts, read_shipped("statements")))
    statements = split_responses(responses).sample(frac=1, random_state=1)
    make = likelihood_labeller("m", "here")
    table = make(weights, responses, statements, prompts, PARAMETERS)
    StanceLabels.validate(table)
    assert table["prompt_id"].tolist() == responses["prompt_id"].tolist()
    found = (table["pro"] + table["con"] + table["neutral"]).tolist()
    assert found == [1, 0, 2, 3]
    assert table["status"].tolist() == ["labelled", "empty", "labelled", "labelled"]
    assert table["found"].tolist() == [1, 0, 2, 3]
    assert table["distinct"].tolist() == [1, 0, 2, 2]
    assert set(table["expected"]) == {10}
    first, _, third = table.iloc[3]["opinions"].split(";")
    assert first == third
    assert table.attrs["made_from"]["statement_weights"]["definition"] == 1


def test_labels_of_other_statements_are_refused(
    speaker: LanguageModel, responses: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    weights = stored(weigh(speaker, responses, prompts, read_shipped("statements")))
    make = likelihood_labeller("m", "here")
    longer = responses.assign(text=responses["text"].where(responses["text"] == "", "1. A.\n2. B."))
    with pytest.raises(Refusal, match="labels are of other statements"):
        make(weights, longer, split_responses(longer), prompts, PARAMETERS)
    fuller = responses.assign(text="Only this.")
    with pytest.raises(Refusal, match="labels are of other statements"):
        make(weights, fuller, split_responses(fuller), prompts, PARAMETERS)


def test_partitions_are_languages_and_know_what_they_are_made_from(
    speaker: LanguageModel, responses: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    stances = read_shipped("statements")
    before = weigh(speaker, responses, prompts, stances)
    assert set(before.items) == {"eng", "deu"}
    changed = stances.copy()
    german = (changed["language"] == "deu") & (changed["question"] == "f121")
    changed.loc[german, "pro"] = "Eine Scheidung ist in Ordnung."
    after = weigh(speaker, responses, prompts, changed)
    same = {
        language for language in before.items if before.items[language] == after.items[language]
    }
    assert len(same) == (1 if "deu" in _answered(responses, prompts, "f121") else 2)
    other = weigh(speaker, responses.assign(text="1. Else."), prompts, stances)
    assert all(before.items[one] != other.items[one] for one in before.items)


def _answered(responses: pd.DataFrame, prompts: pd.DataFrame, question: str) -> set[str]:
    joined = responses.merge(prompts, on="prompt_id")
    own = joined[(joined["question"] == question) & (joined["text_x"] != "")]
    return set(own["language"])


def test_missing_stance_is_named(
    speaker: LanguageModel, responses: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    stances = read_shipped("statements")
    lacking = stances[(stances["question"] != "f120") | (stances["language"] != "eng")]
    with pytest.raises(PromptTableError, match="f120 is missing in eng"):
        weigh(speaker, responses, prompts, lacking)


def test_answer_to_an_unknown_prompt_is_refused(
    speaker: LanguageModel, responses: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match="is to a prompt that survey_prompts does not have"):
        weigh(speaker, responses, prompts.iloc[1:], read_shipped("statements"))


def test_labels_by_calls(
    monkeypatch: pytest.MonkeyPatch, responses: pd.DataFrame, prompts: pd.DataFrame
) -> None:
    def reply(request: ChatRequest) -> ChatResponse:
        statements = json.loads(request.messages[1]["content"])["statements"]
        opinions = ["pro" if one in ("Yes.", "Ja.") else "con" for one in statements]
        return said("", (FUNCTION, json.dumps({"opinions": opinions, "language": "de"})))

    chat = ScriptedChat(reply)
    monkeypatch.setattr(labelling_nodes, "answer", chat.answer)
    label: Callable[..., pd.DataFrame] = call_labeller("m", "judge")
    table = label(
        chat,
        None,
        responses,
        split_responses(responses),
        prompts,
        read_shipped("statements"),
        LANGUAGES,
        PARAMETERS,
    )
    StanceLabels.validate(table)
    assert table["opinions"].tolist() == ["con", "", "pro;con", "pro;con;pro"]
    assert table["response_language"].tolist() == ["deu", "", "deu", "deu"]
    both = gather_stance_labels(table, table.assign(labeller="other"))
    assert both.groupby("labeller").size().to_dict() == {"judge": 4, "other": 4}


def test_scores_must_name_a_labeller() -> None:
    with pytest.raises(ValueError, match="scores names 'x', and the labellers are here"):
        LabellingParameters.model_validate(
            {"labellers": {"here": {"kind": "call", "model": "m"}}, "scores": "x"}
        )
