"""Hypotheses in words: means, margins, layers, and what keeps some from being tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.formats import format_chance, format_interval, format_score
from isogloss.figures.mediation_names import CATEGORY_SWAP, NAMED
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

PREDICTED = {
    "running_count": "a running count predicts",
    "end_sum": "a sum at the end predicts",
    "works": "if patches work",
    "other": "further hypotheses",
}
"""Models of counting, in the order in which they are shown."""
NOT_TESTABLE = "not testable"
WINDOWS = {
    "early": "the early third",
    "middle": "the middle third",
    "late": "the late third",
    "all": "all layers",
}
_OWN_GATES = {"control": "control", CATEGORY_SWAP: "category swaps"}
_OF_COUNT_SWAPS = "count swaps: "
_SETTING = "mediation_"


def is_tested(rows: pd.DataFrame) -> pd.Series:
    """Say of each row of `mediation_hypotheses` whether there is a verdict."""
    return rows["verdict"] != NOT_TESTABLE


def deciding_p(row: Any) -> float:
    """Give the adjusted p of what was found: of the opposite where that contradicts."""
    contradicted = row.verdict == "contradicted"
    return float(row.p_opposite_holm if contradicted else row.p_holm)


def describe_mean(row: Any) -> str:
    """Write a mean with its interval, with as many digits as it takes: `.21 [.15, .27]`."""
    digits = _count_digits(row)
    interval = format_interval(row.ci_low, row.ci_high, digits)
    return f"{format_score(row.mean, digits)} {interval}"


def describe_margin(row: Any) -> str:
    """Write what was stated: `over .25 of the total, .20`, or `over 0`."""
    before = {"greater": "over", "less": "under", "none": "within"}[row.expects]
    if not row.share:
        return f"{before} 0"
    margin = format_score(row.margin, _count_digits(row))
    return f"{before} {format_chance(row.share)} of the total, {margin}"


def _count_digits(row: Any) -> int:
    largest = max(abs(row.ci_low), abs(row.ci_high), row.error, row.margin)
    return 2 if largest >= 0.1 else 3 if largest >= 0.02 else 4


def format_p(p: float) -> str:
    """Write a p-value: `.003`, or `< .001`."""
    return "< .001" if p < 0.001 else format_score(p, 3)


def describe_layers(row: Any, *, short: bool = False) -> str:
    """Name the layers that a verdict rests on, and those that were stated where they are more.

    `layers 3, 4 (the middle third)`; with `layers 9, 12: of the middle third (7 to 12) no others
    were patched` a verdict rests on less than its sentence says.

    Args:
        row: of `mediation_hypotheses`.
        short: for a figure: `layers 9, 12 of 7 to 12`.
    """
    found = [int(layer) for layer in row.cells.rpartition(" in ")[2].split()]
    meant = [int(layer) for layer in row.layers_meant.split()]
    named = f"layer{'s' if len(found) > 1 else ''} {list_layers(found)}"
    words = row.layers.split()
    called = " and ".join(WINDOWS[word] for word in words) if set(words) <= set(WINDOWS) else ""
    if row.layers == "all" and row.component == "residual":
        called += " below the last"
    if found == meant:
        return f"{named} ({called})" if called and not short else named
    if short:
        return f"{named} of {list_layers(meant)}"
    whole = f"{called} ({list_layers(meant)})" if called else list_layers(meant)
    return f"{named}: of {whole} no others were patched"


def list_layers(layers: Sequence[int]) -> str:
    """List layers: `0, 6, 12`; of more than four, evenly spaced, the ends and the step."""
    if len(layers) > 4 and np.ptp(np.diff(layers)) == 0:
        step = int(layers[1] - layers[0])
        every = "" if step == 1 else f" in steps of {step}"
        return f"{layers[0]} to {layers[-1]}{every}"
    return ", ".join(map(str, layers))


def list_obstacles(rows: pd.DataFrame) -> list[tuple[str, tuple[str, ...]]]:
    """List what keeps hypotheses from being tested, each reason once, with whom it concerns.

    Args:
        rows: of `mediation_hypotheses`, of one model and language; those that are tested are left
            out.

    Returns:
        reasons, and the names of the hypotheses that they keep from being tested; what concerns
        most comes first.
    """
    concerned: dict[str, list[str]] = {}
    for row in named_rows(rows[~is_tested(rows)]):
        for reason in dict.fromkeys(_split_reasons(row)):
            concerned.setdefault(reason, []).append(row.name)
    reasons: dict[tuple[str, ...], list[str]] = {}
    for reason, names in concerned.items():
        reasons.setdefault(tuple(names), []).append(reason)
    found = [("; ".join(same), names) for names, same in reasons.items()]
    return sorted(found, key=lambda one: -len(one[1]))


def explain_obstacles(rows: pd.DataFrame) -> list[str]:
    """Write a line a reason, with the hypotheses that it concerns, or those that it does not."""
    every = list(rows["name"][~is_tested(rows)])
    return [f"{reason} ({_name_concerned(names, every)})" for reason, names in list_obstacles(rows)]


def _name_concerned(names: Sequence[str], every: Sequence[str]) -> str:
    others = [name for name in every if name not in names]
    if len(others) >= len(names) or len(every) == 1:
        return ", ".join(names)
    return f"all but {', '.join(others)}" if others else "all of them"


def _split_reasons(row: Any) -> Iterator[str]:
    """Split a remark; a reason that is about other pairs than count swaps says so."""
    pairs = _OWN_GATES.get(row.kind, "")
    whose = ", ".join(one for one in (pairs, NAMED[row.named].removeprefix(", ")) if one)
    for part in row.remark.split("; "):
        reason = part.removeprefix(_OF_COUNT_SWAPS)
        yield f"{whose}: {reason}" if whose and _SETTING not in reason else reason
