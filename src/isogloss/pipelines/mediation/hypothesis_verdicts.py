"""Verdicts on what was stated beforehand: intervals, one-sided tests, and what forbids both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.pipelines.mediation.cell_tests import Assessed, assess_cells
from isogloss.pipelines.mediation.gates import OPEN, few_categories
from isogloss.pipelines.mediation.hypothesis_values import (
    Measured,
    Patched,
    UnmeasuredError,
    measure_pairs,
)
from isogloss.pipelines.mediation.pair_parameters import CATEGORY_SWAP
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.mediation.hypothesis_parameters import (
        Expects,
        Hypothesis,
        HypothesisParameters,
    )
    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

SUPPORTED, NOT_SUPPORTED = "supported", "not supported"
CONTRADICTED, NOT_TESTABLE = "contradicted", "not testable"
COUNT_SWAP, CONTROL = "count_swap", "control"
NO_COUNT_SWAP = "there are no count swaps to say whether the model counts: mediation_pairs.kinds"
_NEIGHBOURS = ("up", "down")


@dataclass(frozen=True)
class Judged:
    """A hypothesis with what was measured and found.

    Attributes:
        measured: pair by pair; None if nothing was.
        found: mean over categories, arrays of one; None likewise.
        p: one-sided; NaN if it is not tested.
        obstacles: why nothing can be concluded; empty if something can.
    """

    measured: Measured | None
    found: Assessed | None
    p: float
    obstacles: tuple[str, ...]


def judge_language(
    stated: HypothesisParameters,
    patched: Patched,
    gates: pd.DataFrame,
    parameters: SummaryParameters,
) -> list[dict[str, Any]]:
    """Hold all hypotheses against the effects of one model and language.

    p-values of those that expect a direction are adjusted together (Holm).

    Args:
        stated: the hypotheses.
        patched: effects.
        gates: of the language, of all pairs.
        parameters: of the summary.

    Returns:
        a row each.
    """
    judged = [judge(one, patched, gates, parameters) for one in stated.stated.values()]
    adjusted = adjust_holm([one.p for one in judged])
    return [
        _row(name, hypothesis, one, float(p), stated.level)
        for (name, hypothesis), one, p in zip(stated.stated.items(), judged, adjusted, strict=True)
    ]


def judge(
    hypothesis: Hypothesis, patched: Patched, gates: pd.DataFrame, parameters: SummaryParameters
) -> Judged:
    """Measure one hypothesis and test it, if there is anything to be mediated.

    Args:
        hypothesis: the statement.
        patched: effects of the language.
        gates: of the language, of all pairs.
        parameters: of the summary.
    """
    try:
        measured = measure_pairs(hypothesis, patched)
    except UnmeasuredError as missing:
        closed = find_closed_gate(hypothesis, gates, None)
        return Judged(None, None, np.nan, tuple(one for one in (closed, str(missing)) if one))
    means = measured.pairs.groupby("category")["value"].mean().to_numpy(np.float64)
    found = assess_cells(means[None], parameters)
    obstacles = [find_closed_gate(hypothesis, gates, measured.part)]
    if found.n_categories[0] < parameters.least_categories:
        obstacles.append(few_categories(parameters.least_categories))
    named = tuple(dict.fromkeys(one for one in obstacles if one))
    tested = hypothesis.is_directed and not named
    p = take_one_side(float(found.p[0]), float(found.mean[0]), hypothesis.expects)
    return Judged(measured, found, p if tested else np.nan, named)


def take_one_side(p: float, mean: float, expects: Expects) -> float:
    """Turn a two-sided p into that of one direction.

    Signs are turned in all combinations, each with its opposite, so that half of those that reach
    |t| do so on either side.

    Args:
        p: two-sided.
        mean: that was found.
        expects: `greater` or `less`.
    """
    if mean == 0:
        return 1.0
    return p / 2 if (mean > 0) == (expects == "greater") else 1 - p / 2


def find_closed_gate(hypothesis: Hypothesis, gates: pd.DataFrame, part: str | None) -> str:
    """Say why there is nothing to be mediated; empty if there is.

    Control and category swaps have gates of their own. All other kinds are about counting: they go
    through the gate of count swaps, since where a model does not count, a change of places shows
    nothing either way.

    Args:
        hypothesis: the statement.
        gates: of the language.
        part: of the pairs; None for any.
    """
    kind = hypothesis.kind if hypothesis.kind in (CONTROL, CATEGORY_SWAP) else COUNT_SWAP
    outcome = "log_odds" if hypothesis.outcome in _NEIGHBOURS else hypothesis.outcome
    rows = gates[
        (gates["kind"] == kind)
        & (gates["named"] == hypothesis.named)
        & (gates["outcome"] == outcome)
        & ((gates["part"] == part) | (part is None))
    ]
    if rows.empty:
        return "" if part is None else NO_COUNT_SWAP
    closed = rows[rows["gate"] != OPEN]
    if closed.empty:
        return ""
    remark = str(closed["remark"].iloc[0])
    return remark if hypothesis.kind == kind else f"count swaps: {remark}"


def _row(
    name: str, hypothesis: Hypothesis, judged: Judged, adjusted: float, level: float
) -> dict[str, Any]:
    verdict = NOT_TESTABLE if judged.obstacles else _verdict(hypothesis, judged, adjusted, level)
    plain = ("states", "predicts", "kind", "named", "outcome", "effect", "component", "expects")
    return {
        "name": name,
        **{field: getattr(hypothesis, field) for field in plain},
        "share": np.nan if hypothesis.share is None else hypothesis.share,
        "smallest": np.nan if hypothesis.smallest is None else hypothesis.smallest,
        **_numbers(judged),
        "p": judged.p,
        "p_holm": adjusted,
        "verdict": verdict,
        "remark": "; ".join(judged.obstacles),
    }


def _numbers(judged: Judged) -> dict[str, Any]:
    measured, found = judged.measured, judged.found
    if measured is None or found is None:
        numbers = dict.fromkeys(("mean", "error", "ci_low", "ci_high"), np.nan)
        return {
            "part": "all",
            "cells": "",
            "against": "",
            **numbers,
            "n_pairs": 0,
            "n_categories": 0,
        }
    return {
        "part": measured.part,
        "cells": str(measured.own),
        "against": "" if measured.against is None else str(measured.against),
        "mean": float(found.mean[0]),
        "error": float(found.error[0]),
        "ci_low": float(found.low[0]),
        "ci_high": float(found.high[0]),
        "n_pairs": len(measured.pairs),
        "n_categories": int(found.n_categories[0]),
    }


def _verdict(hypothesis: Hypothesis, judged: Judged, adjusted: float, level: float) -> str:
    numbers = _numbers(judged)
    low, high = float(numbers["ci_low"]), float(numbers["ci_high"])
    if hypothesis.smallest is not None:
        return judge_nothing(low, high, hypothesis.smallest)
    if adjusted <= level:
        return SUPPORTED
    against = high < 0 if hypothesis.expects == "greater" else low > 0
    return CONTRADICTED if against else NOT_SUPPORTED


def judge_nothing(low: float, high: float, smallest: float) -> str:
    """Judge by its interval whether an effect is smaller than what is of interest.

    Args:
        low: end of the interval.
        high: likewise.
        smallest: effect of interest.
    """
    if -smallest < low and high < smallest:
        return SUPPORTED
    return CONTRADICTED if low >= smallest or high <= -smallest else NOT_SUPPORTED
