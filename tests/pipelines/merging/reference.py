"""What merging means, written down slowly and in float64, apart from the code that is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[np.float64]]


def linear(sources: Sequence[Tensors], weights: Sequence[float]) -> dict[str, NDArray[np.float64]]:
    merged = {name: np.zeros_like(values) for name, values in sources[0].items()}
    for source, weight in zip(sources, weights, strict=True):
        for name, values in source.items():
            merged[name] += weight * values
    return merged


def task_arithmetic(
    sources: Sequence[Tensors], base: Tensors, weights: Sequence[float], scaling: float
) -> dict[str, NDArray[np.float64]]:
    merged = {name: values.copy() for name, values in base.items()}
    for source, weight in zip(sources, weights, strict=True):
        for name, values in source.items():
            merged[name] += scaling * weight * (values - base[name])
    return merged


def trimmed(difference: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    return np.where(np.abs(difference) < threshold, 0.0, difference)


def kth_largest(magnitudes: NDArray[np.float64], density: float) -> float:
    ordered = np.sort(magnitudes.ravel())[::-1]
    return float(ordered[max(1, int(density * len(ordered))) - 1])


def ties(
    sources: Sequence[Tensors],
    base: Tensors,
    weights: Sequence[float],
    density: float,
    scaling: float = 1.0,
    scope: str = "tensor",
) -> dict[str, NDArray[np.float64]]:
    deltas = [{name: source[name] - base[name] for name in base} for source in sources]
    kept: list[dict[str, NDArray[np.float64]]] = []
    for delta in deltas:
        everything = np.concatenate([values.ravel() for values in delta.values()])
        whole = kth_largest(np.abs(everything), density)
        kept.append(
            {
                name: trimmed(
                    values,
                    whole if scope == "model" else kth_largest(np.abs(values), density),
                )
                for name, values in delta.items()
            }
        )
    merged = {}
    for name, origin in base.items():
        result = origin.copy()
        for place in np.ndindex(origin.shape):
            votes = [weight * k[name][place] for weight, k in zip(weights, kept, strict=True)]
            sign = 1 if sum(votes) >= 0 else -1
            agree = [number for number, vote in enumerate(votes) if vote * sign > 0]
            if agree:
                total = sum(votes[number] for number in agree)
                result[place] += scaling * total / sum(weights[number] for number in agree)
        merged[name] = result
    return merged


def gram(sources: Sequence[Tensors], base: Tensors) -> NDArray[np.float64]:
    flat = [
        np.concatenate([(source[name] - base[name]).ravel() for name in base]) for source in sources
    ]
    return np.array([[float(np.dot(one, other)) for other in flat] for one in flat])
