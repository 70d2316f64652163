"""The node that makes the prompts of the survey."""

from __future__ import annotations

import logging
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from isogloss.errors import join_faults
from isogloss.pipelines.cultural.prompt_parameters import Named, SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_sampling import (
    Combination,
    assign_countries,
    draw_combinations,
    generator_for,
)
from isogloss.pipelines.cultural.prompt_tables import (
    FAULTS_SHOWN,
    MACHINE,
    WRITTEN,
    PromptTableError,
    choose_names,
    read_countries,
    read_templates,
    read_topics,
)
from isogloss.pipelines.cultural.prompt_texts import COUNTRY, fill_template, identify_prompt

logger = logging.getLogger(__name__)

Combinations = Mapping[str, list[Combination]]


@dataclass(frozen=True)
class _Tables:
    """The templates and topics that are asked for, by their keys."""

    templates: Mapping[tuple[str, str], Mapping[Hashable, Any]]
    topics: Mapping[tuple[str, str, int], Mapping[Hashable, Any]]
    languages: list[str]
    questions: list[str]


@dataclass(frozen=True)
class _Naming:
    """Which countries prompts name: `none`, or congruent or incongruent ones of a table."""

    named: Named
    countries: pd.DataFrame | None
    seed: int

    @property
    def congruent(self) -> bool | None:
        return None if self.named == "none" else self.named == "congruent"

    def choose(self, question: str, language: str, number: int) -> list[tuple[str, str]]:
        """Give each prompt a country with the sentence that names it; empty texts for none."""
        if self.named == "none" or self.countries is None:
            return [("", "")] * number
        generator = generator_for(self.seed, self.named, question, language)
        chosen = assign_countries(self.countries, language, self.named, number, generator)
        own = self.countries[self.countries["language"] == language]
        sentences = dict(zip(own["country"], own["sentence"], strict=True))
        return [(code, sentences[code]) for code in chosen]


def make_prompts(
    templates: pd.DataFrame,
    topics: pd.DataFrame,
    countries: pd.DataFrame,
    parameters: SurveyPromptParameters,
) -> pd.DataFrame:
    """Put topics into templates: as many prompts a question and language, parallel in languages.

    Args:
        templates: see `prompt_tables.read_templates`.
        topics: see `prompt_tables.read_topics`.
        countries: see `prompt_tables.read_countries`; looked at only where a country is named.
        parameters: which, and how many.

    Returns:
        prompt_id, question, language, template, phrasing, country (empty: none is named),
        congruent (whether the language is native there; missing where none is named), topic, text,
        wording (machine if template or topic was translated by a model), expected (answers asked
        for), document (the text for models that continue a text; may be empty).

    Raises:
        PromptTableError: if tables are incomplete or contradict themselves.
    """
    tables = _choose(read_templates(templates), read_topics(topics), parameters)
    drawn = _draw(tables, parameters)
    named_at_all = set(parameters.countries) != {"none"}
    places, seed = read_countries(countries) if named_at_all else None, parameters.seed
    rows = [
        row
        for named in parameters.countries
        for language in tables.languages
        for question, combinations in drawn.items()
        for row in _rows(tables, question, language, combinations, _Naming(named, places, seed))
    ]
    table = pd.DataFrame(rows)
    table.insert(0, "prompt_id", [identify_prompt(row) for row in rows])
    table["congruent"] = table["congruent"].astype("boolean")
    logger.info(
        "%d prompts: %d questions in %d languages, %d each",
        len(table),
        len(tables.questions),
        len(tables.languages),
        len(table) // (len(tables.questions) * len(tables.languages)),
    )
    return table


def _choose(
    templates: pd.DataFrame, topics: pd.DataFrame, parameters: SurveyPromptParameters
) -> _Tables:
    names = choose_names(parameters.templates, templates["template"], "survey_prompts.templates")
    spoken = [*templates["language"], *topics["language"]]
    languages = choose_names(parameters.languages, spoken, "survey_prompts.languages")
    questions = choose_names(parameters.questions, topics["question"], "survey_prompts.questions")
    return _Tables(
        {
            (row["template"], row["language"]): {**row}
            for row in templates.to_dict("records")
            if row["template"] in names
        },
        {
            (row["question"], row["language"], row["phrasing"]): {**row}
            for row in topics.to_dict("records")
            if row["question"] in questions
        },
        languages,
        questions,
    )


