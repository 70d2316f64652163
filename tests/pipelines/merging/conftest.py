from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isogloss.datasets import TypologyDataset
from isogloss.pipelines.merging.similarity import Similarity
from isogloss.typology import Typology


@pytest.fixture(scope="session")
def locale_table(root: Path) -> pd.DataFrame:
    path = root / "data" / "01_raw" / "reference" / "locales.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="session")
def massive(locale_table: pd.DataFrame) -> list[str]:
    return locale_table.loc[locale_table["massive"] == "true", "locale"].tolist()


@pytest.fixture(scope="session")
def codes(locale_table: pd.DataFrame) -> dict[str, str]:
    return dict(zip(locale_table["locale"], locale_table["lang2vec"], strict=True))


@pytest.fixture(scope="session")
def uriel() -> Typology:
    try:
        importlib.metadata.distribution("lang2vec")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("lang2vec is not installed")
    return TypologyDataset().load()


@pytest.fixture
def between() -> Callable[..., Similarity]:
    """Make a similarity from rows of numbers; the targets are the first of the names."""

    def make(names: str, *rows: list[float], features: str = "geo") -> Similarity:
        locales = tuple(names.split())
        return Similarity(features, locales[: len(rows)], locales, np.array(rows, np.float64))

    return make
