import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.prompts import (
    PromptParameters,
    PromptTemplate,
    option_at,
    place_of,
    render_answer,
    render_blank,
    render_item,
    render_prompt,
)
from tests.pipelines.tasks.conftest import QuestionMaker

PARAMETERS = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "prompts.yml"
LETTERED = PromptTemplate(
    item="{question}\nA {option_1}\nB {option_2}\nC {option_3}\nD {option_4}\nAnswer:",
    answer=" {letter}",
    description="About {subject}.\n\n",
)
WRITTEN_OUT = PromptTemplate(item="{passage} {question}", answer=" {text}")


@pytest.fixture(scope="module")
def shipped() -> PromptParameters:
    content: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    return PromptParameters.model_validate(content["prompts"])


def test_examples_stand_before_the_item_with_their_answers(make_question: QuestionMaker) -> None:
    example = make_question("e1", answer=3, stratum="door_lore")
    asked = make_question("q1", stratum="door_lore")
    assert render_prompt(LETTERED, asked, [example]) == (
        "About door lore.\n\n"
        "What about e1?\nA red\nB green\nC blue\nD grey\nAnswer: C\n\n"
        "What about q1?\nA red\nB green\nC blue\nD grey\nAnswer:"
    )


def test_rotated_options_keep_the_numbers_of_the_source(make_question: QuestionMaker) -> None:
    asked = make_question()
    assert render_item(LETTERED, asked, 1) == (
        "What about q1?\nA green\nB blue\nC grey\nD red\nAnswer:"
    )
    # green, the option 2 of the source, is shown as A
    assert render_answer(LETTERED, asked, 2, 1) == " A"
    assert render_answer(LETTERED, asked, 1, 1) == " D"
    for order in range(4):
        assert [option_at(place_of(option, order), order) for option in (1, 2, 3, 4)] == [
            1,
            2,
            3,
            4,
        ]


def test_texts_of_options_are_answers_too(make_question: QuestionMaker) -> None:
    assert render_answer(WRITTEN_OUT, make_question(), 4) == " grey"


def test_braces_in_an_item_mean_nothing(make_question: QuestionMaker) -> None:
    asked = make_question(passage="{question} {0} {secret}")
    assert render_prompt(WRITTEN_OUT, asked) == "{question} {0} {secret} What about q1?"


def test_an_item_without_content(make_question: QuestionMaker) -> None:
    blank = render_blank(LETTERED, "doors", "N/A", "before ")
    assert blank == "before N/A\nA N/A\nB N/A\nC N/A\nD N/A\nAnswer:"


@pytest.mark.parametrize("item", ["{pasage}", "{passage.__class__}", "{}"])
def test_unknown_fields_are_refused(item: str) -> None:
    with pytest.raises(ValidationError, match="unknown field"):
        PromptTemplate(item=item, answer=" {letter}")


def test_a_missing_language_is_refused_with_those_there_are(shipped: PromptParameters) -> None:
    with pytest.raises(Refusal, match=r"no prompt in 'pol' for mmlu \(label\).*has: eng, deu"):
        shipped.choose("mmlu", "label", "pol", "own")
    assert shipped.choose("mmlu", "label", "pol", "eng").answer == " {letter}"
    assert "Frage" in shipped.choose("belebele", "cloze", "deu", "own").item


def test_every_language_of_the_samples_has_both_formulations(shipped: PromptParameters) -> None:
    languages = {"eng", "deu", "spa", "fra", "rus", "tur", "swh", "zho_simpl"}
    for task in ("belebele", "mmlu"):
        for formulation in ("label", "cloze"):
            templates = shipped.root[task][formulation]
            assert set(templates) == languages
            for template in templates.values():
                fields = {"question"} | ({"passage"} if task == "belebele" else set())
                assert all(f"{{{name}}}" in template.item for name in fields)


def test_english_labels_are_the_prompts_of_lm_eval(
    shipped: PromptParameters, make_question: QuestionMaker
) -> None:
    lm_eval = pytest.importorskip("lm_eval", reason="the peer of the benchmarks")
    assert lm_eval
    jinja = pytest.importorskip("jinja2")
    asked = make_question(stratum="anatomy")
    fields = asked.fields
    documents = {
        "belebele": {
            "flores_passage": fields["passage"],
            "question": fields["question"],
            **{f"mc_answer{n}": fields[f"option_{n}"] for n in range(1, 5)},
        },
        "mmlu/default": {
            "question": fields["question"],
            "choices": [fields[f"option_{n}"] for n in range(1, 5)],
        },
    }
    for name, document in documents.items():
        text = files("lm_eval").joinpath("tasks", name, "_default_template_yaml").read_text()
        config = yaml.safe_load(text)
        expected = jinja.Environment().from_string(config["doc_to_text"]).render(document)
        template = shipped.choose("mmlu" if "mmlu" in name else "belebele", "label", "eng", "eng")
        assert render_item(template, asked) == expected, json.dumps(expected)
        letters = [render_answer(template, asked, option) for option in range(1, 5)]
        assert letters == [f" {letter}" for letter in config["doc_to_choice"]]
