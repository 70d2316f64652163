from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.errors import MissingFileError, Refusal
from isogloss.pipelines.tasks.comet_checkpoint import Checkpoint, find_checkpoint

COMMIT = "371e9839ca4e213dde891b066cf3080f75ec7e72"
NAME = "Unbabel/wmt22-comet-da"


def make(folder: Path, weights: bytes = b"weights", settings: str = "layer: mix\n") -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "hparams.yaml").write_text(settings, encoding="utf-8")
    file = folder / "checkpoints" / "model.ckpt"
    file.write_bytes(weights)
    return file


def no_download(name: str) -> Path:
    raise AssertionError(f"{name} was to be downloaded")


def find(wanted: Path, revision: str | None = None) -> Checkpoint:
    return find_checkpoint(str(wanted), revision, no_download)


def test_a_folder_and_its_file_are_the_same_checkpoint(tmp_path: Path) -> None:
    file = make(tmp_path / "mine", settings="pretrained_model: xlm-roberta-large\n")
    found = find(tmp_path / "mine")
    assert found == find(file)
    assert (found.path, found.name, found.pretrained_model) == (file, "mine", "xlm-roberta-large")
    assert found.signature("2.2.7") == f"Comet2.2.7|fp32|mine|{found.version}|empty=0"


def test_other_weights_or_settings_are_another_version(tmp_path: Path) -> None:
    contents = [(b"a", "layer: 1\n"), (b"b", "layer: 1\n"), (b"a", "layer: 2\n")]
    versions = [
        find(make(tmp_path / str(i), *content)).version for i, content in enumerate(contents)
    ]
    assert len(set(versions)) == 3
    assert all(version.startswith("digest=") for version in versions)


def test_a_checkpoint_of_the_hub_is_known_by_its_commit(tmp_path: Path) -> None:
    file = make(tmp_path / "models--Unbabel--wmt22-comet-da" / "snapshots" / COMMIT)
    found = find_checkpoint(NAME, COMMIT[:7], lambda name: file)
    assert found.signature("2.2.7") == f"Comet2.2.7|fp32|{NAME}|commit=371e9839ca4e|empty=0"
    with pytest.raises(Refusal, match=f"commit {COMMIT}, but comet.revision asks for 0123"):
        find_checkpoint(NAME, "0123", lambda name: file)


def test_a_checkpoint_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "mine").unlink()
    with pytest.raises(MissingFileError, match=r"mine is no COMET checkpoint: .*model\.ckpt is"):
        find(tmp_path / "mine")
    (make(tmp_path / "other").parents[1] / "hparams.yaml").unlink()
    with pytest.raises(MissingFileError, match=r"hparams\.yaml is missing"):
        find(tmp_path / "other")
    with pytest.raises(MissingFileError, match="absent does not exist"):
        find(tmp_path / "absent")
    make(tmp_path / "broken", settings="a: [")
    with pytest.raises(Refusal, match=r"hparams\.yaml cannot be read as YAML"):
        find(tmp_path / "broken")
