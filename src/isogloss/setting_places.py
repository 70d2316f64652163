"""Where a setting gets its value: on the command line, or in which file of the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

BASE = "base"
COMMAND_LINE = "by --params"
ENDINGS = (".yml", ".yaml", ".json")
ABSENT = object()


def describe_place(
    path: Sequence[str], source: Path, environment: str, given: Mapping[str, Any]
) -> str:
    """Say where a setting is set, and where it is declared if that is another place.

    Args:
        path: the group, then the keys inside it.
        source: the folder of the configuration.
        environment: whose files stand before those of base.
        given: settings of the command line, which stand before all files.

    Returns:
        One sentence, with paths from the project's root.
    """
    base = dict(_read_files(source, BASE))
    own = dict(_read_files(source, environment)) if environment != BASE else {}
    declared = next((place for place in base if path[0] in base[place]), f"in {source.name}/{BASE}")
    places = _find_places(path, {COMMAND_LINE: given, **own, **base})
    others = [place for place in places if place != declared]
    if not others:
        return f"Set {declared}."
    return f"Set {' and '.join(others)}; declared {declared}."


def _read_files(source: Path, environment: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the files of parameters of an environment, as a place in words, and what they hold."""
    folder = source / environment
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.suffix in ENDINGS and any(part.startswith("parameters") for part in parts):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            yield f"in {file.relative_to(source.parent).as_posix()}", content or {}


def _find_places(path: Sequence[str], held: Mapping[str, Any]) -> list[str]:
    """Give the place that decides on a setting; of a group of settings all that set some of it."""
    found = {place: _follow(content, path) for place, content in held.items()}
    found = {place: value for place, value in found.items() if value is not ABSENT}
    if not found:
        # What is missing is missing from a group.
        return _find_places(path[:-1], held) if path else []
    first = next(iter(found))
    return list(found) if isinstance(found[first], Mapping) else [first]


def _follow(content: object, path: Sequence[str]) -> object:
    for step in path:
        if not isinstance(content, Mapping) or step not in content:
            return ABSENT
        content = content[step]
    return content
