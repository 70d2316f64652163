from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from isogloss.partitions import PartitionError, StoredPartitions
from isogloss.pipelines.reporting.cross_nodes import (
    describe_cross_study,
    draw_cross_study,
    gather_item_evidence,
    predict_outcomes,
    study_across,
)
from isogloss.pipelines.reporting.parameters import CrossStudyParameters, ReportingParameters
from isogloss.provenance import record_sources, sources_of
from isogloss.task_schemas import ItemEvidence
from isogloss.tensors import TensorFile
from tests.pipelines.reporting.cross_tables import (
    make_languages,
    make_outcome,
    make_predictor,
    spread,
)

QUICK = CrossStudyParameters(permutations=999)


def test_the_predictor_is_of_the_pooling_asked_for(
    outcomes: StoredPartitions[TensorFile], summary: pd.DataFrame
) -> None:
    asked = QUICK.model_copy(update={"pooling": "last"})
    table = predict_outcomes(outcomes, summary, "eng", asked)
    assert set(table["pooling"]) == {"last"}
    assert sources_of(table) == {"alignment_outcomes": {"seed": 1}}
    unknown = QUICK.model_copy(update={"pooling": "weighted"})
    assert set(predict_outcomes(outcomes, summary, "eng", unknown)["pooling"]) == {"mean"}


def test_a_summary_of_other_outcomes_is_refused(
    outcomes: StoredPartitions[TensorFile], summary: pd.DataFrame
) -> None:
    other = record_sources(summary.copy(), alignment_outcomes={"seed": 2})
    with pytest.raises(PartitionError, match="alignment_summary"):
        predict_outcomes(outcomes, other, "eng", QUICK)


def make_answers(chosen: dict[str, int]) -> pd.DataFrame:
    """One row an option of each item; the first is right. Label and cloze, test and dev."""
    return pd.DataFrame(
        [
            {
                "model": "tiny", "task": "belebele", "language": "deu", "item_id": item,
                "split": "dev" if item == "d" else "test", "cluster": f"passage of {item}",
                "stratum": "", "formulation": way, "normalisation": "none", "option": option,
                "chosen": option == (best if way == "label" else 1), "gold": option == 1,
            }
            for item, best in chosen.items()
            for way in ("label", "cloze")
            for option in (1, 2, 3, 4)
        ]
    )  # fmt: skip


def test_evidence_joins_answers_with_the_middle_layers() -> None:
    way = {"task": "belebele", "normalisation": "none"}
    scores = pd.DataFrame([{**way, "formulation": "label", "selected": True},
                           {**way, "formulation": "cloze", "selected": False}])  # fmt: skip
    # Of six blocks the middle third is 3 and 4.
    aligned = {"a": [1, 1, 1, 1, 0, 0, 0], "b": [0, 0, 0, 1, 1, 1, 1], "c": [1] * 7, "d": [1] * 7}
    layers = pd.DataFrame(
        [
            {"item_id": item, "layer": layer, "aligned": np.uint8(value), "repeated": item == "c"}
            for item, values in aligned.items()
            for layer, value in enumerate(values)
        ]
    )
    stored = StoredPartitions({"layers": 6}, {"belebele.deu": {}}, lambda _name: layers)
    table = gather_item_evidence(make_answers({"a": 1, "b": 2, "c": 1, "d": 1}), scores, stored)
    ItemEvidence.validate(table)
    found = table.set_index("item_id")
    assert found["right"].to_dict() == {"a": 1.0, "b": 0.0}
    assert found["aligned"].to_dict() == {"a": 0.5, "b": 1.0}
    assert found["cluster"].to_dict() == {"a": "passage of a", "b": "passage of b"}
    assert sources_of(table) == {"item_alignment": {"layers": 6}}


def test_evidence_of_a_study_of_the_pivot_alone_is_empty() -> None:
    scores = pd.DataFrame([{"task": "belebele", "normalisation": "none", "formulation": "label",
                            "selected": True}])  # fmt: skip
    nothing: StoredPartitions[pd.DataFrame] = StoredPartitions({}, {}, lambda _name: pd.DataFrame())
    table = gather_item_evidence(make_answers({"a": 1}), scores, nothing)
    assert table.empty
    ItemEvidence.validate(table)


def test_table_figure_and_text_go_together() -> None:
    x = spread(np.random.default_rng(1), 14)
    sides = make_predictor(x), make_outcome(x, "reading")
    languages, reporting = make_languages(14), ReportingParameters()
    table = study_across(*sides, languages, "eng", QUICK)
    figure = draw_cross_study(*sides, table, languages, "eng", QUICK, reporting)
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 1
    text = describe_cross_study(table, sides[0], languages, reporting, QUICK)
    assert "Reading (accuracy): alignment is associated with it: ρ = 1.00" in text
