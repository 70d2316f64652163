from __future__ import annotations

import pytest

from isogloss.language_models import LanguageModel
from tests.pipelines.counting.benchmark_examples import save_character_model


@pytest.fixture(scope="session")
def character_model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return save_character_model(tmp_path_factory.mktemp("counting") / "characters")


@pytest.fixture(scope="session")
def talking_model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return save_character_model(tmp_path_factory.mktemp("talking") / "characters", chat=True)
