"""What tasks, their measures and the ways of asking are called in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

READING, TRANSLATION = "belebele", "translation"
ACCURACY = "accuracy"
"""What the names of all accuracies begin with."""
HELD_OUT = "held_out"
"""Subset of the items that did not serve to choose the way of asking."""

TASK_LABELS = {
    READING: "Reading",
    "mmlu": "Knowledge",
    TRANSLATION: "Translation",
}
DIRECTION_ORDER = ("", "to_pivot", "both", "from_pivot")
DATA_LABELS = {
    "sample": "items written for this project",
    "belebele": "Belebele",
    "mmlu": "MMLU",
    "flores101": "FLORES-101",
    "global_mmlu": "Global-MMLU",
}
FORMULATION_LABELS = {
    "label": "option letters",
    "cloze": "option texts",
    "generated": "generated answers",
}
NORMALISATION_LABELS = {
    ("label", "none"): "as given",
    ("label", "orders"): "all orders",
    ("label", "contextual"): "calibrated",
    ("cloze", "none"): "summed",
    ("cloze", "character"): "per character",
    ("cloze", "byte"): "per byte",
    ("cloze", "pmi"): "minus prior",
    ("generated", "none"): "",
}
_MEASURES = {
    "p_correct": Metric(
        "probability of the answer", (), "softmax of the options' scores, at the right one", (0, 1)
    ),
    "comet": Metric("COMET", (), "quality that a trained model estimates", (0, 1)),
    "chrf": Metric(
        "chrF++", (), "overlap of characters and words with the reference", (0, 100), 100
    ),
    "bleu": Metric("BLEU", (), "overlap of words with the reference", (0, 100), 100),
}
_ACCURACY = Metric("accuracy", (), "share of items answered right", (0, 1))
_WITHOUT_WORDS = "|nw:0|"
"""In a signature of sacrebleu: chrF, not chrF++."""


def order_tasks(present: Iterable[str]) -> list[str]:
    """Put tasks in the order of all figures; unknown ones last, by name."""
    found = set(present)
    return [task for task in TASK_LABELS if task in found] + sorted(found - set(TASK_LABELS))


def task_label(task: str) -> str:
    """Name a task."""
    return TASK_LABELS.get(task, task)


def measure_of(metric: str, signature: str = "") -> Metric:
    """Look up how the scores of a task are written; an unknown metric keeps its name.

    Args:
        metric: as in `task_scores`.
        signature: of sacrebleu, where known: it tells chrF from chrF++.
    """
    if metric.startswith(ACCURACY):
        return _ACCURACY
    if metric == "chrf" and _WITHOUT_WORDS in signature:
        return Metric("chrF", (), "overlap of characters with the reference", (0, 100), 100)
    return _MEASURES.get(metric, Metric(metric, (), "", None, np.inf))


def outcome_label(task: str, direction: str, pivot: str) -> str:
    """Name a task with its direction: `Translation into English`.

    Args:
        task: as in `task_scores`.
        direction: as there.
        pivot: name of the pivot language.
    """
    ways = {"to_pivot": f" into {pivot}", "from_pivot": f" from {pivot}", "both": ", both ways"}
    return task_label(task) + ways.get(direction, "")


def formulation_label(formulation: str, normalisation: str) -> str:
    """Name how an item was asked and scored: `option texts, per character`."""
    name = FORMULATION_LABELS.get(formulation, formulation)
    kind = NORMALISATION_LABELS.get((formulation, normalisation), normalisation)
    return f"{name}, {kind}" if name and kind else name


def data_label(data: str) -> str:
    """Name the source of items or sentences."""
    return DATA_LABELS.get(data, f"'{data}'")
