"""The node that reads all that models will be shown, before the first of them is asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pandas as pd

from isogloss.pipelines.cultural.closed_nodes import choose_closed_questions
from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.closed_questions import read_closed_questions
from isogloss.pipelines.cultural.label_check_nodes import read_known_statements
from isogloss.pipelines.cultural.label_parameters import LIKELIHOOD, LabellingParameters
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.stance_tables import read_stances, read_words
from isogloss.pipelines.cultural.survey_questions import read_questions

logger = logging.getLogger(__name__)


def check_prompt_tables(
    survey_questions: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    prompts: SurveyPromptParameters,
    labelling: LabellingParameters,
    closed: ClosedSurveyParameters,
    **tables: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Find the faults of all tables of prompts and of the survey before a model is asked.

    Answers cost money or hours, so that a fault in a table that is read later must not be found
    after they are given. That is why the ground truth is an input: it has been measured by then.

    Args:
        survey_questions: what the codes of answers mean.
        survey_ground_truth: what people think.
        prompts: which questions are asked, in which languages.
        labelling: who labels answers, and in which languages that is tried.
        closed: which of the survey's own questions are asked.
        **tables: those that the run uses. For open answers templates, topics, countries,
            statements, labelled_statements and answer_words; for closed ones closed_questions and
            answer_words.

    Returns:
        The same tables, unchanged.

    Raises:
        PromptTableError: names what is missing or wrong.
    """
    asked: set[str] = set()
    if "templates" in tables:
        asked |= _check_open(tables, prompts, labelling)
    if "closed_questions" in tables:
        questions = read_closed_questions(
            tables["closed_questions"], read_questions(survey_questions)
        )
        chosen = choose_closed_questions(questions, closed, prompts)
        read_words(tables["answer_words"], "answer", chosen)
        asked |= {one.question for own in chosen.values() for one in own}
    _name_unscored(asked, survey_ground_truth)
    return tables


def _check_open(
    tables: dict[str, pd.DataFrame], prompts: SurveyPromptParameters, labelling: LabellingParameters
) -> set[str]:
    made = make_prompts(tables["templates"], tables["topics"], tables["countries"], prompts)
    known, _ = read_known_statements(tables["labelled_statements"], labelling, prompts)
    pairs = [(one.question, one.language) for one in known]
    pairs += made[["question", "language"]].itertuples(index=False, name=None)
    read_stances(tables["statements"], pairs)
    if any(one.kind == LIKELIHOOD for one in labelling.labellers.values()):
        read_words(tables["answer_words"], "summary", (language for _, language in pairs))
    return set(made["question"])


def _name_unscored(asked: Iterable[str], survey_ground_truth: pd.DataFrame) -> None:
    """Warn of questions that cost answers and are compared with nothing."""
    scored = survey_ground_truth.loc[survey_ground_truth["pro_score"].notna(), "question"]
    if unscored := sorted(set(asked) - set(scored)):
        logger.warning(
            "Nobody in survey_ground_truth has a score of %s: answers to them are compared with "
            "nothing. Leave them out (survey_prompts.questions, closed_survey.questions).",
            ", ".join(unscored),
        )
