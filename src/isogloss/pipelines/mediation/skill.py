"""Whether a model counts at all, without which nothing of counting is mediated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS
from isogloss.pipelines.mediation.outcomes import CONTROL
from isogloss.statistics.clustered import resample_items, score_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

UNCOUNTED = (CONTROL, *COUNTERPARTS.values())


def measure_skill(outcomes: pd.DataFrame, parameters: SummaryParameters) -> dict[str, Any]:
    """Say how often counts of base prompts are right, and how often one constant would be.

    Lists that are asked for an irrelevant category are left out: they are the same lists again, and
    hold few members of it, so that one constant answer would be right in most.

    Args:
        outcomes: of one language and layout.
        parameters: of the summary.
    """
    asked = outcomes[(outcomes["run"] == "base") & ~outcomes["kind"].isin(UNCOUNTED)]
    if asked.empty:
        return {}
    drawn = resample_items(
        asked["category"].to_numpy(),
        rounds=parameters.rounds,
        generator=np.random.default_rng(parameters.seed),
    )
    right = asked["correct"].to_numpy(np.float64)[None]
    score = score_items(right, drawn, parameters.confidence)
    return {
        "accuracy": float(score.score[0]),
        "accuracy_ci_low": float(score.low[0]),
        "accuracy_ci_high": float(score.high[0]),
        "best_constant": float(asked["answer"].value_counts(normalize=True).max()),
        "candidate_mass": float(asked["candidate_mass"].mean()),
    }


def is_skilled(skill: Mapping[str, Any]) -> bool:
    """Say whether a model counts better than one constant answer; so it is taken if unmeasured.

    Args:
        skill: of `measure_skill`.
    """
    return not skill or bool(skill["accuracy_ci_low"] > skill["best_constant"])
