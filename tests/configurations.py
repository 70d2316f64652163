"""Small configurations on disk, and loaders of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from isogloss.config import SessionConfigLoader
from isogloss.settings import CONFIG_LOADER_ARGS

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = {
    "models": ["tiny"],
    "corpus": "sample",
    "languages": "all",
    "reading": {"corpus": "sample"},
    "knowledge": {"corpus": "sample"},
    "intents": {"corpus": "sample"},
}
CATALOG = {
    "sample_texts": {"type": "x"},
    "hub_texts": {"type": "x"},
    "sample_reading": {"type": "x"},
    "belebele_reading": {"type": "x"},
    "sample_knowledge": {"type": "x"},
    "sample_intents": {"type": "x"},
    "massive_intents": {"type": "x"},
    "synthetic_survey": {"type": "x"},
    "published_survey": {"type": "x"},
    "tiny.lm": {"type": "x", "kind": "causal"},
    "gemma_7b.lm": {"type": "x", "kind": "causal"},
    "mine.embeddings": {"type": "x"},
    "gpt.chat": {"type": "x"},
    "{model}.embeddings": {"type": "x"},
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for environment in ("base", "local", "other"):
        (tmp_path / environment).mkdir()
    write(tmp_path / "base" / "parameters.yml", PARAMETERS)
    write(tmp_path / "base" / "catalog.yml", CATALOG)
    write(tmp_path / "base" / "globals.yml", {"data_root": "data"})
    return tmp_path


@pytest.fixture(autouse=True)
def forget_the_session() -> Any:
    yield
    SessionConfigLoader.current = None


def write(path: Path, content: object) -> None:
    import yaml

    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def load(conf: Path, environment: str | None = None, **parameters: Any) -> SessionConfigLoader:
    return SessionConfigLoader(
        str(conf), env=environment, runtime_params=parameters, **CONFIG_LOADER_ARGS
    )
