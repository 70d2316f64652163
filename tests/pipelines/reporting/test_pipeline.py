from __future__ import annotations

from typing import TYPE_CHECKING, get_type_hints

import pandas as pd
import pytest
from matplotlib.figure import Figure

from isogloss.partitions import PartitionError
from isogloss.pipelines.reporting import create_pipeline, nodes
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.provenance import record_sources

if TYPE_CHECKING:
    from isogloss.partitions import StoredPartitions
    from isogloss.tensors import TensorFile

MODELS = ["gemma_270m_q4", "minilm_l6"]
TOGETHER = {
    "scoreboard",
    "scoreboard_csv",
    "scoreboard_figure",
    "scoreboard_latex",
    "references",
    "report",
    "cross_study_claims",
    "claims",
    "claims_csv",
    "claim_sentences",
    "summary",
}
"""What is made of all studies, also where one of them alone is run."""
PARAMETERS = ReportingParameters(rounds=200, model_labels={"tiny_q4": "Tiny, 4-bit"})


def test_models_read_their_own_tables_and_shared_ones_only() -> None:
    for node in create_pipeline(MODELS).nodes:
        if node.namespace is None:
            continue
        shared = {"languages", "params:pivot", "params:reporting", "params:cross_study"}
        assert all(name.startswith(f"{node.namespace}.") for name in {*node.inputs} - shared)


def test_outputs() -> None:
    outputs = create_pipeline(["tiny"]).all_outputs()
    assert outputs > TOGETHER
    outputs -= TOGETHER
    figures = {name for name in outputs if name.endswith("_figure")}
    assert figures == {
        "tiny.alignment_by_layer_figure",
        "tiny.metrics_by_layer_figure",
        "tiny.alignment_matrix_figure",
        "tiny.alignment_extremes_figure",
        "tiny.retrieval_statistics_figure",
        "tiny.task_scores_figure",
        "tiny.formulations_figure",
        "task_overview_figure",
        "alignment_against_scores_figure",
        "pooling_comparison_figure",
        "alignment_overview_figure",
        "pivot_ranking_figure",
        "language_profiles_figure",
        "cross_study_figure",
    }
    assert outputs - figures == {
        "tiny.alignment_csv",
        "tiny.retrieval_statistics_csv",
        "tiny.alignment_overview",
        "tiny.pivot_overview",
        "alignment_overview",
        "alignment_overview_csv",
        "pivot_overview",
        "pivot_overview_csv",
        "language_profiles",
        "language_profiles_csv",
        "alignment_summary_csv",
        "alignment_extremes_csv",
        "alignment_description",
        "task_description",
        "task_scores_csv",
        "tiny.item_link_csv",
        "tiny.answer_consistency_csv",
        "correlations",
        "correlations_csv",
        "partial_correlations",
        "partial_correlations_csv",
        "language_correlations",
        "language_correlations_csv",
        "alignment_cells",
        "alignment_claims",
        "alignment_section",
        "cross_study_section",
        "tasks_section",
        "task_cells",
        "tiny.alignment_predictor",
        "alignment_predictor",
        "alignment_predictor_csv",
        "tiny.item_evidence",
        "item_evidence",
        "cross_study",
        "cross_study_csv",
        "cross_study_description",
        "task_claims",
    }


def test_alignment_stands_beside_what_there_is_of_the_other_studies() -> None:
    def inputs(*arguments: object, **options: object) -> set[str]:
        nodes = {node.name: node for node in create_pipeline(*arguments, **options).nodes}  # type: ignore[arg-type]
        return set(nodes["study_across"].inputs)

    least = {"alignment_predictor", "scoreboard", "languages", "params:pivot", "params:cross_study"}
    assert inputs(MODELS) == least | {"language_profiles", "item_evidence"}
    assert inputs(MODELS, tasks=()) == least | {"language_profiles"}
    assert inputs(MODELS, tasks=("translation",)) == least | {"language_profiles"}
    assert inputs(MODELS, profiled=[], scored=[]) == least
    outputs = create_pipeline(MODELS, scored=["gemma_270m_q4"]).all_outputs()
    assert "minilm_l6.alignment_predictor" in outputs
    assert "minilm_l6.item_evidence" not in outputs
    assert "cross_study" not in create_pipeline([], merged=["minilm_l6"]).all_outputs()


