"""Nodes that compare answers item by item: with alignment, and between languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.outline import settle_token_budget
from isogloss.partitions import Partitions, StoredPartitions, digest
from isogloss.pipelines.tasks.answer_consistency import measure_answer_consistency
from isogloss.pipelines.tasks.empty_tables import empty_table
from isogloss.pipelines.tasks.item_alignment import (
    OptionReading,
    align_languages,
    summarise_layers,
)
from isogloss.pipelines.tasks.item_link import LayerRange, link_items
from isogloss.pipelines.tasks.parameters import ItemAlignmentParameters, TaskParameters
from isogloss.progress import progress
from isogloss.provenance import record_sources

DEFINITION = 1
"""Of the alignment of items that is stored; raised when its formula changes."""
Items = Mapping[str, Mapping[str, pd.DataFrame]]


def align_items(
    lm: LanguageModel,
    reading_items: pd.DataFrame,
    knowledge_items: pd.DataFrame,
    pivot: str,
    parameters: ItemAlignmentParameters,
) -> Partitions[pd.DataFrame]:
    """Say which items' options a model aligns with the pivot's, one partition a task and language.

    Returns:
        `<task>.<language>` -> see `item_alignment.align_languages`.
    """
    items: Items = {
        task: {str(language): rows for language, rows in table.groupby("language", sort=True)}
        for task, table in (
            ("belebele", reading_items),
            ("mmlu", knowledge_items[knowledge_items["split"] == "test"]),
        )
        if task in parameters.include
    }
    budget = settle_token_budget(lm, parameters.token_budget)
    settled = parameters.model_copy(update={"token_budget": budget})
    decided = {"pooling": settled.pooling, "passage": settled.passage}
    fingerprint = {
        "definition": DEFINITION,
        **model_fingerprint(lm, token_budget=budget),
        **decided,
    }
    digests = {
        f"{task}.{language}": {"items": digest(*(_cells(own[code]) for code in (language, pivot)))}
        for task, own in items.items()
        for language in own
        if language != pivot
    }
    compute = partial(_align, lm, items, pivot, settled)
    return Partitions(fingerprint, digests, compute)


def _cells(items: pd.DataFrame) -> list[list[str]]:
    cells: list[list[str]] = items.astype(str).to_numpy().tolist()
    return cells


def _align(
    lm: LanguageModel,
    items: Items,
    pivot: str,
    parameters: ItemAlignmentParameters,
    identifiers: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    reading = OptionReading(
        pooling=parameters.pooling,
        passage=parameters.passage,
        token_budget=parameters.token_budget,
    )
    with (
        lm.open() as loaded,
        progress(f"{lm.name}: aligning items", len(identifiers), "parts") as report,
    ):
        for task, tables in items.items():
            wanted = [name for name in tables if f"{task}.{name}" in identifiers]
            own = {name: tables[name] for name in [pivot, *wanted]}
            for language, table in align_languages(
                loaded, own, pivot, wanted, reading=reading, advance=report.worked
            ):
                yield f"{task}.{language}", table
                report.finished()


def link_answers(
    item_scores: pd.DataFrame,
    question_scores: pd.DataFrame,
    item_alignment: StoredPartitions[pd.DataFrame],
    tasks: TaskParameters,
    parameters: ItemAlignmentParameters,
) -> pd.DataFrame:
    """Compare the answers to aligned items with those to others; see `item_link.link_items`.

    Args:
        item_scores: of one model; of them the formulation that stands for it.
        question_scores: of the same model; say which formulation that is.
        item_alignment: of the same model.
        tasks: confidence, rounds and seed.
        parameters: layers.
    """
    tables = {identifier: load() for identifier, load in item_alignment.items()}
    if not tables:  # there is no language beside the pivot
        return empty_table("ItemLink")
    last = max(int(table["layer"].max()) for table in tables.values())
    given = parameters.layer_range
    layers = LayerRange(1, last - 1) if given == "inner" else LayerRange(*given)
    summaries = []
    for identifier, table in tables.items():
        task, _, language = identifier.partition(".")
        summaries.append(summarise_layers(table, *layers).assign(task=task, language=language))
    linked = link_items(
        _selected(item_scores, question_scores),
        pd.concat(summaries, ignore_index=True),
        layers,
        rounds=tasks.rounds,
        seed=tasks.seed,
        confidence=tasks.confidence,
    )
    if linked.empty:  # other tasks were aligned than asked
        return empty_table("ItemLink")
    return record_sources(linked, item_alignment=item_alignment.fingerprint)


def measure_consistency(
    item_scores: pd.DataFrame, question_scores: pd.DataFrame, tasks: TaskParameters
) -> pd.DataFrame:
    """Say whether a model answers alike in every two languages.

    Args:
        item_scores: of one model; of them the formulation that stands for it.
        question_scores: of the same model; say which formulation that is.
        tasks: confidence, rounds and seed.

    Returns:
        See `answer_consistency.measure_answer_consistency`.
    """
    selected = _selected(item_scores, question_scores)
    if selected["language"].nunique() < 2:
        return empty_table("AnswerConsistency")
    table = measure_answer_consistency(
        selected, rounds=tasks.rounds, seed=tasks.seed, confidence=tasks.confidence
    )
    return table if len(table) else empty_table("AnswerConsistency")


def _selected(item_scores: pd.DataFrame, question_scores: pd.DataFrame) -> pd.DataFrame:
    key = ["task", "formulation", "normalisation"]
    chosen = question_scores.loc[question_scores["selected"], key].drop_duplicates()
    return item_scores.merge(chosen, on=key)
