"""Nodes that ask a model the survey's own questions, with the survey's own answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.outline import settle_token_budget
from isogloss.partitions import Partitions, StoredPartitions, digest, fill_portions
from isogloss.pipelines.cultural.closed_answers import score_answers_given
from isogloss.pipelines.cultural.closed_parameters import PMI, ClosedSurveyParameters
from isogloss.pipelines.cultural.closed_questions import ClosedQuestion, read_closed_questions
from isogloss.pipelines.cultural.closed_scores import (
    average_orders,
    distribute_answers,
    measure_order_effects,
    score_distributions,
)
from isogloss.pipelines.cultural.languages_asked import choose_languages
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import choose_names
from isogloss.pipelines.cultural.stance_tables import read_words
from isogloss.pipelines.cultural.survey_questions import read_questions, read_scored_questions
from isogloss.progress import progress
from isogloss.provenance import record_sources

DEFINITION = 1
"""Of the log-likelihoods that are stored; raised when their meaning changes."""
QUESTIONS_AT_ONCE = 256
"""Questions that are put to a model together: enough to fill batches."""
DECIDE = ("orders", "overlong")
ByLanguage = Mapping[str, Sequence[ClosedQuestion]]
Scored = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def answer_survey(
    lm: LanguageModel,
    closed_questions: pd.DataFrame,
    survey_questions: pd.DataFrame,
    answer_words: pd.DataFrame,
    parameters: ClosedSurveyParameters,
    prompts: SurveyPromptParameters,
) -> Partitions[pd.DataFrame]:
    """Ask a model the questions of the survey, one partition a language.

    Args:
        lm: the model.
        closed_questions: question, language, text, options.
        survey_questions: what the codes mean.
        answer_words: language, answer.
        parameters: which questions and languages, in which orders.
        prompts: in what languages open questions are asked, for `languages=asked`.

    Returns:
        language -> model, and see `closed_answers.score_answers_given`.
    """
    asked = choose_closed_questions(
        read_closed_questions(closed_questions, read_questions(survey_questions)),
        parameters,
        prompts,
    )
    words = read_words(answer_words, "answer", asked)
    budget = settle_token_budget(lm, parameters.token_budget)
    settled = parameters.model_copy(update={"token_budget": budget})
    items = {
        language: {"questions": digest(own), "word": words[language]}
        for language, own in asked.items()
    }
    decided: dict[str, Any] = {name: getattr(parameters, name) for name in DECIDE}
    decided["prior"] = parameters.normalisation == PMI
    return Partitions(
        {"definition": DEFINITION, **decided, **model_fingerprint(lm, token_budget=budget)},
        items,
        partial(_ask, lm, asked, words, settled),
        partial(_group, asked),
    )


def choose_closed_questions(
    questions: Sequence[ClosedQuestion],
    parameters: ClosedSurveyParameters,
    prompts: SurveyPromptParameters,
) -> dict[str, list[ClosedQuestion]]:
    """Give the questions that are asked: language -> questions.

    Args:
        questions: all that are written.
        parameters: which of them, in which languages.
        prompts: in what languages open questions are asked, for `languages=asked`.

    Raises:
        PromptTableError: if a language or question is asked for that is not there.
    """
    written = [one.language for one in questions]
    languages = choose_languages(parameters.languages, prompts, written, "closed_survey.languages")
    names = choose_names(
        parameters.questions, [one.question for one in questions], "closed_survey.questions"
    )
    return {
        language: [one for one in questions if one.language == language and one.question in names]
        for language in languages
    }


def _group(asked: ByLanguage, languages: Sequence[str]) -> Iterator[list[str]]:
    sizes = {language: len(asked[language]) for language in languages}
    return fill_portions(languages, sizes, QUESTIONS_AT_ONCE)


def _ask(
    lm: LanguageModel,
    asked: ByLanguage,
    words: Mapping[str, str],
    parameters: ClosedSurveyParameters,
    languages: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    title = f"{lm.name}: closed questions"
    with lm.open() as loaded, progress(title, len(languages), work="answers") as report:
        for group in _group(asked, languages):
            together = [question for language in group for question in asked[language]]
            table = score_answers_given(loaded, together, words, parameters, report.worked)
            table.insert(0, "model", lm.name)
            for language in group:
                yield language, table[table["language"] == language].reset_index(drop=True)
                report.finished()


def closed_scorer(
    model: str, family: str
) -> Callable[
    [StoredPartitions[pd.DataFrame], pd.DataFrame, pd.DataFrame, ClosedSurveyParameters], Scored
]:
    """Give the function that scores the answers of a model to the survey's questions.

    Scores follow the rules of the ground truth, which they are compared with.

    Args:
        model: its name.
        family: under which it is compared.
    """

    def score_closed_answers(
        survey_answers: StoredPartitions[pd.DataFrame],
        survey_questions: pd.DataFrame,
        survey_ground_truth: pd.DataFrame,
        parameters: ClosedSurveyParameters,
    ) -> Scored:
        """Turn log-likelihoods into distributions, scores and effects of the order of answers.

        Returns:
            Distributions (see `closed_scores.average_orders`), effects of the order (see
            `measure_order_effects`), and rows of `survey_scores` (elicitation `closed`).
        """
        answers = pd.concat([load() for load in survey_answers.values()], ignore_index=True)
        survey = read_scored_questions(survey_questions, survey_ground_truth)
        distributed = distribute_answers(answers.drop(columns="model"), parameters)
        distributions = average_orders(distributed, parameters)
        scores = score_distributions(distributions, survey)
        tables = (
            distributions,
            measure_order_effects(distributed, survey),
            _score_rows(scores[scores["selected"]], family),
        )
        for table in tables:
            table.insert(0, "model", model)
            record_sources(table, survey_answers=survey_answers.fingerprint)
        return tables

    return score_closed_answers


def _score_rows(scores: pd.DataFrame, family: str) -> pd.DataFrame:
    """Give scores the columns of `survey_scores`: there is no prompt, sample or labeller."""
    uncounted = pd.array([pd.NA] * len(scores), dtype="Int64")
    return pd.DataFrame(
        {
            "family": family,
            "elicitation": "closed",
            "labeller": "",
            "language": scores["language"],
            "response_language": scores["language"],
            "question": scores["question"],
            "prompt_id": "",
            "sample": 0,
            "country": "",
            "pro": uncounted,
            "con": uncounted,
            "neutral": uncounted,
            "pro_score": scores["pro_score"],
            "formulation": scores["formulation"],
        }
    ).reset_index(drop=True)
