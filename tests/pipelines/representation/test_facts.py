from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.representation.facts import distance_table, language_facts
from isogloss.typology import FeatureVectors

LANGUAGES = pd.DataFrame(
    {
        "language": ["eng", "nob", "eus"],
        "iso_639_3": ["eng", "nob", "eus"],
        "lang2vec": ["eng", "nor", ""],
        "script": ["Latn", "Latn", "Latn"],
        "family": ["Indo-European", "Indo-European", "Basque"],
        "resource_class": ["5", "1", "4"],
    }
)
SYNTAX = FeatureVectors(
    ("eng", "nor", "nob", "eus"),
    np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 0]], np.float32),
)
FAMILY = FeatureVectors(("eus", "nor", "eng"), np.array([[0, 0], [1, 0], [1, 1]], np.float32))
TYPOLOGY = {"syntax": lambda: SYNTAX, "family": lambda: FAMILY}
NO_SHARES = pd.DataFrame(columns=["language", "data_share"])


def test_distances_to_the_pivot_by_hand(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        table = distance_table(["eng", "nob", "eus", "xxx"], LANGUAGES, TYPOLOGY, "eng")
    found = table.set_index("language")
    # URIEL describes Bokmål under `nor`; Basque has a code of its own and no relatives.
    near = 1 - 1 / np.sqrt(2)
    assert found["uriel_syntactic_distance"].tolist() == pytest.approx(
        [0, near, 0, np.nan], nan_ok=True
    )
    assert found["uriel_genetic_distance"].tolist() == pytest.approx(
        [0, near, np.nan, np.nan], nan_ok=True
    )
    assert "uriel_syntactic_distance to eng is empty for 1 of 4 languages" in caplog.text
    assert "uriel_genetic_distance to eng is empty for 2 of 4 languages" in caplog.text
    assert "eus, xxx" in caplog.text


def test_a_pivot_that_nobody_describes_gives_no_distances() -> None:
    table = distance_table(["eng", "nob"], LANGUAGES, TYPOLOGY, "xxx")
    assert table.drop(columns="language").isna().all(axis=None)


def test_without_the_database_the_columns_are_empty_numbers() -> None:
    facts = language_facts(["eng", "xxx"], LANGUAGES, {}, NO_SHARES, "eng").set_index("language")
    for column in ("uriel_syntactic_distance", "uriel_genetic_distance", "data_share"):
        assert facts[column].dtype == np.float64
        assert facts[column].isna().all()
    assert facts["script"].tolist() == ["Latn", ""]
    assert facts["family"].tolist() == ["Indo-European", ""]
    assert facts["resource_class"].tolist() == ["5", ""]


def test_shares_of_the_training_data_are_taken_from_the_user() -> None:
    shares = pd.DataFrame({"language": ["nob", "deu"], "data_share": ["0.25", "0.5"]})
    facts = language_facts(["eng", "nob"], LANGUAGES, {}, shares, "eng").set_index("language")
    assert facts["data_share"].tolist() == pytest.approx([np.nan, 0.25], nan_ok=True)


def test_a_language_with_two_shares_is_refused() -> None:
    shares = pd.DataFrame({"language": ["nob", "nob"], "data_share": [0.2, 0.5]})
    with pytest.raises(ValueError, match="merge|unique"):
        language_facts(["eng", "nob"], LANGUAGES, {}, shares, "eng")