def _draw(tables: _Tables, parameters: SurveyPromptParameters) -> Combinations:
    """Draw combinations for each question from those that all languages have."""
    missing = _missing(tables)
    if missing and parameters.incomplete == "refuse":
        raise PromptTableError(
            join_faults(missing, FAULTS_SHOWN, "more are missing.")
            + "\nAdd them to templates.csv or topics.csv, leave out these languages or "
            "questions, have a model translate them, or set survey_prompts.incomplete to leave_out."
        )
    available = {question: _available(tables, question) for question in tables.questions}
    if bare := [question for question, found in available.items() if not found]:
        raise PromptTableError(
            f"Question {bare[0]} has no template and phrasing that all of "
            f"{' '.join(tables.languages)} have. Leave out the question, or a language."
        )
    if missing:
        logger.warning(
            "%d texts are missing; what they leave incomplete is left out in all languages: %s",
            len(missing),
            join_faults(missing, FAULTS_SHOWN, "more."),
        )
    number = _number(available, parameters.per_question)
    return {
        question: draw_combinations(found, number, generator_for(parameters.seed, question))
        for question, found in available.items()
    }


def _number(available: Mapping[str, Collection[Combination]], wanted: int | None) -> int:
    """Give how many combinations every question gets: no more than the one with fewest has."""
    fewest = min(len(found) for found in available.values())
    if wanted is not None and wanted > fewest:
        raise PromptTableError(
            f"survey_prompts.per_question is {wanted}, and one question has only {fewest} "
            f"combinations of template and phrasing. Set it to {fewest} or less, or write more."
        )
    return fewest if wanted is None else wanted


def _missing(tables: _Tables) -> list[str]:
    names = dict.fromkeys(name for name, _ in tables.templates)
    phrasings: dict[str, dict[int, None]] = {question: {} for question in tables.questions}
    for question, _, phrasing in tables.topics:
        phrasings[question][phrasing] = None
    missing = [
        f"Template {name} is missing in {language}."
        for name in names
        for language in tables.languages
        if (name, language) not in tables.templates
    ]
    for question in tables.questions:
        for language in tables.languages:
            lacking = [
                str(one)
                for one in phrasings[question]
                if (question, language, one) not in tables.topics
            ]
            if lacking:
                missing.append(
                    f"Topic {question} is missing in {language} (phrasing {' '.join(lacking)})."
                )
    return missing


def _available(tables: _Tables, question: str) -> set[Combination]:
    per_language = [
        {
            Combination(name, phrasing)
            for name, code in tables.templates
            if code == language
            for asked, spoken, phrasing in tables.topics
            if asked == question and spoken == language
        }
        for language in tables.languages
    ]
    return set.intersection(*per_language)


def _rows(
    tables: _Tables,
    question: str,
    language: str,
    combinations: Sequence[Combination],
    naming: _Naming,
) -> Iterator[dict[str, Any]]:
    named = naming.choose(question, language, len(combinations))
    for combination, (country, sentence) in zip(combinations, named, strict=True):
        template = tables.templates[combination.template, language]
        topic = tables.topics[question, language, combination.phrasing]
        if country:
            _require_line(template)
        wordings = (template["wording"], topic["wording"])
        yield {
            "question": question,
            "language": language,
            "template": combination.template,
            "phrasing": combination.phrasing,
            "country": country,
            "congruent": naming.congruent,
            "topic": topic["text"],
            **_texts(template, topic["text"], sentence),
            "wording": MACHINE if MACHINE in wordings else WRITTEN,
            "expected": template["expected"],
        }


def _texts(template: Mapping[Hashable, Any], topic: str, sentence: str) -> dict[str, str]:
    return {
        field: fill_template(template[field], topic, sentence) if template[field] else ""
        for field in ("text", "document")
    }


def _require_line(template: Mapping[Hashable, Any]) -> None:
    for field in ("text", "document"):
        if template[field] and COUNTRY not in template[field]:
            raise PromptTableError(
                f"Template {template['template']} in {template['language']} has no line {COUNTRY} "
                f"in its {field}, so that no country can be named. Add one, leave the template "
                "out, or set survey_prompts.countries to none."
            )