def test_an_encoder_reports_its_own_merges_and_nothing_of_another() -> None:
    pipeline = create_pipeline([], merged=["minilm_l6", "xlmr"])
    shared = {
        "locales", "languages", "params:reporting", "params:intents.corpus",
        "params:merge_scoring.pivot", "params:merge_scoring.confidence", "params:scoreboard",
    }  # fmt: skip
    for node in pipeline.nodes:
        own = {name for name in node.inputs if name.startswith(f"{node.namespace}.")}
        if node.namespace is None:
            stacked = node.name in ("stack_merging_cells", "write_merging_section")
            assert stacked or not any("." in name for name in {*node.inputs} - shared)
        else:
            assert set(node.inputs) - own <= shared
    assert "return" in get_type_hints(pipeline.nodes[0].func)
    outputs = {name for name in pipeline.all_outputs() if not name.startswith("xlmr.")}
    assert outputs - TOGETHER == {
        "merge_description",
        "merging_cells",
        "merging_claims",
        "merging_section",
        "minilm_l6.merge_cells",
        "minilm_l6.merge_scores_figure",
        "minilm_l6.merge_gains_figure",
        "minilm_l6.gain_against_similarity_figure",
        "minilm_l6.transfer_matrix_figure",
        "minilm_l6.merge_weights_figure",
        "minilm_l6.task_vectors_figure",
        "minilm_l6.merge_table_csv",
        "minilm_l6.merge_report",
        "minilm_l6.merge_report_json",
        "minilm_l6.merge_results_csv",
        "minilm_l6.merge_comparisons_csv",
        "minilm_l6.merge_summary_csv",
        "minilm_l6.transfer_accuracy_csv",
        "minilm_l6.task_vectors_csv",
        "minilm_l6.merge_weights_csv",
    }


def test_nothing_is_said_of_merging_where_nothing_is_merged() -> None:
    assert not any("merge" in name for name in create_pipeline(MODELS).datasets())
    assert "merging_cells" not in create_pipeline(MODELS).all_outputs()
    both = create_pipeline(MODELS, merged=["minilm_l6"]).all_outputs()
    assert {"alignment_description", "merge_description"} <= both
    assert "gemma_270m_q4.merge_report" not in both
    tagged = create_pipeline(MODELS, merged=["minilm_l6"]).only_nodes_with_tags("merging")
    assert {"merge_description", "minilm_l6.merge_report"} <= tagged.all_outputs()
    assert "alignment_description" not in tagged.all_outputs()


def test_one_study_alone_gives_a_scoreboard() -> None:
    pipeline = create_pipeline(MODELS, merged=["minilm_l6"]).only_nodes_with_tags("merging")
    assert pipeline.all_outputs() > TOGETHER
    # The page shows the sections of other studies that lie there from before.
    assert "merging_section" in pipeline.all_outputs()
    assert {"alignment_section", "tasks_section", "run_facts"} <= pipeline.inputs()
    assert {"alignment_cells", "task_cells", "culture_cells"} <= pipeline.inputs()
    assert TOGETHER.isdisjoint(create_pipeline([]).all_outputs())


def test_only_models_with_a_profile_are_asked_for_one() -> None:
    inputs = create_pipeline(MODELS, ["minilm_l6"]).inputs()
    assert "minilm_l6.language_profile" in inputs
    assert "gemma_270m_q4.language_profile" not in inputs
    assert "language_profiles" not in create_pipeline(MODELS, []).all_outputs()
    assert create_pipeline([]).nodes == []


