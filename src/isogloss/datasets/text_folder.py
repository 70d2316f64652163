"""Folders with one line-aligned text file a language."""

from __future__ import annotations

from functools import partial
from typing import Any

from isogloss.corpora import RawCorpus, RawText
from isogloss.datasets.bases import RawDataset
from isogloss.datasets.patterns import to_expression
from isogloss.errors import MissingFileError, Refusal

LANGUAGE = "{language}"
SPLIT = "{split}"


class TextFolderDataset(RawDataset[RawCorpus]):
    """One text file a language in one folder; files are read only when asked for.

    Args:
        filepath: the folder.
        pattern: file name with `{language}` and, where the corpus has splits, `{split}`.
        splits: split -> number of its first line among the sentences of the whole corpus; a
            corpus without splits has one, of any name.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        pattern: str = "{language}.txt",
        splits: dict[str, int] | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        if pattern.count(LANGUAGE) < 1:
            raise Refusal(
                f"The file pattern '{pattern}' lacks the placeholder {LANGUAGE}. For example: "
                "--params \"file_pattern='{language}.txt'\""
            )
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._pattern = pattern
        self._splits = splits or {"all": 0}

    def load(self) -> RawCorpus:
        """List the files that match the pattern.

        Raises:
            MissingFileError: if the folder is absent or no file matches.
        """
        root = self._storage.path.rstrip("/")
        if not self._storage.exists(root):
            raise MissingFileError(
                f"The corpus folder {root} does not exist. "
                "Set it with --params raw_data=FOLDER (for corpus=flores101 the folder that holds "
                "flores101), or choose another --params corpus=NAME."
            )
        names = [path.removeprefix(root + "/") for path in self._storage.find(root)]
        texts: dict[str, dict[str, RawText]] = {}
        for split in self._splits:
            expression = to_expression(self._pattern.replace(SPLIT, split), "language")
            for name in names:
                if match := expression.fullmatch(name):
                    read = partial(self._storage.read_bytes, f"{root}/{name}")
                    texts.setdefault(match["language"], {})[split] = RawText(f"{root}/{name}", read)
        if not texts:
            raise MissingFileError(
                f"No file in {root} is named like '{self._pattern}' "
                f"(found: {', '.join(names[:5]) or 'nothing'}). "
                "Mend the names, or for corpus=folder set --params file_pattern=PATTERN."
            )
        return RawCorpus(root, self._pattern, self._splits, texts)

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "pattern": self._pattern, "splits": self._splits}
