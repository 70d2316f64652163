"""Nodes that say of every statement whether it is pro, con or neutral."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from isogloss.chat import ChatModel, ResponseStore, answer
from isogloss.language_models import LanguageModel
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.outline import settle_token_budget
from isogloss.partitions import Partitions, StoredPartitions, digest, fill_portions
from isogloss.pipelines.cultural.label_calls import label_by_calls, name_codes
from isogloss.pipelines.cultural.label_likelihood import label_by_likelihood, weigh_answers
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.label_statements import tabulate_statements
from isogloss.pipelines.cultural.label_tables import (
    StatedAnswer,
    join_statements,
    tabulate_labels,
)
from isogloss.pipelines.cultural.stance_tables import Stance, read_stances, read_words
from isogloss.progress import progress
from isogloss.provenance import record_sources

logger = logging.getLogger(__name__)

DEFINITION = 1
"""Of the log-likelihoods that are stored; raised when their meaning changes."""
STATEMENTS_AT_ONCE = 1024
"""Statements that are put to a model together: enough to fill batches."""
ByLanguage = Mapping[str, Sequence[StatedAnswer]]
Stances = Mapping[tuple[str, str], Stance]


def split_responses(responses: pd.DataFrame) -> pd.DataFrame:
    """Split the answers of a model into statements; see `label_statements.tabulate_statements`."""
    return tabulate_statements(responses)


def weigh_statements(
    lm: LanguageModel,
    responses: pd.DataFrame,
    statements: pd.DataFrame,
    prompts: pd.DataFrame,
    stances: pd.DataFrame,
    answer_words: pd.DataFrame,
    parameters: LabellingParameters,
) -> Partitions[pd.DataFrame]:
    """Compare every statement with both stance sentences, one partition a language.

    Args:
        lm: who compares.
        responses: of any model.
        statements: of these responses.
        prompts: that they are to.
        stances: question, language, pro, con.
        answer_words: language, summary.
        parameters: tokens a batch.

    Returns:
        language -> see `label_likelihood.weigh_answers`, without the language.
    """
    answers = [one for one in join_statements(responses, statements, prompts) if one.statements]
    title = f"{lm.name}: labelling"
    return weigh_by_language(lm, answers, stances, answer_words, parameters, title)


def weigh_by_language(
    lm: LanguageModel,
    answers: Iterable[StatedAnswer],
    stances: pd.DataFrame,
    answer_words: pd.DataFrame,
    parameters: LabellingParameters,
    title: str,
) -> Partitions[pd.DataFrame]:
    """Compare the statements of answers with both stance sentences, one partition a language.

    Args:
        lm: who compares.
        answers: with their statements.
        stances: question, language, pro, con.
        answer_words: language, summary.
        parameters: tokens a batch.
        title: of the progress bar.

    Returns:
        language -> see `label_likelihood.weigh_answers`, without the language.
    """
    spoken: dict[str, list[StatedAnswer]] = {}
    for one in answers:
        spoken.setdefault(one.language, []).append(one)
    needed = [(one.question, one.language) for own in spoken.values() for one in own]
    known = read_stances(stances, needed)
    words = read_words(answer_words, "summary", spoken)
    budget = settle_token_budget(lm, parameters.token_budget)
    items = {
        language: {
            "answers": digest(own),
            "sentences": digest([known[one.question, language] for one in own]),
            "word": words[language],
        }
        for language, own in spoken.items()
    }
    return Partitions(
        {"definition": DEFINITION, **model_fingerprint(lm, token_budget=budget)},
        items,
        partial(_weigh, lm, spoken, known, words, budget, title),
        partial(_group, spoken),
    )


def _group(answers: ByLanguage, languages: Sequence[str]) -> Iterator[list[str]]:
    sizes = {one: sum(len(own.statements) for own in answers[one]) for one in languages}
    return fill_portions(languages, sizes, STATEMENTS_AT_ONCE)


def _weigh(
    lm: LanguageModel,
    answers: ByLanguage,
    stances: Stances,
    words: Mapping[str, str],
    token_budget: int,
    title: str,
    languages: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    with lm.open() as loaded, progress(title, len(languages), work="sentences") as report:
        for group in _group(answers, languages):
            together = [one for language in group for one in answers[language]]
            weights = weigh_answers(loaded, together, stances, words, token_budget, report.worked)
            for language in group:
                own = weights["language"] == language
                yield language, weights[own].drop(columns="language").reset_index(drop=True)
                report.finished()


def likelihood_labeller(
    model: str, labeller: str
) -> Callable[
    [StoredPartitions[pd.DataFrame], pd.DataFrame, pd.DataFrame, pd.DataFrame, LabellingParameters],
    pd.DataFrame,
]:
    """Give the function that labels the answers of a model by likelihood.

    Args:
        model: that answered.
        labeller: name of the labeller.
    """

    def label_likeliest(
        statement_weights: StoredPartitions[pd.DataFrame],
        responses: pd.DataFrame,
        statements: pd.DataFrame,
        prompts: pd.DataFrame,
        parameters: LabellingParameters,
    ) -> pd.DataFrame:
        """Label statements by the sentence that they make likelier; see `label_by_likelihood`.

        Returns:
            See `label_tables.tabulate_labels`.
        """
        answers = join_statements(responses, statements, prompts)
        weights = [load() for load in statement_weights.values()]
        labels = (
            label_by_likelihood(pd.concat(weights, ignore_index=True), parameters.margin)
            if weights
            else {}
        )
        table = tabulate_labels(model, labeller, answers, labels)
        _describe(table)
        return record_sources(table, statement_weights=statement_weights.fingerprint)

    return label_likeliest


def call_labeller(
    model: str, labeller: str
) -> Callable[
    [
        ChatModel,
        ResponseStore,
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        LabellingParameters,
    ],
    pd.DataFrame,
]:
    """Give the function that has a chat model label the answers of a model.

    Args:
        model: that answered.
        labeller: name of the labeller.
    """

    def label_through_calls(
        chat: ChatModel,
        store: ResponseStore,
        responses: pd.DataFrame,
        statements: pd.DataFrame,
        prompts: pd.DataFrame,
        stances: pd.DataFrame,
        languages: pd.DataFrame,
        parameters: LabellingParameters,
    ) -> pd.DataFrame:
        """Have a chat model label statements by calling a function; see `label_calls`.

        Returns:
            See `label_tables.tabulate_labels`.
        """
        answers = join_statements(responses, statements, prompts)
        needed = [(one.question, one.language) for one in answers if one.statements]
        labels = label_by_calls(
            lambda requests: answer(chat, requests, store),
            answers,
            read_stances(stances, needed),
            name_codes(languages, sorted(set(prompts["language"]))),
            parameters.max_tokens,
        )
        table = tabulate_labels(model, labeller, answers, labels)
        _describe(table)
        return table

    return label_through_calls


def gather_stance_labels(*tables: pd.DataFrame) -> pd.DataFrame:
    """Put the labels of all labellers of a model below each other."""
    sources = {
        str(table["labeller"].iloc[0]): table.attrs.get("made_from", {})
        for table in tables
        if len(table)
    }
    bare = [table.copy(deep=False) for table in tables]
    for table in bare:
        table.attrs = {}
    return record_sources(pd.concat(bare, ignore_index=True), **sources)


def _describe(table: pd.DataFrame) -> None:
    """Say how many answers were labelled, and how many hold as many opinions as were asked for."""
    counts = table["status"].value_counts().to_dict()
    logger.info(
        "%s by %s: %s; %d of %d answers hold as many statements as were asked for",
        table["model"].iloc[0],
        table["labeller"].iloc[0],
        ", ".join(f"{number} {status}" for status, number in counts.items()),
        int((table["found"] == table["expected"]).sum()),
        len(table),
    )
