"""Verdicts on what was stated beforehand, and what forbids any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.pipelines.mediation.gates import OPEN, few_categories
from isogloss.pipelines.mediation.hypothesis_sides import Sides, Tested, compare_sides
from isogloss.pipelines.mediation.hypothesis_values import (
    COUNT_SWAP,
    OWN_TOTAL,
    Measured,
    Patched,
    UnmeasuredError,
    measure_pairs,
)
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from isogloss.pipelines.mediation.hypothesis_parameters import (
        Hypothesis,
        HypothesisParameters,
    )
    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

SUPPORTED, NOT_SUPPORTED = "supported", "not supported"
CONTRADICTED, NOT_TESTABLE = "contradicted", "not testable"
NO_COUNT_SWAP = "there are no count swaps to say whether the model counts: mediation_pairs.kinds"
NO_TOTAL = "the total effect that it is a share of does not exceed 0 in these pairs"


@dataclass(frozen=True)
class Judged:
    """A hypothesis with what was measured and found.

    Attributes:
        measured: pair by pair; None if nothing was.
        found: mean over categories against its margin; None likewise.
        obstacles: why nothing can be concluded; empty if something can.
    """

    measured: Measured | None
    found: Sides | None
    obstacles: tuple[str, ...]


@dataclass(frozen=True)
class Adjusted:
    """A claim with its p-value, adjusted too; NaN where it is not tested."""

    p: float
    p_holm: float
    holds: bool

    def is_told(self, level: float) -> bool:
        """Say whether both the adjusted p and the interval do."""
        return self.p_holm <= level and self.holds


def judge_language(
    stated: HypothesisParameters,
    patched: Patched,
    gates: pd.DataFrame,
    parameters: SummaryParameters,
) -> list[dict[str, Any]]:
    """Hold all hypotheses against the effects of one model and language.

    There are two families, each adjusted by itself (Holm), each of all hypotheses that are tested,
    whichever they expect: what they state, and what contradicts them. So that any is wrongly
    supported has at most the probability `level`, and that any is wrongly contradicted likewise.

    Args:
        stated: the hypotheses.
        patched: effects.
        gates: of the language, of all pairs.
        parameters: of the summary.

    Returns:
        a row each.
    """
    judged = [judge(one, patched, gates, parameters) for one in stated.judged.values()]
    tested = [None if one.obstacles else one.found for one in judged]
    claims = _adjust([None if one is None else one.claim for one in tested])
    opposites = _adjust([None if one is None else one.opposite for one in tested])
    return [
        _row(name, hypothesis, one, claim, opposite, stated.level)
        for (name, hypothesis), one, claim, opposite in zip(
            stated.judged.items(), judged, claims, opposites, strict=True
        )
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
        return Judged(None, None, tuple(one for one in (closed, str(missing)) if one))
    found = compare_sides(hypothesis.expects, measured, parameters)
    obstacles = [find_closed_gate(hypothesis, gates, measured.part)]
    if found.n_categories < parameters.least_categories:
        obstacles.append(few_categories(parameters.least_categories))
    if hypothesis.share and not found.margin_exceeds_zero and not any(obstacles):
        obstacles.append(NO_TOTAL)
    return Judged(measured, found, tuple(dict.fromkeys(one for one in obstacles if one)))


def _adjust(claims: Sequence[Tested | None]) -> list[Adjusted]:
    """Adjust those that are tested, as one family."""
    given = [np.nan if one is None else one.p for one in claims]
    adjusted = adjust_holm(given)
    return [
        Adjusted(p, float(p_holm), one is not None and one.holds)
        for one, p, p_holm in zip(claims, given, adjusted, strict=True)
    ]


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
    kind = hypothesis.kind if hypothesis.kind in OWN_TOTAL else COUNT_SWAP
    rows = gates[
        (gates["kind"] == kind)
        & (gates["named"] == hypothesis.named)
        & (gates["outcome"] == hypothesis.outcome_of_swaps)
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
    name: str,
    hypothesis: Hypothesis,
    judged: Judged,
    claim: Adjusted,
    opposite: Adjusted,
    level: float,
) -> dict[str, Any]:
    told = SUPPORTED if claim.is_told(level) else NOT_SUPPORTED
    verdict = CONTRADICTED if opposite.is_told(level) else told
    plain = ("states", "predicts", "kind", "named", "outcome", "effect", "component")
    return {
        "name": name,
        **{field: getattr(hypothesis, field) for field in (*plain, "expects", "share")},
        "layers": " ".join(map(str, hypothesis.layers)),
        **_describe_measured(judged.measured),
        **_describe_found(judged.found),
        "p": claim.p,
        "p_holm": claim.p_holm,
        "p_opposite": opposite.p,
        "p_opposite_holm": opposite.p_holm,
        "verdict": NOT_TESTABLE if judged.obstacles else verdict,
        "remark": "; ".join(judged.obstacles),
    }


def _describe_measured(measured: Measured | None) -> dict[str, Any]:
    if measured is None:
        nothing = dict.fromkeys(("layers_meant", "cells", "against"), "")
        return {"part": "all", **nothing, "n_pairs": 0, "n_pairs_all": 0}
    return {
        "part": measured.part,
        "layers_meant": " ".join(map(str, measured.own.meant)),
        "cells": str(measured.own),
        "against": "" if measured.against is None else str(measured.against),
        "n_pairs": len(measured.pairs),
        "n_pairs_all": measured.n_pairs_all,
    }


def _describe_found(found: Sides | None) -> dict[str, Any]:
    if found is None:
        numbers = ("margin", "mean", "error", "ci_low", "ci_high")
        return {**dict.fromkeys(numbers, np.nan), "n_categories": 0}
    return {
        "margin": found.margin,
        "mean": found.mean,
        "error": found.error,
        "ci_low": found.low,
        "ci_high": found.high,
        "n_categories": found.n_categories,
    }
