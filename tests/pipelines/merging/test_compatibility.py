from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from isogloss.language_models.checkpoints import CheckpointError
from isogloss.pipelines.merging.compatibility import IncompatibleError, require_compatible
from isogloss.pipelines.merging.merge_plan import MergePlan
from tests.pipelines.merging.checkpoints import (
    LABELS,
    config,
    floats,
    merge_states,
    random_tensors,
    save,
    save_sources,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from isogloss.language_models.checkpoints import Checkpoint


def drop(tensors: dict[str, Any]) -> None:
    del tensors["layer.bias"]


def widen(tensors: dict[str, Any]) -> None:
    tensors["layer.bias"] = torch.zeros(14)


def make_integer(tensors: dict[str, Any]) -> None:
    tensors["layer.bias"] = torch.zeros(13, dtype=torch.int64)


def renumber(tensors: dict[str, Any]) -> None:
    tensors["positions"] = torch.arange(1, 6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop, r"odd\.safetensors lacks tensors that .*s0\.safetensors has: layer\.bias\."),
        (widen, r"'layer\.bias' is \[13\] F32 in .*s0.* and \[14\] F32 in .*odd"),
        (make_integer, r"'layer\.bias' is \[13\] F32 in .*s0.* and \[13\] I64 in .*odd"),
        (renumber, r"integers in 'positions' differ between .*s0.* and .*odd.*cannot be averaged"),
    ],
)
def test_another_network_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    sources, _ = save_sources(tmp_path, 2)
    tensors = random_tensors(9)
    change(tensors)
    odd = save(tmp_path, "odd", tensors)
    with pytest.raises(IncompatibleError, match=message):
        require_compatible([*sources, odd])
    with pytest.raises(IncompatibleError, match=message):
        require_compatible(sources, odd)


def test_tensors_that_only_a_later_source_has_are_named(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 1)
    extra = {f"more.{number}": torch.zeros(1) for number in range(5)}
    odd = save(tmp_path, "odd", {**random_tensors(9), **extra})
    message = (
        r"s0\.safetensors lacks tensors that .*odd.* has: more\.0, more\.1, more\.2 and 2 more"
    )
    with pytest.raises(IncompatibleError, match=message):
        require_compatible([*sources, odd])


def test_settings_that_shapes_do_not_show_are_compared(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 1)
    odd = save(tmp_path, "odd", random_tensors(9), config(num_attention_heads=2))
    with pytest.raises(IncompatibleError, match="'num_attention_heads' is 4 in .* and 2 in"):
        require_compatible([*sources, odd])


@pytest.mark.parametrize(
    ("key", "value"),
    [("hidden_act", "relu"), ("layer_norm_eps", 1e-3), ("position_embedding_type", "relative_key")],
)
def test_functions_of_the_weights_are_compared_where_both_say_them(
    tmp_path: Path, key: str, value: object
) -> None:
    settings: dict[str, Any] = {
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "position_embedding_type": "absolute",
    }
    source = save(tmp_path, "source", random_tensors(1), config(**settings))
    odd = save(tmp_path, "odd", random_tensors(9), config(**{**settings, key: value}))
    with pytest.raises(IncompatibleError, match=rf"'{key}' is .* in .*source.* and {value!r} in"):
        require_compatible([source, odd])
    del settings[key]
    silent = save(tmp_path, "silent", random_tensors(9), config(**settings))
    assert len(require_compatible([source, silent])) == 2


def test_settings_tell_models_of_equal_weights_apart(tmp_path: Path) -> None:
    source = save(tmp_path, "source", random_tensors(1))
    settings: list[dict[str, Any]] = [
        {},
        {"hidden_act": "relu"},
        {"hidden_act": "gelu"},
        {"hidden_dropout": 1},
    ]
    prints = [replace(source, config=config(**one)).fingerprint for one in settings]
    assert len(set(prints)) == 3
    assert prints[0] == prints[3]


def test_other_tokenizers_are_refused(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 1)
    other = save(tmp_path, "other", random_tensors(9), tokenizer="another")
    unknown = save(tmp_path, "unknown", random_tensors(9), tokenizer="")
    with pytest.raises(IncompatibleError, match=r"tokenizers of .*s0.* and .*other.* differ"):
        require_compatible([*sources, other])
    with pytest.raises(IncompatibleError, match=r"unknown\.safetensors has no tokenizer"):
        require_compatible([*sources, unknown])


def test_unknown_tokenizers_are_taken_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pair = [save(tmp_path, name, random_tensors(9), tokenizer="") for name in "ab"]
    assert len(require_compatible(pair)) == 2
    assert "come without a tokenizer" in caplog.text


def permuted(folder: Path, source: Checkpoint) -> Checkpoint:
    """Write the same classifier with its labels numbered otherwise."""
    tensors, order = source.state_dict(), [2, 0, 1]
    for name in ("classifier.weight", "classifier.bias"):
        tensors[name] = tensors[name][order].clone()
    labels = [LABELS[number] for number in order]
    return save(folder, f"{source.name}_permuted", tensors, config(labels))


def test_permuted_labels_are_brought_to_the_first_sources_order(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 2)
    plan = MergePlan([sources[0], permuted(tmp_path, sources[1])], np.array([[0.25, 0.75]]))
    (merged,) = merge_states(plan)
    straight = MergePlan(sources, np.array([[0.25, 0.75]]))
    (expected,) = merge_states(straight)
    for name in expected:
        assert torch.equal(merged[name], expected[name])
    one, two = (floats(source)["classifier.bias"] for source in sources)
    assert np.allclose(merged["classifier.bias"].numpy(), 0.25 * one + 0.75 * two)


def test_other_labels_are_refused(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 1)
    odd = save(tmp_path, "odd", random_tensors(9), config((*LABELS[:2], "qa_maths")))
    with pytest.raises(
        CheckpointError,
        match=r"the first source \(lacks weather_query; only it has qa_maths\)\. Train all",
    ):
        require_compatible([*sources, odd])


def test_permuted_labels_without_a_known_output_layer_are_refused(tmp_path: Path) -> None:
    def without_classifier(labels: tuple[str, ...], name: str) -> Checkpoint:
        tensors = random_tensors(9)
        for kind in ("weight", "bias"):
            tensors[f"head.{kind}"] = tensors.pop(f"classifier.{kind}")
        return save(tmp_path, name, tensors, config(labels))

    pair = [without_classifier(LABELS, "a"), without_classifier(LABELS[::-1], "b")]
    with pytest.raises(CheckpointError, match="no output layer with 3 rows is found"):
        require_compatible(pair)


def test_no_source_and_one_source_twice_are_refused(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 1)
    with pytest.raises(IncompatibleError, match="no sources to merge"):
        require_compatible([])
    with pytest.raises(IncompatibleError, match="2 sources are named 's0'"):
        require_compatible([*sources, *sources])
