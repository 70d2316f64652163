"""The text of `kedro run` commands: mistakes in it, and commands that messages recommend."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from isogloss.errors import Refusal

OPTION = "--params"


def refuse_list_mistakes(arguments: Sequence[str]) -> None:
    """Refuse lists with commas in `--params`, which Kedro takes for several settings.

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
        if any(len(group) > 1 and "{" not in group[0] for group in groups):
            mended = ",".join(_as_words(group) for group in groups)
            raise Refusal(
                f'{OPTION} "{text}": commas separate settings, so a list is written as words. '
                f'Write: {OPTION} "{mended}"'
            )


def run_command(
    pipelines: Iterable[str], run: Mapping[str, Any], namespaces: Iterable[str] = ()
) -> str:
    """Write the command that runs some pipelines with the settings of another run.

    Args:
        pipelines: their names; none for the default.
        run: what Kedro tells of that run: `env` and `runtime_params`.
        namespaces: of the nodes to run; none for all.
    """
    words = ["kedro", "run"]
    if names := ",".join(pipelines):
        words += ["--pipelines", names]
    if names := ",".join(namespaces):
        words += ["--namespaces", names]
    if run.get("env"):
        words += ["--env", str(run["env"])]
    if settings := list(_flatten(run.get("runtime_params") or {})):
        words += [OPTION, ",".join(f"{name}={value}" for name, value in settings)]
    return shlex.join(words)


def _parameter_texts(arguments: Sequence[str]) -> Iterator[str]:
    for position, argument in enumerate(arguments):
        if argument == OPTION:
            yield from arguments[position + 1 : position + 2]
        elif argument.startswith(f"{OPTION}="):
            yield argument.removeprefix(f"{OPTION}=")


def _as_words(group: Sequence[str]) -> str:
    if len(group) == 1:
        return group[0]
    name, _, first = group[0].partition("=")
    words = [word.strip("[]()'\" ") for word in (first, *group[1:])]
    return f"{name}={' '.join(words)}"


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
    return str(value)
