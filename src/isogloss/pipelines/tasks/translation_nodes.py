"""Nodes of the translation task."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.tasks import translation_scores as scoring
from isogloss.pipelines.tasks.parameters import TaskParameters, TranslationParameters
from isogloss.pipelines.tasks.translation import translate_languages
from isogloss.pipelines.tasks.translation_comet import average_comet
from isogloss.pipelines.tasks.translation_prompts import TranslationPrompts
from isogloss.pipelines.tasks.translation_requests import example_requests
from isogloss.provenance import record_sources


def translate_sentences(
    lm: LanguageModel,
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: TranslationParameters,
    prompts: TranslationPrompts,
) -> Partitions[pd.DataFrame]:
    """Translate between the pivot and every language; see `translation.translate_languages`."""
    return translate_languages(
        lm, parallel_sentences, sentence_samples, languages, pivot, parameters, prompts
    )


def show_translation_prompts(
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: TranslationParameters,
    prompts: TranslationPrompts,
) -> pd.DataFrame:
    """Write a prompt of every direction and language; see `translation_requests`."""
    return example_requests(
        parallel_sentences, sentence_samples, languages, pivot, parameters, prompts
    )


def translation_scorer(
    model: str, corpus: str
) -> Callable[
    [
        StoredPartitions[pd.DataFrame],
        pd.DataFrame,
        pd.DataFrame,
        pd.DataFrame,
        str,
        TaskParameters,
        TranslationParameters,
    ],
    pd.DataFrame,
]:
    """Give the function that scores the translations of a model.

    Args:
        model: its name.
        corpus: the source of the sentences.
    """

    def score_translations(
        translations: StoredPartitions[pd.DataFrame],
        comet_scores: pd.DataFrame,
        languages: pd.DataFrame,
        sentence_samples: pd.DataFrame,
        pivot: str,
        parameters: TaskParameters,
        translation: TranslationParameters,
    ) -> pd.DataFrame:
        """Score translations by chrF and BLEU, and by COMET where its pipeline has run.

        Returns:
            See `translation_scores.score_translations` and `translation_comet.average_comet`.
        """
        known = scoring.TranslationScoring(
            model, corpus, languages, sentence_samples, pivot, translation, parameters
        )
        table = pd.concat(
            [
                scoring.score_translations(known, translations),
                average_comet(known, translations, comet_scores),
            ],
            ignore_index=True,
        )
        return record_sources(table, translations=translations.fingerprint)

    return score_translations
