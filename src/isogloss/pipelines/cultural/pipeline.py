"""Values: what people think, what each model says, and how far the two agree."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth

ROOM = "cultural"
SURVEY = "params:survey"


def create_pipeline(survey: str) -> Pipeline:
    """Make the pipeline that asks models what people were asked, and compares.

    Args:
        survey: name of the source of what people answered.
    """
    return Pipeline([_truth_node(survey)], tags=[ROOM])


def _truth_node(survey: str) -> Node:
    return Node(
        measure_ground_truth,
        [f"{survey}_survey", "survey_questions", "languages", SURVEY],
        ["survey_ground_truth", "survey_distributions", "country_languages", "survey_remarks"],
        name="measure_ground_truth",
    )
