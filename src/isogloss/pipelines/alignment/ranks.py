"""Where translations rank among the sentences of all languages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Block, Scratch, diagonal
from isogloss.pipelines.alignment.ties import TIE_TOLERANCE

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranks:
    """Retrieval with the sentences of one language as queries, all sentences of all as pool.

    Attributes:
        translation: float64 [languages, n], mid-rank (1 = nearest) of the translation of query i
            into each language; of no meaning for the query's own language.
        statistics: float64 [4], sums over the n queries of: the share of the query's own language
            among the n - 1 nearest; the share of translations among the languages - 1 nearest; the
            mean rank of the n - 1 sentences of its language; the mean rank of its translations.
    """

    translation: Floats
    statistics: Floats


def rank_translations(block: Block, own: int, scratch: Scratch) -> Ranks:
    """Rank all sentences for every query of a language, the query left out, ties by mid-rank.

    The rank of a sentence is 1 + (those nearer) + (those tied with it)/2. Where a tie crosses the
    end of the nearest sentences, each of the tied takes an equal share of the places left.

    Args:
        block: [n, languages, n]; rows are the queries.
        own: position of the queries' language.
        scratch: working memory.
    """
    n, languages, _ = block.shape
    pool = n * languages
    ordered = scratch.floats((n, pool))
    np.copyto(ordered, block.reshape(n, pool))
    # The query itself sinks below everybody else.
    ordered.reshape(block.shape)[np.arange(n), own, np.arange(n)] = -np.inf
    ordered.sort(axis=1)
    translations = diagonal(block).T
    # Keys in ascending order are found several times faster than others.
    order = translations.argsort(axis=1)
    fellows = np.sort(_without_diagonal(block[:, own, :]), axis=1)
    last_fellow = ordered[:, pool - (n - 1), None]
    last_translation = ordered[:, pool - (languages - 1), None]
    ascending = np.take_along_axis(translations, order, axis=1)
    keys = np.concatenate([ascending, fellows, last_fellow, last_translation], axis=1)
    below, upto = _places(ordered, keys)
    ranks = pool + 0.5 - (below + upto) / 2
    found = np.empty((n, languages))
    np.put_along_axis(found, order, ranks[:, :languages], axis=1)
    others = np.delete(np.arange(languages), own)
    statistics = np.array(
        [
            _share_of_nearest(fellows, last_fellow, below[:, -2], upto[:, -2], pool),
            _share_of_nearest(
                translations[:, others], last_translation, below[:, -1], upto[:, -1], pool
            ),
            ranks[:, languages:-2].mean(axis=1).sum(),
            found[:, others].mean(axis=1).sum(),
        ]
    )
    return Ranks(found.T, statistics)


def _without_diagonal(square: NDArray[np.float32]) -> NDArray[np.float32]:
    n = len(square)
    return square[~np.eye(n, dtype=bool)].reshape(n, n - 1)


def _places(
    ordered: NDArray[np.float32], keys: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count in each ascending row the values below each key, and up to it, ties included."""
    tolerance = np.float32(TIE_TOLERANCE)
    low = keys - tolerance
    above = np.nextafter(keys + tolerance, np.float32(np.inf))
    bounds = np.concatenate([low, above], axis=1)
    places = np.empty(bounds.shape, np.int64)
    for row, values in enumerate(ordered):
        places[row] = values.searchsorted(bounds[row])
    count = keys.shape[1]
    return places[:, :count], places[:, count:]


def _share_of_nearest(
    values: NDArray[np.float32],
    last: NDArray[np.float32],
    below: NDArray[np.int64],
    upto: NDArray[np.int64],
    pool: int,
) -> float:
    """Sum over queries the expected share of `values` among as many nearest as there are values.

    Args:
        values: [n, count].
        last: [n, 1], the similarity of the count-th nearest.
        below: [n], sentences below the tie group of `last`.
        upto: [n], sentences up to its end.
        pool: number of sentences.
    """
    tolerance = np.float32(TIE_TOLERANCE)
    count = values.shape[1]
    nearer = values > last + tolerance
    tied = (values >= last - tolerance) & ~nearer
    chance = (count - (pool - upto)) / (upto - below)
    return float(((nearer.sum(axis=1) + tied.sum(axis=1) * chance) / count).sum())
