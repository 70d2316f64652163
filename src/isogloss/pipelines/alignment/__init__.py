"""Alignment: how far two languages share their representations, layer by layer."""

from isogloss.pipelines.alignment.pipeline import create_pipeline

__all__ = ["create_pipeline"]
