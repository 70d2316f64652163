from __future__ import annotations

import json
import pickle
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch

from isogloss.language_models import LanguageModel, ModelError, ModelSpecification, storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _handle(folder: Path, root: Path, name: str = "tiny", **entry: Any) -> LanguageModel:
    entry = {"kind": "causal", "path": str(folder), "dtype": "float32", "device": "cpu", **entry}
    return LanguageModel(name, ModelSpecification.model_validate(entry), str(root))


def test_handle_opens_and_counts_the_same_in_a_copy(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    handle = pickle.loads(pickle.dumps(_handle(tiny_model("llama"), tmp_path)))
    assert handle.kind == "causal"
    with handle.open() as loaded:
        assert (loaded.name, loaded.layers) == ("tiny", 3)
        ids = loaded.tokenizer("The capital of France is", return_tensors="pt")
        with torch.inference_mode():
            assert torch.isfinite(loaded.model(**ids).logits).all()
    assert handle.tokenizer().tokenize("The capital") == ["▁The", "▁capital"]


def test_two_exclusive_models_at_once_are_refused_unless_allowed(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    first = _handle(tiny_model("llama"), tmp_path, "first")
    second = _handle(tiny_model("bert"), tmp_path, "second", kind="encoder")
    with (
        first.open(),
        pytest.raises(ModelError, match=r"'second'.*'first' open"),
        second.open(),
    ):
        pass
    free = _handle(tiny_model("bert"), tmp_path, "third", kind="encoder", exclusive=False)
    with first.open() as one, free.open() as other:
        assert (one.name, other.name) == ("first", "third")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b"])
def test_name_must_do_as_a_folder_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot name a model"):
        _handle(tmp_path, tmp_path, name)


def test_identity_is_json_and_the_same_for_the_same_model(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tiny_model("llama")
    identity = _handle(folder, tmp_path).identity()
    assert json.loads(json.dumps(identity)) == identity
    copied = shutil.copytree(folder, tmp_path / "elsewhere")
    other = _handle(copied, tmp_path / "m", "renamed", device="auto", note="another note")
    assert other.identity() == identity


def test_identity_changes_with_whatever_changes_results(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tiny_model("llama")
    identity = _handle(folder, tmp_path).identity()
    for key, entry in (
        ("dtype", {"dtype": "bfloat16"}),
        ("quantisation", {"quantisation": "4bit"}),
        ("initialise", {"initialise": "random"}),
        ("max_length", {"max_length": 16}),
        ("kind", {"kind": "encoder"}),
    ):
        changed = _handle(folder, tmp_path, **entry).identity()
        assert changed[key] != identity[key]
    seeds = [
        _handle(folder, tmp_path, initialise="random", seed=seed).identity() for seed in (1, 2)
    ]
    assert [seed["seed"] for seed in seeds] == [1, 2]
    assert seeds[0]["weights"] is None


def test_identity_changes_with_each_file_that_matters(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("llama"), tmp_path / "model")
    handle = _handle(folder, tmp_path / "m")
    before = handle.identity()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "transformers_version": "9.9"}))
    assert handle.identity() == before
    (folder / "config.json").write_text(json.dumps({**config, "rms_norm_eps": 0.5}))
    assert _changed(before, handle.identity()) == ["config"]
    (folder / "config.json").write_text(json.dumps(config))
    with (folder / "tokenizer.json").open("a") as file:
        file.write(" ")
    assert _changed(before, handle.identity()) == ["tokenizer"]
    shutil.copy(tiny_model("llama") / "tokenizer.json", folder)
    shutil.copy(tiny_model("gemma3") / "model.safetensors", folder)
    assert _changed(before, handle.identity()) == ["weights"]


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [key for key in before if before[key] != after[key]]


def test_weights_are_digested_once(
    tiny_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = _handle(tiny_model("llama"), tmp_path)
    first = handle.identity()

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} is read again")

    monkeypatch.setattr(storage, "file_digest", refuse)
    assert handle.identity() == first


def test_adapter_is_part_of_the_identity(tiny_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tiny_model("llama")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 1}')
    (adapter / "adapter_model.safetensors").write_bytes(b"1")
    one = _handle(folder, tmp_path, adapter=str(adapter)).identity()
    (adapter / "adapter_model.safetensors").write_bytes(b"22")
    two = _handle(folder, tmp_path, adapter=str(adapter)).identity()
    assert _handle(folder, tmp_path).identity()["adapter"] is None
    assert one["adapter"] != two["adapter"]
    assert _changed(one, two) == ["adapter"]
