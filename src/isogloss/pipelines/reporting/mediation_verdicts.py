"""What was stated of a model that counts and what was found, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.mediation_statements import (
    PREDICTED,
    deciding_p,
    describe_layers,
    describe_margin,
    describe_mean,
    explain_obstacles,
    format_p,
    is_tested,
)
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


def list_verdicts(rows: pd.DataFrame) -> Iterator[str]:
    """Write a line a hypothesis, grouped by the model of counting that predicts it.

    Those that could not be tested are named behind the others, and every reason once.

    Args:
        rows: `mediation_hypotheses` of one model and language; nothing is written of none.
    """
    tested = is_tested(rows)
    if tested.any():
        confirming = ", on categories kept apart," * ("confirmation" in set(rows["part"][tested]))
        yield (
            f"  What the settings state, and what was found{confirming} in the layers named (p "
            "one-sided, Holm over these):"
        )
        for title, own in _group(rows[tested]):
            yield f"    {title}:"
            yield from (f"      {_state(row)} {_found(row)}" for row in named_rows(own))
    if not tested.all():
        yield from _list_untested(rows, int((~tested).sum()))


def _list_untested(rows: pd.DataFrame, number: int) -> Iterator[str]:
    yield f"  Not testable: {number} of the {len(rows)} that the settings state."
    for title, own in _group(rows[~is_tested(rows)]):
        yield f"    {title}: {', '.join(own['name'])}"
    yield "    Why:"
    yield from (f"      - {reason}" for reason in explain_obstacles(rows))


def _group(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for predicts, title in PREDICTED.items():
        own = rows[rows["predicts"] == predicts]
        if len(own):
            yield f"{title[0].upper()}{title[1:]}", own


def _state(row: Any) -> str:
    behind = " (category named behind the list)" if row.named == "last" else ""
    return f"- {row.states.rstrip('.')}{behind}."


def _found(row: Any) -> str:
    unit = "items" if row.outcome == "expected_count" else "nats"
    some = row.n_pairs < row.n_pairs_all
    pairs = f", {row.n_pairs} of {row.n_pairs_all} pairs have them" if some else ""
    return (
        f"{row.verdict[0].upper()}{row.verdict[1:]}: {describe_mean(row)} {unit} (stated: "
        f"{describe_margin(row)}), p {format_p(deciding_p(row))}{pairs}. Judged on "
        f"{describe_layers(row)}."
    )
