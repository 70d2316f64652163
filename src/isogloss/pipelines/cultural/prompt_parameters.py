"""What can be set of the prompts of the survey."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.word_list import WordList

ALL = "all"
ASKED = "asked"
"""The languages of `survey_prompts.languages`, in settings that follow them."""
Named = Literal["none", "congruent", "incongruent"]
Incomplete = Literal["refuse", "leave_out"]
Names = Annotated[WordList[str], Field(min_length=1)]


class SurveyPromptParameters(BaseModel, frozen=True, extra="forbid"):
    """Which prompts are made of the templates and topics.

    Attributes:
        languages: codes, or `all` that a template or topic is written in.
        questions: names, or `all` that have topics.
        templates: names, or `all`.
        per_question: combinations of template and phrasing that a question gets, the same ones in
            all languages; None takes all.
        countries: `none` names no country; `congruent` one in which the language of the prompt is
            native, `incongruent` another one. Each entry gives every combination once.
        incomplete: what to do where a template or topic lacks in a language: `refuse`, or
            `leave_out` these combinations in all languages.
        seed: of the draws.
    """

    languages: Names = (ALL,)
    questions: Names = (ALL,)
    templates: Names = (ALL,)
    per_question: PositiveInt | None = None
    countries: Annotated[WordList[Named], Field(min_length=1)] = ("none",)
    incomplete: Incomplete = "refuse"
    seed: NonNegativeInt = 0


class PromptTranslationParameters(BaseModel, frozen=True, extra="forbid"):
    """Who translates the prompts into which languages, and what counts as right.

    Attributes:
        translator: name of a model of the zoo, asked over the net where it can be.
        languages: codes; those in which a row is written already are left alone.
        source: the language to translate from.
        threshold: least chrF (0..100) of the translation back into the source with the source.
        max_tokens: longest translation.
        seed: sent to the server, if it heeds one.
    """

    translator: str | None = None
    languages: WordList[str] = ()
    source: str = "eng"
    threshold: Annotated[float, Field(ge=0, le=100)] = 40.0
    max_tokens: PositiveInt = 800
    seed: NonNegativeInt | None = None
