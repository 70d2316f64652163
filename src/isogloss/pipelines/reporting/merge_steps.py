"""Which tables the reports on merging are made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.merge_nodes import (
    describe_merges,
    document_merges,
    draw_gain_against_similarity,
    draw_merge_gains,
    draw_merge_scores,
    draw_merge_weights,
    draw_task_vectors,
    draw_transfer_matrix,
    report_merges,
    tabulate_merges,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS, CONFIDENCE = "params:intents.corpus", "params:merge_scoring.confidence"
PIVOT_LOCALE = "params:merge_scoring.pivot"
PARAMETERS = "params:reporting"
SHARED = {"locales", "languages"}
SETTINGS = {CORPUS, CONFIDENCE, PIVOT_LOCALE, PARAMETERS}
CSV_TWINS = (
    "merge_results",
    "merge_comparisons",
    "merge_summary",
    "transfer_accuracy",
    "merge_weights",
    "task_vectors",
)
_STUDY = {
    "spelling": "locale_spelling",
    "locales": "locales",
    "languages": "languages",
    "corpus": CORPUS,
    "confidence": CONFIDENCE,
    "parameters": PARAMETERS,
}
_PAGE = {
    "results": "merge_results",
    "comparisons": "merge_comparisons",
    "summary": "merge_summary",
    "weights": "merge_weights",
    "transfer": "transfer_accuracy",
    "remarks": "merge_remarks",
    "failures": "merge_failures",
    "spelling": "locale_spelling",
    "locales": "locales",
    "corpus": CORPUS,
    "pivot": PIVOT_LOCALE,
    "confidence": CONFIDENCE,
    "parameters": PARAMETERS,
}
_FIGURES: dict[Callable[..., object], tuple[str, ...]] = {
    draw_merge_scores: ("merge_results",),
    draw_merge_gains: ("merge_results", "merge_summary", "merge_comparisons"),
    draw_gain_against_similarity: ("merge_results", "merge_weights"),
    draw_transfer_matrix: ("transfer_accuracy",),
    draw_merge_weights: ("merge_weights", "merge_results"),
    draw_task_vectors: ("task_vectors", "transfer_accuracy", "merge_results", "merge_weights"),
}


def list_steps() -> list[tuple[Callable[..., object], dict[str, str], str]]:
    """List what is made of the tables of one encoder: function, its inputs by argument, output."""
    drawn = [
        (
            function,
            {**{table: table for table in tables}, **_STUDY},
            f"{function.__name__.removeprefix('draw_')}_figure",
        )
        for function, tables in _FIGURES.items()
    ]
    compared = ("merge_results", "merge_comparisons", "locales")
    return [
        *drawn,
        (tabulate_merges, {table: table for table in compared}, "merge_table_csv"),
        (document_merges, _PAGE, "merge_report_json"),
        (report_merges, _PAGE, "merge_report"),
    ]


def list_shared_steps() -> list[tuple[Callable[..., object], list[str], str]]:
    """List what is made of the tables of all encoders: function, inputs, output."""
    tables = ["merge_results", "merge_summary", "locale_spelling", "merge_failures"]
    return [(describe_merges, [*tables, CORPUS, CONFIDENCE, PARAMETERS], "merge_description")]
