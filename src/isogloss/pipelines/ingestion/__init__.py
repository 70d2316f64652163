"""Ingestion: parallel sentences, checked, and the samples that are drawn from them."""

from isogloss.pipelines.ingestion.pipeline import create_pipeline

__all__ = ["create_pipeline"]
