"""Whose values a model voices, and in which language."""

from isogloss.pipelines.cultural.pipeline import create_pipeline, create_translation_pipeline

__all__ = ["create_pipeline", "create_translation_pipeline"]
