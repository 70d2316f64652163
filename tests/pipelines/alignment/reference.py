"""Alignment metrics written down as plainly as their definitions, in double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOLERANCE = 4 * 2.0**-23


def cosines(first: NDArray[np.floating], second: NDArray[np.floating]) -> Floats:
    first, second = first.astype(np.float64), second.astype(np.float64)
    first = first / np.linalg.norm(first, axis=1, keepdims=True)
    second = second / np.linalg.norm(second, axis=1, keepdims=True)
    return first @ second.T


def beaten(similarity: Floats) -> list[int]:
    n = len(similarity)
    counts = []
    for i in range(n):
        threshold = similarity[i, i] - TOLERANCE
        counts.append(
            sum(
                1
                for j in range(n)
                if j != i and (similarity[i, j] >= threshold or similarity[j, i] >= threshold)
            )
        )
    return counts


def mexa(similarity: Floats) -> float:
    return float(np.mean([count == 0 for count in beaten(similarity)]))


def official_mexa(similarity: Floats) -> float:
    """Count the rows whose diagonal is strictly above the rest of its row and of its column."""
    hits = 0
    for i in range(len(similarity)):
        others = [similarity[i, j] for j in range(len(similarity)) if j != i]
        others += [similarity[j, i] for j in range(len(similarity)) if j != i]
        hits += similarity[i, i] > max(others)
    return hits / len(similarity)


def recall(similarity: Floats) -> float:
    n = len(similarity)
    hits = 0
    for i in range(n):
        rivals = [similarity[i, j] for j in range(n) if j != i]
        hits += similarity[i, i] > max(rivals) + TOLERANCE
    return hits / n


def auc(similarity: Floats) -> float:
    n = len(similarity)
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                for rival in (similarity[i, j], similarity[j, i]):
                    difference = similarity[i, i] - rival
                    total += 0.5 if abs(difference) <= TOLERANCE else float(difference > 0)
    return total / (2 * n * (n - 1))


def off_diagonal(similarity: Floats) -> Floats:
    return similarity[~np.eye(len(similarity), dtype=bool)]


def contrast(similarity: Floats) -> float:
    others = off_diagonal(similarity)
    return float((np.diag(similarity).mean() - others.mean()) / others.std())


def csls_mexa(similarity: Floats, neighbours: int) -> float:
    n = len(similarity)
    row_mean = [np.sort(similarity[i])[::-1][:neighbours].mean() for i in range(n)]
    column_mean = [np.sort(similarity[:, j])[::-1][:neighbours].mean() for j in range(n)]
    corrected = np.array(
        [[2 * similarity[i, j] - row_mean[i] - column_mean[j] for j in range(n)] for i in range(n)]
    )
    return mexa(corrected / 2)


def floor(similarity: Floats) -> float:
    n = len(similarity)
    cells = 0
    for i in range(n):
        for j in range(n):
            if i != j:
                others = [similarity[i, k] for k in range(n) if k != j]
                others += [similarity[k, j] for k in range(n) if k != i]
                cells += similarity[i, j] > max(others) + TOLERANCE
    return cells / (n * (n - 1))


def mid_rank(
    vectors: NDArray[np.floating], query: tuple[int, int], target: tuple[int, int]
) -> float:
    flat = vectors.reshape(-1, vectors.shape[-1])
    n = vectors.shape[1]
    one, other = query[0] * n + query[1], target[0] * n + target[1]
    similarity = cosines(flat[one : one + 1], flat)[0]
    rank = 1.0
    for candidate in range(len(flat)):
        if candidate not in {one, other}:
            difference = similarity[candidate] - similarity[other]
            rank += 0.5 if abs(difference) <= TOLERANCE else float(difference > 0)
    return rank


def unbiased_hsic(first: Floats, second: Floats) -> float:
    """Inner product of U-centred Gram matrices (Székely and Rizzo 2014)."""
    n = len(first)

    def u_centred(gram: Floats) -> Floats:
        gram = gram.copy()
        np.fill_diagonal(gram, 0)
        rows = gram.sum(axis=1) / (n - 2)
        moved = gram - rows[:, None] - rows[None, :] + gram.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(moved, 0)
        return np.asarray(moved)

    return float((u_centred(first) * u_centred(second)).sum() / (n * (n - 3)))


def debiased_cka(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    grams = [
        (v - v.mean(0)) @ (v - v.mean(0)).T for v in (first.astype(float), second.astype(float))
    ]
    own = unbiased_hsic(grams[0], grams[0]) * unbiased_hsic(grams[1], grams[1])
    return unbiased_hsic(*grams) / float(np.sqrt(own))


def without(vectors: NDArray[np.floating], sentence: int) -> NDArray[np.floating]:
    return np.asarray(np.delete(vectors, sentence, axis=-2))
