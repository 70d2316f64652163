"""The bootstrap over sentences against scipy's, and how it grows with its rounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from benchmarks.machine import package_version
from benchmarks.measurement import measure_curve, ratio, take_turns
from benchmarks.results import Curve, Result
from benchmarks.setting import Setting
from isogloss.statistics.resampling import (
    bootstrap_weights,
    percentile_interval,
    resampled_means,
)

CELLS, SENTENCES, DRAWS = 136, 1012, 1000
BATCH = 25
"""Draws that scipy makes at once: all of them would take gigabytes."""
BY_DRAWS = (250, 500, 1000, 2000, 4000, 8000)
ROUNDS = 5

CURVE = Curve(
    what="bootstrap over rounds",
    variable="rounds of the bootstrap",
    expected=(1, 1),
    first=500,
    why="draws, product and quantile each take every round once",
)


def resample(values: NDArray[np.float32], draws: int) -> NDArray[np.float64]:
    """Give percentile intervals of the means of all cells, as this project does."""
    weights = bootstrap_weights(values.shape[1], draws, np.random.default_rng(0))
    return np.stack(percentile_interval(resampled_means(values, weights)))


def resample_with_scipy(values: NDArray[np.float32], draws: int) -> NDArray[np.float64]:
    """Give the same with `scipy.stats.bootstrap`."""
    found = scipy.stats.bootstrap(
        (values,), np.mean, axis=1, vectorized=True, n_resamples=draws, batch=BATCH,
        method="percentile", rng=np.random.default_rng(0),
    )  # fmt: skip
    return np.stack(found.confidence_interval)


def measure(setting: Setting) -> Result:
    """Measure the bootstrap against scipy's, and how it grows."""
    rounds = setting.rounds(ROUNDS)
    cells, draws = (5, 100) if setting.quick else (CELLS, DRAWS)
    values = np.random.default_rng(1).random((cells, SENTENCES), dtype=np.float32)
    both = np.abs(resample(values, draws) - resample_with_scipy(values, draws)).max()
    times = take_turns(
        {
            "ours": partial(resample, values, draws),
            "theirs": partial(resample_with_scipy, values, draws),
        },
        rounds,
    )
    works: dict[float, Callable[[], object]] = {
        size: partial(resample, values, size)
        for size in ((50, 100, 200) if setting.quick else BY_DRAWS)
    }
    return Result(
        title="Bootstrap",
        method=f"Percentile intervals of {cells} means over {SENTENCES:,} sentences, {draws:,} "
        f"rounds of the bootstrap, {rounds} rounds of measurement in turn. Both draw once for all "
        "cells. This project counts how often each sentence is drawn and multiplies by that, in "
        "float32, with the threads that BLAS has above; scipy gathers the drawn values of all "
        f"cells, {BATCH} draws at a time, in one thread. Limits differ by chance, here by at most "
        f"{both:.4f}.",
        measures=[
            ratio(
                "intervals of all cells", f"`scipy.stats.bootstrap` ({package_version('scipy')})",
                times["theirs"], times["ours"],
            )
        ],
        curves=[measure_curve(CURVE, works, rounds, whole=setting.quick)],
    )  # fmt: skip
