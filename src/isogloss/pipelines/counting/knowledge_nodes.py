"""Nodes that ask models which words belong to categories, and what follows for lists."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from isogloss.counting_prompts import choose_framing
from isogloss.language_models import LanguageModel
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.outline import settle_token_budget
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_questions import SETTING, LanguageLists, gather_lists
from isogloss.pipelines.counting.knowledge_scores import SCORE_COLUMNS, score_knowledge
from isogloss.pipelines.counting.list_knowledge import KNOWLEDGE_COLUMNS, judge_list_words
from isogloss.progress import progress
from isogloss.provenance import record_sources, stack_tables
from isogloss.word_questions import ask_words, identify_questions, list_questions

logger = logging.getLogger(__name__)

DEFINITION = 1
"""Of the answers that are stored; raised when their meaning changes."""


def choose_word_questions(
    counting_items: pd.DataFrame,
    category_names: pd.DataFrame,
    counting_phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    word_lists: pd.DataFrame,
    category_relations: pd.DataFrame,
    membership_questions: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> pd.DataFrame:
    """List every word of the lists that are scored, to be asked whether it belongs.

    Args:
        counting_items: the lists.
        category_names: category, language, counted, number_of.
        counting_phrases: language, position, text, separator.
        numerals: language, number, kind, form.
        word_lists: words to show first.
        category_relations: category_a, category_b, relation.
        membership_questions: language, category, heading, text, yes, no.
        parameters: which lists are scored, and whether words are asked at all.

    Returns:
        see `word_questions.list_questions`; nothing unless `word_questions`.
    """
    lists: Mapping[str, LanguageLists] = {}
    if parameters.word_questions:
        lists = gather_lists(counting_items, category_names, counting_phrases, numerals, parameters)
    scored = {(language, one.item_id) for language, own in lists.items() for one in own.lists}
    keys = zip(counting_items["language"], counting_items["item_id"], strict=True)
    own = counting_items[[key in scored for key in keys]]
    asked = own[["language", "category", "words", "members"]].explode(["words", "members"])
    asked = asked.rename(columns={"words": "word", "members": "member"})
    questions = list_questions(asked, membership_questions, word_lists, category_relations)
    _say_what_is_left_out(asked, questions)
    return questions


def _say_what_is_left_out(asked: pd.DataFrame, questions: pd.DataFrame) -> None:
    wanted, there = (
        set(zip(table["language"], table["category"], strict=True)) for table in (asked, questions)
    )
    if lacking := sorted(wanted - there):
        language, category = lacking[0]
        logger.warning(
            "Counting: no question says whether a word belongs to %d of %d categories, counted in "
            "each language (such as %s in %s): their lists are in no group `known`.",
            len(lacking),
            len(wanted),
            category,
            language,
        )


def ask_memberships(
    lm: LanguageModel, word_questions: pd.DataFrame, parameters: BenchmarkParameters
) -> Partitions[pd.DataFrame]:
    """Ask a model which words belong to the categories, one partition a language.

    Args:
        lm: a causal model.
        word_questions: what is asked.
        parameters: framing, batches.

    Returns:
        language -> model, and see `word_questions.ask_words`.
    """
    questions = {str(code): own for code, own in word_questions.groupby("language", sort=True)}
    budget = settle_token_budget(lm, parameters.token_budget)
    return Partitions(
        {"definition": DEFINITION, **model_fingerprint(lm, token_budget=budget)},
        {
            language: {"questions": identify_questions(own), "framing": parameters.framing}
            for language, own in questions.items()
        },
        partial(_ask, lm, questions, parameters.model_copy(update={"token_budget": budget})),
        # All at once: the model is opened once, and each language is handed over when it is done.
    )


def _ask(
    lm: LanguageModel,
    questions: Mapping[str, pd.DataFrame],
    parameters: BenchmarkParameters,
    languages: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    total = sum(len(questions[one]) for one in languages)
    title = f"{lm.name}: asking for words"
    with (
        lm.open() as loaded,
        progress(title, len(languages), "languages", "words", work_total=total) as report,
    ):
        framing = choose_framing(loaded.tokenizer, parameters.framing, f"{SETTING}.framing")
        budget = parameters.token_budget
        for language in languages:
            table = ask_words(loaded, questions[language], framing, budget, report.worked)
            table.insert(0, "model", lm.name)
            yield language, table
            report.finished()


def judge_lists(
    word_knowledge: StoredPartitions[pd.DataFrame],
    counting_items: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say which lists a model knows all words of, and how well it knows words.

    Args:
        word_knowledge: of one model, by language.
        counting_items: the lists.
        parameters: intervals and seed.

    Returns:
        `list_knowledge` (see `list_knowledge.judge_list_words`) and `knowledge_scores` (see
        `knowledge_scores.score_knowledge`); both empty where nothing was asked.
    """
    if not word_knowledge:
        empty = (pd.DataFrame(columns=list(one)) for one in (KNOWLEDGE_COLUMNS, SCORE_COLUMNS))
        known, scores = empty
        return known, scores
    words = pd.concat([load() for load in word_knowledge.values()], ignore_index=True)
    return (
        record_sources(
            judge_list_words(words, counting_items), word_knowledge=word_knowledge.fingerprint
        ),
        score_knowledge(words, parameters),
    )


def gather_knowledge_scores(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack what models know of words.

    Args:
        *tables: `{model}.knowledge_scores`.
    """
    return stack_tables(tables)
