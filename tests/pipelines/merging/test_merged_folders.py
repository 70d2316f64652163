"""Merged models as folders, from the weights of the merges to what transformers loads."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from kedro.io import DatasetError
from safetensors.torch import load_file

from isogloss.datasets import ModelFoldersDataset
from isogloss.errors import Refusal
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import CheckpointContent, write_checkpoint
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.model_folders import ModelFolders
from isogloss.pipelines.merging import merged_folders
from isogloss.pipelines.merging.merge_jobs import plan_seed
from isogloss.pipelines.merging.merge_plan import MergePlan
from isogloss.pipelines.merging.merged_models import describe, write_merged
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.sources import MergeSources
from isogloss.pipelines.merging.utterances import TEST, label_map, utterances_by_locale
from isogloss.pipelines.merging.writing_nodes import write_merged_models
from tests.pipelines.merging.checkpoints import merge_states, save_sources
from tests.pipelines.merging.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


hf: Any = transformers
TIES = "leave_one_out-ties-d0.2-l1"


@pytest.fixture
def dataset(tmp_path: Path) -> ModelFoldersDataset:
    return ModelFoldersDataset(filepath=str(tmp_path / "merged"))


def folders(study: Study, **changes: Any) -> ModelFolders:
    return write_merged_models(
        study.lm,
        study.classifiers,
        study.logits,
        study.differences,
        study.weights,
        study.intents,
        study.parameters.model_copy(update=changes),
    )


def in_memory(study: Study, recipe: str, target: str) -> dict[str, torch.Tensor]:
    """Merge a model as it is merged to be evaluated."""
    rows = study.weights.query("recipe == @recipe and target == @target")
    sources = MergeSources.of(study.classifiers, study.logits, label_map(study.intents))
    (state,) = merge_states(plan_seed(rows, 0, sources, study.differences).plan)
    return state


@pytest.mark.parametrize("recipe", ["leave_one_out", TIES])
def test_transformers_loads_what_is_written_and_gets_the_same_logits(
    study: Study, dataset: ModelFoldersDataset, recipe: str
) -> None:
    dataset.save(folders(study, write=(recipe,)))
    written = dataset.load()
    assert sorted(written) == [f"{recipe}-{locale}-0" for locale in ("de-DE", "en-US", "zh-CN")]
    folder = written[f"{recipe}-zh-CN-0"]
    sentences = utterances_by_locale(study.intents, [TEST])["en-US"][TEST].sentences
    with open_classifier(study.lm, label_map(study.intents)) as classifier:
        classifier.put(in_memory(study, recipe, "zh-CN"))
        expected = predict_logits(classifier, classifier.encode(sentences))
    model = hf.AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    assert model.config.id2label == {0: "alarm_set", 1: "play_music"}
    with torch.inference_mode():
        found = [
            model(**tokenizer(sentence.text, return_tensors="pt")).logits[0].numpy()
            for sentence in sentences
        ]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_folder_says_how_it_was_made(study: Study, dataset: ModelFoldersDataset) -> None:
    dataset.save(folders(study, write=("all",), dtype="bfloat16"))
    written = dataset.load()
    assert len(written) == 12
    folder = written[f"{TIES}-zh-CN-0"]
    record = json.loads((folder / "merge.json").read_text())
    prints = {name: study.classifiers[name]().fingerprint for name in ("de-DE-0", "en-US-0")}
    assert record == {
        "definition": 1,
        "encoder": "words",
        "recipe": TIES,
        "target": "zh-CN",
        "seed": 0,
        "dtype": "bfloat16",
        "merge": {
            "method": "ties",
            "weights": {"de-DE-0": 0.5, "en-US-0": 0.5},
            "fingerprints": prints,
            "base": {"name": "base-0", "fingerprint": study.classifiers["base-0"]().fingerprint},
            "density": 0.2,
            "scaling": 1.0,
            "trim": "tensor",
        },
    }
    weights = load_file(folder / "model.safetensors")
    for name, tensor in in_memory(study, TIES, "zh-CN").items():
        assert torch.equal(weights[name], tensor.bfloat16())
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert folders(study, write=("all",), dtype="bfloat16").bytes_each == sum(
        2 * tensor.numel() for tensor in weights.values()
    )


def test_only_models_that_are_made_otherwise_are_written_again(
    study: Study, dataset: ModelFoldersDataset
) -> None:
    dataset.save(folders(study, write=("all",)))
    before = {name: path.stat().st_ino for name, path in dataset.load().items()}
    dataset.save(folders(study, write=("all",)))
    assert {name: path.stat().st_ino for name, path in dataset.load().items()} == before
    target = (study.weights["recipe"] == TIES) & (study.weights["target"] == "zh-CN")
    study.weights.loc[target, "weight"] = [0.25, 0.75]
    dataset.save(folders(study, write=("all",)))
    after = {name: path.stat().st_ino for name, path in dataset.load().items()}
    assert [name for name in before if before[name] != after[name]] == [f"{TIES}-zh-CN-0"]


def test_recipes_are_chosen_by_name(study: Study) -> None:
    assert folders(study).records == {}
    assert {record["recipe"] for record in folders(study, write=(TIES,)).records.values()} == {TIES}
    with pytest.raises(Refusal, match=r"no recipe 'leave_one'. Did you mean leave_one_out"):
        folders(study, write=("leave_one",))
    with pytest.raises(ValueError, match="'all' and 'none' stand alone"):
        MergingParameters(write=("all", TIES))


def test_sources_are_read_as_often_as_open_files_ask_for(
    study: Study, dataset: ModelFoldersDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []

    def counted(plan: Any, *others: Any) -> None:
        groups.append(len(plan))
        write_merged(plan, *others)

    monkeypatch.setattr(merged_folders, "write_merged", counted)
    files = 4 + merged_folders.OTHER_FILES  # three sources and their base
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files + 5, files + 5))
    dataset.save(folders(study, write=("all",)))
    assert groups == [5, 5, 2]
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY, 0))
    for path in dataset.load().values():
        (path / "merge.json").write_text("{}")
    dataset.save(folders(study, write=("all",)))
    assert groups[3:] == [12]


def test_what_float16_cannot_hold_is_named_by_its_final_place(
    study: Study, dataset: ModelFoldersDataset, tmp_path: Path
) -> None:
    german = study.classifiers["de-DE-0"]()
    state = german.state_dict()
    state["classifier.bias"][1] = 2e5
    content = CheckpointContent(state, german.config, german.tokenizer_digest)
    write_checkpoint(content, tmp_path / "de-DE-0.safetensors")
    large = open_checkpoint(tmp_path / "de-DE-0.safetensors")
    stored = study.classifiers
    study.classifiers = replace(
        stored, loader=lambda name: large if name == "de-DE-0" else stored[name]()
    )
    with pytest.raises(DatasetError) as caught:
        dataset.save(folders(study, write=("leave_one_out",), dtype="float16"))
    message = str(caught.value)
    assert f"{tmp_path}/merged/leave_one_out-" in message
    assert "-0/model.safetensors, tensor 'classifier.bias': " in message
    assert "too large for float16 (largest: 65504). Write the merged models as bfl" in message
    assert [path.name for path in (tmp_path / "merged").iterdir()] == [".locks"]
    dataset.save(folders(study, write=("leave_one_out",), dtype="bfloat16"))
    assert len(dataset.load()) == 3


PROGRAM = """
import os, signal, sys
from pathlib import Path
from isogloss.language_models.tensor_writing import TensorFileWriter
from tests.pipelines.merging.test_merged_folders import save_copies

