"""Whether a run may write where its results go."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

from isogloss.config import ROOT, ConfigurationError, SessionConfigLoader
from isogloss.disk_errors import NO_ROOM, DiskError, how_to_get_right

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

STORES = ".response_store"
FOLDERS = ("data_root", "models_root", "responses_root", "compare_with")
"""Settings that name folders."""
SHOWN = 3
"""Results that a message names."""


class RequireWritablePlacesHook:
    """Refuses a run whose results cannot be saved, before anything is computed."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Refuse a file where a folder is to be, whether the run writes there or reads.

        Raises:
            ConfigurationError: names every such setting and the file.
        """
        loader = context.config_loader
        if not isinstance(loader, SessionConfigLoader):
            return
        places = {**loader.places(), **(loader.runtime_params or {})}
        found = {name: _find_file(places.get(name)) for name in FOLDERS}
        problems = [
            f"{name} = '{places[name]}': it must be a folder, and {file} is a file. "
            f"{loader.describe_place(name)}"
            for name, file in found.items()
            if file is not None
        ]
        if problems:
            raise ConfigurationError("\n".join(problems))

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Look at the folder of every result, and of every store of answers.

        Raises:
            DiskError: names the first folder that nothing can be written to.
        """
        refused: dict[tuple[Path, str], list[str]] = {}
        known: dict[tuple[Path, bool], str | None] = {}
        stores = {name for name in pipeline.inputs() if name.endswith(STORES)}
        for name in sorted(pipeline.all_outputs() | stores):
            path = _path_of(catalog, name)
            if path is None:
                continue
            folder = next(one for one in (path, *path.parents) if os.path.isdir(one))
            key = folder, folder not in (path, path.parent)
            if key not in known:
                known[key] = _reason_against(*key)
            if (reason := known[key]) is not None:
                refused.setdefault((folder, reason), []).append(name)
        for (folder, reason), names in refused.items():
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise DiskError(
                f"Nothing can be written to {folder}{reason}, where this run would save "
                f"{', '.join(names[:SHOWN])}{more}. {how_to_get_right(folder)}"
            )


def _find_file(value: object) -> Path | None:
    """Give the file that stands where a folder is named, or one on the way to it."""
    if not isinstance(value, str) or "://" in value:
        return None
    path = Path(ROOT, value)
    there = next(one for one in (path, *path.parents) if os.path.exists(one))
    return None if os.path.isdir(there) else there


def _reason_against(folder: Path, making: bool) -> str | None:
    """Say in brackets why nothing can be written to a folder, if one knows; None if it can be.

    Args:
        folder: that is there.
        making: whether other folders are to be made in it. This is tried: rights do not tell it
            of what is no disk, as `/proc`, nor of all disks of a network.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        return ""
    try:
        if making:
            Path(tempfile.mkdtemp(prefix=".", dir=folder)).rmdir()
    except OSError as error:
        # Of a full disk is told when it is; room may be made until then.
        return None if error.errno in NO_ROOM else f" ({error.strerror})"
    return None


def _path_of(catalog: DataCatalog, name: str) -> Path | None:
    """Give where a result is put on a disk; None in a store."""
    dataset = catalog.get(name)
    place = getattr(dataset, "place", None)
    if not getattr(dataset, "is_local", False) or place is None:
        return None
    return Path(place).absolute()
