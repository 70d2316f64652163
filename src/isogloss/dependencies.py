"""What rests on what: which results a run leaves outdated, and which pipelines another needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Set


class Step(Protocol):
    """A node of a pipeline, as far as it matters here."""

    @property
    def inputs(self) -> list[str]:
        """Names of what it reads."""

    @property
    def outputs(self) -> list[str]:
        """Names of what it writes."""


class Room(NamedTuple):
    """What a room reads and makes.

    Attributes:
        reads: names of tables that are made elsewhere.
        makes: names of those it makes.
    """

    reads: Set[str]
    makes: Set[str]


def find_outdated(
    steps: Iterable[Step],
    made: Collection[str],
    changed: Iterable[str],
    exists: Callable[[str], bool],
    optional: Callable[[str], bool],
) -> list[str]:
    """Find results that are older than what they are made from.

    Args:
        steps: all there are, each after those that it depends on.
        made: what the run has made.
        changed: what of it is no longer as it was before.
        exists: says whether a result is there.
        optional: says whether what reads a result does without it where it is not there.

    Returns:
        Names of existing results that the run has not made, but whose inputs it has changed,
        directly or by way of others.
    """
    moved = set(changed)
    outdated: list[str] = []
    for step in steps:
        if moved.isdisjoint(step.inputs):
            continue
        behind = [name for name in step.outputs if name not in made]
        moved.update(name for name in behind if exists(name) or not optional(name))
        outdated += [name for name in behind if exists(name)]
    return outdated


def pipelines_to_run(
    rooms: Mapping[str, Room],
    asked: Collection[str],
    wanted: Set[str],
    lacking: Callable[[Set[str]], Set[str]],
) -> list[str]:
    """Find the pipelines to run so that those asked for rest on what is there and fits.

    Args:
        rooms: name -> what it reads and makes, each after those that it depends on.
        asked: names of the pipelines wanted; of no room, if they are none.
        wanted: what they read that is missing or does not fit.
        lacking: says which of some tables are missing or do not fit.

    Returns:
        Names in the order of the rooms, then those of pipelines that are no rooms.
    """
    needed = set(asked)
    for name in reversed(list(rooms)):
        if name in needed or not wanted.isdisjoint(rooms[name].makes):
            needed.add(name)
            wanted = wanted | lacking(rooms[name].reads)
    return [
        *(name for name in rooms if name in needed),
        *(one for one in asked if one not in rooms),
    ]
