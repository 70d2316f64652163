"""Ingestion: sentences, test items and utterances, checked, and samples of the sentences."""

from isogloss.pipelines.ingestion.pipeline import create_pipeline

__all__ = ["create_pipeline"]
