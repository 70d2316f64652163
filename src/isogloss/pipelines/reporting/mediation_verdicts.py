"""What was stated of a model that counts and what was found, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.mediation_hypotheses import (
    PREDICTED,
    deciding_p,
    describe_margin,
    describe_mean,
    format_p,
)
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

NOT_TESTABLE = "not testable"


def list_verdicts(rows: pd.DataFrame) -> Iterator[str]:
    """Write a line a hypothesis, grouped by the model of counting that predicts it.

    Args:
        rows: `mediation_hypotheses` of one model and language; nothing is written of none.
    """
    if rows.empty:
        return
    confirming = ", on categories kept apart," * ("confirmation" in set(rows["part"]))
    yield (
        f"  What the settings state, and what was found{confirming} in the layers named (p "
        "one-sided, Holm over these):"
    )
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
    verdict = f"{row.verdict[0].upper()}{row.verdict[1:]} in {_name_layers(row.cells)}"
    unit = "items" if row.outcome == "expected_count" else "nats"
    some = row.n_pairs < row.n_pairs_all
    pairs = f", {row.n_pairs} of {row.n_pairs_all} pairs have them" if some else ""
    return (
        f"{verdict}: {describe_mean(row)} {unit} (stated: {describe_margin(row)}), "
        f"p {format_p(deciding_p(row))}{pairs}."
    )


def _name_layers(cells: str) -> str:
    """Name the layers of cells such as `swapped in 3 4`."""
    layers = [int(layer) for layer in cells.rpartition(" in ")[2].split()]
    return f"layer{'s' if len(layers) > 1 else ''} {list_layers(layers)}"


def list_layers(layers: Sequence[int]) -> str:
    """List layers: `0, 6, 12`; of more than four, evenly spaced, the ends and the step."""
    if len(layers) > 4 and np.ptp(np.diff(layers)) == 0:
        step = int(layers[1] - layers[0])
        every = "" if step == 1 else f" in steps of {step}"
        return f"{layers[0]} to {layers[-1]}{every}"
    return ", ".join(map(str, layers))
