"""Reading a tree of token sequences with a model: every run once, after what precedes it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from isogloss.language_models.batching import BatchRunner
from isogloss.language_models.output_layer import LogitReader, agree
from isogloss.language_models.prefix_tree import Node, PrefixTree

if TYPE_CHECKING:
    import torch

    from isogloss.language_models.key_value_cache import Continuation, States
    from isogloss.language_models.loading import LoadedModel

logger = logging.getLogger(__name__)

# Keys and values of shared runs that wait for what follows them: 512 MB for each level of the tree.
CACHE_BYTES = 2**29
# Working memory of an earlier token in a batch, against that of a token that is read.
EARLIER_SHARE = 16
TRIAL_TOKENS = 8

T = TypeVar("T")
# Takes nodes of the tree and what the reader gives for their tokens: [nodes, tokens, units].
Visit = Callable[[Sequence[int], "torch.Tensor"], T]


@dataclass
class _Generation:
    """Nodes whose parents have been read, and the parents, whose states they need."""

    waiting: list[int]
    parents: list[int]


class PrefixPass:
    """One pass over a tree, depth first, a number of like-sized nodes at a time.

    Nodes that others follow are read in portions whose keys and values fit in `CACHE_BYTES`; what
    follows a portion is read before the next one, and then its keys and values are dropped.

    Args:
        loaded: an open causal model.
        reader: gives hidden states or logits.
        tree: the tokens.
        budget: tokens a batch, padding included; halved when memory runs out.
    """

    def __init__(
        self, loaded: LoadedModel, reader: LogitReader, tree: PrefixTree, budget: int
    ) -> None:
        self._loaded, self._reader, self._tree = loaded, reader, tree
        self._runner = BatchRunner(reader.affordable(budget))
        # Keys and values are at most as wide as hidden states.
        token_bytes = 2 * loaded.layers * loaded.hidden_size * loaded.dtype.itemsize
        self._portion = max(budget, CACHE_BYTES // token_bytes)
        self._kept: dict[int, States] = {}

    def run(self, visit: Visit[T]) -> Iterator[T]:
        """Read the tree.

        Args:
            visit: takes the nodes of a batch and what the reader gives for their tokens, padded at
                the right.

        Yields:
            What `visit` returned for each batch.
        """

        def forward(nodes: Sequence[int]) -> tuple[T, Mapping[int, States]]:
            states, kept = self._read(nodes)
            return visit(nodes, states), kept

        generations = [_Generation(self._tree.roots, [])]
        while generations:
            generation = generations[-1]
            if not generation.waiting:
                for parent in generations.pop().parents:
                    del self._kept[parent]
                continue
            wave, generation.waiting = self._split_off(generation.waiting)
            yield from self._run_wave(wave, forward)
            parents = [node for node in wave if self._tree.nodes[node].children]
            children = [child for node in parents for child in self._tree.nodes[node].children]
            generations.append(_Generation(children, parents))

    def _split_off(self, waiting: Sequence[int]) -> tuple[list[int], list[int]]:
        """Take all leaves, which leave nothing behind, and a portion of the other nodes."""
        wave: list[int] = []
        rest: list[int] = []
        tokens = 0
        for node in waiting:
            if not self._tree.nodes[node].children:
                wave.append(node)
                continue
            tokens += len(self._tree.nodes[node].tokens)
            (rest if rest or (tokens > self._portion and wave) else wave).append(node)
        return wave, rest

    def _run_wave(
        self,
        wave: Sequence[int],
        forward: Callable[[Sequence[int]], tuple[T, Mapping[int, States]]],
    ) -> Iterator[T]:
        nodes = [self._tree.nodes[index] for index in wave]
        lengths = [len(node.tokens) + node.start // EARLIER_SHARE for node in nodes]

        def forward_places(places: list[int]) -> tuple[T, Mapping[int, States]]:
            # Rows that go on from the same node stand together: one copy serves them all.
            ordered = sorted(places, key=lambda place: (nodes[place].parent, place))
            return forward([wave[place] for place in ordered])

        for _, (result, kept) in self._runner.run(lengths, forward_places):
            self._kept.update(kept)
            yield result

    def _read(self, rows: Sequence[int]) -> tuple[torch.Tensor, Mapping[int, States]]:
        continuation = self._continuation(rows)
        arguments = self._arguments(rows, continuation)
        states = self._reader.read(arguments)
        return states, {rows[row]: kept for row, kept in continuation.kept.items()}

    def _continuation(self, rows: Sequence[int]) -> Continuation:
        from isogloss.language_models.key_value_cache import Continuation, EarlierRun

        nodes = [self._tree.nodes[row] for row in rows]
        width = max(node.start for node in nodes)
        runs: list[EarlierRun] = []
        first = 0
        for parent, members in groupby(node.parent for node in nodes):
            last = first + len(list(members))
            for index in self._tree.path(parent):
                begin = width - nodes[first].start + self._tree.nodes[index].start
                columns = slice(begin, begin + len(self._tree.nodes[index].tokens))
                runs.append(EarlierRun(self._kept[index], slice(first, last), columns))
            first = last
        keep = {row: len(node.tokens) for row, node in enumerate(nodes) if node.children}
        padding = width - min(node.start for node in nodes)
        return Continuation(width, padding, runs, keep)

    def _arguments(self, rows: Sequence[int], continuation: Continuation) -> dict[str, Any]:
        import torch

        nodes = [self._tree.nodes[row] for row in rows]
        width, longest = continuation.width, max(len(node.tokens) for node in nodes)
        input_ids = torch.zeros(len(rows), longest, dtype=torch.int64)
        mask = torch.zeros(len(rows), width + longest, dtype=torch.int64)
        for row, node in enumerate(nodes):
            input_ids[row, : len(node.tokens)] = torch.tensor(node.tokens)
            mask[row, width - node.start : width + len(node.tokens)] = 1
        arguments: dict[str, Any] = {"input_ids": input_ids, "attention_mask": mask}
        known = inspect.signature(self._loaded.backbone.forward).parameters
        if "position_ids" in known:
            # Padding at the right repeats the last position: there may be no embedding of the next.
            arguments["position_ids"] = (mask.cumsum(-1) - 1)[:, width:]
        arguments = {name: part.to(self._loaded.device) for name, part in arguments.items()}
        cached = bool(width or continuation.keep)
        if cached:
            arguments["past_key_values"] = continuation.as_cache(self._loaded.layers)
        if "use_cache" in known:
            arguments["use_cache"] = cached
        return arguments


def can_continue(loaded: LoadedModel, reader: LogitReader, tokens: Sequence[int]) -> bool:
    """Try whether a model gives the same states when it goes on from keys and values of a prefix.

    It does not if it remembers what it read in another way (a state space, an own cache format).

    Args:
        loaded: an open causal model.
        reader: gives hidden states or logits.
        tokens: a sample of at least 4.
    """
    tokens = tuple(tokens[:TRIAL_TOKENS])
    cut = len(tokens) // 2
    if cut < 2:
        return False
    head, tail = tokens[:cut], tokens[cut:]
    # Two prefixes of different length, so that one row of the batch that follows is padded.
    parts = (
        Node(head, 0, -1, (1,)),
        Node(tail, cut, 0, ()),
        Node(head[1:], 0, -1, (3,)),
        Node(tail, cut - 1, 2, ()),
    )
    wholes = (Node(tokens, 0, -1, ()), Node(tokens[1:], 0, -1, ()))
    expected = _states_of_leaves(loaded, reader, wholes)
    try:
        found = _states_of_leaves(loaded, reader, parts)
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        logger.debug("Reading on from a prefix failed", exc_info=error)
        return False
    return all(
        agree(one[: len(tail)], other[-len(tail) :])
        for one, other in zip(found, expected, strict=True)
    )


def _states_of_leaves(
    loaded: LoadedModel, reader: LogitReader, nodes: tuple[Node, ...]
) -> list[torch.Tensor]:
    """Give what the reader gives for the tokens of each leaf, in their order."""
    tree = PrefixTree(nodes, (), 0)
    seen: dict[int, torch.Tensor] = {}

    def visit(rows: Sequence[int], states: torch.Tensor) -> None:
        seen.update(
            (row, states[place, : len(nodes[row].tokens)]) for place, row in enumerate(rows)
        )

    for _ in PrefixPass(loaded, reader, tree, 4 * TRIAL_TOKENS).run(visit):
        pass
    return [seen[index] for index, node in enumerate(nodes) if not node.children]
