"""What was predicted of a model that counts and what was found, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.formats import format_chance
from isogloss.figures.mediation_hypotheses import PREDICTED, describe_mean, format_p
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

NOT_TESTABLE = "not testable"


def list_verdicts(rows: pd.DataFrame) -> Iterator[str]:
    """Write a line a hypothesis, grouped by the model of counting that predicts it.

    Args:
        rows: `mediation_hypotheses` of one model and language; nothing is written of none.
    """
    if rows.empty:
        return
    yield "  What was predicted, and what was found (p one-sided, Holm over these):"
    for predicts, title in PREDICTED.items():
        own = rows[rows["predicts"] == predicts]
        if own.empty:
            continue
        yield f"    {title[0].upper()}{title[1:]}:"
        judged = own["verdict"] != NOT_TESTABLE
        yield from (f"      {_state(row)} {_found(row)}" for row in named_rows(own[judged]))
        # What one thing keeps from being tested stands together, and the reason is said once.
        for reason, rest in own[~judged].groupby("remark", sort=False):
            yield from (f"      {_state(row)}" for row in named_rows(rest))
            yield f"        Not testable: {reason}."


def _state(row: Any) -> str:
    behind = " (category named behind the list)" if row.named == "last" else ""
    return f"- {row.states.rstrip('.')}{behind}."


def _found(row: Any) -> str:
    verdict = f"{row.verdict[0].upper()}{row.verdict[1:]}"
    unit = "items" if row.outcome == "expected_count" else "nats"
    p = "" if np.isnan(row.p_holm) else f", p {format_p(row.p_holm)}"
    beyond = (
        "" if np.isnan(row.share) else f" beyond {format_chance(row.share)} of the total effect"
    )
    return f"{verdict}: {describe_mean(row)} {unit}{beyond}{p}."
