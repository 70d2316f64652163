"""What a node hands over when its result is many files, and what the next node gets back.

A node that works through languages returns `Partitions`: the ids, what makes each of them (its
fingerprint) and a function that computes some of them. The dataset that saves them asks only for
those that are missing or were made otherwise. Loading gives `StoredPartitions`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from isogloss.errors import Refusal

T = TypeVar("T")
Fingerprint = Mapping[str, Any]
Grouping = Callable[[Sequence[str]], Iterable[Sequence[str]]]

DIGEST_BYTES = 12
DIGEST = re.compile(f"[0-9a-f]{{{2 * DIGEST_BYTES}}}")
CHANGES_SHOWN = 3
"""Of the differences inside one group, named in a message."""


class PartitionError(Refusal):
    """A set of partitions is incomplete, damaged or was made otherwise than now asked for."""


@dataclass(frozen=True)
class PartitionFailure:
    """Says that one partition cannot be made, while the others can.

    Attributes:
        reason: what is wrong and how to mend it.
    """

    reason: str


def singles(ids: Sequence[str]) -> Iterator[list[str]]:
    """Put each id into a group of its own."""
    return ([identifier] for identifier in ids)


def portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Split ids, in their order, into groups of a size; the last may be smaller.

    Args:
        ids: of partitions.
        size: of the groups.
    """
    return (ids[start : start + size] for start in range(0, len(ids), size))


def fill_portions(ids: Sequence[str], sizes: Mapping[str, int], enough: int) -> Iterator[list[str]]:
    """Put ids together, in their order, until they hold enough; the last group may hold less.

    Args:
        ids: of partitions.
        sizes: id -> how much there is of it.
        enough: how much fills a group.
    """
    group: list[str] = []
    for identifier in ids:
        group.append(identifier)
        if sum(sizes[one] for one in group) >= enough:
            yield group
            group = []
    if group:
        yield group


@dataclass(frozen=True)
class Share:
    """One of several shares of a set, which are made side by side.

    Attributes:
        index: of this share, from 0.
        count: of all shares.
    """

    index: int
    count: int

    def takes(self, group: int) -> bool:
        """Say whether a group of the set, by its number, is in this share."""
        return group % self.count == self.index


@dataclass(frozen=True)
class Partitions(Generic[T]):
    """Results that are computed and saved one after another.

    Attributes:
        fingerprint: what made all partitions alike (model, dtype, parameters); JSON values.
        items: id -> what made this partition alone (for example the digest of its sentences).
        compute: takes some of the ids and yields `(id, value)` in any order, or
            `(id, PartitionFailure)` for one that cannot be made while the others can.
        grouping: splits ids, in their order, into those that `compute` reads in common batches,
            so that their last digits depend on each other. A killed run loses one group at the
            most; of a group of which it has left some, all is computed once more.
        share: which share of the set to make; None for all of it.
    """

    fingerprint: Fingerprint
    items: Mapping[str, Fingerprint]
    compute: Callable[[Sequence[str]], Iterable[tuple[str, T]]]
    grouping: Grouping = singles
    share: Share | None = None

    @classmethod
    def from_callables(
        cls,
        fingerprint: Fingerprint,
        callables: Mapping[str, Callable[[], T]],
        items: Mapping[str, Fingerprint] | None = None,
    ) -> Partitions[T]:
        """Make partitions of which each is computed alone by a function without arguments."""

        def compute(ids: Sequence[str]) -> Iterator[tuple[str, T]]:
            for identifier in ids:
                yield identifier, callables[identifier]()

        return cls(fingerprint, items or {identifier: {} for identifier in callables}, compute)


@dataclass(frozen=True)
class StoredPartitions(Mapping[str, Callable[[], T]]):
    """The partitions of a completed set: id -> function that loads it.

    Attributes:
        fingerprint: what made all partitions alike.
        item_fingerprints: id -> what made this partition alone.
        loader: loads a partition by its id.
        failures: id -> why this partition could not be made; the next run tries it again.
    """

    fingerprint: Fingerprint
    item_fingerprints: Mapping[str, Fingerprint]
    loader: Callable[[str], T] = field(repr=False)
    failures: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, identifier: str) -> Callable[[], T]:
        if identifier not in self.item_fingerprints:
            raise KeyError(identifier)
        return partial(self.loader, identifier)

    def __iter__(self) -> Iterator[str]:
        return iter(self.item_fingerprints)

    def __len__(self) -> int:
        return len(self.item_fingerprints)


def digest(*parts: object) -> str:
    """Give a short stable digest of JSON-like values, for fingerprints.

    Args:
        *parts: anything that `json.dumps` takes; mappings are compared without regard to order.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def changed_keys(old: Fingerprint, new: Fingerprint) -> list[str]:
    """Name the keys in which two fingerprints differ, such as `layers: 6 -> 12`.

    Of groups only the keys inside that differ are named, as `embeddings.dtype: …`, the first few
    of many; digests, which tell a person nothing, as `texts: other content`.
    """
    changes: list[str] = []
    for key in sorted({*old, *new}):
        inner = list(_differences(key, old.get(key), new.get(key)))
        changes += inner[:CHANGES_SHOWN]
        if more := inner[CHANGES_SHOWN:]:
            changes.append(f"{key}: {len(more)} more")
    return changes


def _differences(name: str, old: object, new: object) -> Iterator[str]:
    if _plain(old) == _plain(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _differences(f"{name}.{key}", old.get(key), new.get(key))
    elif isinstance(old, Mapping) or isinstance(new, Mapping):
        yield f"{name}: {'new' if old is None else 'gone' if new is None else 'other content'}"
    elif _is_digest(old) and _is_digest(new):
        yield f"{name}: other content"
    else:
        yield f"{name}: {old!r} -> {new!r}"


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def require_same_fingerprint(name: str, stored: Fingerprint, expected: Fingerprint) -> None:
    """Refuse stored partitions that were made otherwise than the present parameters say.

    Args:
        name: what the partitions are, for the message.
        stored: the fingerprint that was saved with them.
        expected: the keys that matter to the caller, with the values it needs.

    Raises:
        PartitionError: if any expected key has another value; names them all.
    """
    relevant = {key: stored.get(key) for key in expected}
    if differences := changed_keys(relevant, expected):
        raise PartitionError(
            f"The stored {name} were made with other settings ({'; '.join(differences)}). "
            "Run the pipeline that makes them again with the present parameters, or use another "
            "data_root."
        )


def _plain(value: object) -> object:
    return json.loads(json.dumps(value, sort_keys=True, default=str))
