"""Figures, overviews and sentences that a person reads."""

from __future__ import annotations

from isogloss.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
