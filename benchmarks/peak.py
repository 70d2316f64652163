"""What this machine's cores can do at best: single-precision matrix products.

Other work on the machine slows both the thing measured and the yardstick, so both are measured in
turn, several times, and their medians are compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np

SIZE = 2048
REPETITIONS = 5


def measure_seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(
    works: Mapping[str, Callable[[], object]], repetitions: int = REPETITIONS
) -> dict[str, float]:
    """Time several pieces of work in turn and give the median of each, in seconds.

    Args:
        works: name -> work; each is called once before, unmeasured.
        repetitions: rounds.
    """
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repetitions):
        for name, work in works.items():
            times[name].append(measure_seconds(work))
    return {name: statistics.median(values) for name, values in times.items()}


def product_work(size: int = SIZE, seed: int = 0) -> tuple[Callable[[], object], float]:
    """Give a float32 product of two square matrices, and its floating-point operations.

    Args:
        size: rows of each matrix.
        seed: of their content.
    """
    generator = np.random.default_rng(seed)
    first = generator.standard_normal((size, size), dtype=np.float32)
    second = generator.standard_normal((size, size), dtype=np.float32)
    out = np.empty((size, size), np.float32)

    def work() -> None:
        for _ in range(4):
            np.matmul(first, second, out=out)

    return work, 4 * 2.0 * size**3


if __name__ == "__main__":
    product, operations = product_work()
    seconds = interleaved({"product": product})["product"]
    print(f"float32 matrix product, {SIZE} x {SIZE}: {operations / seconds / 1e9:.1f} GFLOP/s")
