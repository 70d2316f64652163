"""Debiased linear CKA of all pairs of languages, with exact delete-one scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-10
"""Square of the relative rounding error of a Gram matrix in single precision, with room."""


@dataclass(frozen=True)
class _Moments:
    """The sums that HSIC_1 is made of; [languages, languages, ...] and [languages, ...]."""

    product: Floats
    rows: Floats
    total: Floats
    size: int


@dataclass(frozen=True)
class KernelAlignment:
    """Debiased linear CKA of all pairs of languages.

    Attributes:
        cka: float64 [languages, languages].
        left_out: float64 [languages, languages, n], without each sentence.
        excess: float64 [languages, languages], what the influences of the jackknife have too much
            variance (see `standard_error`).
    """

    cka: Floats
    left_out: Floats
    excess: Floats


def debiased_cka(vectors: NDArray[np.float32]) -> KernelAlignment:
    """Measure debiased linear CKA of all pairs, of all sentences and without each of them.

    CKA = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) (Kornblith et al. 2019) with the unbiased HSIC_1
    of Gram matrices with zero diagonal (Song et al. 2012, JMLR 13, equation 5):
    HSIC_1 = [tr KL + 1'K1 1'L1 / ((n-1)(n-2)) - 2 1'KL1 / (n-2)] / (n (n-3)).
    The biased form comes near 1 for unrelated vectors when there are more dimensions than
    sentences. All sums without sentence j follow from those with it, so that the jackknife needs
    no further product of Gram matrices.

    Args:
        vectors: [languages, n, hidden], each language centred, of any length.

    Returns:
        the scores; NaN for too few sentences (4 and, without one, 5 are needed) or where a language
        does not vary.
    """
    count, n, _ = vectors.shape
    grams = _grams(vectors)
    rows = grams.sum(axis=2)
    flat = grams.reshape(count, n * n)
    whole = _Moments(flat @ flat.T, rows @ rows.T, rows.sum(axis=1), n)
    cka = _ratio(_hsic(whole), n)
    left_out = _ratio(_hsic(_without_each(grams, rows, whole)), n - 1)
    return KernelAlignment(cka, left_out, _excess(grams, rows, cka))


def _excess(grams: Floats, rows: Floats, cka: Floats) -> Floats:
    """Give the variance of the influences that belongs to pairs of sentences.

    With k, l the U-centred Gram matrices divided by the root of their own HSIC, the pair (i, j)
    moves the score by 2/n^2 c_ij, c = k l - cka (k^2 + l^2)/2, to first order. The jackknife counts
    sum_{i<j} (2/n^2 c_ij)^2 twice (Efron and Stein 1981), which is 2/n^3 sum_{ij} c_ij^2 in the
    variance of the influences. The sums of c^2 over all pairs of languages are products of powers
    of k and l.
    """
    count, n, _ = grams.shape
    if n < 4:
        return np.full_like(cka, np.nan)
    means = rows / (n - 2)
    moved = grams - means[:, :, None] - means[:, None, :]
    moved += (rows.sum(axis=1) / ((n - 1) * (n - 2)))[:, None, None]
    diagonal = np.arange(n)
    moved[:, diagonal, diagonal] = 0
    first = moved.reshape(count, n * n)
    own = np.einsum("ac,ac->a", first, first) / (n * (n - 3))
    first /= np.sqrt(np.where(own > 0, own, np.nan))[:, None]
    second = np.square(first)
    squares, cubes = second @ second.T, (second * first) @ first.T
    fourth = np.diag(squares)
    half = cka / 2
    total = squares + half**2 * (fourth[:, None] + fourth[None, :] + 2 * squares)
    return np.asarray(2 / n**3 * (total - 2 * half * (cubes + cubes.T)))


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


def _ratio(hsic: Floats, n: int) -> Floats:
    own = np.einsum("aa...->a...", hsic)
    scale = own[:, None] * own[None, :]
    # Of the whole Gram matrix, whose squares sum to 1, the part that varies must be more than the
    # rounding of its entries; one sentence apart from all others, which are equal, leaves nothing.
    varies = own * n * (n - 3) > ROUNDING
    usable = varies[:, None] & varies[None, :]
    return np.divide(
        hsic, np.sqrt(np.where(usable, scale, 1)), out=np.full_like(hsic, np.nan), where=usable
    )
