from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from isogloss.pipelines.merging.examination import Examination, examine_sources
from isogloss.pipelines.merging.trimming import WHOLE_MODEL, TrimThresholds
from tests.pipelines.merging import reference
from tests.pipelines.merging.checkpoints import floats, save, save_sources

if TYPE_CHECKING:
    from pathlib import Path


def test_gram_of_task_vectors_and_their_cosines(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 3)
    expected = reference.gram([floats(source) for source in sources], floats(base))
    found = examine_sources(sources, base, memory_bytes=0)
    assert np.allclose(found.gram, expected, rtol=1e-6)
    lengths = np.sqrt(np.diagonal(expected))
    assert np.allclose(found.cosines(), expected / np.outer(lengths, lengths), rtol=1e-6)
    assert found.thresholds.values == {}


def test_a_source_that_equals_the_base_has_no_cosine(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 2)
    unmoved = save(tmp_path, "unmoved", base.state_dict())
    cosines = examine_sources([*sources, unmoved], base).cosines()
    assert np.isnan(cosines[2]).all()
    assert np.isfinite(cosines[:2, :2]).all()


@pytest.mark.parametrize("memory_bytes", [0, 1 << 28])
@pytest.mark.parametrize("scope", ["tensor", "model"])
def test_thresholds_are_the_magnitudes_that_sorting_finds(
    tmp_path: Path, scope: Literal["tensor", "model"], memory_bytes: int
) -> None:
    sources, base = save_sources(tmp_path, 2)
    found = examine_sources(sources, base, [0.1, 0.5], scope, memory_bytes=memory_bytes)
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
    one, two = (examine_sources(sources, base, memory_bytes=0, threads=5) for _ in range(2))
    assert np.array_equal(one.gram, two.gram)


def test_cosines_of_known_products() -> None:
    nothing = TrimThresholds("tensor", (), (), {}, {})
    found = Examination(np.array([[4.0, 3.0], [3.0, 9.0]]), nothing)
    assert found.cosines().tolist() == [[1.0, 0.5], [0.5, 1.0]]
