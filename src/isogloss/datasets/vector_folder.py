"""Sentence vectors that were made elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from isogloss.datasets.bases import RawDataset
from isogloss.errors import MissingFileError, Refusal
from isogloss.partitions import StoredPartitions
from isogloss.tensors import TensorFile

if TYPE_CHECKING:
    from isogloss.datasets.local_copies import LocalCopy

SUFFIX = ".safetensors"


class VectorFolderDataset(RawDataset[StoredPartitions[TensorFile]]):
    """A folder of `<language>.safetensors` made by other means, to be measured like our own.

    Each file holds one float array a pooling, [layers+1, sentences, hidden], and in its metadata
    `sentence_ids`, a JSON list of text.

    Args:
        filepath: the folder.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    why_read_only = "these vectors were made elsewhere"

    def load(self) -> StoredPartitions[TensorFile]:
        """List the files; arrays are read when asked for.

        Raises:
            MissingFileError: if there is none.
        """
        files = {
            Path(path).stem: (path, details)
            for path, details in sorted(self._storage.details_below(self._storage.path).items())
            if path.endswith(SUFFIX)
        }
        if not files:
            raise MissingFileError(
                f"{self._storage.path} holds no <language>{SUFFIX} file. "
                "See the how-to on your own vectors for what such a file contains."
            )
        items = {
            name: {"size": details["size"], "modified": _modified(details)}
            for name, (_, details) in files.items()
        }
        return StoredPartitions(
            {"source": "external vectors"},
            items,
            lambda name: _open_whole(self._storage.copy(files[name][0])),
        )


def _modified(info: dict[str, Any]) -> str:
    """Say when a file was written last; stores other than local disks give a date themselves."""
    if "mtime" in info:
        return datetime.fromtimestamp(float(info["mtime"]), UTC).isoformat(timespec="microseconds")
    return str(info.get("LastModified"))


def _open_whole(copy: LocalCopy) -> TensorFile:
    file = TensorFile(str(copy.path), copy)
    try:
        file.names()
    except SafetensorError as error:
        raise Refusal(
            copy.in_words(f"{copy.path} is no whole safetensors file ({error}). Make it again.")
        ) from None
    return file
