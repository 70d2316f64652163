from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from matplotlib.figure import Figure

from isogloss.pipelines.reporting import merge_nodes as nodes
from isogloss.pipelines.reporting.merge_inputs import StudyInputs
from tests.figures.conftest import language_table
from tests.figures.merge_examples import EIGHT, Study, make_study, read_locales
from tests.pipelines.reporting.merge_pages import BEST, PARAMETERS, make_inputs

STUDY = make_study(EIGHT, unspelled=("tr-TR",))


def shared(study: Study = STUDY, **others: Any) -> StudyInputs:
    inputs: StudyInputs = {
        "spelling": study.spelling,
        "locales": read_locales(),
        "languages": language_table(),
        "corpus": "massive",
        "confidence": 0.9,
        "parameters": PARAMETERS,
    }
    return StudyInputs(**{**inputs, **others})  # type: ignore[typeddict-item]


def draw_all(study: Study, **others: Any) -> dict[str, Figure]:
    given = shared(study, **others)
    weights = study.weights.drop(columns="encoder")
    return {
        "scores": nodes.draw_merge_scores(study.results, **given),
        "gains": nodes.draw_merge_gains(study.results, study.summary, study.comparisons, **given),
        "similarity": nodes.draw_gain_against_similarity(study.results, weights, **given),
        "transfer": nodes.draw_transfer_matrix(study.transfer, **given),
        "weights": nodes.draw_merge_weights(weights, study.results, **given),
        "vectors": nodes.draw_task_vectors(
            study.vectors, study.transfer, study.results, weights, **given
        ),
    }


def words(figure: Figure) -> str:
    axes = [text.get_text() for ax in figure.axes for text in ax.texts]
    return " ".join([*axes, *(text.get_text() for text in figure.texts)]).replace("\n", " ")


@pytest.fixture(scope="module")
def drawn() -> dict[str, Figure]:
    # The mark of made-up data says by itself that they are a sample.
    return draw_all(replace(STUDY, results=STUDY.results.drop(columns="synthetic")))


def test_every_figure_names_the_encoder_and_says_how_far_it_goes(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        assert figure.get_suptitle().startswith("MiniLM: "), name
        assert "One seed, English encoder" in words(figure), name
        assert "sample written" not in words(figure), name
        assert "tr-TR 31%" in words(figure), f"{name}: what cannot be spelled is named"


def test_figures_say_how_sure_their_intervals_are(drawn: dict[str, Figure]) -> None:
    for name in ("scores", "gains", "similarity", "vectors"):
        assert "90% interval" in words(drawn[name]), name


def test_the_sample_and_the_languages_of_the_encoder_are_told() -> None:
    results = STUDY.results.drop(columns="synthetic")
    sample = nodes.draw_merge_scores(results, **shared(corpus="sample"))
    assert "English encoder, sample written for this project" in words(sample)
    other = PARAMETERS.model_copy(update={"english_models": ()})
    assert "English encoder" not in words(
        nodes.draw_merge_scores(results, **shared(parameters=other))
    )


def test_two_locales_and_several_seeds_can_be_drawn() -> None:
    for name, figure in draw_all(make_study(EIGHT[:2], seeds=(0, 1, 2))).items():
        assert "Mean over 3 seeds" in words(figure), name


def test_baselines_alone_can_be_drawn() -> None:
    """Only the experiment `baseline`, and sources without a base: no merges, no task vectors."""
    methods = ["own", "pivot", "best_source", "mean_source", "majority"]
    alone = replace(
        STUDY,
        results=STUDY.results[STUDY.results["method"].isin(methods)],
        comparisons=STUDY.comparisons.iloc[:0],
        summary=STUDY.summary[STUDY.summary["recipe"].isin([*methods, BEST])],
        weights=STUDY.weights.iloc[:0],
        vectors=STUDY.vectors.iloc[:0],
    )
    drawn = draw_all(alone)
    assert "No merge was compared with a baseline." in words(drawn["gains"])
    assert "Nothing was merged." in words(drawn["weights"])
    assert "No two locales have task vectors and a score." in words(drawn["vectors"])
    assert drawn["scores"].get_suptitle() == "MiniLM: accuracy by locale and approach"


def test_a_single_locale_can_be_drawn() -> None:
    only = {
        name: table[table.get("locale", table.get("target", "de-DE")).eq("de-DE")]
        for name, table in vars(STUDY).items()
        if name in {"results", "comparisons", "transfer", "weights"}
    }
    own = STUDY.vectors[["source_a", "source_b"]].isin(["de-DE"]).all(axis=1)
    drawn = draw_all(replace(STUDY, **only, vectors=STUDY.vectors[own]))
    assert drawn["transfer"].get_suptitle().startswith("MiniLM: accuracy of every locale's model")


def test_pages_and_the_table_are_of_the_same_results() -> None:
    inputs = make_inputs()
    table = nodes.tabulate_merges(inputs["results"], inputs["comparisons"], inputs["locales"])
    assert table["own"].tolist() == [0.8, 0.9, 0.7, 0.3]
    assert ".80" in nodes.report_merges(**inputs)
    assert nodes.document_merges(**inputs).startswith('{\n "encoder": "minilm_l6"')
    text = nodes.describe_merges(
        inputs["results"], inputs["summary"], inputs["spelling"], inputs["failures"], "massive",
        0.9, PARAMETERS,
    )  # fmt: skip
    assert "Brackets: 90% intervals" in text
