from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.parameters import TranslationParameters
from isogloss.pipelines.tasks.translation_plan import (
    TranslationPlan,
    plan_translation,
    sampled_share,
    writing_budgets,
)
from isogloss.pipelines.tasks.translation_prompts import TranslationPrompt, TranslationPrompts

SENTENCES = pd.DataFrame(
    [(language, str(n), f"{language} {n}") for language in ("deu", "eng") for n in range(6, 14)],
    columns=["language", "sentence_id", "text"],
)
SAMPLES = pd.DataFrame({"sample": [0, 0, 1], "sentence_id": ["6", "9", "11"]})


def plan(**settings: int | None) -> TranslationPlan:
    return plan_translation(SENTENCES, SAMPLES, "eng", TranslationParameters(**settings))


def test_sentences_outside_the_samples_come_first_and_examples_last() -> None:
    chosen = plan(sentences=3, shots=2)
    assert chosen.scored == ["7", "8", "10"]
    assert chosen.examples == ["9", "11"]
    assert chosen.texts("deu", chosen.examples) == ["deu 9", "deu 11"]
    assert chosen.ends("from_pivot", "deu") == ("eng", "deu")
    assert chosen.ends("to_pivot", "deu") == ("deu", "eng")


def test_sampled_sentences_fill_up_what_is_missing() -> None:
    chosen = plan(sentences=6, shots=1)
    assert chosen.scored == ["7", "8", "10", "12", "13", "6"]
    assert chosen.examples == ["11"]
    assert chosen.languages == ["deu"]
    # of 6, 9 and 11 the first alone is translated
    assert sampled_share(chosen.scored, SAMPLES) == pytest.approx(1 / 3)
    assert plan(sentences=None, shots=0).scored == ["7", "8", "10", "12", "13", "6", "9", "11"]


def test_only_the_languages_asked_for_are_translated(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        chosen = plan_translation(
            SENTENCES, SAMPLES, "eng", TranslationParameters(languages=("deu", "fra"), shots=1)
        )
    assert chosen.languages == ["deu"]
    assert "lacks them: fra" in caplog.text
    with pytest.raises(Refusal, match="none of them beside the pivot. It has: deu"):
        plan_translation(
            SENTENCES, SAMPLES, "eng", TranslationParameters(languages=("fra",), shots=1)
        )


def test_too_few_sentences_are_all_taken_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        chosen = plan(sentences=9, shots=4)
    assert len(chosen.scored) == 4
    assert "translation.sentences=9" in caplog.text
    with pytest.raises(Refusal, match="shots=8 leaves nothing"):
        plan(shots=8)


def test_budgets_are_those_of_the_formula() -> None:
    source, target = {"a": 10, "b": 20, "c": 5}, {"a": 7, "b": 50, "c": 5}
    parameters = TranslationParameters(slack=1.5, least_budget=12)
    # a: 1.5 * 10 * 55/25 = 33; b: 1.5 * 20 * 12/15 = 24; c: 1.5 * 5 * 57/30 = 14.25
    assert writing_budgets(source, target, ["a", "b", "c"], parameters) == [33, 24, 15]
    assert writing_budgets({"a": 10}, {"a": 90}, ["a"], parameters) == [15]
    few = TranslationParameters(slack=1.5, least_budget=30)
    assert writing_budgets(source, target, ["a", "b"], few) == [33, 30]


def test_text_is_data_wherever_it_stands() -> None:
    prompt = TranslationPrompt(sentence="{source_language}: {source}\n{target_language}:")
    text = prompt.ask(("A{source}", "B"), "a {target_language} {0}", [("{x}", "{source}")])
    assert text == "A{source}: {x}\nB: {source}\n\nA{source}: a {target_language} {0}\nB:"


def test_no_blank_follows_a_line_break() -> None:
    prompt = TranslationPrompt(sentence="{source}\n", separator="---\n")
    assert prompt.ask(("A", "B"), "c", [("a", "b")]) == "a\nb---\nc\n"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("{target_language}:", "write {source}"),
        ("{source} {reference}", "no other fields"),
        ("{source.__class__}", "write {source}"),
        ("{source!r}", "no other fields"),
        ("{source:>9}", "no other fields"),
        ("{source} {}", "no other fields"),
        ("{source}: ", "drop the blank"),
    ],
)
def test_wrong_templates_are_refused(sentence: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TranslationPrompt(sentence=sentence)


def test_the_shipped_parameters_are_valid_and_ask_as_documented(root: Path) -> None:
    text = (root / "conf" / "base" / "parameters" / "translation.yml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    parameters = TranslationParameters(**settings["translation"])
    prompts = TranslationPrompts.model_validate(settings["translation_prompts"])
    assert parameters.sentences == 4
    assert set(settings["translation"]) == set(TranslationParameters.model_fields)
    prompt = prompts.choose(parameters.template)
    assert prompt.ask(("German", "English"), "Hallo.", [("Ja.", "Yes.")]) == (
        "German: Ja.\nEnglish: Yes.\n\nGerman: Hallo.\nEnglish:"
    )
    assert prompts.choose("original").ask(("German", "English"), "Hallo.") == (
        "Translate the following text in German into English. Do not return anything besides the "
        "translation.\nText in German: Hallo.\nTranslation:"
    )
