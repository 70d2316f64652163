"""Nodes that make the pairs of prompts of a model."""

from __future__ import annotations

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.language_pairs import LanguagePairs
from isogloss.pipelines.mediation.pair_parameters import PairParameters
from isogloss.pipelines.mediation.pair_tables import (
    choose_languages,
    read_language,
    tabulate_pairs,
)
from isogloss.progress import progress


def make_pairs(
    lm: LanguageModel,
    word_lists: pd.DataFrame,
    category_names: pd.DataFrame,
    category_relations: pd.DataFrame,
    counting_phrases: pd.DataFrame,
    parameters: PairParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make pairs of prompts whose tokens differ in the swapped words alone.

    Which words take equally many tokens is the model's own affair, so each model has its own pairs.
    Its weights are not needed.

    Args:
        lm: the model.
        word_lists: category, concept, language, word, also.
        category_names: category, language, counted, number_of.
        category_relations: category_a, category_b, relation.
        counting_phrases: language, position, text, separator.
        parameters: which pairs.

    Returns:
        `mediation_pairs`; `pair_attrition`: language, kind, named, separators, stage (`pairs` asked
        for, or `proposals` of words on the way), reason (empty: kept), n; `pair_balance`: language,
        kind, named, separators, measure, value, n.

    Raises:
        Refusal: if no pair can be made, or what is asked for is not there.
    """
    tokenizer = lm.tokenizer()
    made: dict[str, LanguagePairs] = {}
    tables = (word_lists, category_names, category_relations, counting_phrases)
    languages = choose_languages(word_lists, parameters.languages)
    with progress(f"{lm.name}: making pairs", len(languages), work="pairs") as report:
        for language in languages:
            words = read_language(*tables, language, single="blank" in parameters.separators)
            made[language] = LanguagePairs(tokenizer, words, parameters)
            made[language].make_all()
            report.worked(len(made[language].pairs))
            report.finished()
    return tabulate_pairs(made, parameters)
