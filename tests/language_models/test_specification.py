from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.language_models import ModelSpecification


def test_defaults_are_safe() -> None:
    specification = ModelSpecification(kind="causal", hub="google/gemma-3-270m")
    assert specification.exclusive
    assert not specification.trust_remote_code
    assert specification.dtype == specification.device == "auto"
    assert specification.quantisation == "none"
    assert "capital" in specification.probe_words


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "exactly one source.*given: none"),
        ({"hub": "a/b", "path": "c"}, "exactly one source.*given: hub, path"),
        ({"path": "c", "revision": "main"}, "revision belongs to a model from the hub"),
        ({"package": "c"}, "package and resource belong together"),
        ({"path": "c", "resource": "d"}, "package and resource belong together"),
        ({"path": "c", "initialise": "random", "adapter": "d"}, "untrained control"),
        ({"path": "c", "initialise": "random", "quantisation": "8bit"}, "untrained control"),
        ({"path": "c", "adapter": "d", "quantisation": "4bit"}, "without loss"),
        ({"path": "c", "device": "gpu"}, "device"),
        ({"path": "c", "device_map": {"a": "gpu"}}, "device_map"),
        ({"path": "c", "device_map": {"a": -1}}, "device_map"),
        ({"path": "c", "device_map": {}}, "device_map"),
        ({"path": "c", "device_map": {"a": 0}, "device": "cpu"}, r"device \(cpu\) and device_map"),
        ({"path": "c", "device_map": {"a": 0}, "adapter": "d"}, "as they are"),
        ({"path": "c", "device_map": {"a": 0}, "initialise": "random"}, "as they are"),
        ({"path": "c", "dtype": "half"}, "dtype"),
        ({"path": "c", "max_length": 0}, "max_length"),
        ({"path": "c", "quantization": "8bit"}, "quantization"),
        ({"hub": "https://huggingface.co/a/b"}, "hub"),
        ({"package": "os; import sys", "resource": "d"}, "package"),
    ],
)
def test_entries_that_make_no_sense_are_refused(entry: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ModelSpecification.model_validate({"kind": "causal", **entry})


def test_probe_words_can_be_switched_off() -> None:
    specification = ModelSpecification.model_validate(
        {"kind": "encoder", "path": "c", "probe_words": []}
    )
    assert specification.probe_words == ()
