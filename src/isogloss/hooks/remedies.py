"""The command that mends what a run finds missing or outdated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedro.framework import project

from isogloss.commands import run_command
from isogloss.dependencies import Room, pipelines_to_run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence, Set

    from kedro.pipeline import Pipeline

ROOMS = (
    *("ingestion", "representation", "alignment", "tasks", "merging", "cultural"),
    *("counting", "mediation", "reporting"),
)
NAMES_SHOWN = 3


def room_tables(tags: Collection[str] = ()) -> dict[str, Room]:
    """Give what every room reads and makes, in the order in which rooms depend on each other.

    Args:
        tags: only of nodes with one of them; none for all.
    """
    made = project.pipelines["__default__"].all_outputs()
    rooms = {room: project.pipelines[room] for room in ROOMS}
    chosen = {
        room: pipeline.only_nodes_with_tags(*tags) if tags else pipeline
        for room, pipeline in rooms.items()
    }
    return {
        room: Room(pipeline.inputs() & made, pipeline.all_outputs())
        for room, pipeline in chosen.items()
    }


def mending_command(
    pipeline: Pipeline,
    run_params: Mapping[str, Any],
    wanted: Set[str],
    lacking: Callable[[Set[str]], Set[str]],
) -> str:
    """Write the command that makes what a run lacks, and then does what it was to do.

    Args:
        pipeline: of the run.
        run_params: what Kedro tells of the run.
        wanted: what the run needs that is missing or does not fit.
        lacking: says which of some other tables are missing or do not fit either.
    """
    tags: Sequence[str] = run_params.get("tags") or []
    rooms = room_tables(tags)
    if not wanted <= {table for room in rooms.values() for table in room.makes}:
        tags, rooms = [], room_tables()
    asked = run_params.get("pipeline_names") or [
        name for name, room in rooms.items() if room.makes & pipeline.all_outputs()
    ]
    namespaces = (run_params.get("namespaces") or []) if all("." in one for one in wanted) else []
    names = pipelines_to_run(rooms, asked, wanted, lacking)
    return run_command(names, run_params, namespaces, tags)


def shorten(names: Sequence[str]) -> str:
    """Write some names, the first of them if they are many."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
