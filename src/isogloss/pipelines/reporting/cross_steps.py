"""Which tables the cross-study analysis is made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.alignment_steps import PARAMETERS, PIVOT, PROFILES
from isogloss.pipelines.reporting.cross_nodes import (
    describe_cross_study,
    draw_cross_study,
    gather_item_evidence,
    predict_outcomes,
    study_across,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from isogloss.pipelines.reporting.alignment_steps import Step

CROSS_STUDY = "params:cross_study"
SETTINGS = {PIVOT, CROSS_STUDY}
PREDICTOR, EVIDENCE = "alignment_predictor", "item_evidence"
"""Tables of every model that are gathered into one."""
TABLE = "cross_study"
CSV_TWINS = (TABLE, PREDICTOR)

PREDICTOR_STEP: Step = (
    predict_outcomes, ["alignment_outcomes", "alignment_summary", PIVOT, CROSS_STUDY], PREDICTOR
)  # fmt: skip
EVIDENCE_STEP: Step = (
    gather_item_evidence, ["item_scores", "question_scores", "item_alignment"], EVIDENCE
)  # fmt: skip


def study_step(*, profiled: bool, asked: bool) -> tuple[Callable[..., object], dict[str, str], str]:
    """Give the analysis itself: function, its inputs by argument, output.

    Args:
        profiled: whether there are language profiles.
        asked: whether some model answered questions.
    """
    inputs = {
        "predictor": PREDICTOR,
        "scoreboard": "scoreboard",
        "languages": "languages",
        "pivot": PIVOT,
        "parameters": CROSS_STUDY,
    }
    inputs |= {"profiles": PROFILES} if profiled else {}
    inputs |= {"items": EVIDENCE} if asked else {}
    return study_across, inputs, TABLE


def list_steps() -> list[Step]:
    """List what is made of the analysis: function, inputs, output."""
    return [
        (
            draw_cross_study,
            [PREDICTOR, "scoreboard", TABLE, "languages", PIVOT, CROSS_STUDY, PARAMETERS],
            "cross_study_figure",
        ),
        (
            describe_cross_study,
            [TABLE, PREDICTOR, "languages", PARAMETERS, CROSS_STUDY],
            "cross_study_description",
        ),
    ]
