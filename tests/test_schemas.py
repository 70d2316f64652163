from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from isogloss.schemas import (
    DataShares,
    LanguageProfile,
    SentenceInformation,
    Tokenization,
)


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
