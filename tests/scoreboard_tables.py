"""Small tables of the scoreboard, of claims and of cross-study analyses for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

CELL = {
    "model": "gemma",
    "language": "deu",
    "study": "reading",
    "role": "",
    "metric": "accuracy_label",
    "value": 0.5,
    "ci_low": 0.4,
    "ci_high": 0.6,
    "confidence": 0.95,
    "error": np.nan,
    "n": 100,
    "unit": "passages",
    "items": np.nan,
    "chance": 0.25,
    "above_chance": True,
    "reliability": 0.8,
    "data": "belebele",
    "text_overlap": np.nan,
    "note": "",
    "source": "task_scores",
    "formula": "methods/tasks.md#scores-of-a-language",
}
CLAIM = {
    "id": "reading.gemma.chance",
    "study": "reading",
    "model": "gemma",
    "language": "",
    "subject": "languages_above_chance",
    "estimate": 0.5,
    "ci_low": 0.4,
    "ci_high": 0.6,
    "confidence": 0.95,
    "n": 100,
    "unit": "passages",
    "null": 0.25,
    "p": 0.001,
    "p_adjusted": 0.01,
    "gate": "open",
    "wording": "differs",
    "reference": "chance",
    "source": "task_scores",
    "formula": "methods/tasks.md#scores-of-a-language",
    "further": "{}",
}
QUESTION = {
    "level": 1,
    "model": "gemma",
    "predictor": "mexa_at_60",
    "outcome": "reading",
    "outcome_metric": "accuracy_label",
    "n": 12,
    "unit": "languages",
    "reliability_predictor": 0.9,
    "reliability_outcome": 0.7,
    "above_chance_share": 0.8,
    "needed_r": 0.58,
    "estimate": 0.7,
    "estimate_name": "Spearman rho",
    "ci_low": 0.2,
    "ci_high": 0.9,
    "confidence": 0.95,
    "p": 0.01,
    "p_adjusted": 0.02,
    "family": "level 1 of gemma",
    "without_family_low": 0.6,
    "without_family_high": 0.8,
    "delta_r2": np.nan,
    "covariates": "",
    "confirmatory": True,
    "gate": "open",
    "reason": "",
    "verdict": "associated",
    "text_overlap": 0.0,
    "proxy": False,
}


def rows(base: dict[str, Any], *changes: dict[str, Any]) -> pd.DataFrame:
    """Make a table with one row for each set of changes, or a single row without any."""
    return pd.DataFrame([{**base, **change} for change in changes or ({},)])
