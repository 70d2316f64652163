from __future__ import annotations

import importlib.metadata
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isogloss.errors import NotFiniteError, Refusal
from isogloss.pipelines.tasks import comet_metric
from isogloss.pipelines.tasks.comet_metric import CometMetric, download_checkpoint, library_version
from tests.sessions import session


class Model:
    """Scores by length; keeps how often it was asked, and how."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def predict(self, samples: list[dict[str, str]], **options: Any) -> dict[str, list[float]]:
        self.calls.append({"samples": samples, **options})
        return {"scores": [float(sample["mt"]) for sample in samples]}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    made = Model()
    monkeypatch.setattr(comet_metric, "_load", lambda path: made)
    return made


def triple(text: str) -> dict[str, str]:
    return {"src": "a", "mt": text, "ref": "b"}


def test_a_triple_is_scored_once_however_often_it_comes(model: Model) -> None:
    metric = CometMetric(Path("model.ckpt"), "cpu")
    assert metric.score({"x": triple("1"), "y": triple("2")}, 16) == {"x": 1.0, "y": 2.0}
    assert metric.score({"y": triple("2"), "z": triple("3")}, 16) == {"y": 2.0, "z": 3.0}
    assert metric.score({"x": triple("1")}, 16) == {"x": 1.0}
    assert [call["samples"] for call in model.calls] == [
        [triple("1"), triple("2")],
        [triple("3")],
    ]
    assert (model.calls[0]["batch_size"], model.calls[0]["gpus"]) == (16, 0)


def test_a_score_that_is_no_number_is_refused(model: Model) -> None:
    metric = CometMetric(Path("model.ckpt"), "cpu")
    with pytest.raises(NotFiniteError, match=r"1 of 2 translations, the first being 'nan'"):
        metric.score({"x": triple("1"), "y": triple("nan")}, 16)


def test_the_environment_of_the_models_has_no_comet_and_says_where_it_is() -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("unbabel-comet")
    with pytest.raises(Refusal, match=r"`make comet` once, then"):
        library_version()


def test_the_scores_of_another_environment_are_optional(tmp_path: Path) -> None:
    with session("base", data_root=str(tmp_path)) as opened:
        catalog = opened.load_context().catalog
        assert catalog.load("comet_scores").empty
        assert not (tmp_path / "07_model_output").exists()


def raising(error: Exception) -> SimpleNamespace:
    """A library whose functions all fail."""

    def fail(*_: object) -> None:
        raise error

    return SimpleNamespace(load_from_checkpoint=fail, download_model=fail)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (pickle.UnpicklingError("weights only"), r"model\.ckpt holds more than weights .* TORCH_F"),
        (OSError("no tokenizer\nat all"), r"\(OSError: no tokenizer\).*download ENCODER"),
        (KeyError("regression"), r"cannot be loaded as a COMET checkpoint \(KeyError"),
    ],
)
def test_a_checkpoint_that_cannot_be_loaded_says_why(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    monkeypatch.setitem(sys.modules, "comet", raising(error))
    with pytest.raises(Refusal, match=message):
        CometMetric(Path("model.ckpt"), "cpu")


def test_a_download_that_fails_tells_the_reason_that_the_library_drops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = KeyError("not supported")
    error.__context__ = ConnectionError("no route")
    monkeypatch.setitem(sys.modules, "comet", raising(error))
    with pytest.raises(Refusal, match=r"'a/b' .* \(ConnectionError: no route\).*hf download a/b"):
        download_checkpoint("a/b")
