from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file

from isogloss.language_models.conversion import GgufSource, converted_folder
from isogloss.language_models.specification import ModelError
from isogloss.language_models.storage import file_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    WriteGguf = Callable[..., dict[str, NDArray[np.float32]]]

PROBES = ("capital", "France")


def _source(path: Path, calls: list[Path] | None = None, record: str = "one") -> GgufSource:
    def provide(workspace: Path) -> Path:
        if calls is not None:
            calls.append(workspace)
        return path

    return GgufSource({"file": record}, provide)


def test_conversion_keeps_every_weight_exactly(tmp_path: Path, tiny_gguf: WriteGguf) -> None:
    expected = tiny_gguf(tmp_path / "tiny.gguf")
    folder = converted_folder(
        "tiny", "causal", _source(tmp_path / "tiny.gguf"), tmp_path / "models", PROBES
    )
    assert folder == tmp_path / "models" / "tiny"
    weights = load_file(folder / "model.safetensors")
    assert set(weights) == set(expected)
    for name, values in expected.items():
        assert weights[name].dtype == np.float32
        np.testing.assert_array_equal(weights[name], values, err_msg=name)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "gemma3_text"
    assert "quantization_config" not in json.loads((folder / "config.json").read_text())


def test_conversion_is_recorded_and_leaves_nothing_behind(
    tmp_path: Path, tiny_gguf: WriteGguf
) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    models = tmp_path / "models"
    folder = converted_folder("tiny", "causal", _source(tmp_path / "tiny.gguf"), models, PROBES)
    record = json.loads((folder / "conversion.json").read_text())
    assert record["source"] == {"file": "one"}
    assert record["source_sha256"] == file_digest(tmp_path / "tiny.gguf")
    assert record["weights_sha256"] == {
        "model.safetensors": file_digest(folder / "model.safetensors")
    }
    assert set(record["libraries"]) == {"transformers", "gguf", "torch"}
    assert {path.name for path in models.iterdir()} == {"tiny", ".locks", "digests.json"}


def test_conversion_happens_once_and_again_for_another_source(
    tmp_path: Path, tiny_gguf: WriteGguf
) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    calls: list[Path] = []
    models = tmp_path / "models"
    for record in ("one", "one", "two"):
        source = _source(tmp_path / "tiny.gguf", calls, record)
        folder = converted_folder("tiny", "causal", source, models, PROBES)
    assert len(calls) == 2
    assert json.loads((folder / "conversion.json").read_text())["source"] == {"file": "two"}
    assert sorted(path.name for path in models.glob(".tiny*")) == []


def test_weights_that_were_changed_after_the_conversion_are_refused(
    tmp_path: Path, tiny_gguf: WriteGguf
) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    source, models = _source(tmp_path / "tiny.gguf"), tmp_path / "models"
    weights = converted_folder("tiny", "causal", source, models) / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match="not those that were converted. Delete that folder"):
        converted_folder("tiny", "causal", source, models)
    # The same content at another time is as good.
    weights.write_bytes(whole)
    assert converted_folder("tiny", "causal", source, models) == models / "tiny"
    weights.unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors is missing"):
        converted_folder("tiny", "causal", source, models)


def test_models_with_the_same_source_share_a_folder_but_not_with_another_kind(
    tmp_path: Path, tiny_gguf: WriteGguf
) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    source, models = _source(tmp_path / "tiny.gguf"), tmp_path / "models"
    folder = converted_folder("tiny", "causal", source, models)
    assert converted_folder("tiny_untrained", "causal", source, models) == folder
    assert converted_folder("tiny_encoder", "encoder", source, models) == models / "tiny_encoder"


def test_tokenizer_that_splits_known_words_is_refused(tmp_path: Path, tiny_gguf: WriteGguf) -> None:
    tiny_gguf(tmp_path / "tiny.gguf", spoil_merges=True)
    with pytest.raises(ModelError, match=r"splits words.*'capital' -> \[.*transformers") as caught:
        converted_folder("tiny", "causal", _source(tmp_path / "tiny.gguf"), tmp_path / "m", PROBES)
    assert "probe_words: []" in str(caught.value)
    assert not (tmp_path / "m" / "tiny").exists()


def test_folder_that_was_not_converted_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "m" / "tiny").mkdir(parents=True)
    (tmp_path / "m" / "tiny" / "mine.txt").write_text("precious")
    with pytest.raises(ModelError, match=r"conversion\.json is missing"):
        converted_folder("tiny", "causal", _source(tmp_path / "tiny.gguf"), tmp_path / "m")
    assert (tmp_path / "m" / "tiny" / "mine.txt").read_text() == "precious"


def test_broken_file_is_one_clear_error(tmp_path: Path, tiny_gguf: WriteGguf) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    whole = (tmp_path / "tiny.gguf").read_bytes()
    (tmp_path / "half.gguf").write_bytes(whole[: len(whole) // 20])
    (tmp_path / "none.gguf").write_bytes(b"this is no GGUF file at all, only text")
    for name in ("half", "none"):
        with pytest.raises(ModelError, match=f"{name}.gguf"):
            converted_folder(name, "causal", _source(tmp_path / f"{name}.gguf"), tmp_path / "m")


def test_file_of_the_same_name_in_the_working_directory_is_not_taken(
    tmp_path: Path, tiny_gguf: WriteGguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = tiny_gguf(tmp_path / "tiny.gguf")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "tiny.gguf").write_bytes(b"another file")
    monkeypatch.chdir(tmp_path / "elsewhere")
    folder = converted_folder("tiny", "causal", _source(tmp_path / "tiny.gguf"), tmp_path / "m")
    norm = load_file(folder / "model.safetensors")["model.norm.weight"]
    np.testing.assert_array_equal(norm, expected["model.norm.weight"])


CHILD = """
import sys, time
from pathlib import Path
from isogloss.language_models.conversion import GgufSource, converted_folder

def provide(workspace):
    (workspace / "begun").touch()
    Path(sys.argv[3]).open("a").write("made\\n")
    time.sleep(float(sys.argv[4]))
    return Path(sys.argv[1])

converted_folder("tiny", "causal", GgufSource({"file": "one"}, provide), Path(sys.argv[2]))
"""


def _start(file: Path, models: Path, log: Path, pause: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(file), str(models), str(log), str(pause)]
    )


@pytest.mark.slow
def test_two_processes_convert_once_and_a_killed_one_leaves_no_trace(
    tmp_path: Path, tiny_gguf: WriteGguf
) -> None:
    expected = tiny_gguf(tmp_path / "tiny.gguf")
    models, log = tmp_path / "m", tmp_path / "log"
    killed = _start(tmp_path / "tiny.gguf", models, log, 60)
    deadline = time.monotonic() + 60
    while not list(models.glob(".tiny.converting-*/begun")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (models / "tiny").exists()
    both = [_start(tmp_path / "tiny.gguf", models, log, 0.1) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert log.read_text() == "made\nmade\n"
    assert list(models.glob(".tiny.converting-*")) == []
    norm = load_file(models / "tiny" / "model.safetensors")["model.norm.weight"]
    np.testing.assert_array_equal(norm, expected["model.norm.weight"])
