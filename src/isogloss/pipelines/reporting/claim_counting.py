"""What reports claim of counting and of its mediation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.figures.counting_ways import ALL, list_ways
from isogloss.pipelines.reporting.claim_rows import LEAST_P, complete_claims
from isogloss.pipelines.reporting.score_cells import COUNTING_FORMULA
from isogloss.scoreboard_columns import NOT_TESTED, TESTED

if TYPE_CHECKING:
    from collections.abc import Iterator

ABOVE_BASELINE, TOTAL_EFFECT = "counting_above_baseline", "total_effect"
GATE_FORMULA = "methods/mediation.md#the-gate"
_CLAIMED_KINDS = ("count_swap", "category_swap", "control")
_MEDIATION_KEYS = ["model", "language", "kind", "named", "separators", "part", "subset", "outcome"]


def claim_counting(counting_scores: pd.DataFrame) -> pd.DataFrame:
    """Claim that a model counts right more often than the best baseline.

    Args:
        counting_scores: of all models.
    """
    return complete_claims(
        row
        for model, own in counting_scores.groupby("model", sort=False)
        for row in _above_baseline(str(model), list_ways(own)[0].rows(own))
    )


def _above_baseline(model: str, way: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Compare one model, in one way of asking, with the best baseline over all languages."""
    codes = sorted(set(way["language"]) - {ALL})
    whole = ALL if len(codes) > 1 else codes[0]
    scores = way[(way["metric"] == "accuracy") & (way["by"] == ALL) & (way["language"] == whole)]
    others = scores[scores["answered_by"] != "model"]
    for row in scores[scores["answered_by"] == "model"].to_dict("records"):
        p = row["p_above_baseline_adjusted"]
        yield {
            "study": "counting",
            "model": model,
            "subject": ABOVE_BASELINE,
            "estimate": row["gap"],
            "ci_low": row["gap_ci_low"],
            "ci_high": row["gap_ci_high"],
            "confidence": row["confidence"],
            "n": int(row["clusters"]),
            "unit": "categories" if row["unit"] == "category" else "lists",
            "null": 0.0,
            "p": p,
            "wording": TESTED if pd.notna(p) else NOT_TESTED,
            "reference": row["baseline"],
            "source": "counting_scores",
            "formula": COUNTING_FORMULA,
            "further": {
                "accuracy": [row["value"], row["ci_low"], row["ci_high"]],
                "lists": int(row["n"]),
                "languages": len(codes),
                "baselines": dict(zip(others["answered_by"], others["value"], strict=True)),
            },
        }


def claim_mediation(
    mediation_gates: pd.DataFrame, mediation_summary: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    """Claim that swaps have a total effect; where a gate is closed there is nothing to mediate.

    What a gate is closed for is tested all the same: else those that chance has opened would be
    the only tests that are counted.

    Args:
        mediation_gates: of all models.
        mediation_summary: of all models.
        confidence: of the intervals.
    """
    totals = mediation_summary[
        (mediation_summary["component"] == "") & (mediation_summary["effect"] == "total")
    ]
    tested = totals[[*_MEDIATION_KEYS, "p"]].drop_duplicates(_MEDIATION_KEYS)
    everything = (mediation_gates["subset"] == ALL) & (mediation_gates["part"] == ALL)
    gates = mediation_gates[everything & mediation_gates["kind"].isin(_CLAIMED_KINDS)].merge(
        tested, on=_MEDIATION_KEYS, how="left"
    )
    return complete_claims(
        {
            "study": "mediation",
            "model": row["model"],
            "language": row["language"],
            "subject": TOTAL_EFFECT,
            "key": ".".join(str(row[name]) for name in _MEDIATION_KEYS[1:]),
            "estimate": row["total"],
            "ci_low": row["total_ci_low"],
            "ci_high": row["total_ci_high"],
            "confidence": confidence,
            "n": int(row["n_categories"]),
            "unit": "categories",
            "null": 0.0,
            "p": row["p"],
            "gate": row["gate"],
            "wording": TESTED if pd.notna(row["p"]) else NOT_TESTED,
            "reference": row["kind"],
            "source": "mediation_gates",
            "formula": GATE_FORMULA,
            "further": {
                "pairs": int(row["n_pairs"]),
                "remark": row["remark"],
                LEAST_P: 2.0 ** (1 - int(row["n_categories"])),
                **{name: row[name] for name in ("outcome", "named", "separators")},
            },
        }
        for row in gates.to_dict("records")
    )
