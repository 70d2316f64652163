"""Keeps a worker from saving anything for a run that has ended, by a failure or a kill."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from distributed import get_worker
from kedro.framework.hooks import hook_impl

from isogloss.partitions import Partitions
from isogloss.stopping import stop_if_unwanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kedro.pipeline.node import Node

    from isogloss.partitions import Share

CANCELLED = "cancelled"
"""What a worker calls a task that runs, but for which the scheduler has no use any more."""


def watch_task() -> Callable[[], bool]:
    """Give what says whether the run of the task that this thread runs has ended."""
    worker = get_worker()
    key = worker.get_current_task()

    def has_ended() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == CANCELLED

    return has_ended


class SaveWhileWantedHook:
    """Refuses to save what a run has asked for that has ended."""

    @hook_impl(tryfirst=True)
    def before_dataset_saved(self) -> None:
        """Look once more: computations without progress have not been stopped."""
        stop_if_unwanted()


def prepare_node(node: Node, share: Share | None) -> Node:
    """Give a node whose partitions stop when its run ends, and of which one share may be made.

    Args:
        node: of the project.
        share: which of its partitions to make; None for all of them.
    """
    one, function = copy.copy(node), node.func

    def hand_over(*arguments: Any, **named: Any) -> Any:
        made = function(*arguments, **named)
        if not isinstance(made, Partitions):
            return made
        return replace(made, share=share, compute=_stopping(made.compute))

    one.func = hand_over
    return one


def _stopping(
    compute: Callable[[Sequence[str]], Iterable[tuple[str, Any]]],
) -> Callable[[Sequence[str]], Iterator[tuple[str, Any]]]:
    def compute_while_wanted(identifiers: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for pair in compute(identifiers):
            stop_if_unwanted()
            yield pair
        stop_if_unwanted()

    return compute_while_wanted
