"""Plotting functions: a tidy table goes in, a matplotlib `Figure` comes out.

No function touches pyplot or any other global state, so figures can be drawn in threads and in
notebooks alike.
"""

from __future__ import annotations

from isogloss.figures.correlation_poolings import draw_pooling_comparison
from isogloss.figures.correlation_scatter import draw_alignment_against_scores
from isogloss.figures.counting_answers import draw_count_answers, draw_count_confusion
from isogloss.figures.counting_grid import draw_counting_grid
from isogloss.figures.counting_scores import draw_counting_scores
from isogloss.figures.counting_sizes import draw_counting_sizes
from isogloss.figures.cross_study import draw_cross_study
from isogloss.figures.culture_alignment import draw_cultural_alignment
from isogloss.figures.culture_bias import draw_us_bias
from isogloss.figures.culture_capability import draw_capability
from isogloss.figures.culture_closed import draw_closed_answers
from isogloss.figures.culture_consistency import draw_self_consistency
from isogloss.figures.culture_cross import draw_cross_effects
from isogloss.figures.culture_map import draw_country_map
from isogloss.figures.culture_profiles import draw_survey_profile
from isogloss.figures.culture_study import CultureGuide
from isogloss.figures.layers import draw_alignment_by_layer
from isogloss.figures.matrix import draw_alignment_matrix
from isogloss.figures.mediation_heads import draw_head_map
from isogloss.figures.mediation_hypotheses import draw_hypotheses
from isogloss.figures.mediation_layers import draw_layer_importance
from isogloss.figures.mediation_maps import draw_mediation_map
from isogloss.figures.mediation_names import MediationGuide, View
from isogloss.figures.mediation_probes import draw_probes
from isogloss.figures.mediation_relocation import draw_running_count
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
from isogloss.figures.scoreboard import draw_scoreboard
from isogloss.figures.task_formulations import draw_formulations
from isogloss.figures.task_overview import draw_task_overview
from isogloss.figures.task_scores import draw_task_scores

__all__ = [
    "CultureGuide",
    "MediationGuide",
    "StudyGuide",
    "View",
    "draw_alignment_against_scores",
    "draw_alignment_by_layer",
    "draw_alignment_extremes",
    "draw_alignment_matrix",
    "draw_alignment_overview",
    "draw_capability",
    "draw_closed_answers",
    "draw_count_answers",
    "draw_count_confusion",
    "draw_counting_grid",
    "draw_counting_scores",
    "draw_counting_sizes",
    "draw_country_map",
    "draw_cross_effects",
    "draw_cross_study",
    "draw_cultural_alignment",
    "draw_formulations",
    "draw_gain_against_similarity",
    "draw_head_map",
    "draw_hypotheses",
    "draw_language_profiles",
    "draw_layer_importance",
    "draw_mediation_map",
    "draw_merge_gains",
    "draw_merge_scores",
    "draw_merge_weights",
    "draw_metrics_by_layer",
    "draw_pivot_ranking",
    "draw_pooling_comparison",
    "draw_probes",
    "draw_retrieval_statistics",
    "draw_running_count",
    "draw_scoreboard",
    "draw_self_consistency",
    "draw_survey_profile",
    "draw_task_overview",
    "draw_task_scores",
    "draw_task_vectors",
    "draw_transfer_matrix",
    "draw_us_bias",
]
