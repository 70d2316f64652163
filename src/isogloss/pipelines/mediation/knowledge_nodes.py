"""Nodes that ask the model which swapped words belong to the categories of pairs."""

from __future__ import annotations

import logging

import pandas as pd

from isogloss.counting_prompts import Framing
from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.effect_parameters import EffectParameters
from isogloss.pipelines.mediation.swapped_words import SWAPPED_COLUMNS, list_swapped_words
from isogloss.progress import progress
from isogloss.word_questions import ask_words, list_questions

logger = logging.getLogger(__name__)


def ask_swapped_words(
    lm: LanguageModel,
    mediation_pairs: pd.DataFrame,
    word_lists: pd.DataFrame,
    category_relations: pd.DataFrame,
    membership_questions: pd.DataFrame,
    parameters: EffectParameters,
) -> pd.DataFrame:
    """Ask of the swapped words of every pair whether they belong to the category asked for.

    Args:
        lm: the model.
        mediation_pairs: of this model.
        word_lists: words, of which some are shown first.
        category_relations: category_a, category_b, relation.
        membership_questions: language, category, heading, text, yes, no.
        parameters: whether words are asked at all, and the token budget.

    Returns:
        `swapped_knowledge`: model, pair_id, language, kind, category, word, member, log_odds,
        threshold, answer, known, members_share (members among the words that are asked under the
        category, on which its threshold rests); empty unless `word_questions`.
    """
    nothing = pd.DataFrame(columns=list(SWAPPED_COLUMNS))
    if not parameters.word_questions:
        return nothing
    swapped = list_swapped_words(mediation_pairs, word_lists, category_relations)
    questions = list_questions(swapped, membership_questions, word_lists, category_relations)
    _say_what_is_left_out(lm.name, swapped, questions)
    if questions.empty:
        return nothing
    framing: Framing = mediation_pairs["framing"].iloc[0]
    answers = _ask(lm, questions, framing, parameters)
    asked = answers.groupby(["language", "category"])["member"]
    answers["members_share"] = asked.transform("mean").astype(float)
    found = swapped.merge(
        answers.drop(columns="member"), on=["language", "category", "word"], how="inner"
    )
    return found.assign(model=lm.name)[list(SWAPPED_COLUMNS)]


def _ask(
    lm: LanguageModel, questions: pd.DataFrame, framing: Framing, parameters: EffectParameters
) -> pd.DataFrame:
    languages = questions["language"].nunique()
    title = f"{lm.name}: asking for swapped words"
    with (
        lm.open() as loaded,
        progress(title, languages, "languages", "words", work_total=len(questions)) as report,
    ):
        tables = []
        for _, own in questions.groupby("language", sort=True):
            tables.append(ask_words(loaded, own, framing, parameters.token_budget, report.worked))
            report.finished()
    return pd.concat(tables, ignore_index=True)


def _say_what_is_left_out(name: str, swapped: pd.DataFrame, questions: pd.DataFrame) -> None:
    there = set(zip(questions["language"], questions["category"], strict=True))
    keys = zip(swapped["language"], swapped["category"], strict=True)
    lacking = swapped[[key not in there for key in keys]]
    if len(lacking):
        logger.warning(
            "%s: no question says whether the swapped words of %d pairs in %s belong, so they are "
            "not in the subset words_known: add questions.csv to word_tables.",
            name,
            lacking["pair_id"].nunique(),
            " ".join(sorted(lacking["language"].unique())),
        )
