"""What this machine's cores, or its GPU, can do at best: matrix products.

Other work on the machine slows both the thing measured and the yardstick, so both are measured in
the same rounds and compared round by round.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.measurement import measure_seconds

SIZE = 2048
GPU_SIZE = 8192
GPU_PRODUCTS = 20


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


def gpu_product_rate(dtype: str) -> float:
    """Measure operations a second of large products on the GPU; small ones measure their launch.

    Args:
        dtype: of the matrices.
    """
    first = torch.randn(GPU_SIZE, GPU_SIZE, device="cuda").to(getattr(torch, dtype))
    out = torch.empty_like(first)

    def work() -> None:
        for _ in range(GPU_PRODUCTS):
            torch.matmul(first, first, out=out)
        torch.cuda.synchronize()

    work()
    return GPU_PRODUCTS * 2.0 * GPU_SIZE**3 / measure_seconds(work)
