"""Nodes that try labellers on statements whose side is known."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from isogloss.chat import ChatModel, ResponseStore, answer
from isogloss.language_models import LanguageModel
from isogloss.pipelines.cultural.label_accuracy import measure_accuracy, read_labelled_statements
from isogloss.pipelines.cultural.label_calls import label_by_calls, name_codes
from isogloss.pipelines.cultural.label_likelihood import label_by_likelihood, weigh_answers
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.stance_tables import read_stances, read_words

CONFIDENCE = 0.95


def likelihood_checker(
    labeller: str,
) -> Callable[
    [LanguageModel, pd.DataFrame, pd.DataFrame, pd.DataFrame, LabellingParameters], pd.DataFrame
]:
    """Give the function that tries a labeller by likelihood.

    Args:
        labeller: its name.
    """

    def check_likelihood_labels(
        lm: LanguageModel,
        labelled_statements: pd.DataFrame,
        stances: pd.DataFrame,
        answer_words: pd.DataFrame,
        parameters: LabellingParameters,
    ) -> pd.DataFrame:
        """Say how often a labeller by likelihood is right; see `label_accuracy`."""
        known = read_labelled_statements(labelled_statements)
        with lm.open() as loaded:
            weights = weigh_answers(
                loaded,
                known,
                read_stances(stances, [(one.question, one.language) for one in known]),
                read_words(answer_words, "summary", [one.language for one in known]),
                parameters.token_budget,
            )
        labels = label_by_likelihood(weights, parameters.margin)
        sides = list(labelled_statements["stance"])
        return measure_accuracy(labeller, sides, known, labels, CONFIDENCE)

    return check_likelihood_labels


def call_checker(
    labeller: str,
) -> Callable[
    [ChatModel, ResponseStore, pd.DataFrame, pd.DataFrame, pd.DataFrame, LabellingParameters],
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
    ) -> pd.DataFrame:
        """Say how often a labeller by function calls is right; see `label_accuracy`."""
        known = read_labelled_statements(labelled_statements)
        labels = label_by_calls(
            lambda requests: answer(chat, requests, store),
            known,
            read_stances(stances, [(one.question, one.language) for one in known]),
            name_codes(languages, [one.language for one in known]),
            parameters.max_tokens,
        )
        sides = list(labelled_statements["stance"])
        return measure_accuracy(labeller, sides, known, labels, CONFIDENCE)

    return check_called_labels
