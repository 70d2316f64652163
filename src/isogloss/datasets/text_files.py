"""Folders of texts by name, each written whole."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from isogloss.datasets.bases import StoredDataset
from isogloss.datasets.codecs import CODECS

if TYPE_CHECKING:
    from collections.abc import Mapping


class TextFilesDataset(StoredDataset["Mapping[str, str]", "dict[str, str]"]):
    """Texts in one folder, by name; saving some leaves the others as they are.

    Args:
        filepath: the folder.
        suffix: of the files.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        suffix: str = ".txt",
        credentials: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._suffix = suffix

    def load(self) -> dict[str, str]:
        """Read all of them."""
        paths = [
            path
            for path in self._storage.find(self._storage.path)
            if path.endswith(self._suffix) and not PurePosixPath(path).name.startswith(".")
        ]
        return {
            PurePosixPath(path).name.removesuffix(self._suffix): CODECS["text"].read(
                self._storage.local_path(path)
            )
            for path in paths
        }

    def save(self, data: Mapping[str, str]) -> None:
        """Write each under a temporary name and rename it."""
        for name, text in data.items():
            path = self._storage.child(f"{name}{self._suffix}")
            self._storage.write(path, partial(CODECS["text"].write, text))
