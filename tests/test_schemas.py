from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from isogloss.schemas import (
    AlignmentSummary,
    DataShares,
    LanguageProfile,
    RetrievalStatistics,
    SentenceInformation,
    Tokenization,
)

KEYS = {
    "model": ["m"] * 3,
    "metric": ["mexa"] * 3,
    "pooling": ["mean"] * 3,
    "sample": [0] * 3,
    "aggregation": ["mean", "mean", "max"],
    "language_a": ["deu", "deu", "deu"],
    "language_b": ["eng", "fra", "eng"],
    "score": [0.5, np.nan, 0.9],
}
MEASURED = {
    "n": [60, 60, 30],
    "n_pool": [60, 60, 60],
    "chance": [0.01, np.nan, 0.01],
    "floor": [0.002, np.nan, np.nan],
    "ci_low": [0.4, np.nan, 0.6],
    "ci_high": [0.6, np.nan, 0.95],
    "layer_first": [1, 1, 1],
    "layer_last": [5, 5, 5],
    "best_layer": [-1, -1, 3],
}


def summary(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame({**KEYS, **MEASURED, **changed})


def test_a_summary_made_elsewhere_may_lack_what_it_does_not_know() -> None:
    AlignmentSummary.validate(pd.DataFrame(KEYS))
    AlignmentSummary.validate(summary())
    AlignmentSummary.validate(summary().drop(columns=["n", "ci_low"]))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("n", [60, 0, 30]),
        ("n_pool", [60, 1, 60]),
        ("chance", [0.01, 1.5, 0.01]),
        ("layer_first", [-1, 1, 1]),
        ("best_layer", [-2, -1, 3]),
        ("ci_low", ["low", "low", "low"]),
    ],
)
def test_what_is_there_is_checked(column: str, values: list[Any]) -> None:
    with pytest.raises(SchemaError, match=column):
        AlignmentSummary.validate(summary(**{column: values}))


@pytest.mark.parametrize(
    "changed",
    [
        {"ci_low": [0.51, np.nan, 0.6]},
        {"ci_high": [0.49, np.nan, 0.95]},
        {"ci_low": [0.4, np.nan, 0.96]},
    ],
)
def test_an_interval_that_does_not_hold_its_score_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="an interval does not hold its score"):
        AlignmentSummary.validate(summary(**changed))


def test_rounding_and_the_bootstrap_of_a_maximum_are_no_error() -> None:
    AlignmentSummary.validate(summary(ci_low=[0.5 + 1e-9, np.nan, 0.92]))


def test_intervals_of_several_columns_are_found_by_their_names() -> None:
    row = {
        "model": "m",
        "language": "deu",
        "token_parity": 1.5,
        "token_parity_ci_low": 1.4,
        "token_parity_ci_high": 1.6,
        "bits_per_sentence": 50.0,
        "information_parity": np.nan,
        "unk_share": 0.0,
        "byte_fallback_share": 0.0,
        "truncated_share": 0.0,
        "mean_truncation_position": np.nan,
        "script": "Latn",
        "family": "Indo-European",
        "resource_class": "5",
        "data_share": np.nan,
        "uriel_syntactic_distance": 0.1,
        "uriel_genetic_distance": np.nan,
        "n": 60,
    }
    LanguageProfile.validate(pd.DataFrame([row]))
    with pytest.raises(SchemaError, match="an interval does not hold"):
        LanguageProfile.validate(pd.DataFrame([{**row, "token_parity": 1.7}]))
    with pytest.raises(SchemaError, match="uriel_syntactic_distance"):
        LanguageProfile.validate(pd.DataFrame([{**row, "uriel_syntactic_distance": 1.2}]))
    with pytest.raises(SchemaError, match="unique"):
        LanguageProfile.validate(pd.DataFrame([row, row]))


def test_the_empty_table_of_the_mode_pivot_is_whole() -> None:
    names = ["same_language_share", "same_text_share", "same_language_rank", "same_text_rank"]
    columns = ["model", "pooling", "sample", "layer", *names, "n"]
    empty = RetrievalStatistics.validate(pd.DataFrame(columns=columns))
    assert empty["same_text_rank"].dtype == np.float64
    row = dict(zip(columns, ["m", "mean", 0, 1, 0.2, 0.1, 30.0, 20.0, 120], strict=True))
    RetrievalStatistics.validate(pd.DataFrame([row]))
    with pytest.raises(SchemaError, match="same_text_rank"):
        RetrievalStatistics.validate(pd.DataFrame([{**row, "same_text_rank": 0.5}]))


def test_shares_of_data_may_stand_as_text_but_must_be_shares() -> None:
    shares = pd.DataFrame({"language": ["deu", "nan"], "data_share": ["0.5", "0.1"]})
    assert DataShares.validate(shares)["data_share"].tolist() == [0.5, 0.1]
    assert DataShares.validate(shares.iloc[:0])["data_share"].dtype == np.float64
    for wrong in (["50", "10"], ["half", "0.1"]):
        with pytest.raises((SchemaError, SchemaErrors), match="data_share"):
            DataShares.validate(shares.assign(data_share=wrong))


def test_bits_are_checked_sentence_by_sentence() -> None:
    rows = pd.DataFrame({"sentence_id": ["0", "1"], "tokens": [4, 5], "bits": [30.5, np.nan]})
    SentenceInformation.validate(rows)
    with pytest.raises(SchemaError, match="bits"):
        SentenceInformation.validate(rows.assign(bits=[-1.0, 2.0]))
    with pytest.raises(SchemaError, match="sentence_id"):
        SentenceInformation.validate(rows.assign(sentence_id="0"))


def test_a_language_is_tokenized_once() -> None:
    row = {
        "model": "m",
        "language": "deu",
        "sentences": 2,
        "tokens": 12,
        "characters": 40,
        "bytes": 42,
        "fertility": 1.5,
        "tokens_per_character": 0.3,
        "unknown_rate": 0.0,
        "byte_fallback_rate": 0.0,
        "truncated": 0,
        "mean_truncation_position": np.nan,
        "token_parity": 1.2,
    }
    Tokenization.validate(pd.DataFrame([row]))
    with pytest.raises(SchemaError, match="unique"):
        Tokenization.validate(pd.DataFrame([row, row]))
