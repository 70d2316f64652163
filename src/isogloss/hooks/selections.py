"""What a command chooses that there is not: pipelines, tags, namespaces, nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.framework import project

from isogloss.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Options of `kedro run`, as they are spelt -> what they choose.
OPTIONS = {
    **dict.fromkeys(("--pipelines", "--pipeline", "-p"), "pipeline"),
    **dict.fromkeys(("--tags", "-t"), "tag"),
    **dict.fromkeys(("--namespaces", "-ns"), "namespace"),
    **dict.fromkeys(("--nodes", "-n"), "node"),
}
# More than a person reads.
NOT_LISTED = "node"
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
    for position, argument in enumerate(arguments):
        option, given, value = argument.partition("=")
        if option in OPTIONS:
            names = value if given else " ".join(arguments[position + 1 : position + 2])
            for name in names.split(","):
                if name.strip():
                    yield option, OPTIONS[option], name.strip()
