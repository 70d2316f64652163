from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isogloss.datasets import ResumablePartitionsDataset, TypologyDataset
from isogloss.language_models import LanguageModel
from isogloss.language_models.checkpoints import Checkpoint
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.merging.finetuning_nodes import finetune_classifiers
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.similarity import Similarity
from isogloss.typology import Typology
from tests.pipelines.merging.study import Stage, Study
from tests.pipelines.merging.tiny_encoder import (
    PARAMETERS,
    local_encoder,
    make_intents,
    save_encoder,
)


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


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merging") / "encoder"
    save_encoder(folder)
    return folder


@pytest.fixture
def lm(encoder_folder: Path, tmp_path: Path) -> LanguageModel:
    return local_encoder(encoder_folder, tmp_path)


@pytest.fixture(scope="session")
def intents() -> pd.DataFrame:
    return make_intents()


@pytest.fixture(scope="session")
def trained(
    encoder_folder: Path, intents: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> StoredPartitions[Checkpoint]:
    """The classifiers of all locales, as the catalog stores them."""
    folder = tmp_path_factory.mktemp("classifiers")
    dataset = ResumablePartitionsDataset(filepath=str(folder / "set"), format="checkpoint")
    lm = local_encoder(encoder_folder, folder)
    dataset.save(finetune_classifiers(lm, intents, PARAMETERS, MergingParameters()))
    return dataset.load()


@pytest.fixture(scope="session")
def prepared_study(
    encoder_folder: Path,
    trained: StoredPartitions[Checkpoint],
    intents: pd.DataFrame,
    locale_table: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
) -> Study:
    folder = tmp_path_factory.mktemp("study")
    lm = local_encoder(encoder_folder, folder)
    return Study(Stage(folder), lm, trained, intents.assign(seen_in_train=False), locale_table)


@pytest.fixture
def study(prepared_study: Study, tmp_path: Path) -> Study:
    return prepared_study.copy_into(tmp_path)
