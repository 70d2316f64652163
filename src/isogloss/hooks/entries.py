"""What is wrong with an entry of the catalog, in words: its file, and the key that was meant."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import DatasetError
from kedro.io.core import parse_dataset_definition

from isogloss.config import SessionConfigLoader
from isogloss.errors import suggest
from isogloss.setting_places import find_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

# What Kedro takes out of an entry before its type sees it.
OF_KEDRO = {"type", "versioned", "credentials", "name"}
TOLD_BY = "must only contain arguments valid for the constructor"


def describe_entry(error: BaseException) -> str | None:
    """Say which keys of an entry its type does not take, or lacks; None if that is not the error.

    Args:
        error: that ends a command.
    """
    loader = SessionConfigLoader.current
    if loader is None or not isinstance(error, DatasetError) or TOLD_BY not in str(error):
        return None
    catalog = loader["catalog"]
    name = next((name for name in catalog if f"'{name}'" in str(error)), None)
    problems = _find_problems(catalog[name]) if name else []
    if not problems:
        return None
    environment = loader.env or loader.default_run_env
    place = find_entry(str(name), Path(loader.conf_source), environment)
    return f"The catalog entry '{name}'{place}: {' '.join(problems)}"


def _find_problems(entry: Mapping[str, Any]) -> list[str]:
    kind, _ = parse_dataset_definition({**entry})
    taken = inspect.signature(kind.__init__).parameters
    named = {name for name, one in taken.items() if one.kind is one.KEYWORD_ONLY}
    needed = {name for name in named if taken[name].default is inspect.Parameter.empty}
    spare = sorted(entry.keys() - named - OF_KEDRO)
    lacking = sorted(needed - entry.keys() - OF_KEDRO)
    problems = [f"it lacks `{name}`.{_meant(name, spare)}" for name in lacking]
    anything = any(one.kind is one.VAR_KEYWORD for one in taken.values())
    return problems + [
        f"it has no key `{key}`.{suggest(key, named)} Keys are: {', '.join(sorted(named))}."
        for key in ([] if anything else spare)
        if not suggest(key, lacking)
    ]


def _meant(name: str, spare: list[str]) -> str:
    """Name the key that is there instead, if one is spelt alike."""
    near = [key for key in spare if suggest(key, [name])]
    return f" Is `{near[0]}` meant to be it?" if near else ""
