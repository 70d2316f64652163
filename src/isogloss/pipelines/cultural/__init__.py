"""Whose values a model voices, and in which language."""

from isogloss.pipelines.cultural.pipeline import Asked, create_pipeline

__all__ = ["Asked", "create_pipeline"]
