from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isogloss.datasets import TypologyDataset, typology
from isogloss.typology import distances_to

SIZES = {"syntax": 103, "phonology": 28, "inventory": 158, "family": 3718, "geography": 299}


def test_without_the_package_there_are_no_sets(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(typology, "PACKAGE", "isogloss-absent")
    with caplog.at_level("INFO"):
        assert TypologyDataset().load() == {}
    assert "pip install 'isogloss[typology]'" in caplog.text


@pytest.fixture
def shipped(root: Path) -> pd.DataFrame:
    try:
        importlib.metadata.distribution("lang2vec")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("lang2vec is not installed")
    path = root / "data" / "01_raw" / "reference" / "languages.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_the_sets_of_uriel_are_read_without_running_the_package(shipped: pd.DataFrame) -> None:
    sets = TypologyDataset().load()
    assert set(sets) == set(SIZES)
    for name, size in SIZES.items():
        vectors = sets[name]()
        assert vectors.values.shape == (7970, size), name
        assert set(shipped["lang2vec"]) <= set(vectors.codes)
    assert "lang2vec" not in sys.modules


def test_known_distances(shipped: pd.DataFrame) -> None:
    sets = TypologyDataset().load()
    # Computed from the files by hand; German is nearer to English than French, Turkish unrelated.
    found = distances_to("eng", ["deu", "fra", "tur"], sets["syntax"]())
    assert found == pytest.approx([0.09746, 0.18825, 0.49329], abs=1e-5)
    found = distances_to("eng", ["deu", "fra", "tur"], sets["family"]())
    assert found == pytest.approx([0.45567, 0.90377, 1.0], abs=1e-5)


def test_almost_every_shipped_language_has_relatives(shipped: pd.DataFrame) -> None:
    vectors = TypologyDataset().load()["family"]()
    found = distances_to("eng", shipped["lang2vec"].tolist(), vectors)
    # An isolate and a constructed standard.
    assert shipped.loc[np.isnan(found), "language"].tolist() == ["eus_Latn", "nqo_Nkoo"]
