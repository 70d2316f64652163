"""Nodes that read the words to count."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pandas as pd

from isogloss.pipelines.counting.question_tables import read_question_table
from isogloss.pipelines.counting.word_lists import (
    Memberships,
    check_category_names,
    check_files,
    check_words,
    read_memberships,
)
from isogloss.pipelines.counting.word_parameters import WordParameters
from isogloss.pipelines.counting.word_tables import (
    choose,
    read_names,
    read_numerals,
    read_phrases,
    read_relations,
    refuse,
)

HIGHEST = 20
"""Up to this number numerals are needed."""
logger = logging.getLogger(__name__)
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def read_words(
    words: pd.DataFrame,
    memberships: pd.DataFrame,
    categories: pd.DataFrame,
    relations: pd.DataFrame,
    phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: WordParameters,
) -> Tables:
    """Check the words to count, and what belongs to them.

    Args:
        words: category, concept, language, word (may be empty), place.
        memberships: category, concept, also.
        categories: category, language, counted, number_of.
        relations: category_a, category_b, relation.
        phrases: language, position, text, separator.
        numerals: language, number, kind, form.
        languages: language, script, name.
        parameters: which of them are used.

    Returns:
        The tables word_lists, category_names, category_relations, counting_phrases and numerals.

    Raises:
        WordTableError: says file, line and remedy of what is wrong.
    """
    every = list(dict.fromkeys(words["category"]))
    chosen = choose(parameters.categories, every, "counting_words.categories")
    asked = choose(parameters.languages, words["language"], "counting_words.languages")
    used = words[words["category"].isin(chosen)]
    known = zip(languages["language"], languages["name"], strict=True)
    check_files(used, asked, {str(code): str(name) for code, name in known})
    own = words[words["language"].isin(asked) & (words["word"] != "")]
    also = read_memberships(memberships, words, every)
    # What a new category or language lacks is told before what is wrong with its words.
    names = read_names(categories, chosen, asked)
    phrases_read = read_phrases(phrases, asked)
    related = read_relations(relations, chosen)
    numbers = read_numerals(numerals, asked, HIGHEST)
    check_words(own, also, _scripts(languages, asked), _separators(phrases_read, asked))
    check_category_names(own, names)
    lists = _list_words(own[own["category"].isin(chosen)], also)
    _require_members(lists, chosen, asked, parameters.least_members)
    _describe_shared(lists, asked, parameters.least_members)
    return lists, names, related, phrases_read, numbers


def read_membership_questions(
    questions: pd.DataFrame, categories: pd.DataFrame, category_names: pd.DataFrame
) -> pd.DataFrame:
    """Check how models are asked whether a word belongs to a category.

    Args:
        questions: language, text, yes, no; may be empty, or lack languages.
        categories: as people write them, with heading.
        category_names: those of them that are used.

    Returns:
        see `question_tables.read_question_table`.
    """
    found = read_question_table(questions, categories, category_names)
    if unasked := sorted(set(category_names["language"]) - set(found["language"])):
        logger.info(
            "questions.csv of word_tables has no question in %s: models are not asked there which "
            "words they know.",
            " ".join(unasked),
        )
    return found


def _separators(phrases: pd.DataFrame, asked: Sequence[str]) -> dict[str, set[str]]:
    languages = phrases["language"]
    return {code: set(phrases.loc[languages == code, "separator"]) for code in asked}


def _scripts(languages: pd.DataFrame, asked: Sequence[str]) -> dict[str, str]:
    """Give the scripts of languages; whose script is not known is not checked, which is said."""
    known = languages.set_index("language")["script"].to_dict()
    if unlisted := [language for language in asked if language not in known]:
        logger.warning(
            "The languages %s of the words to count are in no list: the script of their words is "
            "not checked.",
            " ".join(unlisted),
        )
    return {language: str(known[language]) for language in asked if language in known}


def _list_words(words: pd.DataFrame, also: Memberships) -> pd.DataFrame:
    others = [
        " ".join(also.get((str(category), str(concept)), []))
        for category, concept in zip(words["category"], words["concept"], strict=True)
    ]
    return words.drop(columns="place").assign(also=others).reset_index(drop=True)


def _require_members(
    lists: pd.DataFrame, categories: Sequence[str], languages: Sequence[str], least: int
) -> None:
    counts = lists.groupby(["category", "language"]).size()
    refuse(
        [
            f"words/{category}.csv has {counts.get((category, language), 0)} words in {language}, "
            f"but counting_words.least_members is {least}. Add words, or leave the category or "
            "the language out."
            for category in categories
            for language in languages
            if counts.get((category, language), 0) < least
        ]
    )


def _describe_shared(lists: pd.DataFrame, languages: Sequence[str], least: int) -> None:
    """Say how many concepts of each category have a word in every language; warn of few."""
    if len(languages) == 1:
        return
    spoken = lists.groupby(["category", "concept"], sort=False)["language"].nunique()
    shared = (spoken == len(languages)).groupby(level="category", sort=False).sum()
    logger.info("Concepts with a word in all %d languages: %s.", len(languages), _enumerate(shared))
    few = shared[shared < least]
    if len(few):
        logger.warning(
            "Few concepts have a word in all of %s: %s; counting_words.least_members is %d. Lists "
            "that are the same in all languages (counting.parallel) are made of these alone: add "
            "words, or leave a language or a category out.",
            " ".join(languages),
            _enumerate(few),
            least,
        )


def _enumerate(counts: pd.Series) -> str:
    return ", ".join(f"{category} {number}" for category, number in counts.items())
