"""Where a setting gets its value: on the command line, or in which file of the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

BASE = "base"
COMMAND_LINE = "by --params"
CATALOG = "catalog"
KINDS = ("parameters", "globals")
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
    declared = next((place for place in base if path[0] in base[place]), None)
    places = _find_places(path, {COMMAND_LINE: given, **own, **base})
    others = [place for place in places if place != declared]
    if declared is None or not others:
        return f"Set {' and '.join(others) or declared or f'in {source.name}/{BASE}'}."
    return f"Set {' and '.join(others)}; declared {declared}."


def describe_clash(source: Path, environment: str, given: Mapping[str, Any]) -> str | None:
    """Say which setting is a list in one place and a group of settings in another, if one is.

    Args:
        source: the folder of the configuration.
        environment: whose files are merged into those of base.
        given: settings of the command line, which are merged into both.
    """
    names = [BASE] if environment == BASE else [BASE, environment]
    held = [place for name in names for place in _read_files(source, name)]
    first: dict[tuple[str, ...], tuple[str, str]] = {}
    for place, content in [*held, (COMMAND_LINE, given)]:
        for path, kind in _list_kinds(content):
            kind_there, there = first.setdefault(path, (kind, place))
            if kind_there != kind:
                name = ".".join(path)
                return (
                    f"{name}: it is {kind} {place}, but {kind_there} {there}. "
                    "Make it the latter in both."
                )
    return None


def find_entry(name: str, source: Path, environment: str) -> str:
    """Say in which file of the configuration an entry of the catalog stands: ` in conf/…`.

    Args:
        name: of the entry.
        source: the folder of the configuration.
        environment: whose files stand before those of base.
    """
    for one in (environment, BASE):
        for place, content in _read_files(source, one, (CATALOG,)):
            if name in content:
                return f" {place}"
    return ""


def _list_kinds(content: object, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the settings that are no single values, from the outermost."""
    if isinstance(content, Mapping):
        if path:
            yield path, "a group of settings"
        for key, value in content.items():
            yield from _list_kinds(value, *path, str(key))
    elif isinstance(content, list | tuple):
        yield path, "a list"


def _read_files(
    source: Path, environment: str, kinds: tuple[str, ...] = KINDS
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the files of settings of an environment, as a place in words, and what they hold."""
    folder = source / environment
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.suffix in ENDINGS and any(part.startswith(kinds) for part in parts):
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
