"""Sentences into vectors: all layers and poolings of a model in one pass, and what they cost."""

from isogloss.pipelines.representation.pipeline import (
    create_pipeline,
    create_plan_pipeline,
    create_status_pipeline,
)

__all__ = ["create_pipeline", "create_plan_pipeline", "create_status_pipeline"]