write, count = TensorFileWriter.write, 0

def killed(self, *arguments):
    global count
    count += 1
    if count == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, *arguments)

TensorFileWriter.write = killed
save_copies(Path(sys.argv[1]))
"""


def save_copies(folder: Path) -> Mapping[str, Path]:
    """Write a copy of each of two checkpoints as a folder."""
    sources = [open_checkpoint(folder / f"s{number}.safetensors") for number in range(2)]
    plan = MergePlan(sources, np.eye(2))
    records = [{"merge": recipe} for recipe in describe(plan)]
    names = ["one", "two"]

    def write(places: Mapping[str, Path]) -> None:
        rows = [names.index(name) for name in places]
        part = replace(plan, linear=plan.linear[rows])
        write_merged(part, list(places.values()), [{} for _ in rows])

    dataset = ModelFoldersDataset(filepath=str(folder / "merged"))
    dataset.save(ModelFolders(dict(zip(names, records, strict=True)), 1, write))
    return dataset.load()


@pytest.mark.slow
def test_a_killed_run_leaves_no_half_folder_and_is_taken_up(tmp_path: Path) -> None:
    save_sources(tmp_path, 2)
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL
    left = list((tmp_path / "merged").iterdir())
    assert len([path for path in left if (path / "model.safetensors").exists()]) == 0
    assert len(left) == 3
    assert all(path.name.startswith(".") for path in left)
    assert ModelFoldersDataset(filepath=str(tmp_path / "merged")).load() == {}
    written = save_copies(tmp_path)
    assert sorted(path.name for path in (tmp_path / "merged").iterdir()) == [".locks", "one", "two"]
    for number, path in enumerate(written.values()):
        weights = load_file(path / "model.safetensors")
        for name, tensor in load_file(tmp_path / f"s{number}.safetensors").items():
            assert torch.equal(weights[name], tensor)
