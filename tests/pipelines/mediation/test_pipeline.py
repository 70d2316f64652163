"""The whole room with a tiny model and made-up words, on a catalog of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from isogloss import (
    mediation_intervention_schemas,
    mediation_schemas,
    word_knowledge_schemas,
)
from isogloss.datasets import AtomicParquetDataset, ResumablePartitionsDataset
from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation import create_pipeline
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.pair_parameters import ControlPhrase, PairParameters
from isogloss.pipelines.mediation.probe_parameters import ProbeParameters
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.study_rooms import ANALYSES, MediationStudy
from tests.pipelines.mediation import word_tables
from tests.pipelines.mediation.hypothesis_tables import shipped_hypotheses

ALL = MediationStudy(("tiny",), ANALYSES)
WORDS = (
    *("word_lists", "category_names", "category_relations", "counting_phrases"),
    "membership_questions",
)
PARTITIONED = "tiny.mediation_effects"
PAIRS = PairParameters(
    kinds=("count_swap", "null_swap", "control"),
    categories=("mammals", "metals", "drinks"),
    pairs=3,
    lengths=(4, 4),
    shots=1,
    control_phrases={"eng": ControlPhrase(text="List: {list}. Last item:")},
)
SCHEMAS = {
    "pair_attrition": mediation_schemas.PairAttrition,
    "pair_balance": mediation_schemas.PairBalance,
    "pair_outcomes": mediation_schemas.PairOutcomes,
    "swapped_knowledge": word_knowledge_schemas.SwappedKnowledge,
    "mediation_summary": mediation_schemas.MediationSummary,
    "mediation_gates": mediation_schemas.MediationGates,
    "mediation_hypotheses": mediation_schemas.MediationHypotheses,
    "attributions": mediation_schemas.Attributions,
    "screen_check": mediation_intervention_schemas.ScreenCheck,
    "probes": mediation_intervention_schemas.Probes,
    "steering": mediation_intervention_schemas.Steering,
    "interchanges": mediation_intervention_schemas.Interchanges,
    "knockouts": mediation_intervention_schemas.Knockouts,
    "intervention_summary": mediation_intervention_schemas.InterventionSummary,
}
COLLECTED = {
    *(
        "mediation_summary",
        "mediation_gates",
        "mediation_hypotheses",
        "screen_check",
        "probes",
        "intervention_summary",
    ),
}


def run_room(lm: LanguageModel, folder: Path) -> dict[str, pd.DataFrame]:
    inputs = {
        "tiny.lm": lm,
        **{name: getattr(word_tables, name)() for name in WORDS},
        "params:mediation_pairs": PAIRS,
        "params:mediation_effects": EffectParameters(
            components=("residual",), every=3, word_questions=True
        ),
        "params:mediation_hypotheses": shipped_hypotheses(),
        "params:mediation_summary": SummaryParameters(rounds=200),
        "params:mediation_screen": ScreenParameters(every=3, top=2, sample=2),
        "params:mediation_probes": ProbeParameters(every=3, shuffles=1),
        "params:mediation_interventions": InterventionParameters(every=3, interchanges=3),
    }
    pipeline = create_pipeline(ALL)
    assert pipeline.inputs() == set(inputs)
    effects = ResumablePartitionsDataset(filepath=str(folder / "effects"), format="parquet")
    made = {
        name: AtomicParquetDataset(filepath=str(folder / f"{name}.parquet"))
        for name in pipeline.all_outputs() - {PARTITIONED}
    }
    given = {name: MemoryDataset(value) for name, value in inputs.items()}
    SequentialRunner().run(pipeline, DataCatalog({**given, **made, PARTITIONED: effects}))
    assert set(effects.load()) == {"eng__count_swap", "eng__null_swap", "eng__control"}
    return {name: dataset.load() for name, dataset in made.items()}


@pytest.fixture(scope="module")
def results(
    tiny_lm: LanguageModel, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pd.DataFrame]:
    return run_room(tiny_lm, tmp_path_factory.mktemp("room"))


def test_every_table_keeps_its_schema(results: dict[str, pd.DataFrame]) -> None:
    for name, schema in SCHEMAS.items():
        assert len(schema.validate(results[f"tiny.{name}"])), name
        if name in COLLECTED:
            pd.testing.assert_frame_equal(results[name], results[f"tiny.{name}"])


def test_with_few_categories_nothing_is_tested_and_no_share_is_given(
    results: dict[str, pd.DataFrame],
) -> None:
    gates, summary = results["mediation_gates"], results["mediation_summary"]
    assert set(gates["gate"]) == {"closed"}
    compared = gates[gates["kind"] != "null_swap"]
    assert compared["remark"].str.startswith("fewer than 8 categories").all()
    assert summary["ratio"].isna().all()
    assert summary["p"].isna().all()
    assert set(results["mediation_hypotheses"]["verdict"]) == {"not testable"}


def test_analyses_that_are_left_out_have_no_nodes() -> None:
    pipeline = create_pipeline(MediationStudy(("one", "two"), ("probes",)))
    assert {node.name for node in pipeline.nodes if node.namespace == "one"} == {
        "one.make_pairs",
        "one.measure_outcomes",
        "one.measure_effects",
        "one.ask_swapped_words",
        "one.summarise_effects",
        "one.judge_hypotheses",
        "one.probe_running_counts",
    }
    shared = pipeline.all_outputs() - {name for name in pipeline.all_outputs() if "." in name}
    assert shared == {"mediation_summary", "mediation_gates", "mediation_hypotheses", "probes"}
    assert not create_pipeline(MediationStudy((), ANALYSES)).nodes


def test_models_read_their_own_tables_and_the_words_only() -> None:
    pipeline: Any = create_pipeline(MediationStudy(("one", "two"), ANALYSES))
    for node in pipeline.nodes:
        if node.namespace is not None:
            read = {name for name in node.inputs if not name.startswith("params:")} - set(WORDS)
            assert all(name.startswith(f"{node.namespace}.") for name in read)
