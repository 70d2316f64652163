"""The text of `kedro run` commands: mistakes in it, and commands that messages recommend."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from isogloss.errors import Refusal

OPTION = "--params"


def refuse_list_mistakes(arguments: Sequence[str]) -> None:
    """Refuse what Kedro misreads in `--params`: lists with commas, and values in bare braces.

    It takes a comma for the start of another setting, and a brace for that of a group of settings.

    Args:
        arguments: of the command line.

    Raises:
        Refusal: gives the option as it should be.
    """
    for text in _parameter_texts(arguments):
        groups: list[list[str]] = []
        for item in (part.strip() for part in text.split(",")):
            if "=" in item or not groups:
                groups.append([item])
            elif item:
                groups[-1].append(item)
        reasons = {reason: None for group in groups for reason in _misread(group)}
        if reasons:
            mended = ",".join(_mend(group) for group in groups)
            raise Refusal(
                f'{OPTION} "{text}": {", and ".join(reasons)}. Write: {OPTION} "{mended}"'
            )


def run_command(
    pipelines: Iterable[str],
    run: Mapping[str, Any],
    namespaces: Iterable[str] = (),
    tags: Iterable[str] = (),
) -> str:
    """Write the command that runs some pipelines with the settings of another run.

    Args:
        pipelines: their names; none for the default.
        run: what Kedro tells of that run: `env` and `runtime_params`.
        namespaces: of the nodes to run; none for all.
        tags: of the nodes to run, any of them; none for all. Where a run is to be repeated, those
            of that run.
    """
    words = ["kedro", "run"]
    if names := ",".join(pipelines):
        words += ["--pipelines", names]
    if names := ",".join(namespaces):
        words += ["--namespaces", names]
    if names := ",".join(tags):
        words += ["--tags", names]
    if run.get("env"):
        words += ["--env", str(run["env"])]
    if settings := list(_flatten(run.get("runtime_params") or {})):
        words += [OPTION, ",".join(f"{name}={value}" for name, value in settings)]
    return " ".join(_quote(word) for word in words)


def _quote(word: str) -> str:
    """Quote a word for a shell: in double quotes where it has single ones of its own."""
    return f'"{word}"' if "'" in word and not set(word) & set('"$`\\!') else shlex.quote(word)


def _parameter_texts(arguments: Sequence[str]) -> Iterator[str]:
    for position, argument in enumerate(arguments):
        if argument == OPTION:
            yield from arguments[position + 1 : position + 2]
        elif argument.startswith(f"{OPTION}="):
            yield argument.removeprefix(f"{OPTION}=")


def _misread(group: Sequence[str]) -> Iterator[str]:
    """Say what of one setting Kedro would misread."""
    value = group[0].partition("=")[2].strip()
    if not value.startswith("{"):
        if len(group) > 1:
            yield "commas separate settings, so a list is written as words"
    elif len(group) > 1:
        yield "commas separate settings, so each of a group is written by itself"
    elif ":" not in value:
        yield "a text that starts with a brace needs quotes of its own"


def _mend(group: Sequence[str]) -> str:
    """Write one setting, given in parts between commas, as Kedro reads it."""
    reasons = list(_misread(group))
    if not reasons:
        return group[0]
    name, _, first = group[0].partition("=")
    parts = (first.strip(), *group[1:])
    if not parts[0].startswith("{"):
        words = [word.strip("[]()'\" ") for word in parts]
        return f"{name}={' '.join(words)}"
    if len(group) == 1:
        return f"{name}='{parts[0]}'"
    inner = [part.strip("{} ").partition(":") for part in parts]
    return ",".join(f"{name}.{key.strip()}={value.strip()}" for key, _, value in inner)


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _typed(value)


def _typed(value: object) -> str:
    """Write a value as a person types it."""
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    return f"'{text}'" if text.startswith("{") else text
