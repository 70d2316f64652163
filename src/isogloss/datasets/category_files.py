"""Folders of word lists: one text file a category, one word a line."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.datasets.storage import Storage
from isogloss.errors import MissingFileError, Refusal

ENDING = ".txt"


class CategoryFilesDataset(ReadOnlyDataset[dict[str, list[str]]]):
    """Words by category; files of one name in several folders are one category.

    Args:
        filepath: the folder, in which files may lie in folders of their own, such as
            `nouns/fruit.txt`; without one there are no lists.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._storage = Storage(filepath, credentials) if filepath else None
        self.metadata = metadata

    def load(self) -> dict[str, list[str]]:
        """Read all lists: category -> its words, each once, in order of first appearance.

        Raises:
            MissingFileError: if the folder is absent or holds no such file.
            Refusal: if a file is no UTF-8 or has no word.
        """
        if self._storage is None:
            return {}
        root = self._storage.path.rstrip("/")
        if not self._storage.exists(root):
            raise MissingFileError(
                f"The folder of word lists {root} does not exist. Give one with a file a category, "
                "such as fruit.txt, one word a line."
            )
        paths = sorted(path for path in self._storage.find(root) if path.endswith(ENDING))
        if not paths:
            raise MissingFileError(
                f"{root} holds no file that ends in {ENDING}. Give a file a category, such as "
                "fruit.txt, one word a line."
            )
        lists: dict[str, dict[str, None]] = {}
        for path in paths:
            words = self._read(self._storage, path)
            lists.setdefault(PurePosixPath(path).stem, {}).update(dict.fromkeys(words))
        return {category: list(words) for category, words in lists.items()}

    def _read(self, storage: Storage, path: str) -> list[str]:
        content = storage.read_bytes(path)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise Refusal(
                f"{path}, line {line}: byte 0x{content[error.start]:02X} is not UTF-8. Convert the "
                "file with iconv."
            ) from None
        words = [line.strip() for line in text.splitlines() if line.strip()]
        if not words:
            raise Refusal(f"{path}: the file has no word. Add some, one a line, or remove it.")
        return words

    def _exists(self) -> bool:
        return self._storage is None or self._storage.exists(self._storage.path)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._storage.path if self._storage else None}
