"""Whether a run may write where its results go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

from isogloss.disk_errors import DiskError, how_to_get_right

if TYPE_CHECKING:
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

STORES = ".response_store"
SHOWN = 3
"""Results that a message names."""


class RequireWritablePlacesHook:
    """Refuses a run whose results cannot be saved, before anything is computed."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Look at the folder of every result, and of every store of answers.

        Raises:
            DiskError: names the first folder that nothing can be written to.
        """
        refused: dict[Path, list[str]] = {}
        writable: dict[Path, bool] = {}
        stores = {name for name in pipeline.inputs() if name.endswith(STORES)}
        for name in sorted(pipeline.all_outputs() | stores):
            folder = _folder_of(catalog, name)
            if folder is None:
                continue
            if folder not in writable:
                writable[folder] = os.access(folder, os.W_OK | os.X_OK)
            if not writable[folder]:
                refused.setdefault(folder, []).append(name)
        for folder, names in refused.items():
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise DiskError(
                f"Nothing can be written to {folder}, where this run would save "
                f"{', '.join(names[:SHOWN])}{more}. {how_to_get_right(folder)}"
            )


def _folder_of(catalog: DataCatalog, name: str) -> Path | None:
    """Give the folder that is there into which a result would be put; None in a store."""
    dataset = catalog.get(name)
    place = getattr(dataset, "place", None)
    if not getattr(dataset, "is_local", False) or place is None:
        return None
    path = Path(place).absolute()
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), None)
