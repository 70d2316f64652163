"""Merging: what models of single locales are worth together, for every locale."""

from isogloss.pipelines.merging.pipeline import create_pipeline

__all__ = ["create_pipeline"]
