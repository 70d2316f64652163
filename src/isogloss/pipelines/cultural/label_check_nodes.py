"""Nodes that try labellers on statements whose side is known."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pandas as pd

from isogloss.chat import ChatModel, ResponseStore, answer
from isogloss.language_models import LanguageModel
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.cultural.label_accuracy import measure_accuracy, read_labelled_statements
from isogloss.pipelines.cultural.label_calls import label_by_calls, name_codes
from isogloss.pipelines.cultural.label_likelihood import label_by_likelihood
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.label_tables import StatedAnswer
from isogloss.pipelines.cultural.labelling_nodes import weigh_by_language
from isogloss.pipelines.cultural.languages_asked import choose_languages
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import require_columns
from isogloss.pipelines.cultural.stance_tables import read_stances
from isogloss.provenance import record_sources

logger = logging.getLogger(__name__)

CONFIDENCE = 0.95


def weigh_known_statements(
    lm: LanguageModel,
    labelled_statements: pd.DataFrame,
    stances: pd.DataFrame,
    answer_words: pd.DataFrame,
    parameters: LabellingParameters,
    prompts: SurveyPromptParameters,
) -> Partitions[pd.DataFrame]:
    """Compare statements whose side is known with both stance sentences, one partition a language.

    Args:
        lm: who compares.
        labelled_statements: question, language, stance, text.
        stances: question, language, pro, con.
        answer_words: language, summary.
        parameters: in which languages; tokens a batch.
        prompts: in what languages models are asked.

    Returns:
        language -> see `label_likelihood.weigh_answers`, without the language.
    """
    known, _ = read_known_statements(labelled_statements, parameters, prompts)
    title = f"{lm.name}: trying its labels"
    return weigh_by_language(lm, known, stances, answer_words, parameters, title)


def likelihood_checker(
    labeller: str,
) -> Callable[
    [StoredPartitions[pd.DataFrame], pd.DataFrame, LabellingParameters],
    pd.DataFrame,
]:
    """Give the function that tries a labeller by likelihood.

    Args:
        labeller: its name.
    """

    def check_likelihood_labels(
        weights: StoredPartitions[pd.DataFrame],
        labelled_statements: pd.DataFrame,
        parameters: LabellingParameters,
    ) -> pd.DataFrame:
        """Say how often a labeller by likelihood is right; see `label_accuracy`."""
        weighed = pd.concat([load() for load in weights.values()], ignore_index=True)
        labels = label_by_likelihood(weighed, parameters.margin)
        known, sides = read_labelled_statements(labelled_statements, weights)
        table = measure_accuracy(labeller, sides, known, labels, CONFIDENCE)
        return record_sources(table, check_weights=weights.fingerprint)

    return check_likelihood_labels


def call_checker(
    labeller: str,
) -> Callable[
    [
        ChatModel,
        ResponseStore,
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        LabellingParameters,
        SurveyPromptParameters,
    ],
    pd.DataFrame,
]:
    """Give the function that tries a labeller by function calls.

    Args:
        labeller: its name.
    """

    def check_called_labels(
        chat: ChatModel,
        store: ResponseStore,
        labelled_statements: pd.DataFrame,
        stances: pd.DataFrame,
        languages: pd.DataFrame,
        parameters: LabellingParameters,
        prompts: SurveyPromptParameters,
    ) -> pd.DataFrame:
        """Say how often a labeller by function calls is right; see `label_accuracy`."""
        known, sides = read_known_statements(labelled_statements, parameters, prompts)
        logger.info(
            "Trying the labels of %s on %d statements of a known side.", labeller, len(known)
        )
        labels = label_by_calls(
            lambda requests: answer(chat, requests, store),
            known,
            read_stances(stances, [(one.question, one.language) for one in known]),
            name_codes(languages, [one.language for one in known]),
            parameters.max_tokens,
        )
        return measure_accuracy(labeller, sides, known, labels, CONFIDENCE)

    return check_called_labels


def read_known_statements(
    labelled_statements: pd.DataFrame,
    parameters: LabellingParameters,
    prompts: SurveyPromptParameters,
) -> tuple[list[StatedAnswer], list[str]]:
    """Read the statements in the languages in which labellers are tried, and their sides.

    Args:
        labelled_statements: question, language, stance, text.
        parameters: in which languages.
        prompts: in what languages models are asked, for `check_languages=asked`.

    Raises:
        PromptTableError: names what is missing or wrong.
    """
    require_columns(labelled_statements, "labelled_statements", ("language",))
    languages = choose_languages(
        parameters.check_languages,
        prompts,
        labelled_statements["language"],
        "stance_labelling.check_languages",
    )
    return read_labelled_statements(labelled_statements, languages)
