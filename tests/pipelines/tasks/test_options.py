"""The option scores of a tiny model, against reading every prompt with every answer by itself."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.loading import LoadedModel
from isogloss.pipelines.tasks import options
from isogloss.pipelines.tasks.options import Asking, score_options
from isogloss.pipelines.tasks.parameters import TaskParameters
from isogloss.pipelines.tasks.prompts import PromptTemplate, render_answer, render_prompt
from isogloss.pipelines.tasks.questions import Question
from isogloss.pipelines.tasks.written_answers import extract_option, write_answers
from tests.pipelines.tasks.conftest import QuestionMaker

LABEL = PromptTemplate(
    item="{question} A {option_1} B {option_2} C {option_3} D {option_4} =", answer=" {letter}"
)
CLOZE = PromptTemplate(item="{question} =", answer=" {text}", empty="=")


@pytest.fixture
def loaded(character_model: LanguageModel) -> Iterator[LoadedModel]:
    with character_model.open() as opened:
        yield opened


@pytest.fixture
def questions(make_question: QuestionMaker) -> list[Question]:
    return [
        make_question("one", stratum="law"),
        make_question("two", stratum="law", answer=4, options=("a", "bb", "ccc", "dddd")),
        make_question("art", stratum="art"),
    ]


CALIBRATED = TaskParameters(contextual_calibration=True)


def ask(loaded: LoadedModel, asking: Asking, parameters: TaskParameters) -> pd.DataFrame:
    return dict(score_options(loaded, {"one": asking}, parameters))["one"]


@pytest.fixture
def asking(questions: list[Question], make_question: QuestionMaker) -> Asking:
    development = {
        subject: [make_question(f"{subject}{n}", split="dev", stratum=subject) for n in range(2)]
        for subject in ("law", "art")
    }
    return Asking(questions, LABEL, CLOZE, development, 2)


def naive(loaded: LoadedModel, prompt: str, answer: str) -> float:
    """Sum log p of the answer's characters, one text at a time through the whole model."""
    import torch

    tokenizer: Any = loaded.tokenizer
    before, answer = prompt.rstrip(), prompt[len(prompt.rstrip()) :] + answer
    ids = tokenizer(before + answer)["input_ids"]
    with torch.inference_mode():
        shares = loaded.model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return float(
        sum(shares[place - 1, ids[place]] for place in range(len(ids) - len(answer), len(ids)))
    )


def value(table: pd.DataFrame, column: str, **key: object) -> float:
    rows = table
    for name, one in key.items():
        rows = rows[rows[name] == one]
    assert len(rows) == 1
    return float(rows[column].iloc[0])


def test_likelihoods_are_those_of_whole_texts(
    loaded: LoadedModel, questions: list[Question], asking: Asking
) -> None:
    table = ask(loaded, asking, CALIBRATED)
    assert len(table) == 3 * (4 * 4 + 4)
    for question in questions:
        examples = asking.development[question.stratum]
        for option in range(1, 5):
            key = {"item_id": question.item_id, "option": option}
            for order in range(4):
                expected = naive(
                    loaded,
                    render_prompt(LABEL, question, examples, order),
                    render_answer(LABEL, question, option, order),
                )
                found = value(table, "log_likelihood", formulation="label", order=order, **key)
                assert found == pytest.approx(expected, abs=1e-4)
            answer = render_answer(CLOZE, question, option)
            expected = naive(loaded, render_prompt(CLOZE, question, examples), answer)
            found = value(table, "log_likelihood", formulation="cloze", **key)
            assert found == pytest.approx(expected, abs=1e-4)
            prior = value(table, "prior", formulation="cloze", **key)
            assert prior == pytest.approx(naive(loaded, "=", answer), abs=1e-4)
            text = question.fields[f"option_{option}"]
            assert value(table, "characters", formulation="cloze", **key) == len(text)


def test_the_prior_of_letters_is_their_mean_share_after_blank_items(
    loaded: LoadedModel, questions: list[Question], asking: Asking
) -> None:
    table = ask(loaded, replace(asking, questions=questions[:1]), CALIBRATED)
    shots = render_prompt(LABEL, questions[0], asking.development["law"])
    before = shots[: shots.rindex("What about")]
    shares = []
    for filling in ("N/A", "[MASK]", ""):
        blank = f"{before}{filling} A {filling} B {filling} C {filling} D {filling} ="
        letters = np.exp([naive(loaded, blank, f" {letter}") for letter in "ABCD"])
        shares.append(letters / letters.sum())
    labels = table[(table["formulation"] == "label") & (table["order"] == 0)]
    assert labels["prior"].to_numpy() == pytest.approx(np.log(np.mean(shares, axis=0)), abs=1e-4)
    rotated = table[(table["formulation"] == "label") & (table["order"] > 0)]
    assert rotated["prior"].isna().all()


def test_a_chat_template_frames_the_prompt(loaded: LoadedModel, questions: list[Question]) -> None:
    asking = Asking(questions[:1], LABEL, CLOZE, {}, 0)
    table = ask(loaded, asking, TaskParameters(chat_template=True))
    prompt = f"<user>{render_prompt(LABEL, questions[0])}<assistant>"
    found = value(table, "log_likelihood", formulation="label", order=0, option=3)
    assert found == pytest.approx(naive(loaded, prompt, "C"), abs=1e-4)


def test_a_base_model_has_no_chat_template(
    loaded: LoadedModel, questions: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded.tokenizer, "chat_template", None)
    asking = Asking(questions, LABEL, CLOZE, {}, 0)
    with pytest.raises(Refusal, match="'characters' has no chat template"):
        ask(loaded, asking, TaskParameters(chat_template=True))


def test_options_in_their_given_order_alone(loaded: LoadedModel, questions: list[Question]) -> None:
    table = ask(
        loaded, Asking(questions, LABEL, CLOZE, {}, 0), TaskParameters(option_orders="given")
    )
    assert set(table["order"]) == {0}
    assert len(table) == 3 * 8


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("3", 3),
        ("  2) green", 2),
        ("\n1", 1),
        ("5", 0),
        ("0", 0),
        ("The first", 0),
        ("", 0),
        ("٣", 0),
    ],
)
def test_the_first_character_is_the_answer(text: str, option: int) -> None:
    assert extract_option(text) == option


def test_written_answers_name_their_prompts(loaded: LoadedModel, questions: list[Question]) -> None:
    template = PromptTemplate(item="{question} ", answer="{number}", new_tokens=3)
    table = write_answers(loaded, questions, template, TaskParameters())
    assert list(table["item_id"]) == ["one", "two", "art"]
    assert table["prompt_hash"].nunique() == 3
    assert list(table["option"]) == [extract_option(text) for text in table["text"]]


@pytest.mark.parametrize("together", [1, 2, 100])
def test_what_is_scored_together_changes_nothing(
    loaded: LoadedModel, asking: Asking, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    alone = ask(loaded, asking, CALIBRATED)
    monkeypatch.setattr(options, "QUESTIONS_AT_ONCE", together)
    other = Asking(asking.questions[:1], CLOZE, CLOZE, {}, 0)
    tables = dict(score_options(loaded, {"other": other, "one": asking}, CALIBRATED))
    assert list(tables) == ["other", "one"]
    assert len(tables["other"]) == 20
    numbers = ["log_likelihood", "prior"]
    for column in numbers:
        found = tables["one"][column].to_numpy()
        assert found == pytest.approx(alone[column].to_numpy(), abs=1e-4, nan_ok=True)
    pd.testing.assert_frame_equal(tables["one"].drop(columns=numbers), alone.drop(columns=numbers))
