"""Figures, overviews and sentences that a person reads."""

from __future__ import annotations

from isogloss.pipelines.reporting.pipeline import (
    QUESTIONS,
    create_comparison_pipeline,
    create_pipeline,
)

__all__ = ["QUESTIONS", "create_comparison_pipeline", "create_pipeline"]
