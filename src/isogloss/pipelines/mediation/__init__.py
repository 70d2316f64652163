"""Mediation: which activations carry the count of a list to the answer.

The nodes make minimal pairs of prompts, patch activations of one into the other, and say with
intervals what that does to the answer.
"""

from isogloss.pipelines.mediation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
