"""Nodes that score how models count, and gather what is said of them all."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd

from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_contrasts import contrast_predictions
from isogloss.pipelines.counting.count_predictions import count_answers
from isogloss.pipelines.counting.count_questions import describe_shortage, gather_lists
from isogloss.pipelines.counting.count_scores import score_predictions
from isogloss.pipelines.counting.list_knowledge import add_knowledge
from isogloss.pipelines.counting.prompt_preview import preview_prompts
from isogloss.provenance import record_sources, sources_of, stack_tables

logger = logging.getLogger(__name__)


def score_counts(
    count_predictions: pd.DataFrame, list_knowledge: pd.DataFrame, parameters: BenchmarkParameters
) -> pd.DataFrame:
    """Score the answers of one model; see `count_scores.score_predictions`.

    Args:
        count_predictions: of the model.
        list_knowledge: what it takes for members; empty where it was not asked.
        parameters: intervals and seed.
    """
    scores = score_predictions(add_knowledge(count_predictions, list_knowledge), parameters)
    return record_sources(
        scores,
        count_predictions=sources_of(count_predictions),
        list_knowledge=sources_of(list_knowledge),
    )


def contrast_counts(
    count_predictions: pd.DataFrame, pivot: str, parameters: BenchmarkParameters
) -> pd.DataFrame:
    """Compare ways of asking and languages list by list; see `contrast_predictions`.

    Args:
        count_predictions: of one model.
        pivot: the language that the others are compared with.
        parameters: intervals and seed.
    """
    contrasts = contrast_predictions(count_predictions, pivot, parameters)
    return record_sources(contrasts, count_predictions=sources_of(count_predictions))


def show_counting_prompts(
    counting_items: pd.DataFrame,
    category_names: pd.DataFrame,
    counting_phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> pd.DataFrame:
    """Render one prompt of every kind; see `prompt_preview.preview_prompts`.

    Args:
        counting_items: the lists.
        category_names: category, language, counted, number_of.
        counting_phrases: language, position, text, separator.
        numerals: language, number, kind, form.
        parameters: how is asked.
    """
    asked = gather_lists(counting_items, category_names, counting_phrases, numerals, parameters)
    if shortage := describe_shortage(asked, parameters):
        logger.warning("Counting: %s", shortage)
    return preview_prompts(asked, parameters)


def gather_counting_scores(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack the scores of all models.

    Args:
        *tables: `{model}.counting_scores`.
    """
    return stack_tables(tables)


def gather_counting_contrasts(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack the contrasts of all models.

    Args:
        *tables: `{model}.counting_contrasts`.
    """
    return stack_tables(tables)


def gather_confusions(*tables: pd.DataFrame) -> pd.DataFrame:
    """Count how often every model gave each answer to lists of each count and length.

    Args:
        *tables: `{model}.count_predictions`.
    """
    return stack_tables([count_answers(table) for table in tables])


def export_counting_scores(
    counting_scores: pd.DataFrame,
    counting_contrasts: pd.DataFrame,
    counting_confusion: pd.DataFrame,
) -> dict[str, list[dict[str, Any]]]:
    """Give all scores as records for other programs; what is missing is null.

    Args:
        counting_scores: of all models.
        counting_contrasts: of all models.
        counting_confusion: of all models.
    """
    return {
        "scores": _records(counting_scores),
        "contrasts": _records(counting_contrasts),
        "answers": _records(counting_confusion),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object)
    return [
        {str(name): value for name, value in row.items()}
        for row in plain.where(plain.notna(), None).to_dict("records")
    ]
