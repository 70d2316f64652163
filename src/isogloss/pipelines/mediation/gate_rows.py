"""The table of gates: total effects, and what they were compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.pipelines.mediation.gates import NO_BETTER
from isogloss.pipelines.mediation.nulls import name_null
from isogloss.pipelines.mediation.outcomes import CONTROL
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.pipelines.mediation.skill import is_skilled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.mediation.cell_tests import Assessed
    from isogloss.pipelines.mediation.family_gates import Family
    from isogloss.pipelines.mediation.gates import Gate

GATE_COLUMNS = (
    "model",
    "language",
    "kind",
    *LAYOUT,
    "part",
    "subset",
    "outcome",
    "n_pairs",
    "n_categories",
    "total",
    "total_ci_low",
    "total_ci_high",
    "less_null",
    "less_null_ci_low",
    "less_null_ci_high",
    "null_kind",
    "less_irrelevant",
    "less_irrelevant_ci_low",
    "less_irrelevant_ci_high",
    "n_irrelevant",
    "n_irrelevant_categories",
    "accuracy",
    "accuracy_ci_low",
    "accuracy_ci_high",
    "best_constant",
    "candidate_mass",
    "gate",
    "remark",
)


def describe_gate(family: Family, gate: Gate, skill: Mapping[str, Any]) -> dict[str, Any]:
    """Give the row of a gate, but for the model.

    Args:
        family: of pairs.
        gate: theirs.
        skill: of the model, see `measure_skill`.
    """
    counts = family.keys["kind"] != CONTROL
    remarks = [gate.remark]
    if counts and not is_skilled(skill) and NO_BETTER not in remarks:
        remarks.append(NO_BETTER)
    less = gate.less_irrelevant
    return {
        **family.keys,
        "n_pairs": int(family.effects["pair_id"].nunique()),
        "n_categories": int(gate.total.n_categories[0]),
        **_interval("total", gate.total),
        **_interval("less_null", gate.difference),
        "null_kind": name_null(family.null),
        **_interval("less_irrelevant", less),
        "n_irrelevant": gate.n_irrelevant,
        "n_irrelevant_categories": 0 if less is None else int(less.n_categories[0]),
        **(skill if counts else {}),
        "gate": gate.state,
        "remark": "; ".join(remark for remark in remarks if remark),
    }


def _interval(name: str, found: Assessed | None) -> dict[str, float]:
    ends = (np.nan,) * 3 if found is None else (found.mean[0], found.low[0], found.high[0])
    names = (name, f"{name}_ci_low", f"{name}_ci_high")
    return {key: float(end) for key, end in zip(names, ends, strict=True)}
