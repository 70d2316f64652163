from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from isogloss.language_models.specification import ModelError, ModelSpecification
from isogloss.language_models.tokenizer_loading import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPECIFICATION = ModelSpecification.model_validate({"kind": "causal", "path": "unused"})


def test_tokenizer_saved_with_truncation_cuts_nothing(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("llama"), tmp_path / "model")
    state = json.loads((folder / "tokenizer.json").read_text())
    state["truncation"] = {
        "direction": "Right",
        "max_length": 4,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    (folder / "tokenizer.json").write_text(json.dumps(state))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    del settings["pad_token"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = load_tokenizer("tiny", SPECIFICATION, folder)
    assert tokenizer.pad_token == "</s>"
    for ids in (
        tokenizer("The capital of France is Paris")["input_ids"],
        tokenizer.backend_tokenizer.encode("The capital of France is Paris").ids,
    ):
        assert len(ids) == 7


def test_missing_tokenizer_is_named(tiny_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    shutil.copy(tiny_model("llama") / "config.json", folder)
    with pytest.raises(ModelError, match="no tokenizer can be read from"):
        load_tokenizer("tiny", SPECIFICATION, folder)


def test_tokenizer_is_read_once_and_anew_when_its_files_change(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("llama"), tmp_path / "model")
    first = load_tokenizer("tiny", SPECIFICATION, folder)
    assert load_tokenizer("tiny", SPECIFICATION, folder) is first
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "pad_token": "<unk>"}))
    assert load_tokenizer("tiny", SPECIFICATION, folder).pad_token == "<unk>"
    assert first.pad_token != "<unk>"