def test_correlations_need_two_tables_and_nothing_of_a_model() -> None:
    pipeline = create_pipeline(MODELS)
    (node,) = (
        pipeline.to_outputs("correlations").from_inputs("alignment_summary", "task_scores").nodes
    )
    assert set(node.inputs) == {
        "alignment_summary",
        "task_scores",
        "params:pivot",
        "params:correlation",
    }


def test_what_no_model_can_tell_is_not_correlated() -> None:
    encoders = create_pipeline(MODELS, MODELS, scored=[])
    assert "task_scores" not in encoders.inputs()
    assert "correlations" not in encoders.all_outputs()
    unprofiled = create_pipeline(MODELS, ["minilm_l6"], ["gemma_270m_q4"]).all_outputs()
    assert "correlations" in unprofiled
    assert "partial_correlations" not in unprofiled


def test_annotations_resolve_at_run_time() -> None:
    for node in create_pipeline(MODELS).nodes:
        assert "return" in get_type_hints(node.func)


def test_parameters_are_checked() -> None:
    assert ReportingParameters().label("x") == "x"
    with pytest.raises(ValueError, match="Unknown metric 'mexxa'"):
        ReportingParameters(metric="mexxa")
    with pytest.raises(ValueError, match="extra"):
        ReportingParameters.model_validate({"pooing": "last"})


def test_from_outcomes_to_text_and_figures(
    outcomes: StoredPartitions[TensorFile], summary: pd.DataFrame, languages: pd.DataFrame
) -> None:
    by_layer = nodes.average_pairs(outcomes, summary, PARAMETERS)
    assert set(by_layer["pooling"]) == {"mean", "last"}
    ranking = nodes.rank_against_pivot(outcomes, summary, "eng", PARAMETERS)
    assert len(ranking) == 8
    stacked = nodes.stack_tables(by_layer, by_layer.assign(model="other"))
    assert list(pd.unique(stacked["model"])) == ["tiny_q4", "other"]
    text = nodes.describe_alignment(by_layer, ranking, languages, "sample", PARAMETERS)
    assert "Tiny, 4-bit\n  best layer   2 of 1 to 2" in text
    assert "tied with it: " in text
    assert "worst        Yoruba" in text
    profile = pd.DataFrame(
        {"model": "tiny_q4", "language": ["deu", "swh"], "token_parity": [1.2, 3]}
    )
    drawn = [
        nodes.draw_metrics_by_layer(by_layer, PARAMETERS),
        nodes.draw_alignment_overview(stacked, PARAMETERS),
        nodes.draw_alignment_matrix(summary, languages, PARAMETERS),
        nodes.draw_alignment_extremes(summary, languages, PARAMETERS),
        nodes.draw_pivot_ranking(ranking, languages, PARAMETERS),
        nodes.draw_language_profiles(profile.assign(n=60), ranking, languages, PARAMETERS),
    ]
    assert all(isinstance(figure, Figure) for figure in drawn)
    assert drawn[2].get_suptitle().startswith("Tiny, 4-bit: alignment of every pair")
    for table in (by_layer, ranking):
        assert table.attrs["made_from"] == {"alignment_outcomes": {"seed": 1}}
    table = pd.DataFrame({"a": [1]})
    assert nodes.copy_table(table) is table


def test_a_summary_of_other_outcomes_is_refused(
    outcomes: StoredPartitions[TensorFile], summary: pd.DataFrame
) -> None:
    other = record_sources(summary.copy(), alignment_outcomes={"seed": 2})
    with pytest.raises(PartitionError, match="alignment_summary were made .*seed: 2 -> 1"):
        nodes.average_pairs(outcomes, other, PARAMETERS)
    same = record_sources(summary.copy(), alignment_outcomes={"seed": 1})
    assert len(nodes.rank_against_pivot(outcomes, same, "eng", PARAMETERS)) == 8
