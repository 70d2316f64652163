"""Nodes that put the prompts to a model, and that score what it answered."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pandas as pd

from isogloss.chat import ChatModel, ResponseStore, answer
from isogloss.language_models import LanguageModel
from isogloss.pipelines.cultural.response_parameters import ResponseParameters
from isogloss.pipelines.cultural.response_requests import (
    CHAT,
    DOCUMENT,
    Style,
    request_answers,
    tabulate_answers,
)
from isogloss.pipelines.cultural.response_scores import score_answers, stack_scores

logger = logging.getLogger(__name__)


def responder(
    model: str,
) -> Callable[
    [ChatModel | LanguageModel, ResponseStore, pd.DataFrame, ResponseParameters], pd.DataFrame
]:
    """Give the function that puts the prompts to a model.

    Args:
        model: its name.
    """

    def respond(
        chat: ChatModel | LanguageModel,
        store: ResponseStore,
        prompts: pd.DataFrame,
        parameters: ResponseParameters,
    ) -> pd.DataFrame:
        """Have a model answer all prompts; see `response_requests.tabulate_answers`.

        What is in the store is not asked again. A model without a chat template is given the
        document of each prompt, which it goes on writing, and others the text.
        """
        style = _style(chat)
        requests = request_answers(prompts, style, parameters)
        table = tabulate_answers(model, prompts, answer(chat, requests, store), style, parameters)
        cut = int((table["finish_reason"] == "length").sum())
        logger.info(
            "%s: %d answers (style %s), %d of them cut at max_tokens, %d empty, %d with an error",
            model,
            len(table),
            style,
            cut,
            int((table["text"].str.strip() == "").sum()),
            int((table["error"] != "").sum()),
        )
        return table

    return respond


def _style(chat: ChatModel | LanguageModel) -> Style:
    if isinstance(chat, LanguageModel):
        return CHAT if chat.tokenizer().chat_template else DOCUMENT
    return CHAT


def answer_scorer(
    model: str, family: str
) -> Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Give the function that scores what a model wrote.

    Args:
        model: its name.
        family: under which it is compared.
    """

    def score_open_answers(
        responses: pd.DataFrame,
        stance_labels: pd.DataFrame,
        prompts: pd.DataFrame,
        languages: pd.DataFrame,
    ) -> pd.DataFrame:
        """Score answers by the labels of their statements; see `response_scores.score_answers`."""
        return score_answers(responses, stance_labels, prompts, languages).assign(
            model=model, family=family
        )

    return score_open_answers


def collect_survey_scores(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack the scores of all models and ways of asking; see `response_scores.stack_scores`."""
    return stack_scores(tables)
