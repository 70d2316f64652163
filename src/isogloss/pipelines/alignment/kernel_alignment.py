"""Debiased linear CKA of all pairs of languages, with exact delete-one scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Moments:
    """The sums that HSIC_1 is made of; [languages, languages, ...] and [languages, ...]."""

    product: Floats
    rows: Floats
    total: Floats
    size: int


def debiased_cka(vectors: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Measure debiased linear CKA of all pairs, of all sentences and without each of them.

    CKA = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) (Kornblith et al. 2019) with the unbiased HSIC_1
    of U-centred Gram matrices (Song et al. 2012, JMLR 13, equation 5), K and L with zero diagonal:
    HSIC_1 = [tr KL + 1'K1 1'L1 / ((n-1)(n-2)) - 2 1'KL1 / (n-2)] / (n (n-3)).
    The biased form comes near 1 for unrelated vectors when there are more dimensions than
    sentences. All sums without sentence j follow from those with it, so that the jackknife needs
    no further product of Gram matrices.

    Args:
        vectors: [languages, n, hidden], each language centred, of any length.

    Returns:
        float64 [languages, languages] and [languages, languages, n]; NaN for too few sentences (4
        and 5 are needed) or where a language does not vary.
    """
    count, n, _ = vectors.shape
    grams = _grams(vectors)
    rows = grams.sum(axis=2)
    total = rows.sum(axis=1)
    flat = grams.reshape(count, n * n)
    whole = _Moments(flat @ flat.T, rows @ rows.T, total, n)
    return _ratio(_hsic(whole)), _ratio(_hsic(_without_each(grams, rows, whole)))


def _grams(vectors: NDArray[np.float32]) -> Floats:
    """Give the Gram matrix of every language with zero diagonal, scaled to Frobenius norm 1."""
    # Neither a shift nor a scale changes CKA; centred vectors keep the sums small and exact.
    grams = np.matmul(vectors, vectors.transpose(0, 2, 1)).astype(np.float64)
    diagonal = np.arange(grams.shape[1])
    grams[:, diagonal, diagonal] = 0
    norm = np.sqrt(np.einsum("aij,aij->a", grams, grams))
    return np.asarray(grams / np.where(norm > 0, norm, 1)[:, None, None])


def _without_each(grams: Floats, rows: Floats, whole: _Moments) -> _Moments:
    """Give the moments without sentence j, on a last axis.

    With k, l the row sums: tr KL loses 2 sum_i K_ij L_ij; 1'K1 loses 2 k_j; and the row sums of the
    others lose K_ij, so that 1'KL1 = sum_i k_i l_i becomes
    sum_i (k_i - K_ij)(l_i - L_ij) - k_j l_j.
    """
    by_sentence = grams.transpose(1, 0, 2)
    shared = np.matmul(by_sentence, by_sentence.transpose(0, 2, 1)).transpose(1, 2, 0)
    crossed = np.matmul(grams, rows.T).transpose(0, 2, 1)
    own = rows[:, None, :] * rows[None, :, :]
    return _Moments(
        whole.product[:, :, None] - 2 * shared,
        whole.rows[:, :, None] - crossed - crossed.transpose(1, 0, 2) + shared - own,
        whole.total[:, None] - 2 * rows,
        whole.size - 1,
    )


def _hsic(moments: _Moments) -> Floats:
    n = moments.size
    if n < 4:
        return np.full_like(moments.product, np.nan)
    totals = moments.total[:, None] * moments.total[None, :]
    summed = moments.product + totals / ((n - 1) * (n - 2)) - 2 * moments.rows / (n - 2)
    return np.asarray(summed / (n * (n - 3)))


def _ratio(hsic: Floats) -> Floats:
    own = np.einsum("aa...->a...", hsic)
    scale = own[:, None] * own[None, :]
    usable = (own[:, None] > 0) & (own[None, :] > 0)
    return np.divide(
        hsic, np.sqrt(np.where(usable, scale, 1)), out=np.full_like(hsic, np.nan), where=usable
    )
