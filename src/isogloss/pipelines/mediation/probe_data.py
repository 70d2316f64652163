"""What probes of running counts are tried on: the items of lists, and parts of them held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.pipelines.mediation.counted_lists import CountedList

Floats = NDArray[np.float64]
LEAST_ROWS = 10
"""Rows to train on; folds with fewer are left out."""
EARLIER = 3
"""Items in front of each whose membership is known beside its own."""
PARTS, BUNDLES = 3, 8
"""Into which lists are split where their words are known, and those to choose penalties by."""


@dataclass(frozen=True)
class ProbeData:
    """What is known of every item of every list; arrays over rows.

    Attributes:
        target: float64 [rows], members up to and with the item, real or made-up ones.
        known: float64 [rows, columns], index of the item and its square, length of the list,
            membership of the item and of those in front of it.
        bag: float64 [rows, units], sum of the static embeddings of all tokens so far.
        categories: label of each row's list.
        words: of the rows.
        turns: number of each row's list among those of its category.
    """

    target: Floats
    known: Floats
    bag: Floats
    categories: NDArray[np.str_]
    words: NDArray[np.str_]
    turns: NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    """Rows to train on and rows to try.

    Attributes:
        name: of what is tried: a category, or a part of the lists.
        train: places of rows.
        test: places of rows.
        groups: [training rows], labels of those that are left out together to choose penalties.
    """

    name: str
    train: NDArray[np.intp]
    test: NDArray[np.intp]
    groups: NDArray[np.str_] | NDArray[np.intp]


def gather_data(
    lists: Sequence[CountedList],
    embeddings: Sequence[NDArray[np.float32]],
    counts: Sequence[NDArray[np.intp]] | None = None,
) -> ProbeData:
    """Put all items of all lists below each other.

    Args:
        lists: of one language.
        embeddings: a list: [tokens of its items, units], static embeddings.
        counts: of each list the running counts of made-up members; None for the real ones.
    """
    targets = [one.running for one in lists] if counts is None else counts
    bags, turns, seen = [], [], dict.fromkeys((one.category for one in lists), 0)
    for one, static in zip(lists, embeddings, strict=True):
        ends = np.cumsum([len(own) for own in one.tokens]) - 1
        bags.append(np.cumsum(static.astype(np.float64), axis=0)[ends])
        turns.append(seen[one.category])
        seen[one.category] += 1
    sizes = [len(one.words) for one in lists]
    return ProbeData(
        np.concatenate(targets).astype(np.float64),
        np.concatenate([_known(own) for own in targets]),
        np.concatenate(bags),
        np.repeat([one.category for one in lists], sizes),
        np.array([word for one in lists for word in one.words]),
        np.repeat(np.array(turns, np.intp), sizes),
    )


def _known(running: NDArray[np.intp]) -> Floats:
    """Give the known columns of one list; in front of its first item there are no members."""
    n = len(running)
    index = np.arange(1, n + 1, dtype=np.float64)
    members = np.concatenate([np.zeros(EARLIER), np.diff(running, prepend=0)])
    flags = [members[EARLIER - back : EARLIER - back + n] for back in range(EARLIER + 1)]
    return np.stack([index, index**2, np.full(n, float(n)), *flags], axis=1)


def hold_out_categories(data: ProbeData) -> Iterator[Fold]:
    """Hold out each category in turn, and from training all words that its lists hold.

    Penalties are chosen by leaving out other categories.

    Args:
        data: of the lists.
    """
    for category in np.unique(data.categories):
        tried = data.categories == category
        seen = np.isin(data.words, data.words[tried])
        yield from _fold(str(category), np.flatnonzero(~tried & ~seen), tried, data.categories)


def hold_out_lists(data: ProbeData) -> Iterator[Fold]:
    """Hold out a third of the lists of every category in turn, whose words other lists have too.

    Penalties are chosen by leaving out bundles of lists.

    Args:
        data: of the lists.
    """
    for part in range(PARTS):
        tried = data.turns % PARTS == part
        bundles = data.turns % BUNDLES
        yield from _fold(f"lists {part}", np.flatnonzero(~tried), tried, bundles)


def _fold(
    name: str,
    train: NDArray[np.intp],
    tried: NDArray[np.bool_],
    labels: NDArray[np.str_] | NDArray[np.intp],
) -> Iterator[Fold]:
    groups = labels[train]
    if len(train) >= LEAST_ROWS and len(np.unique(groups)) > 1 and tried.any():
        yield Fold(name, train, np.flatnonzero(tried), groups)
