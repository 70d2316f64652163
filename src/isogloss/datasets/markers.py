"""Markers of partitions: what made each, and how large it is, so that a whole one can be told."""

from __future__ import annotations

import json
import logging
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.datasets.bases import RawDataset
from isogloss.json_texts import parse_json
from isogloss.partitions import PartitionError, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from isogloss.datasets.storage import Storage

DIGEST_KEY = "digest"
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
        paths = self._storage.find(self._storage.child(MARKERS))
        found = read_markers(self._storage, None, [PurePosixPath(path).stem for path in paths])
        rows = [
            {
                "partition": identifier,
                "fingerprint": json.dumps(marker["fingerprint"], sort_keys=True),
                "item_fingerprint": json.dumps(marker["item"], sort_keys=True),
                "size": marker["size"],
            }
            for identifier, marker in found.items()
        ]
        return pd.DataFrame(rows, columns=["partition", "fingerprint", "item_fingerprint", "size"])

    def _exists(self) -> bool:
        return True


def marker_name(identifier: str) -> str:
    """Give where the marker of a partition lies in the folder."""
    return f"{MARKERS}/{identifier}.json"


def read_markers(
    storage: Storage, suffix: str | None, identifiers: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Give what is known of whole partitions; absent ones, or such as are cut short, are left out.

    Args:
        storage: the folder.
        suffix: of the partitions' files; None for any.
        identifiers: of the partitions.
    """
    files = storage.sizes(storage.path)
    sizes = {
        path.stem: size
        for path, size in ((PurePosixPath(path), size) for path, size in files.items())
        if suffix is None or path.suffix == suffix
    }
    wanted = {storage.child(marker_name(one)): one for one in identifiers if one in sizes}
    found = {}
    for path, content in storage.read_many(wanted).items():
        try:
            marker = _parse(path, content, MARKER_KEYS)
        except PartitionError as error:
            logger.warning("%s", error)
            continue
        if sizes[wanted[path]] == marker["size"]:
            found[wanted[path]] = marker
    return found


def encode_record(content: Mapping[str, Any]) -> bytes:
    """Write what `read_json_object` reads: JSON, with a digest by which damage is told."""
    # As it will be read: keys and tuples may become others in JSON.
    plain = json.loads(json.dumps(content, sort_keys=True, default=str))
    record = {**plain, DIGEST_KEY: digest(plain)}
    return json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False).encode()


def read_json_object(storage: Storage, name: str, keys: frozenset[str]) -> dict[str, Any]:
    """Read a JSON object of a folder.

    Raises:
        PartitionError: if it is cut short, was changed or lacks a key.
    """
    path = storage.child(name)
    return _parse(path, storage.read_bytes(path), keys)


def _parse(path: str, content: bytes, keys: frozenset[str]) -> dict[str, Any]:
    try:
        parsed = parse_json(content)
    except ValueError as error:
        raise PartitionError(f"{path} is damaged ({error}). Run again what makes it.") from None
    if not isinstance(parsed, dict) or not keys <= parsed.keys():
        raise PartitionError(
            f"{path} is damaged (it has not all of {', '.join(sorted(keys))}). "
            "Run again what makes it."
        )
    noted = parsed.pop(DIGEST_KEY, None)
    if noted is not None and noted != digest(parsed):
        raise PartitionError(
            f"{path} is damaged (it does not fit its digest). Run again what makes it."
        )
    return parsed
