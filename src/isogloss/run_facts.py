"""What a run was: versions, the state of the sources, models, and settings of its own."""

from __future__ import annotations

import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from shutil import which
from typing import TYPE_CHECKING, Any

from isogloss import __version__
from isogloss.zoo import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LIBRARIES = (
    *("kedro", "numpy", "pandas", "scipy", "statsmodels", "matplotlib"),
    *("torch", "transformers", "tokenizers", "safetensors", "sacrebleu"),
)
DECIDING = ("src", "conf")
"""Folders whose content decides what a run does."""
# What an entry of the zoo says that bears on results -> what to call it; no credentials, and of
# places the last part.
_OF_A_MODEL = {
    **{key: key for key in ("kind", "package", "resource", "hub", "revision")},
    "path": "folder",
    **{key: key for key in ("model", "engine", "adapter", "quantisation", "initialise", "seed")},
    "licence": "licence",
}
_ABSOLUTE = re.compile(r"(file://|/|~|[A-Za-z]:[\\/]|\\\\)\S")
_USER = re.compile(r"(\w+://)[^/@\s]+@")


def library_versions() -> dict[str, str]:
    """Give the versions of the libraries that results may depend on, without importing them."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {"isogloss": __version__, "python": platform.python_version(), **found}


def source_state(root: Path) -> dict[str, Any]:
    """Give the git commit of a folder, and whether its program or settings differ from it.

    Args:
        root: of the project.

    Returns:
        `commit` (empty if the folder is no checkout) and `changed`.
    """
    commit = _git(root, "rev-parse", "HEAD")
    state = _git(root, "status", "--porcelain", "--", *DECIDING) if commit else ""
    return {"commit": commit, "changed": bool(state)}


def _git(root: Path, *arguments: str) -> str:
    program = which("git")
    if program is None:
        return ""
    answer = subprocess.run(
        [program, "-C", str(root), *arguments], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() if answer.returncode == 0 else ""


def describe_models(names: Sequence[str], catalog: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give what the zoo says of models: source, revision, quantisation, licence.

    Args:
        names: of the models of the study.
        catalog: name of an entry -> its configuration.
    """
    entries = {name: [catalog.get(f"{name}{suffix}", {}) for suffix in SUFFIXES] for name in names}
    described: dict[str, dict[str, Any]] = without_places(
        {
            name: {
                said: entry[key]
                for entry in found
                for key, said in _OF_A_MODEL.items()
                if entry.get(key) is not None
            }
            for name, found in entries.items()
        }
    )
    return described


def without_places(facts: Any) -> Any:
    """Write facts as they can be sent to others: no folders of this machine, no credentials.

    Absolute paths become their last part; user names and passwords are cut out of addresses.

    Args:
        facts: texts, and lists and groups of them; anything else stays.
    """
    if isinstance(facts, dict):
        return {name: without_places(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [without_places(value) for value in facts]
    if not isinstance(facts, str):
        return facts
    if _ABSOLUTE.match(facts) and "\n" not in facts:
        return re.split(r"[/\\]", facts.rstrip("/\\"))[-1]
    return _USER.sub(r"\1", facts)


def changed_parameters(base: Mapping[str, Any], used: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give the parameters that a run sets otherwise than base: name -> [of base, of the run]."""
    before, after = dict(_flatten(base)), dict(_flatten(used))
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: [before.get(name), after.get(name)]
        for name in names
        if before.get(name) != after.get(name)
    }


def find_seeds(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give every parameter that is a seed, by its full name."""
    flat = _flatten(parameters)
    return {name: value for name, value in flat if name.rpartition(".")[2] in ("seed", "seeds")}


def now() -> str:
    """Give the present minute, in universal time."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
