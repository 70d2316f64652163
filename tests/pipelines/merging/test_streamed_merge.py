from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from isogloss.errors import NotFiniteError
from isogloss.language_models.tensor_files import TensorFileError
from isogloss.pipelines.merging.examination import examine_checkpoints
from isogloss.pipelines.merging.merge_plan import MergePlan, TiesRecipe, task_arithmetic
from isogloss.pipelines.merging.source_reading import SMALLEST_BLOCK
from isogloss.pipelines.merging.streamed_merge import stream_merges
from tests.pipelines.merging import reference
from tests.pipelines.merging.checkpoints import (
    SHAPES,
    floats,
    largest_error,
    merge_states,
    random_tensors,
    save,
    save_sources,
)

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = [0.5, 0.25, 0.25]
"""Exact in every dtype: among few different values many votes of TIES are even and must stay so."""
TOLERANCE = 1e-6
"""Of the largest value of a tensor; float32 has 6e-8."""


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_every_method_equals_its_definition_whatever_the_dtype(
    tmp_path: Path, dtype: torch.dtype
) -> None:
    sources, base = save_sources(tmp_path, 3, dtype)
    numbers, origin = [floats(source) for source in sources], floats(base)
    found = examine_checkpoints(sources, base, [0.3, 0.7])
    linear = np.vstack([[*WEIGHTS, 0], task_arithmetic([WEIGHTS], 0.7)])
    recipes = [TiesRecipe(WEIGHTS, 0.7), TiesRecipe(WEIGHTS, 0.3, 1.5)]
    plan = MergePlan(sources, linear, base, recipes, found.thresholds)
    merged = merge_states(plan, 4, memory_bytes=0)
    expected = [
        reference.linear(numbers, WEIGHTS),
        reference.task_arithmetic(numbers, origin, WEIGHTS, 0.7),
        reference.ties(numbers, origin, WEIGHTS, 0.7),
        reference.ties(numbers, origin, WEIGHTS, 0.3, 1.5),
    ]
    for model, wanted in zip(merged, expected, strict=True):
        assert largest_error(model, wanted) < TOLERANCE
        assert model["positions"].tolist() == [0, 1, 2, 3, 4]


def test_ties_trimmed_over_the_whole_model_equals_its_definition(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 3)
    numbers, origin = [floats(source) for source in sources], floats(base)
    thresholds = examine_checkpoints(sources, base, [0.2], "model").thresholds
    plan = MergePlan(sources, np.empty((0, 4)), base, [TiesRecipe(WEIGHTS, 0.2)], thresholds)
    (merged,) = merge_states(plan)
    whole = reference.ties(numbers, origin, WEIGHTS, 0.2, scope="model")
    by_tensor = reference.ties(numbers, origin, WEIGHTS, 0.2)
    assert largest_error(merged, whole) < TOLERANCE
    assert largest_error(merged, by_tensor) > 0.01


def test_a_tensor_larger_than_a_block_comes_in_pieces_in_order(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 2)
    blocks = list(stream_merges(MergePlan(sources, np.array([[0.5, 0.5]])), memory_bytes=0))
    pieces = [(block.start, block.stop) for block in blocks if block.name == "embeddings.weight"]
    size = 701 * 13
    assert pieces == [
        (start, min(start + SMALLEST_BLOCK, size)) for start in range(0, size, SMALLEST_BLOCK)
    ]
    assert {block.name for block in blocks} == set(SHAPES)


def test_a_row_with_a_single_one_is_an_exact_copy(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 3)
    (merged,) = merge_states(MergePlan(sources, np.eye(3)[1:2]))
    for name, tensor in sources[1].state_dict().items():
        assert torch.equal(merged[name], tensor)


def test_threads_and_blocks_change_nothing(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 3)
    rows = task_arithmetic([WEIGHTS, [1 / 3] * 3])
    plan = MergePlan(sources, rows, base)
    one = {b.name: b.values for b in stream_merges(plan, threads=1)}
    many = {b.name: b.values for b in stream_merges(plan, threads=7)}
    assert one.keys() == many.keys()
    for name, values in one.items():
        assert np.array_equal(values, many[name])


def test_sources_that_no_model_weighs_are_not_read(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 4)
    numbers, origin = [floats(source) for source in sources], floats(base)
    thresholds = examine_checkpoints(sources, base, [0.3]).thresholds
    weights = [0.25, 0.0, 0.75, 0.0]
    recipes = [TiesRecipe(weights, 0.3)]
    for unused in (sources[1], sources[3]):
        with unused.path.open("r+b") as file:
            file.seek(-900, 2)
            file.write(b"\xff" * 900)  # NaNs
    linear = np.array([[*weights, 0]])
    for plan in (
        MergePlan(sources, linear, base),
        MergePlan(sources, linear, base, recipes, thresholds),
    ):
        merged = merge_states(plan, 2)
        assert largest_error(merged[0], reference.linear(numbers, weights)) < TOLERANCE
    few = [numbers[0], numbers[2]]
    expected = reference.ties(few, origin, [0.25, 0.75], 0.3)
    assert largest_error(merged[1], expected) < TOLERANCE


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_named_with_source_and_place(tmp_path: Path, value: float) -> None:
    sources, base = save_sources(tmp_path, 2)
    broken = random_tensors(5)
    broken["embeddings.weight"][700, 3] = value
    sources.append(save(tmp_path, "broken", broken))
    plan = MergePlan(sources, np.eye(3)[2:])
    message = rf"broken\.safetensors: 'embeddings.weight' holds {value} at \[700, 3\].*leave it out"
    with pytest.raises(NotFiniteError, match=message):
        list(stream_merges(plan, memory_bytes=0))
    with pytest.raises(NotFiniteError, match=message):
        examine_checkpoints(sources, base)


def test_a_file_that_is_cut_short_after_it_was_opened_is_named(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 2)
    with sources[1].path.open("r+b") as file:
        file.truncate(sources[1].path.stat().st_size - 40)
    with pytest.raises(TensorFileError, match=r"s1\.safetensors was cut short while it was read"):
        list(stream_merges(MergePlan(sources, np.array([[0.5, 0.5]]))))


def test_what_is_given_up_halfway_leaves_no_open_files(tmp_path: Path) -> None:
    from pathlib import Path as FilePath

    sources, _ = save_sources(tmp_path, 2)
    descriptors = FilePath("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("open files are counted in /proc")
    before = len(list(descriptors.iterdir()))
    blocks = stream_merges(MergePlan(sources, np.eye(2)), memory_bytes=0)
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert len(list(descriptors.iterdir())) == before
