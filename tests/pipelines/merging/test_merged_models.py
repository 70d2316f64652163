from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.pipelines.merging.examination import examine_checkpoints
from isogloss.pipelines.merging.merge_plan import MergePlan, TiesRecipe, task_arithmetic
from isogloss.pipelines.merging.merged_models import merge_in_memory, write_merged
from isogloss.pipelines.merging.trimming import TrimmingError
from tests.models import save_bert_classifier
from tests.pipelines.merging.checkpoints import merge_states, random_tensors, save, save_sources

if TYPE_CHECKING:
    from pathlib import Path

    from isogloss.language_models.tensor_files import FloatName

hf: Any = transformers
LABELS = {0: "alarm_set", 1: "music_play", 2: "weather_query"}


def test_models_come_one_by_one_whatever_memory_holds(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 3)
    plan = MergePlan(sources, np.eye(3)[[2, 0, 1, 2]])
    for at_once in (1, 3, 9):
        assert [row for row, _ in merge_in_memory(plan, at_once)] == [0, 1, 2, 3]
        for state, number in zip(merge_states(plan, at_once), (2, 0, 1, 2), strict=True):
            expected = sources[number].state_dict()["layer.weight"]
            assert torch.equal(state["layer.weight"], expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_merged_weights_are_rounded_once_at_the_end(tmp_path: Path, dtype: FloatName) -> None:
    sources, _ = save_sources(tmp_path, 2)
    plan = MergePlan(sources, np.array([[0.3, 0.7]]))
    (exact,), (rounded,) = merge_states(plan), merge_states(plan, dtype=dtype)
    for name, tensor in exact.items():
        wanted = tensor.to(getattr(torch, dtype)) if tensor.is_floating_point() else tensor
        assert torch.equal(rounded[name], wanted)


def test_what_float16_cannot_hold_spoils_one_model_and_no_folder_is_written(tmp_path: Path) -> None:
    tensors = random_tensors(1)
    tensors["layer.bias"][3] = 7e4
    sources = [save(tmp_path, "large", tensors), save(tmp_path, "small", random_tensors(2))]
    plan = MergePlan(sources, np.eye(2))
    message = "'layer.bias': 70000 is too large for float16 .* bfloat16 or float32"
    (_, large), (_, small) = merge_in_memory(plan, 2, "float16")
    assert isinstance(large, NotFiniteError)
    assert re.search(message, str(large))
    assert isinstance(small, dict)
    assert torch.equal(small["layer.bias"], random_tensors(2)["layer.bias"].half())
    with pytest.raises(NotFiniteError, match=message):
        write_merged(plan, [tmp_path / "out", tmp_path / "other"], [{}] * 2, dtype="float16")
    assert not (tmp_path / "out").exists()


def classifier(folder: Path, name: str, seed: int) -> Path:
    """Save a small BERT classifier as transformers does."""
    save_bert_classifier(folder / name, [*LABELS.values()], seed)
    (folder / name / "vocab.txt").write_text("[PAD]\n[UNK]\nhello\n")
    return folder / name


def test_folders_load_with_transformers_and_say_how_they_were_made(tmp_path: Path) -> None:
    paths = [classifier(tmp_path, name, seed) for seed, name in enumerate(("de-DE", "fr-FR", "b"))]
    *sources, base = map(open_checkpoint, paths)
    thresholds = examine_checkpoints(sources, base, [0.5]).thresholds
    rows = np.vstack([[0.25, 0.75, 0], task_arithmetic([[0.0, 1.0]], 0.5)])
    plan = MergePlan(sources, rows, base, [TiesRecipe([0.5, 0.5], 0.5, 2.0)], thresholds)
    folders = [tmp_path / "merged" / str(number) for number in range(3)]
    write_merged(plan, folders, [{"target": "it-IT"}] * 3, paths[0], "bfloat16")
    states = merge_states(plan, 3, dtype="bfloat16")
    for folder, state in zip(folders, states, strict=True):
        model = hf.AutoModelForSequenceClassification.from_pretrained(folder)
        assert model.dtype is torch.bfloat16
        assert model.config.id2label == LABELS
        loaded = model.state_dict()
        for name, tensor in state.items():
            assert torch.equal(loaded[name], tensor)
        assert (folder / "vocab.txt").read_text() == "[PAD]\n[UNK]\nhello\n"
        assert sorted(path.name for path in folder.iterdir()) == [
            "config.json",
            "merge.json",
            "model.safetensors",
            "vocab.txt",
        ]
    records = [json.loads((folder / "merge.json").read_text()) for folder in folders]
    prints = {source.name: source.fingerprint for source in sources}
    of_base = {"name": "b", "fingerprint": base.fingerprint}
    assert [record["target"] for record in records] == ["it-IT"] * 3
    assert [record["merge"] for record in records] == [
        {
            "method": "linear",
            "weights": {"de-DE": 0.25, "fr-FR": 0.75},
            "fingerprints": prints,
            "base": {**of_base, "weight": 0.0},
        },
        {
            "method": "linear",
            "weights": {"fr-FR": 0.5},
            "fingerprints": {"fr-FR": prints["fr-FR"]},
            "base": {**of_base, "weight": 0.5},
        },
        {
            "method": "ties",
            "weights": {"de-DE": 0.5, "fr-FR": 0.5},
            "fingerprints": prints,
            "base": of_base,
            "density": 0.5,
            "scaling": 2.0,
            "trim": "tensor",
        },
    ]
    assert len({*prints.values(), base.fingerprint}) == 3


def test_only_what_was_merged_here_is_overwritten(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 2)
    plan, out = MergePlan(sources, np.array([[0.5, 0.5]])), tmp_path / "out"
    write_merged(plan, [out], [{"try": 1}])
    (out / "left over").touch()
    write_merged(plan, [out], [{"try": 2}])
    assert json.loads((out / "merge.json").read_text())["try"] == 2
    assert not (out / "left over").exists()
    (out / "merge.json").unlink()
    with pytest.raises(Refusal, match=r"out holds something that was not merged here.*Move it"):
        write_merged(plan, [out], [{}])
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_missing_threshold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 2)
    thresholds = examine_checkpoints(sources, base, [0.2]).thresholds
    plan = MergePlan(sources, np.empty((0, 3)), base, [TiesRecipe([0.5, 0.5], 0.3)], thresholds)
    with pytest.raises(TrimmingError, match="no threshold for density 0.3"):
        write_merged(plan, [tmp_path / "out"], [{}])
    assert not (tmp_path / "out").exists()
