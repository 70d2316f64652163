"""Tasks: what a model answers, how well it translates, and how sure one can be of it."""

from isogloss.pipelines.tasks.pipeline import create_comet_pipeline, create_pipeline

__all__ = ["create_comet_pipeline", "create_pipeline"]
