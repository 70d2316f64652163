from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from isogloss.pipelines.merging.trimming import (
    WHOLE_MODEL,
    ThresholdSearch,
    TrimmingError,
    TrimThresholds,
)


def search(rows: np.ndarray, densities: list[float], pieces: int) -> tuple[np.ndarray, np.ndarray]:
    looking = ThresholdSearch(len(rows), rows.shape[1], densities)
    parts = np.array_split(rows, pieces, axis=1)
    for part in parts:
        looking.count(np.ascontiguousarray(part))
    looking.settle()
    for part in parts:
        looking.refine(np.ascontiguousarray(part))
    return looking.thresholds()


MAGNITUDES = st.floats(0, allow_nan=False, allow_infinity=False, width=32)


@given(
    arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=MAGNITUDES),
    st.lists(st.floats(0.001, 1), min_size=1, max_size=3),
    st.integers(1, 4),
)
def test_thresholds_are_those_of_sorting(
    rows: np.ndarray, densities: list[float], pieces: int
) -> None:
    rows = np.abs(rows)  # -0 is not below 0 but has a sign
    values, kept = search(rows, densities, pieces)
    ordered = np.sort(rows, axis=1)[:, ::-1]
    for number, density in enumerate(densities):
        rank = max(1, int(density * rows.shape[1]))
        assert np.array_equal(values[number], ordered[:, rank - 1])
        assert np.array_equal(kept[number], (rows >= values[number][:, None]).sum(axis=1))


def test_neighbouring_floats_are_told_apart() -> None:
    steps = np.float32(1) + np.arange(1000, dtype=np.float32) * np.finfo(np.float32).eps
    values, kept = search(np.random.default_rng(0).permutation(steps)[None], [0.25], 3)
    assert values[0, 0] == steps[750]
    assert kept[0, 0] == 250


def test_all_that_equal_the_threshold_are_kept() -> None:
    values, kept = search(np.array([[3, 1, 1, 1, 0, 0, 0, 0, 0, 0]], np.float32), [0.2], 1)
    assert (values[0, 0], kept[0, 0]) == (1, 4)


@pytest.mark.parametrize("density", [0.0, -0.1, 1.01])
def test_a_density_outside_its_range_is_refused(density: float) -> None:
    with pytest.raises(TrimmingError, match=r"is not in \(0, 1\]"):
        ThresholdSearch(1, 10, [0.5, density])


def test_thresholds_are_found_by_tensor_and_density() -> None:
    values = {"a": np.array([[1, 2], [3, 4]], np.float32)}
    counts = {"a": np.array([[1, 1], [2, 2]])}
    by_tensor = TrimThresholds("tensor", ("x", "y"), (0.1, 0.2), values, counts)
    assert by_tensor.of("a", 0.2).tolist() == [3, 4]
    with pytest.raises(TrimmingError, match=r"density 0\.3 of 'a' \(densities: 0\.1, 0\.2\)"):
        by_tensor.of("a", 0.3)
    with pytest.raises(TrimmingError, match="of 'b'"):
        by_tensor.of("b", 0.1)
    whole = TrimThresholds("model", ("x", "y"), (0.1, 0.2), {WHOLE_MODEL: values["a"]}, {})
    assert whole.of("any", 0.1).tolist() == [1, 2]
    with pytest.raises(TrimmingError, match="are those of x, y; the sources are y, x"):
        by_tensor.require(["y", "x"])
