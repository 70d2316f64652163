"""What is wrong with settings, in words: where, what was given, and what would be possible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, get_args, runtime_checkable

from isogloss.errors import suggest
from isogloss.word_list import SEVERAL_WORDS

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

UNKNOWN = "extra_forbidden"
OWN_WORDS = "value_error"
OF_NAME = "[key]"
OTHER_WORDS = {
    "missing": "given",
    "string_pattern_mismatch": "of the form {pattern}",
    "too_short": "a list of at least {min_length}",
}
WRONG_KIND = ("_type", "_parsing", "_from_float")
# Kinds of pydantic errors -> what the value must be; other kinds bring words of their own.
POSSIBLE = {
    "bool": "true or false",
    "dict": "a group of settings",
    "float": "a number",
    "int": "a whole number",
    "model": "a group of settings",
    "string": "a text",
    "tuple": "a list of words",
}


@runtime_checkable
class Companion(Protocol):
    """A group of settings that has to go with other groups."""

    def find_misfits(self, groups: Mapping[str, object]) -> dict[tuple[str, ...], str]:
        """Say what does not go with other groups: group and keys of a setting -> the words.

        Args:
            groups: all, by their names; those that have a model as such.
        """
        ...


def describe_problems(
    name: str, given: object, model: type[BaseModel], error: ValidationError
) -> list[str]:
    """Say for every setting that does not fit what it is and what it may be.

    Args:
        name: of the group of settings, for example `alignment`.
        given: its content.
        model: what the content must fit.
        error: how it does not.

    Returns:
        One sentence or two a setting, without a place.
    """
    return list(locate_problems(name, given, model, error).values())


def locate_problems(
    name: str, given: object, model: type[BaseModel], error: ValidationError
) -> dict[tuple[str, ...], str]:
    """Say what `describe_problems` says: keys of the setting inside its group -> the words."""
    grouped: dict[tuple[str, ...], list[tuple[ErrorDetails, tuple[int | str, ...]]]] = {}
    for detail in error.errors():
        # A name that cannot be: pydantic marks it as such behind it.
        location = detail["loc"][:-1] if detail["loc"][-1:] == (OF_NAME,) else detail["loc"]
        path, rest = _split_location(given, location)
        grouped.setdefault(path, []).append((detail, rest))
    return {path: _describe(name, path, given, model, details) for path, details in grouped.items()}


def _split_location(
    given: object, location: Sequence[int | str]
) -> tuple[tuple[str, ...], tuple[int | str, ...]]:
    """Split where an error lies into the keys of the settings and the rest, inside a value."""
    path: list[str] = []
    for position, step in enumerate(location):
        missing = isinstance(given, Mapping) and position == len(location) - 1
        if not isinstance(given, Mapping) or not (step in given or missing):
            return tuple(path), tuple(location[position:])
        path.append(str(step))
        given = given.get(step)
    return tuple(path), ()


def _describe(
    name: str,
    path: Sequence[str],
    given: Any,
    model: type[BaseModel],
    details: Sequence[tuple[ErrorDetails, tuple[int | str, ...]]],
) -> str:
    full = ".".join([name, *path])
    value = given
    for step in path:
        value = value.get(step)
    first, _ = details[0]
    if first["type"] == UNKNOWN:
        group, inner = _innermost(name, model, path[:-1])
        declared = list(inner.model_fields)
        return (
            f"There is no setting '{full}' (given: {value!r}).{suggest(path[-1], declared)} "
            f"'{group}' has: {', '.join(declared)}."
        )
    shown = full if isinstance(value, Mapping) else f"{full} = {value!r}"
    return f"{shown}: {_remedy(full, details)}"


def _innermost(
    name: str, model: type[BaseModel], path: Sequence[str]
) -> tuple[str, type[BaseModel]]:
    """Follow a path into groups of settings inside others, as far as they have models."""
    inner: Any = model
    whole, found = name, (name, model)
    for step in path:
        whole = f"{whole}.{step}"
        inner = _enter(inner, step)
        if hasattr(inner, "model_fields"):
            found = whole, inner
    return found


def _enter(kind: Any, step: str) -> Any:
    """Give the type of what a group holds under a name."""
    fields = getattr(kind, "model_fields", None)
    if fields and "root" in fields:
        return _enter(fields["root"].annotation, step)
    # What is no group itself may hold groups by name: dict[str, model].
    return fields[step].annotation if fields else next(reversed(get_args(kind)), None)


def _remedy(full: str, details: Sequence[tuple[ErrorDetails, tuple[int | str, ...]]]) -> str:
    first, _ = details[0]
    if first["type"] == OWN_WORDS:
        text = str(first["ctx"]["error"])
        return text if text.endswith(".") else f"{text}."
    if first["type"] == SEVERAL_WORDS:
        words = first["ctx"]["words"]
        return (
            "write a list on the command line as words without brackets, "
            f"{full}='{words}'; in a file as [{', '.join(words.split())}]."
        )
    possible = list(dict.fromkeys(_possible(detail, rest) for detail, rest in details))
    named = [word for text in possible for word in re.findall(r"'([^']*)'", text)]
    return f"it must be {' or '.join(possible)}.{suggest(str(first['input']), named)}"


def _possible(detail: ErrorDetails, rest: Sequence[int | str]) -> str:
    kind = detail["type"]
    if kind == "literal_error":
        possible = str(detail["ctx"]["expected"])
    elif kind in OTHER_WORDS:
        possible = OTHER_WORDS[kind].format(**detail.get("ctx", {}))
    else:
        general = POSSIBLE.get(kind.split("_")[0]) if kind.endswith(WRONG_KIND) else None
        possible = general or detail["msg"].removeprefix("Input should be ")
    in_list = any(isinstance(step, int) for step in rest)
    return f"a list, each item of it {possible}" if in_list else possible
