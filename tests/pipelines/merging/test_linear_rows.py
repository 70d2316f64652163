from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.merging.linear_rows import linear_rows

SOURCES = ["de-DE", "en-US", "sw-KE"]


def table(*rows: tuple[str, str, str, float, str, float], seed: int = 0) -> pd.DataFrame:
    columns = ["recipe", "target", "method", "lambda", "source", "weight"]
    return pd.DataFrame(list(rows), columns=columns).assign(seed=seed)


WEIGHTS = table(
    ("similarity", "sw-KE", "linear", np.nan, "en-US", 0.75),
    ("similarity", "sw-KE", "linear", np.nan, "de-DE", 0.25),
    ("average", "sw-KE", "linear", np.nan, "de-DE", 0.25),
    ("average", "sw-KE", "linear", np.nan, "en-US", 0.75),
    ("scaled", "sw-KE", "task_arithmetic", 0.5, "en-US", 0.75),
    ("scaled", "sw-KE", "task_arithmetic", 0.5, "de-DE", 0.25),
    ("similarity", "de-DE", "linear", np.nan, "sw-KE", 1.0),
    ("trimmed", "de-DE", "ties", 1.0, "sw-KE", 1.0),
)


def test_equal_rows_are_merged_once() -> None:
    rows, whose = linear_rows(WEIGHTS, SOURCES)
    assert rows.dtype == np.float64
    assert rows.shape == (3, 4)
    found = {
        (recipe, target): rows[row].tolist()
        for recipe, target, row in whose.itertuples(index=False)
    }
    assert found == {
        ("similarity", "sw-KE"): [0.25, 0.75, 0, 0],
        ("average", "sw-KE"): [0.25, 0.75, 0, 0],
        ("scaled", "sw-KE"): [0.125, 0.375, 0, 0.5],
        ("similarity", "de-DE"): [0, 0, 1, 0],
    }
    np.testing.assert_allclose(rows.sum(axis=1), 1)


def test_a_lambda_above_1_goes_beyond_the_sources() -> None:
    rows, _ = linear_rows(table(("far", "sw-KE", "task_arithmetic", 1.5, "en-US", 1.0)), SOURCES)
    assert rows.tolist() == [[0, 1.5, 0, -0.5]]


def test_without_linear_merges_there_are_no_rows() -> None:
    rows, whose = linear_rows(WEIGHTS[-1:], SOURCES)
    assert rows.shape == (0, 4)
    assert whose.empty


def test_what_cannot_be_one_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="different seeds"):
        linear_rows(pd.concat([WEIGHTS, WEIGHTS.assign(seed=1)]), SOURCES)
    with pytest.raises(ValueError, match="no source sw-KE"):
        linear_rows(WEIGHTS, SOURCES[:2])
