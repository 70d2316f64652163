from __future__ import annotations

import inspect
import typing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.pipeline import Node, Pipeline
from kedro_datasets.partitions import PartitionedDataset
from matplotlib.figure import Figure

from isogloss.figures.culture_study import SYNTHETIC
from isogloss.pipelines.reporting import culture_nodes, culture_steps
from isogloss.pipelines.reporting.culture_inputs import (
    CultureInputs,
    CulturePage,
    CultureTables,
    name_files,
)
from tests.figures.culture_tables import CultureStudy, make_demo
from tests.figures.drawn import caption
from tests.pipelines.reporting.culture_pages import make_page, make_study_inputs

DEMO = make_demo()
_TABLES = (CultureInputs, CulturePage, CultureTables)


def make_tables(study: CultureStudy) -> dict[str, object]:
    """Give every dataset that the steps read, by its name in the catalog."""
    page = make_page(study)
    means = culture_nodes.average_answers(study.scores, 0.95)
    cells = culture_nodes.pair_capabilities(study.capability, study.alignment)
    return {
        "survey_scores": study.scores, "survey_prompts": study.prompts,
        "survey_ground_truth": study.truth, "survey_remarks": page["remarks"],
        "closed_distributions": study.closed, "label_accuracy": study.accuracy,
        "order_effects": study.order_effects, "survey_distributions": study.distributions,
        "survey_questions": study.questions, "country_languages": study.country_languages,
        "languages": page["languages"], "cultural_alignment": study.alignment,
        "cultural_contrasts": study.contrasts, "country_correlations": study.correlations,
        "self_consistency": study.consistency, "cross_effects": study.cross,
        "elicitation_agreement": study.elicitation,
        "capability_regression": study.regression, "model_capabilities": study.capability,
        "labeller_agreement": study.labellers, "original_us_bias": study.published,
        "original_capability": pd.DataFrame(), "question_means": means, "capability_cells": cells,
        culture_steps.CONFIDENCE: 0.95, culture_steps.PARAMETERS: page["parameters"],
        culture_steps.RESPONSE_LANGUAGES: "any",
    }  # fmt: skip


def test_steps_make_a_pipeline_whose_inputs_are_the_tables_of_the_study() -> None:
    steps = culture_steps.list_steps()
    pipeline = Pipeline([Node(*step, name=step[0].__name__) for step in steps])
    assert len(pipeline.nodes) == len(steps)
    made = {"question_means", "capability_cells"}
    assert pipeline.inputs() == set(make_tables(DEMO)) - made
    assert culture_steps.SETTINGS <= pipeline.inputs()


def test_every_step_gives_its_function_what_it_asks_for() -> None:
    for function, inputs, _ in culture_steps.list_steps():
        named = {
            name
            for name, one in inspect.signature(function).parameters.items()
            if one.kind is not inspect.Parameter.VAR_KEYWORD
        }
        rest = set(inputs) - named
        assert rest in [set(), *(set(known.__annotations__) for known in _TABLES)]
        assert named <= set(inputs)
        assert typing.get_type_hints(function), "Kedro reads them at run time"


@pytest.mark.parametrize(
    "step", culture_steps.list_steps(), ids=lambda step: getattr(step[0], "__name__", "")
)
def test_every_step_runs_on_the_tables_of_the_demo(step: tuple[typing.Any, ...]) -> None:
    function, inputs, output = step
    tables = make_tables(DEMO)
    made = function(**{name: tables[table] for name, table in inputs.items()})
    if output.endswith("_figure"):
        assert isinstance(made, Figure)
    elif output.endswith("_figures"):
        assert list(made) == ["gemma_270m_q4"]
        assert isinstance(made["gemma_270m_q4"](), Figure)
    elif output in ("question_means", "capability_cells"):
        assert len(made) > 0
    else:
        assert "SYNTHETIC TRUTH" in made


def test_figures_by_model_are_saved_one_by_one(tmp_path: Path) -> None:
    means = culture_nodes.average_answers(DEMO.scores, 0.95)
    drawn = culture_nodes.draw_survey_profiles(means, DEMO.truth, **make_study_inputs(DEMO))
    folder = PartitionedDataset(
        path=str(tmp_path), dataset="isogloss.datasets.AtomicFigureDataset", filename_suffix=".png"
    )
    folder.save(drawn)
    assert {path.name for path in tmp_path.iterdir()} == {"gemma_270m_q4.png", "gemma_270m_q4.svg"}


def test_a_model_is_drawn_with_its_first_labeller_in_each_way_of_asking() -> None:
    second = DEMO.scores[DEMO.scores["elicitation"] == "open"].assign(labeller="judge")
    scores = pd.concat([DEMO.scores, second])
    means = culture_nodes.average_answers(scores, 0.95)
    [draw] = culture_nodes.draw_survey_profiles(
        means, DEMO.truth, **make_study_inputs(DEMO)
    ).values()
    shown = draw.args[0]  # type: ignore[attr-defined]
    assert set(shown["labeller"]) == {"likelihood", ""}
    assert set(shown["elicitation"]) == {"open", "closed"}
    nothing = culture_nodes.draw_survey_profiles(means[:0], DEMO.truth, **make_study_inputs(DEMO))
    assert nothing == {}


def test_names_of_files_are_safe_and_differ() -> None:
    names = name_files(["gpt-4o", "a/b", "a b", "../x", "日本"])
    assert names == {"gpt-4o": "gpt-4o", "a/b": "a_b", "a b": "a_b_2", "../x": "x", "日本": "model"}
    assert len(set(names.values())) == 5


def test_open_and_closed_answers_have_figures_of_their_own() -> None:
    study = make_study_inputs(DEMO)
    titles = [
        function(DEMO.alignment, **study).get_suptitle()
        for function in (
            culture_nodes.draw_cultural_alignment, culture_nodes.draw_cultural_alignment_closed,
        )
    ]  # fmt: skip
    assert ["own scale" in title for title in titles] == [False, True]
    assert np.unique(titles).size == 2


@pytest.mark.parametrize(
    "step", culture_steps.list_steps(), ids=lambda step: getattr(step[0], "__name__", "")
)
def test_tables_without_rows_are_no_error(step: tuple[typing.Any, ...]) -> None:
    function, inputs, output = step
    given = {"survey_ground_truth", "survey_questions", "country_languages", "languages"}
    tables = {
        name: pd.DataFrame(columns=list(table.columns))
        if isinstance(table, pd.DataFrame) and name not in given
        else table
        for name, table in make_tables(DEMO).items()
    }
    made = function(**{name: tables[table] for name, table in inputs.items()})
    if output.endswith("_figure"):
        assert made.axes[0].texts[0].get_text().startswith("No ")
        survey_enters = output != "cross_effects_figure"
        assert (SYNTHETIC in caption(made)) == survey_enters, "the survey itself was made up"
    elif not isinstance(made, str):
        assert len(made) == 0
    elif output.endswith("_json"):
        assert '"agreement": []' in made
    else:
        assert "o model answered" in made
