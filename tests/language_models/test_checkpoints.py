from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers

from isogloss.errors import MissingFileError, Refusal
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import CheckpointContent, write_checkpoint
from isogloss.language_models.checkpoints import CheckpointError
from isogloss.language_models.tensor_files import TensorFileError
from isogloss.language_models.tokenizer_digests import tokenizer_digest
from tests.models import save_bert_classifier

if TYPE_CHECKING:
    from pathlib import Path

hf: Any = transformers

LABELS = ("alarm_set", "music_play", "weather_query")
CONFIG = {"model_type": "bert", "id2label": {str(n): label for n, label in enumerate(LABELS)}}
TENSORS = {
    "body.weight": torch.randn(7, 4).bfloat16(),
    "classifier.weight": torch.arange(12.0).reshape(3, 4),
    "classifier.bias": torch.arange(3.0),
    "positions": torch.arange(5),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    content = CheckpointContent(TENSORS, CONFIG, "abc", {"history": "[0.5, 0.7]"})
    write_checkpoint(content, tmp_path / "de-DE-0.safetensors")
    return tmp_path / "de-DE-0.safetensors"


def test_one_file_holds_everything(path: Path) -> None:
    checkpoint = open_checkpoint(path)
    assert checkpoint.name == "de-DE-0"
    assert open_checkpoint(path, "German").name == "German"
    assert checkpoint.config == CONFIG
    assert checkpoint.labels == LABELS
    assert checkpoint.tokenizer_digest == "abc"
    assert checkpoint.metadata["history"] == "[0.5, 0.7]"
    for name, tensor in checkpoint.state_dict().items():
        assert tensor.dtype == TENSORS[name].dtype
        assert torch.equal(tensor, TENSORS[name])


def test_pieces_are_read_as_stored_or_as_float32(path: Path) -> None:
    flat = TENSORS["body.weight"].flatten()
    with open_checkpoint(path).open() as reader:
        assert torch.equal(reader.read("body.weight", 5, 11), flat[5:11])
        assert torch.equal(reader.read("body.weight"), flat)
        out = np.empty(6, np.float32)
        reader.read_float32("body.weight", 5, out)
        assert torch.equal(torch.from_numpy(out), flat[5:11].float())
        reader.read_float32("classifier.weight", 2, out)
        assert out.tolist() == [2, 3, 4, 5, 6, 7]


def test_labels_in_another_order_reorder_the_output_layer_only(path: Path) -> None:
    order = ("weather_query", "alarm_set", "music_play")
    turned = open_checkpoint(path).with_labels(order)
    assert turned.labels == order
    state = turned.state_dict()
    assert state["classifier.bias"].tolist() == [2, 0, 1]
    assert state["classifier.weight"][:, 0].tolist() == [8, 0, 4]
    assert torch.equal(state["body.weight"], TENSORS["body.weight"])
    with turned.open() as reader:
        assert reader.read("classifier.weight", 3, 6).tolist() == [11, 0, 1]
    # Whoever writes the model again writes the labels in its order.
    assert turned.config["id2label"] == dict(zip("012", order, strict=True))
    assert turned.config["label2id"] == {label: n for n, label in enumerate(order)}
    assert turned.config["model_type"] == "bert"
    back = turned.with_labels(LABELS).state_dict()
    assert torch.equal(back["classifier.weight"], TENSORS["classifier.weight"])


def test_classes_that_are_only_numbered_can_be_given_names(path: Path, tmp_path: Path) -> None:
    numbered = {**CONFIG, "id2label": {str(n): f"LABEL_{n}" for n in range(3)}}
    configs: tuple[dict[str, Any], ...] = (numbered, {"model_type": "bert"})
    for number, config in enumerate(configs):
        other = tmp_path / f"{number}.safetensors"
        write_checkpoint(CheckpointContent(TENSORS, config, "abc"), other)
        unnamed = open_checkpoint(other)
        assert not unnamed.names_its_labels
        named = unnamed.with_label_names(LABELS)
        assert named.names_its_labels
        assert named.labels == LABELS
        assert named.config["id2label"] == CONFIG["id2label"]
        assert named.fingerprint != unnamed.fingerprint
        weights = named.state_dict()["classifier.weight"]
        assert torch.equal(weights, TENSORS["classifier.weight"])
        with pytest.raises(CheckpointError, match="has 3 classes, and 2 labels are named for them"):
            unnamed.with_label_names(LABELS[:2])
    assert open_checkpoint(path).names_its_labels


def test_fingerprints_tell_weights_and_not_names_apart(path: Path, tmp_path: Path) -> None:
    same = tmp_path / "other name.safetensors"
    same.write_bytes(path.read_bytes())
    assert open_checkpoint(same).fingerprint == open_checkpoint(path).fingerprint
    moved = {**TENSORS, "classifier.bias": TENSORS["classifier.bias"] + 1e-6}
    write_checkpoint(CheckpointContent(moved, CONFIG, "abc", {"history": "[0.5, 0.7]"}), same)
    assert open_checkpoint(same).fingerprint != open_checkpoint(path).fingerprint


@pytest.mark.parametrize("shards", [1, 3])
def test_folders_of_transformers_are_read(tmp_path: Path, shards: int) -> None:
    folder = tmp_path / "fr-FR"
    model = save_bert_classifier(folder, LABELS, max_shard_size="5GB" if shards == 1 else "6KB")
    assert (len(list(folder.glob("*.safetensors"))) > 1) == (shards > 1)
    checkpoint = open_checkpoint(folder)
    assert checkpoint.name == "fr-FR"
    assert checkpoint.labels == LABELS
    expected = model.state_dict()
    state = checkpoint.state_dict()
    assert state.keys() == expected.keys()
    for name, tensor in state.items():
        assert torch.equal(tensor, expected[name])
    places = [checkpoint.places[name] for name in checkpoint.tensors]
    assert places == sorted(places)


def test_a_missing_or_cut_shard_is_named(tmp_path: Path) -> None:
    save_bert_classifier(tmp_path, LABELS, max_shard_size="6KB")
    shard = sorted(tmp_path.glob("*.safetensors"))[1]
    os.truncate(shard, shard.stat().st_size - 1)
    with pytest.raises(TensorFileError, match=rf"{shard.name} is cut short"):
        open_checkpoint(tmp_path)
    shard.unlink()
    with pytest.raises(MissingFileError, match=rf"{shard.name} does not exist"):
        open_checkpoint(tmp_path)


def test_an_index_that_is_damaged_or_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text('{"weight_map": ')
    with pytest.raises(CheckpointError, match=r"index\.json is damaged"):
        open_checkpoint(tmp_path)
    index.write_text(json.dumps({"weight_map": {"a": "../other.safetensors"}}))
    with pytest.raises(CheckpointError, match=r"a file outside its folder: \.\./other"):
        open_checkpoint(tmp_path)


def test_pickled_weights_are_never_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(CheckpointError, match=r"never read: save the model as safetensors"):
        open_checkpoint(tmp_path)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path, path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"holds no config\.json, so it is no model"):
        open_checkpoint(tmp_path)
    from safetensors.torch import save_file

    bare = tmp_path / "bare.safetensors"
    save_file({"a": torch.zeros(1)}, bare)
    with pytest.raises(CheckpointError, match="holds weights but no configuration"):
        open_checkpoint(bare)
    save_file({"a": torch.zeros(1)}, bare, metadata={"config": "[1]"})
    with pytest.raises(CheckpointError, match="is no JSON object"):
        open_checkpoint(bare)


