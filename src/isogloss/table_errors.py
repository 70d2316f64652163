"""What is wrong with a table that somebody wrote, in words: file, row, column, and what may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import join_faults, suggest
from isogloss.provenance import FIRST_ROW, READ_FROM

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from pandera.errors import SchemaErrors

FAULTS_SHOWN = 10
ABSENT, UNKNOWN_COLUMN = "column_in_dataframe", "column_in_schema"
REPEATED = "field_uniqueness"
NUMBERS = {"coerce_dtype('int64')": "whole number", "coerce_dtype('float64')": "number"}
# Bounds of numbers in a schema -> how a message puts them.
BOUNDS = {
    "greater_than_or_equal_to": "at least {min_value}",
    "in_range": "from {min_value} to {max_value}",
}


def describe_table_errors(error: SchemaErrors) -> str | None:
    """Say of a table that was read from a file where and how it does not fit its schema.

    Args:
        error: of a lazy validation.

    Returns:
        One line a fault; None if the table comes from no file that somebody wrote.
    """
    table = error.data
    path = table.attrs.get(READ_FROM) if isinstance(table, pd.DataFrame) else None
    if path is None:
        return None
    cases = error.failure_cases.to_dict("records")
    # What else is wrong may come of the wrong columns.
    columns = [case for case in cases if case["check"] in (ABSENT, UNKNOWN_COLUMN)]
    faults = list(_columns(columns, error)) if columns else list(_cells(cases, error))
    lines = list(dict.fromkeys(f"{path}{fault}" for fault in faults))
    return join_faults(lines, FAULTS_SHOWN, "more faults of this table.")


def _columns(cases: list[dict[Hashable, Any]], error: SchemaErrors) -> Iterator[str]:
    there, declared = [str(name) for name in error.data], list(error.schema.columns)
    for case in cases:
        name = str(case["failure_case"])
        if case["check"] == ABSENT:
            near = suggest(name, [column for column in there if column not in declared])
            yield f" has no column '{name}'.{near} Add or rename one: {', '.join(there)}."
        else:
            near = suggest(name, [column for column in declared if column not in there])
            yield f" has a column '{name}'.{near} It may have: {', '.join(declared)}."


def _cells(cases: list[dict[Hashable, Any]], error: SchemaErrors) -> Iterator[str]:
    table = error.data
    # A text that is no number fits no bound either: that is no second fault.
    told = {(case["column"], case["index"]) for case in cases if case["check"] in NUMBERS}
    for case in cases:
        check, column, label = str(case["check"]), case["column"], case["index"]
        derived = (column, label) in told and check not in NUMBERS
        if derived or (label is None and check.startswith(("dtype(", *BOUNDS))):
            continue
        if column not in table or label not in table.index:
            yield f": {column}: {case['failure_case']} ({check})."
            continue
        value = table[column].loc[label]
        if check == REPEATED:
            rows = [str(FIRST_ROW + same) for same in table.index[table[column] == value]]
            place, fault = f"rows {' and '.join(rows)}", "stands there twice; keep one of the rows"
        else:
            place, fault = f"row {FIRST_ROW + label}", _fault(str(value), check, case, error)
        end = "" if fault.endswith((".", "?")) else "."
        yield f", {place}, column {column}: '{value}' {fault}{end}"


def _fault(value: str, check: str, case: Mapping[Hashable, Any], error: SchemaErrors) -> str:
    if check in NUMBERS:
        return f"is no {NUMBERS[check]}"
    kind, number = check.partition("(")[0], case["check_number"]
    checks = error.schema.columns[case["column"]].checks
    allowed = {} if number is None or pd.isna(number) else checks[int(number)].statistics
    if kind == "isin":
        names = [str(name) for name in allowed["allowed_values"]]
        shown = ", ".join(name or "an empty cell" for name in names)
        return f"is none of {shown}.{suggest(value, names)}"
    if kind == "str_length" and not value:
        return "is empty; write a text"
    if kind == "str_matches":
        return f"must be of the form {allowed['pattern']}"
    return f"must be {BOUNDS[kind].format(**allowed)}" if kind in BOUNDS else f"fails {check}"
