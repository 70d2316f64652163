from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from isogloss.language_models.checkpoints import belongs_to_head
from isogloss.pipelines.merging.examination import Examination, examine_checkpoints
from isogloss.pipelines.merging.trimming import WHOLE_MODEL, TrimThresholds
from tests.pipelines.merging import reference
from tests.pipelines.merging.checkpoints import floats, save, save_sources

if TYPE_CHECKING:
    from pathlib import Path


def test_gram_of_task_vectors_and_their_cosines(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 3)
    expected = reference.gram([floats(source) for source in sources], floats(base))
    found = examine_checkpoints(sources, base, memory_bytes=0)
    assert np.allclose(found.gram(), expected, rtol=1e-6)
    lengths = np.sqrt(np.diagonal(expected))
    assert np.allclose(found.cosines(), expected / np.outer(lengths, lengths), rtol=1e-6)
    assert found.thresholds.values == {}


def test_a_source_that_equals_the_base_has_no_cosine(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 2)
    unmoved = save(tmp_path, "unmoved", base.state_dict())
    cosines = examine_checkpoints([*sources, unmoved], base).cosines()
    assert np.isnan(cosines[2]).all()
    assert np.isfinite(cosines[:2, :2]).all()


@pytest.mark.parametrize("memory_bytes", [0, 1 << 28])
@pytest.mark.parametrize("scope", ["tensor", "model"])
def test_thresholds_are_the_magnitudes_that_sorting_finds(
    tmp_path: Path, scope: Literal["tensor", "model"], memory_bytes: int
) -> None:
    sources, base = save_sources(tmp_path, 2)
    found = examine_checkpoints(sources, base, [0.1, 0.5], scope, memory_bytes=memory_bytes)
    origin = base.state_dict()
    differences = [
        {
            name: np.abs(tensor.numpy() - origin[name].numpy()).ravel()
            for name, tensor in source.state_dict().items()
            if tensor.is_floating_point()
        }
        for source in sources
    ]
    keys = [WHOLE_MODEL] if scope == "model" else list(differences[0])
    assert sorted(found.thresholds.values) == sorted(keys)
    for key in keys:
        for column, values in enumerate(differences):
            chosen = np.concatenate(list(values.values())) if scope == "model" else values[key]
            for row, density in enumerate([0.1, 0.5]):
                threshold = reference.kth_largest(chosen, density)
                assert found.thresholds.values[key][row, column] == threshold
                kept = found.thresholds.kept[key][row, column]
                assert kept == (chosen >= threshold).sum()


def test_two_examinations_are_equal_to_the_last_bit(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 3)
    one, two = (examine_checkpoints(sources, base, memory_bytes=0, threads=5) for _ in range(2))
    assert np.array_equal(one.encoder, two.encoder)
    assert np.array_equal(one.head, two.head)


def test_cosines_of_known_products() -> None:
    nothing = TrimThresholds("tensor", (), (), {}, {})
    encoder, head = np.array([[4.0, 3.0], [3.0, 9.0]]), np.array([[21.0, -8.0], [-8.0, 16.0]])
    found = Examination(encoder, head, nothing)
    assert found.cosines("encoder").tolist() == [[1.0, 0.5], [0.5, 1.0]]
    assert found.gram("all").tolist() == [[25.0, -5.0], [-5.0, 25.0]]
    assert found.cosines().tolist() == [[1.0, -0.2], [-0.2, 1.0]]


@pytest.mark.parametrize("densities", [(), (0.2,)])
@pytest.mark.parametrize("scope", ["tensor", "model"])
def test_encoder_and_head_are_compared_apart(
    tmp_path: Path, scope: Literal["tensor", "model"], densities: tuple[float, ...]
) -> None:
    sources, base = save_sources(tmp_path, 3)
    found = examine_checkpoints(sources, base, densities, scope)
    read = [floats(one) for one in (*sources, base)]
    heads = [{k: v for k, v in one.items() if k.startswith("classifier.")} for one in read]
    encoders = [{k: v for k, v in one.items() if k not in heads[0]} for one in read]
    assert np.allclose(found.head, reference.gram(heads[:-1], heads[-1]), rtol=1e-6)
    assert np.allclose(found.encoder, reference.gram(encoders[:-1], encoders[-1]), rtol=1e-6)


def test_the_head_is_what_the_encoder_lacks() -> None:
    heads = ("classifier.weight", "classifier.out_proj.bias", "pre_classifier.weight", "score.bias")
    assert all(map(belongs_to_head, heads))
    encoders = ("bert.pooler.dense.weight", "pooler.dense.weight", "roberta.classifier.weight")
    assert not any(map(belongs_to_head, encoders))