def test_labels_with_a_gap_are_refused_before_they_are_written(tmp_path: Path) -> None:
    config = {"id2label": {"0": "a", "2": "b"}}
    with pytest.raises(CheckpointError, match=r"not numbered from 0 to 1"):
        write_checkpoint(CheckpointContent(TENSORS, config, ""), tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def tokenizer(folder: Path, **changes: Any) -> str:
    folder.mkdir()
    content = {"version": "1.0", "truncation": None, "padding": None, "model": {"vocab": {"a": 0}}}
    (folder / "tokenizer.json").write_text(json.dumps({**content, **changes}))
    return tokenizer_digest(folder)


def test_tokenizers_are_the_same_if_they_cut_alike(tmp_path: Path) -> None:
    one = tokenizer(tmp_path / "a")
    assert one == tokenizer(tmp_path / "b", truncation={"max_length": 8}, version="2.0")
    assert one != tokenizer(tmp_path / "c", model={"vocab": {"b": 0}})
    assert one != tokenizer(tmp_path / "d", normalizer={"type": "Lowercase"})


def test_without_tokenizer_json_the_vocabulary_is_compared(tmp_path: Path) -> None:
    assert tokenizer_digest(tmp_path) == ""
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    one = tokenizer_digest(tmp_path)
    (tmp_path / "vocab.txt").write_text("a\nc\n")
    assert one != tokenizer_digest(tmp_path) != ""
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(Refusal, match=r"tokenizer\.json is damaged"):
        tokenizer_digest(tmp_path)
