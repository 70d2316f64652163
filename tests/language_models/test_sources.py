from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from isogloss.language_models.sources import obtain_adapter, obtain_model, require_model
from isogloss.language_models.specification import ModelError, ModelSpecification

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PACKAGE = """
import shutil
from pathlib import Path

def assemble(target):
    Path(target).write_bytes((Path(__file__).parent / "tiny.gguf").read_bytes())

def idle(target):
    pass

def partial(target):
    import isogloss_absent_part
"""


def _specification(**entry: Any) -> ModelSpecification:
    return ModelSpecification.model_validate({"kind": "causal", **entry})


@pytest.fixture
def package(
    tmp_path: Path,
    tiny_gguf: Callable[[Path], Any],
    tiny_model: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A package that ships a folder, a GGUF file and functions."""
    folder = tmp_path / "site" / "shipped_tiny"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(PACKAGE)
    tiny_gguf(folder / "tiny.gguf")
    shutil.copytree(tiny_model("llama"), folder / "model")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "shipped_tiny", raising=False)
    return "shipped_tiny"


def test_local_folder_is_used_in_place(tiny_model: Callable[[str], Path], tmp_path: Path) -> None:
    path = tiny_model("llama")
    folder = obtain_model("tiny", _specification(path=str(path)), tmp_path)
    assert folder.path == path
    assert folder.revision is None
    assert [file.name for file in folder.weights()] == ["model.safetensors"]


def test_gguf_file_is_converted_into_the_models_root(
    tiny_gguf: Callable[[Path], Any], tmp_path: Path
) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    specification = _specification(path=str(tmp_path / "tiny.gguf"))
    folder = obtain_model("tiny", specification, tmp_path / "models")
    assert folder.path == tmp_path / "models" / "tiny"
    made = (folder.path / "model.safetensors").stat().st_mtime_ns
    assert obtain_model("tiny", specification, tmp_path / "models") == folder
    assert (folder.path / "model.safetensors").stat().st_mtime_ns == made


def test_package_folder_is_used_in_place(package: str, tmp_path: Path) -> None:
    specification = _specification(package=package, resource="model")
    folder = obtain_model("tiny", specification, tmp_path / "models")
    assert folder.path == tmp_path / "site" / package / "model"
    assert folder.source == {"package": package, "resource": "model", "version": ""}


@pytest.mark.parametrize("resource", ["tiny.gguf", "assemble()"])
def test_package_gguf_is_converted_and_only_the_result_stays(
    package: str, tmp_path: Path, resource: str
) -> None:
    specification = _specification(package=package, resource=resource)
    folder = obtain_model("tiny", specification, tmp_path / "models")
    assert folder.path == tmp_path / "models" / "tiny"
    record = json.loads((folder.path / "conversion.json").read_text())
    assert record["source"] == {"package": package, "resource": resource, "version": ""}
    assert list((tmp_path / "models").rglob("*.gguf")) == []


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("absent", "holds no 'absent'"),
        ("../../tiny", "holds no '../../tiny'"),
        ("absent()", r"has no function absent\(\)"),
        ("idle()", r"shipped_tiny\.idle\(\) wrote no file"),
        ("partial()", r"isogloss_absent_part is not installed.*pip install 'isogloss\[demo\]'"),
        ("__init__.py", "neither a folder nor a .gguf file"),
    ],
)
def test_wrong_resources_are_named(
    package: str, tmp_path: Path, resource: str, message: str
) -> None:
    specification = _specification(package=package, resource=resource)
    with pytest.raises(ModelError, match=message):
        obtain_model("tiny", specification, tmp_path / "models")
    if resource not in ("idle()", "partial()"):  # Only calling them shows that they do not do.
        with pytest.raises(ModelError, match=message):
            require_model("tiny", specification, tmp_path / "models")


@pytest.mark.parametrize("resource", ["tiny.gguf", "assemble()", "model"])
def test_requiring_a_model_converts_nothing(package: str, tmp_path: Path, resource: str) -> None:
    require_model("tiny", _specification(package=package, resource=resource), tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_absent_package_is_one_error_with_the_command(tmp_path: Path) -> None:
    specification = _specification(package="isogloss_absent", resource="assemble()")
    with pytest.raises(ModelError, match=r"'tiny'.*pip install 'isogloss\[demo\]'") as caught:
        require_model("tiny", specification, tmp_path)
    assert caught.value.__suppress_context__


def test_what_is_no_model_is_refused(tmp_path: Path, tiny_model: Callable[[str], Path]) -> None:
    (tmp_path / "empty").mkdir()
    pickled = shutil.copytree(tiny_model("llama"), tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    for folder, message in (
        ("absent", "does not exist"),
        ("empty", r"no config\.json"),
        ("pickled", "never read: save the model as safetensors"),
    ):
        for check in (obtain_model, require_model):
            with pytest.raises(ModelError, match=message):
                check("tiny", _specification(path=str(tmp_path / folder)), tmp_path)
    lost = _specification(path=str(tiny_model("llama")), adapter=str(tmp_path / "empty"))
    with pytest.raises(ModelError, match=r"adapter of 'tiny'.*needs the files"):
        require_model("tiny", lost, tmp_path)
    untrained = _specification(path=str(pickled), initialise="random")
    assert obtain_model("tiny", untrained, tmp_path).path == pickled


def test_adapter_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors; pickled"):
        obtain_adapter("tiny", str(tmp_path), tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    assert obtain_adapter("tiny", str(tmp_path), tmp_path).path == tmp_path
