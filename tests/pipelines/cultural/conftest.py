"""Tiny models for the tests of this room."""

from __future__ import annotations

import pytest

from isogloss.language_models import LanguageModel
from tests.models import CHAT_TEMPLATE
from tests.pipelines.cultural.tiny_speaker import save_speaker


@pytest.fixture(scope="session")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """Give a tiny random base model."""
    return save_speaker(tmp_path_factory.mktemp("cultural") / "speaker")


@pytest.fixture(scope="session")
def chat_speaker(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """Give the same model with a chat template."""
    return save_speaker(tmp_path_factory.mktemp("cultural") / "chat_speaker", CHAT_TEMPLATE)
