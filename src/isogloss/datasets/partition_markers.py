"""What is known of the partitions in a folder: one marker each, written after it."""

from __future__ import annotations

import json
import logging
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.datasets.bases import RawDataset
from isogloss.partitions import PartitionError

if TYPE_CHECKING:
    from isogloss.datasets.storage import Storage

logger = logging.getLogger(__name__)

MARKERS = "_markers"
MARKER_KEYS = frozenset({"fingerprint", "item", "size", "crc32"})


class PartitionMarkersDataset(RawDataset[pd.DataFrame]):
    """What is known of the whole partitions in a folder, complete or not.

    A partition whose file is gone or has another size, or whose marker cannot be read, is absent.

    Args:
        filepath: the folder of a `ResumablePartitionsDataset`.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    why_read_only = "markers are written with their partitions"

    def load(self) -> pd.DataFrame:
        """Give one row a partition: partition, fingerprint, item_fingerprint (JSON), size."""
        rows = []
        found = self._storage.sizes(self._storage.path)
        sizes = {PurePosixPath(path).stem: size for path, size in found.items()}
        for path in self._storage.find(self._storage.child(MARKERS)):
            identifier = PurePosixPath(path).stem
            marker = read_marker(self._storage, identifier)
            if marker is not None and sizes.get(identifier) == marker["size"]:
                rows.append(
                    {
                        "partition": identifier,
                        "fingerprint": json.dumps(marker["fingerprint"], sort_keys=True),
                        "item_fingerprint": json.dumps(marker["item"], sort_keys=True),
                        "size": marker["size"],
                    }
                )
        return pd.DataFrame(rows, columns=["partition", "fingerprint", "item_fingerprint", "size"])

    def _exists(self) -> bool:
        return True


def marker_name(identifier: str) -> str:
    """Give the name of the marker of a partition, below its folder."""
    return f"{MARKERS}/{identifier}.json"


def read_marker(storage: Storage, identifier: str) -> dict[str, Any] | None:
    """Read the marker of a partition; warn of a damaged one and give None.

    Args:
        storage: the folder.
        identifier: of the partition.
    """
    try:
        return read_json(storage, marker_name(identifier), MARKER_KEYS)
    except PartitionError as error:
        logger.warning("%s", error)
        return None


def read_json(storage: Storage, name: str, keys: frozenset[str]) -> dict[str, Any]:
    """Read a JSON object of a folder.

    Args:
        storage: the folder.
        name: of the file below it.
        keys: that it must have.

    Raises:
        PartitionError: if it is cut short or lacks a key.
    """
    path = storage.child(name)
    try:
        content = json.loads(storage.read_bytes(path))
    except ValueError as error:
        raise PartitionError(f"{path} is damaged ({error}). Run again what makes it.") from None
    if not isinstance(content, dict) or not keys <= content.keys():
        raise PartitionError(
            f"{path} is damaged (it has not all of {', '.join(sorted(keys))}). "
            "Run again what makes it."
        )
    return content
