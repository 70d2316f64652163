"""Hypotheses for tests: those that are shipped, and single ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from isogloss.pipelines.mediation.hypothesis_parameters import Hypothesis, HypothesisParameters

SETTINGS = Path(__file__).parents[3] / "conf" / "base" / "parameters" / "mediation.yml"


def shipped_hypotheses() -> HypothesisParameters:
    given = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))["mediation_hypotheses"]
    return HypothesisParameters.model_validate(given)


def state(**own: Any) -> Hypothesis:
    """State that the final token carries something in all layers, unless told otherwise."""
    plain = {
        "states": "It is there.",
        "predicts": "works",
        "kind": "count_swap",
        "outcome": "log_odds",
        "roles": ["final"],
        "layers": ["all"],
        "expects": "greater",
    }
    return Hypothesis.model_validate({**plain, **own})
