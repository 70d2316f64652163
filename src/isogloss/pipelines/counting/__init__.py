"""Counting: can a model say how many words of a list belong to a category?"""

from isogloss.pipelines.counting.pipeline import (
    create_check_pipeline,
    create_pipeline,
    create_word_pipeline,
)

__all__ = ["create_check_pipeline", "create_pipeline", "create_word_pipeline"]
