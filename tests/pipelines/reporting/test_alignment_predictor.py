from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss.alignment_schemas import AlignmentPredictor
from isogloss.errors import Refusal
from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.reporting.alignment_predictor import middle_third, predict_from_alignment
from isogloss.tensors import TensorFile
from tests.pipelines.reporting.conftest import SENTENCES, beats, similarity


@pytest.mark.parametrize(
    ("blocks", "layers"),
    [(18, range(7, 13)), (12, range(5, 9)), (6, range(3, 5)), (4, range(3, 4)),
     (3, range(2, 3)), (2, range(2, 3)), (1, range(1, 2)), (0, range(1))],
)  # fmt: skip
def test_middle_third(blocks: int, layers: range) -> None:
    assert middle_third(blocks) == layers


def test_values_are_means_over_the_middle_layers(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    table = predict_from_alignment(stored, summary, "eng", "auto")
    AlignmentPredictor.validate(table)
    assert table["language"].tolist() == ["deu", "fra", "swh", "yor"]
    assert set(table["predictor"]) == {"mexa_at_60"}
    # Of the blocks 1 to 3 the middle third is the second alone.
    assert (table["layer_first"] == 2).all()
    assert (table["layer_last"] == 2).all()
    for language, value in table[["language", "value"]].itertuples(index=False):
        pair = sorted(["eng", language])
        hits = beats(similarity(2, pair[0], pair[1], SENTENCES)).sum(axis=1) == 0
        assert value == pytest.approx(hits.mean())
    assert (table["ci_low"] < table["value"]).all()
    assert (table["value"] <= table["ci_high"]).all()
    assert set(table["n"]) == {SENTENCES}
    errors = (table["ci_high"] - table["ci_low"]) / 2 / stats.t.ppf(0.975, SENTENCES - 1)
    expected = 1 - np.square(errors).mean() / table["value"].var()
    assert table["reliability"].tolist() == pytest.approx([expected] * 4)


def test_samples_are_averaged(two_samples: TensorFile, summary: pd.DataFrame) -> None:
    both = StoredOutcomes("mean", two_samples)
    table = predict_from_alignment(both, summary, "eng", "mexa").set_index("language")
    row = both.pairs.index(("deu", "eng"))
    hits = [(both.read_one(sample, 2, "beaten")[row] == 0).mean() for sample in (0, 1)]
    assert table.loc["deu", "value"] == pytest.approx(np.mean(hits))
    assert set(table["samples"]) == {2}
    assert set(table["predictor"]) == {"mexa"}


def test_an_unknown_pivot_or_metric_is_refused(
    stored: StoredOutcomes, summary: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match="no pair with the pivot 'kor'"):
        predict_from_alignment(stored, summary, "kor", "auto")
    with pytest.raises(Refusal, match="'cka' was not measured"):
        predict_from_alignment(stored, summary, "eng", "cka")
