"""A tree over token sequences: what several of them begin with stands in it once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

# A run is shared if that spares more tokens than a row of its own costs: some for the row itself,
# and one for so many earlier tokens, whose keys and values are copied for it. Estimated from the
# operations and the memory traffic of small models; either may be twice as large or small.
ROW_TOKENS = 16
EARLIER_TOKENS_A_TOKEN = 32

Worth = Callable[[int, int, int], bool]


@dataclass(frozen=True)
class Node:
    """A run of tokens that all sequences below it share.

    Attributes:
        tokens: of the run.
        start: number of tokens before it, in the nodes above.
        parent: index of the node above, -1 for none.
        children: indices of the nodes that follow; none for a leaf.
    """

    tokens: tuple[int, ...]
    start: int
    parent: int
    children: tuple[int, ...]


@dataclass(frozen=True)
class PrefixTree:
    """Token sequences without repetition of what they share.

    Attributes:
        nodes: parents before children, in the lexicographic order of their sequences.
        leaves: for each sequence the leaf on whose path it lies; it may end before the leaf does.
        given_tokens: of all sequences.
    """

    nodes: tuple[Node, ...]
    leaves: tuple[int, ...]
    given_tokens: int

    @property
    def tokens(self) -> int:
        """Give the number of tokens in the tree."""
        return sum(len(node.tokens) for node in self.nodes)

    @property
    def roots(self) -> list[int]:
        """Give the nodes that nothing precedes."""
        return [index for index, node in enumerate(self.nodes) if node.parent < 0]

    def path(self, index: int) -> list[int]:
        """Give the nodes from the root down to one of them, which is included.

        Args:
            index: of the node; -1 gives an empty path.
        """
        path = []
        while index >= 0:
            path.append(index)
            index = self.nodes[index].parent
        return path[::-1]


def worth_sharing(run: int, rows: int, start: int) -> bool:
    """Say whether computing a run once is cheaper than computing it in every row that follows.

    Args:
        run: its tokens.
        rows: nodes that follow it.
        start: tokens before it.
    """
    return (rows - 1) * run >= ROW_TOKENS + start // EARLIER_TOKENS_A_TOKEN


def never(run: int, rows: int, start: int) -> bool:
    """Share nothing but whole sequences, for models that cannot go on from a prefix."""
    return False


def build_prefix_tree(
    sequences: Sequence[Sequence[int]], worth: Worth = worth_sharing
) -> PrefixTree:
    """Build the tree of some token sequences.

    Sequences that are equal, or the beginning of another one, need no node of their own.

    Args:
        sequences: none of them empty; token ids below 2^32.
        worth: whether a run of so many tokens, shared by so many rows, after so many tokens, is
            to be a node; otherwise each of the rows holds it.
    """
    # Big-endian bytes sort as the numbers do, and compare at the speed of memory.
    keys = [np.asarray(sequence, dtype=">u4").tobytes() for sequence in sequences]
    ordered = sorted(set(keys))
    leaf_keys, carriers = _drop_beginnings(ordered)
    arrays = [np.frombuffer(key, dtype=">u4") for key in leaf_keys]
    nodes, leaf_nodes = _lay_out(_draft(arrays, worth), arrays)
    leaf_of = {key: leaf_nodes[carrier] for key, carrier in zip(ordered, carriers, strict=True)}
    return PrefixTree(tuple(nodes), tuple(leaf_of[key] for key in keys), sum(map(len, sequences)))


def _drop_beginnings(ordered: Sequence[bytes]) -> tuple[list[bytes], list[int]]:
    """Keep the sequences that no other one continues; say for each of all which kept one holds it.

    What continues a sequence follows it at once in lexicographic order.
    """
    kept: list[bytes] = []
    carriers: list[int] = []
    for key, following in itertools.zip_longest(ordered, ordered[1:]):
        carriers.append(len(kept))
        if following is None or not following.startswith(key):
            kept.append(key)
    return kept, carriers


@dataclass
class _Draft:
    """A node in the making: it ends after `stop` tokens of the sequence of a leaf below it."""

    leaf: int
    stop: int
    children: list[_Draft] = field(default_factory=list)


def _draft(arrays: Sequence[np.ndarray], worth: Worth) -> list[_Draft]:
    """Build the tree from sorted sequences, closing a node when a sequence leaves its path."""
    open_nodes = [_Draft(0, 0)]
    for leaf, array in enumerate(arrays):
        following = arrays[leaf + 1] if leaf + 1 < len(arrays) else array[:0]
        shared = _common_length(array, following)
        finished = [_Draft(leaf, len(array))]
        while open_nodes[-1].stop > shared:
            node = open_nodes.pop()
            node.children += finished
            start = max(open_nodes[-1].stop, shared)
            kept = worth(node.stop - start, len(node.children), start)
            finished = [node] if kept else node.children
        if open_nodes[-1].stop < shared:
            open_nodes.append(_Draft(leaf, shared))
        open_nodes[-1].children += finished
    return open_nodes[0].children


def _common_length(one: np.ndarray, other: np.ndarray) -> int:
    shorter = min(len(one), len(other))
    differing = np.flatnonzero(one[:shorter] != other[:shorter])
    return int(differing[0]) if differing.size else shorter


def _lay_out(
    drafts: Sequence[_Draft], arrays: Sequence[np.ndarray]
) -> tuple[list[Node], dict[int, int]]:
    """Number the nodes, parents first; give them and the node of each leaf."""
    order: list[tuple[_Draft, int]] = []
    waiting = [(draft, -1) for draft in reversed(drafts)]
    while waiting:
        draft, parent = waiting.pop()
        waiting += [(child, len(order)) for child in reversed(draft.children)]
        order.append((draft, parent))
    children: list[list[int]] = [[] for _ in order]
    for index, (_, parent) in enumerate(order):
        if parent >= 0:
            children[parent].append(index)
    nodes = []
    for (draft, parent), below in zip(order, children, strict=True):
        start = order[parent][0].stop if parent >= 0 else 0
        run = tuple(arrays[draft.leaf][start : draft.stop].tolist())
        nodes.append(Node(run, start, parent, tuple(below)))
    leaf_nodes = {draft.leaf: i for i, (draft, _) in enumerate(order) if not draft.children}
    return nodes, leaf_nodes
