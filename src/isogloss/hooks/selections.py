"""What a command chooses that there is not: pipelines, tags, namespaces, nodes, a runner."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from kedro.framework import project
from kedro.utils import load_obj

from isogloss.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

# Options of `kedro run`, as they are spelt -> what they choose.
OPTIONS = {
    **dict.fromkeys(("--pipelines", "--pipeline", "-p"), "pipeline"),
    **dict.fromkeys(("--tags", "-t"), "tag"),
    **dict.fromkeys(("--namespaces", "-ns"), "namespace"),
    **dict.fromkeys(("--nodes", "-n"), "node"),
}
# More than a person reads.
NOT_LISTED = "node"
RUNNER_OPTIONS = ("--runner", "-r")
RUNNERS = ("SequentialRunner", "ThreadRunner", "ParallelRunner", "isogloss.runners.DaskRunner")
DEFAULT = "__default__"


def describe_selection(arguments: Sequence[str]) -> str:
    """Say which chosen names there are not, what comes nearest, and which there are.

    Args:
        arguments: of the command line.

    Returns:
        A line a name; where each is known, but nothing fits all of them, what there is to choose.
    """
    known = _known()
    lines = [
        f"There is no {kind} '{name}' ({option}).{suggest(name, known[kind])}"
        + ("" if kind == NOT_LISTED else f" There are: {', '.join(known[kind])}.")
        for option, kind, name in _chosen(arguments)
        if name not in known[kind]
    ]
    return "\n".join(lines) or (
        "Nothing is chosen by all of these options together.\n"
        + "\n".join(
            f"{kind.capitalize()}s: {', '.join(names)}."
            for kind, names in known.items()
            if kind != NOT_LISTED
        )
    )


def describe_runner(error: BaseException, arguments: Sequence[str]) -> str | None:
    """Say that there is no such runner and which there are; None if that is not the error.

    Args:
        error: that ends a command.
        arguments: of its command line.
    """
    running = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if load_obj.__code__ not in running:
        return None
    for option, name in _options(arguments):
        if option in RUNNER_OPTIONS and _is_absent(name, error, running):
            same = [one for one in RUNNERS if one.endswith(f".{name.rpartition('.')[2]}")]
            return (
                f"There is no runner '{name}' ({option}).{suggest(name, same or RUNNERS)} "
                f"There are: {', '.join(RUNNERS)}."
            )
    return None


def _is_absent(name: str, error: BaseException, running: Sequence[CodeType]) -> bool:
    """Say whether a runner, or a module of its path, is not there, and not what it imports."""
    if isinstance(error, ModuleNotFoundError):
        return f"{name}.".startswith(f"{error.name}.")
    return isinstance(error, AttributeError) and running[-1] is load_obj.__code__


def _known() -> dict[str, list[str]]:
    every = [node for pipeline in project.pipelines.values() for node in pipeline.nodes]
    spaces = sorted({node.namespace for node in every if node.namespace})
    return {
        "pipeline": list(project.pipelines),
        # Models are namespaces, of which a user has heard.
        "tag": sorted({tag for node in every for tag in node.tags} - set(spaces)),
        "namespace": spaces,
        "node": sorted({node.name for node in every}),
    }


def _chosen(arguments: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Give option, kind and name of all that a command chooses."""
    for option, names in _options(arguments):
        if option in OPTIONS:
            for name in names.split(","):
                if name.strip():
                    yield option, OPTIONS[option], name.strip()


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give each word of a command that may be an option, and what is its value if it is one."""
    for position, argument in enumerate(arguments):
        option, given, value = argument.partition("=")
        yield option, value if given else " ".join(arguments[position + 1 : position + 2])
