"""What reports claim of one study's numbers going with another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.cross_names import AS_SOURCE
from isogloss.pipelines.reporting.claim_rows import complete_claims
from isogloss.pipelines.reporting.cross_gates import HERE
from isogloss.scoreboard_columns import NOT_TESTED, SHOWN, TESTED

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

ASSOCIATION = "association"
FORMULA = "methods/cross-study.md"


def claim_cross_study(cross_study: pd.DataFrame) -> pd.DataFrame:
    """Claim which studies go together; what has a closed gate, or is exploratory, is not tested.

    Of what cannot be tested there is one claim an outcome and model: what models together, items
    and covariates take comes on top of it.

    Args:
        cross_study: of all models and levels; empty where the analysis was not made.
    """
    if cross_study.empty:
        return complete_claims([])
    plain = (cross_study["level"] == 1) & (cross_study["covariates"] == "")
    return complete_claims(
        {
            "study": "cross-study",
            "model": row["model"],
            "subject": ASSOCIATION,
            "key": ".".join(
                [f"level{int(row['level'])}", row["predictor"], row["outcome"],
                 row["outcome_metric"], *row["covariates"].split()]
            ),
            "estimate": row["estimate"],
            "ci_low": row["ci_low"],
            "ci_high": row["ci_high"],
            "confidence": row["confidence"],
            "n": int(row["n"]),
            "unit": row["unit"],
            "null": 0.0,
            "p": row["p_adjusted"] if _wording(row) == TESTED else float("nan"),
            "gate": row["gate"],
            "wording": _wording(row),
            "reference": row["predictor"],
            "source": "cross_study",
            "formula": FORMULA,
            "further": {
                "level": int(row["level"]),
                "outcome": _outcome(row),
                "estimate_name": row["estimate_name"],
                "needed_r": None if pd.isna(row["needed_r"]) else float(row["needed_r"]),
                "reason": row["reason"].removeprefix(HERE),
                "covariates": row["covariates"],
                "proxy": bool(row["proxy"]),
            },
        }
        for row in cross_study[plain | (cross_study["gate"] == "open")].to_dict("records")
    )  # fmt: skip


def _outcome(row: Mapping[Hashable, Any]) -> str:
    """Name an outcome within a sentence; languages are targets of merges or sources in them."""
    as_source = str(row["outcome_metric"]).endswith(AS_SOURCE)
    return f"{row['outcome']}{AS_SOURCE if as_source else ''}"


def _wording(row: Mapping[Hashable, Any]) -> str:
    if row["gate"] == "closed" or row["proxy"]:
        return NOT_TESTED
    return TESTED if row["confirmatory"] and pd.notna(row["p_adjusted"]) else SHOWN
