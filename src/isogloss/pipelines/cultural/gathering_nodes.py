"""Tables of several models below each other, or without rows where nobody was asked."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from isogloss.provenance import stack_tables

SCHEMAS = {
    "closed_distributions": "ClosedDistributions",
    "label_accuracy": "LabelAccuracy",
    "order_effects": "OrderEffects",
    "stance_labels": "StanceLabels",
    "survey_prompts": "SurveyPrompts",
}
KEYS = {"label_accuracy": "labeller"}


def gatherer(table: str) -> Callable[..., pd.DataFrame]:
    """Give the function that puts tables below each other.

    Args:
        table: what they hold; a key of `SCHEMAS`.
    """

    def gather_tables(*tables: pd.DataFrame) -> pd.DataFrame:
        """Put tables below each other; without any, give one without rows."""
        if tables:
            return stack_tables(tables, key=KEYS.get(table, "model"))
        from isogloss import response_schemas  # not at the start: it takes half a second

        empty: pd.DataFrame = getattr(response_schemas, SCHEMAS[table]).empty()
        return empty

    return gather_tables
