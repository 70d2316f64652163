"""Plotting functions: a tidy table goes in, a matplotlib `Figure` comes out.

No function touches pyplot or any other global state, so figures can be drawn in threads and in
notebooks alike.
"""

from __future__ import annotations

from isogloss.figures.correlation_poolings import draw_pooling_comparison
from isogloss.figures.correlation_scatter import draw_alignment_against_scores
from isogloss.figures.layers import draw_alignment_by_layer
from isogloss.figures.matrix import draw_alignment_matrix
from isogloss.figures.merging_gains import draw_merge_gains
from isogloss.figures.merging_matrices import draw_merge_weights, draw_transfer_matrix
from isogloss.figures.merging_scores import draw_merge_scores
from isogloss.figures.merging_similarity import draw_gain_against_similarity
from isogloss.figures.merging_study import StudyGuide
from isogloss.figures.merging_task_vectors import draw_task_vectors
from isogloss.figures.overview import draw_alignment_overview, draw_metrics_by_layer
from isogloss.figures.pairs import draw_alignment_extremes
from isogloss.figures.profile import draw_language_profiles
from isogloss.figures.ranking import draw_pivot_ranking
from isogloss.figures.retrieval import draw_retrieval_statistics
from isogloss.figures.task_formulations import draw_formulations
from isogloss.figures.task_overview import draw_task_overview
from isogloss.figures.task_scores import draw_task_scores

__all__ = [
    "StudyGuide",
    "draw_alignment_against_scores",
    "draw_alignment_by_layer",
    "draw_alignment_extremes",
    "draw_alignment_matrix",
    "draw_alignment_overview",
    "draw_formulations",
    "draw_gain_against_similarity",
    "draw_language_profiles",
    "draw_merge_gains",
    "draw_merge_scores",
    "draw_merge_weights",
    "draw_metrics_by_layer",
    "draw_pivot_ranking",
    "draw_pooling_comparison",
    "draw_retrieval_statistics",
    "draw_task_overview",
    "draw_task_scores",
    "draw_task_vectors",
    "draw_transfer_matrix",
]
