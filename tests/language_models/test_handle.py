from __future__ import annotations

import json
import pickle
import shutil
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import huggingface_hub
import pytest
import torch
from huggingface_hub import errors

from isogloss.language_models import LanguageModel, ModelError, ModelSpecification, storage
from isogloss.language_models.outline import outline_model
from tests.models import local_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_handle_opens_and_counts_the_same_in_a_copy(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    handle = pickle.loads(pickle.dumps(local_model(tiny_model("llama"), tmp_path)))
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
    first = local_model(tiny_model("llama"), tmp_path, "first")
    second = local_model(tiny_model("bert"), tmp_path, "second", kind="encoder")
    with (
        first.open(),
        pytest.raises(ModelError, match=r"'second'.*'first' open"),
        second.open(),
    ):
        pass
    free = local_model(tiny_model("bert"), tmp_path, "third", kind="encoder", exclusive=False)
    with first.open() as one, free.open() as other:
        assert (one.name, other.name) == ("first", "third")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b"])
def test_name_must_do_as_a_folder_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot name a model"):
        local_model(tmp_path, tmp_path, name)


def test_identity_is_json_and_the_same_for_the_same_model(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tiny_model("llama")
    identity = local_model(folder, tmp_path).identity()
    assert json.loads(json.dumps(identity)) == identity
    copied = shutil.copytree(folder, tmp_path / "elsewhere")
    other = local_model(copied, tmp_path / "m", "renamed", device="auto", note="another note")
    assert other.identity() == identity


def test_identity_changes_with_whatever_changes_results(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tiny_model("llama")
    identity = local_model(folder, tmp_path).identity()
    for key, entry in (
        ("dtype", {"dtype": "bfloat16"}),
        ("quantisation", {"quantisation": "4bit"}),
        ("initialise", {"initialise": "random"}),
        ("max_length", {"max_length": 16}),
        ("kind", {"kind": "encoder"}),
    ):
        changed = local_model(folder, tmp_path, **entry).identity()
        assert changed[key] != identity[key]
    seeds = [
        local_model(folder, tmp_path, initialise="random", seed=seed).identity() for seed in (1, 2)
    ]
    assert [seed["seed"] for seed in seeds] == [1, 2]
    assert seeds[0]["weights"] is None


def test_identity_changes_with_each_file_that_matters(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("llama"), tmp_path / "model")
    handle = local_model(folder, tmp_path / "m")
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
    handle = local_model(tiny_model("llama"), tmp_path)
    first = handle.identity()

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} is read again")

    monkeypatch.setattr(storage, "file_digest", refuse)
    assert handle.identity() == first


@pytest.fixture
def hub(
    tiny_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A hub that serves a tiny model; gives the names of the files that were asked for."""
    fetched: list[str] = []
    snapshot = tmp_path / "cache" / ("c" * 40)

    def serve(*, local_files_only: bool = False, **arguments: Any) -> str:
        if local_files_only and not snapshot.exists():
            raise errors.LocalEntryNotFoundError("not cached")
        if not local_files_only:
            snapshot.mkdir(parents=True, exist_ok=True)
            for path in tiny_model("llama").iterdir():
                if any(fnmatch(path.name, pattern) for pattern in arguments["allow_patterns"]):
                    shutil.copy(path, snapshot)
                    fetched.append(path.name)
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", serve)
    return fetched


def test_only_an_opened_model_fetches_its_weights_from_the_hub(
    hub: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry: dict[str, Any] = {
        "kind": "causal",
        "hub": "org/tiny",
        "dtype": "float32",
        "device": "cpu",
    }
    handle = LanguageModel("tiny", ModelSpecification.model_validate(entry), str(tmp_path / "m"))
    with caplog.at_level("INFO"):
        handle.require()
    assert "weights of 'tiny' are downloaded when it is first opened" in caplog.text
    identity = handle.identity()
    assert (identity["revision"], identity["weights"]) == ("c" * 40, None)
    outline = outline_model(handle, handle.tokenizer())
    assert "model.safetensors" not in hub
    with handle.open() as loaded:
        assert loaded.layers == outline.layers == 3
    assert "model.safetensors" in hub
    assert handle.identity() == identity


def test_a_hub_that_is_out_of_reach_is_noticed_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    specification = ModelSpecification(kind="causal", hub="org/tiny")
    with pytest.raises(ModelError, match=r"'tiny'.*cannot be reached.*hf download org/tiny"):
        LanguageModel("tiny", specification, str(tmp_path / "m")).require()


def test_a_cache_with_small_files_alone_is_enough_for_the_tokenizer(
    tiny_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real library, offline, on a cache as a download without weights leaves it."""
    commit = "d" * 40
    repository = tmp_path / "cache" / "models--org--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(
        tiny_model("llama"),
        repository / "snapshots" / commit,
        ignore=shutil.ignore_patterns("*.safetensors"),
    )
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    specification = ModelSpecification(kind="causal", hub="org/tiny", device="cpu")
    handle = LanguageModel("tiny", specification, str(tmp_path / "m"))
    assert handle.tokenizer().tokenize("The capital") == ["▁The", "▁capital"]
    assert handle.identity()["revision"] == commit
    with (
        pytest.raises(ModelError, match=r"only a part.*hf download org/tiny.*safetensors"),
        handle.open(),
    ):
        pass


def test_the_tokens_of_a_model_do_not_depend_on_its_weights(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("llama"), tmp_path / "model")
    handle = local_model(folder, tmp_path / "m")
    before = handle.tokenizer_identity()
    (folder / "model.safetensors").write_bytes(b"others")
    assert handle.tokenizer_identity() == before
    with (folder / "tokenizer.json").open("a") as file:
        file.write(" ")
    assert _changed(before, handle.tokenizer_identity()) == ["tokenizer"]


def test_adapter_is_part_of_the_identity(tiny_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tiny_model("llama")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 1}')
    (adapter / "adapter_model.safetensors").write_bytes(b"1")
    one = local_model(folder, tmp_path, adapter=str(adapter)).identity()
    (adapter / "adapter_model.safetensors").write_bytes(b"22")
    two = local_model(folder, tmp_path, adapter=str(adapter)).identity()
    assert local_model(folder, tmp_path).identity()["adapter"] is None
    assert one["adapter"] != two["adapter"]
    assert _changed(one, two) == ["adapter"]
