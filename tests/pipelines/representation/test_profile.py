from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.representation.profile import (
    PROFILE_COLUMNS,
    information_table,
    profile_table,
    tokenization_table,
)

FACTS = pd.DataFrame(
    {
        "language": ["eng", "tha", "xxx"],
        "script": ["Latn", "Thai", ""],
        "family": ["Indo-European", "Kra-Dai", ""],
        "resource_class": ["5", "3", ""],
        "data_share": [0.9, 0.001, np.nan],
        "uriel_syntactic_distance": [0.0, 0.4, np.nan],
        "uriel_genetic_distance": [0.0, 1.0, np.nan],
    }
)


def _counts() -> pd.DataFrame:
    columns = [
        "language",
        "sentence_id",
        "tokens",
        "unknown",
        "byte_fallback",
        "read",
        "characters",
        "bytes",
        "words",
        "no_blanks",
    ]
    rows = [
        ("eng", "0", 5, 0, 0, 5, 20, 20, 4, False),
        ("eng", "1", 3, 0, 0, 3, 12, 12, 4, False),
        ("tha", "0", 10, 1, 4, 8, 16, 48, 1, True),
        ("tha", "1", 6, 1, 0, 6, 16, 48, 1, True),
        ("xxx", "0", 4, 0, 0, 4, 8, 8, 2, False),
        ("xxx", "1", 4, 0, 0, 4, 8, 8, 2, False),
    ]
    return pd.DataFrame(rows, columns=columns)


def _information() -> dict[str, pd.DataFrame]:
    def table(*bits: float) -> pd.DataFrame:
        return pd.DataFrame({"sentence_id": ["0", "1"], "tokens": [3, 3], "bits": bits})

    return {"eng": table(10.0, 20.0), "tha": table(40.0, 60.0), "xxx": table(50.0, np.nan)}


def test_tokenization_by_hand() -> None:
    table = tokenization_table(_counts(), "m", "eng").set_index("language")
    english, thai = table.loc["eng"], table.loc["tha"]
    assert english["fertility"] == 1.0
    assert english["token_parity"] == english["token_parity_ci_low"] == 1.0
    assert np.isnan(english["mean_truncation_position"])
    # No blanks between words: tokens a character.
    assert thai["fertility"] == thai["tokens_per_character"] == 0.5
    assert thai["token_parity"] == 2.0
    # The ratio is 2 in every sentence.
    assert thai["token_parity_ci_low"] == thai["token_parity_ci_high"] == 2.0
    assert thai["unknown_rate"] == 2 / 16
    assert thai["byte_fallback_rate"] == 4 / 16
    assert thai["truncated"] == 1
    assert thai["mean_truncation_position"] == 0.8
    assert (thai["sentences"], thai["tokens"], thai["bytes"]) == (2, 16, 96)
    assert set(table["model"]) == {"m"}


def test_information_by_hand_drops_truncated_sentences_in_pairs() -> None:
    table = information_table(_information(), "eng").set_index("language")
    assert table.loc["tha", "bits_per_sentence"] == 50.0
    assert table.loc["tha", "information_parity"] == pytest.approx(30 / 100)
    assert table.loc["xxx", "bits_per_sentence"] == 50.0
    # Only sentence 0 has bits in both.
    assert table.loc["xxx", "information_parity"] == pytest.approx(10 / 50)
    assert table.loc["eng", "information_parity_ci_high"] == pytest.approx(1.0)


def test_the_profile_joins_tokens_bits_and_facts() -> None:
    tokenization = tokenization_table(_counts(), "m", "eng")
    profile = profile_table(tokenization, information_table(_information(), "eng"), FACTS)
    assert tuple(profile.columns) == PROFILE_COLUMNS
    thai = profile.set_index("language").loc["tha"]
    assert (thai["script"], thai["family"], thai["resource_class"]) == ("Thai", "Kra-Dai", "3")
    assert (thai["unk_share"], thai["truncated_share"], thai["n"]) == (0.125, 0.5, 2)
    assert thai["information_parity"] == pytest.approx(0.3)
    assert (thai["data_share"], thai["uriel_genetic_distance"]) == (0.001, 1.0)
    unlisted = profile.set_index("language").loc["xxx"]
    assert unlisted["family"] == ""


def test_without_information_its_columns_are_there_and_empty() -> None:
    profile = profile_table(tokenization_table(_counts(), "m", "eng"), None, FACTS)
    assert tuple(profile.columns) == PROFILE_COLUMNS
    assert profile["information_parity"].isna().all()
    assert profile["bits_per_sentence_ci_low"].dtype == np.float64
    assert profile["n"].tolist() == [2, 2, 2]


def test_a_pivot_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="pivot 'fra' is not among the languages \\(eng, tha"):
        tokenization_table(_counts(), "m", "fra")
    with pytest.raises(ValueError, match="pivot 'fra'"):
        information_table(_information(), "fra")
