from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from isogloss.pipelines.merging.examination import examine_checkpoints
from isogloss.pipelines.merging.merge_plan import (
    MergePlan,
    MergePlanError,
    TiesRecipe,
    task_arithmetic,
)
from isogloss.pipelines.merging.trimming import TrimmingError
from tests.pipelines.merging.checkpoints import save_sources

if TYPE_CHECKING:
    from pathlib import Path


def test_task_arithmetic_gives_the_base_what_the_sources_leave() -> None:
    rows = task_arithmetic([[0.5, 0.5], [0.2, 0.4]], [0.5, 2.0])
    assert np.allclose(rows, [[0.25, 0.25, 0.5], [0.4, 0.8, -0.2]])
    assert np.allclose(task_arithmetic([[1.0, 1.0]]), [[1.0, 1.0, -1.0]])


def test_rows_that_do_not_sum_to_one_are_refused(tmp_path: Path) -> None:
    sources, _ = save_sources(tmp_path, 2)
    MergePlan(sources, np.array([[0.5, 0.5 + 9e-7]]))
    with pytest.raises(MergePlanError, match=r"row 1 sum to 1\.000002, not to 1\. Divide"):
        MergePlan(sources, np.array([[0.5, 0.5], [0.5, 0.500002]]))
    with pytest.raises(MergePlanError, match=r"row 0 sum to 0\.9, .*\(and those of 1 more rows\)"):
        MergePlan(sources, np.array([[0.4, 0.5], [1.0, 1.0]]))
    with pytest.raises(MergePlanError, match="row 0 sum to nan"):
        MergePlan(sources, np.array([[np.nan, 0.5]]))


def test_weights_that_do_not_fit_the_sources_are_refused(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 2)
    with pytest.raises(MergePlanError, match=r"shape \[1, 3\]; needed are 2 columns"):
        MergePlan(sources, np.array([[0.5, 0.5, 0]]))
    with pytest.raises(MergePlanError, match=r"needed are 3 columns: .* last one for the base"):
        MergePlan(sources, np.array([[0.5, 0.5]]), base)


def test_ties_needs_a_base_thresholds_and_weights_that_fit(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 2)
    none, recipe = np.empty((0, 3)), TiesRecipe([0.5, 0.5], 0.2)
    thresholds = examine_checkpoints(sources, base, [0.2]).thresholds
    with pytest.raises(MergePlanError, match="TIES needs the base and the thresholds"):
        MergePlan(sources, none, base, [recipe])
    with pytest.raises(MergePlanError, match="Row 0 of TIES needs 2 weights, .* none negative"):
        MergePlan(sources, none, base, [TiesRecipe([1.5, -0.5], 0.2)], thresholds)
    with pytest.raises(MergePlanError, match="TIES weights of row 1 sum to 0.9"):
        MergePlan(sources, none, base, [recipe, TiesRecipe([0.4, 0.5], 0.2)], thresholds)
    with pytest.raises(TrimmingError, match="are those of s0, s1; the sources are s1, s0"):
        MergePlan(sources[::-1], none, base, [recipe], thresholds)


def test_groups_cut_a_plan_in_order(tmp_path: Path) -> None:
    sources, base = save_sources(tmp_path, 2)
    thresholds = examine_checkpoints(sources, base, [0.2]).thresholds
    linear = task_arithmetic(np.full((3, 2), 0.5))
    recipes = [TiesRecipe([0.5, 0.5], 0.2, scaling) for scaling in (1.0, 2.0)]
    groups = list(MergePlan(sources, linear, base, recipes, thresholds).groups(2))
    assert [len(group) for group in groups] == [2, 2, 1]
    assert [len(group.linear) for group in groups] == [2, 1, 0]
    assert [[r.scaling for r in group.ties] for group in groups] == [[], [1.0], [2.0]]
