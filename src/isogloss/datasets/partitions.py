"""Folders of partitions that a killed run can take up where it stopped.

A partition is written whole, then its marker (`_markers/<id>.json`: what made it, size, checksum).
When all are there, `_complete.json` lists them. Saving skips partitions whose marker says that
they were made as now asked for; loading refuses a folder without `_complete.json`. Partitions that
could not be made while others could are listed there with the reason, and count as missing when the
set is saved again.
"""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from isogloss.datasets.bases import RawDataset, StoredDataset
from isogloss.datasets.codecs import CODECS
from isogloss.datasets.kept import report_kept
from isogloss.datasets.previews import ROWS, preview_partitions
from isogloss.partitions import (
    PartitionError,
    PartitionFailure,
    Partitions,
    StoredPartitions,
    changed_keys,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedro_datasets._typing import TablePreview

    from isogloss.datasets.storage import Storage

logger = logging.getLogger(__name__)

COMPLETE = "_complete.json"
COMPLETE_KEYS = frozenset({"fingerprint", "items"})
MARKERS = "_markers"
MARKER_KEYS = frozenset({"fingerprint", "item", "size", "crc32"})
SAFE_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")


class ResumablePartitionsDataset(StoredDataset[Partitions[Any], StoredPartitions[Any]]):
    """Partitions in one folder: each written once and whole, loaded only when all are there.

    Args:
        filepath: the folder.
        format: of the partitions: parquet, safetensors, checkpoint, json, csv or text.
        on_change: what to do with partitions that were made with other settings: compute them
            anew (with a warning), or refuse (where they cost money).
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        format: str,
        on_change: Literal["recompute", "refuse"] = "recompute",
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._codec = CODECS[format]
        self._format = format
        self._on_change = on_change

    def save(self, data: Partitions[Any]) -> None:
        """Compute and write the partitions that are missing or were made otherwise.

        Raises:
            PartitionError: if not one of all could be made; gives the reasons.
        """
        missing = self._missing(data)
        name = Path(self._storage.path).name
        report_kept(name, [one for one in data.items if one not in missing], len(data.items))
        if missing:
            self._storage.remove(self._storage.child(COMPLETE))
        failures: dict[str, str] = {}
        for start in range(0, len(missing), data.group_size):
            group = missing[start : start + data.group_size]
            for identifier, value in _exactly(group, data, name):
                if isinstance(value, PartitionFailure):
                    logger.error("%s: %s failed: %s", name, identifier, value.reason)
                    failures[identifier] = value.reason
                else:
                    self._write_partition(identifier, value, data)
        if failures and len(failures) == len(data.items):
            reasons = dict.fromkeys(failures.values())
            raise PartitionError(f"{name}: nothing could be made.\n" + "\n".join(reasons))
        made = {key: item for key, item in data.items.items() if key not in failures}
        summary = {"fingerprint": data.fingerprint, "items": made, "failures": failures}
        self._write_json(COMPLETE, summary)

    def load(self) -> StoredPartitions[Any]:
        """Give the partitions of a complete folder.

        Raises:
            PartitionError: if the folder is incomplete or damaged; says which partitions.
        """
        complete = self._read_complete()
        if complete is None or not self._holds(complete):
            raise PartitionError(
                f"{self._storage.path} is not complete: the run that makes it was interrupted or "
                "never started. Run its pipeline again: it computes only what is missing."
            )
        return StoredPartitions(
            complete["fingerprint"],
            complete["items"],
            self._load_partition,
            complete.get("failures", {}),
        )

    def preview(self, nrows: int = ROWS) -> TablePreview:
        """Show the first rows of the first partition, or which partitions there are."""
        return preview_partitions(self.load(), nrows)

    def _missing(self, data: Partitions[Any]) -> list[str]:
        missing, changes = [], set[str]()
        for identifier in data.items:
            if not SAFE_IDENTIFIER.fullmatch(identifier):
                raise PartitionError(
                    f"'{identifier}' cannot name a partition: use letters, digits and '_-+.'."
                )
            marker = self._marker(identifier)
            if marker is None:
                missing.append(identifier)
                continue
            wanted = {**data.fingerprint, **data.items[identifier]}
            if differences := changed_keys({**marker["fingerprint"], **marker["item"]}, wanted):
                missing.append(identifier)
                changes.update(differences)
        if changes:
            self._report_change(sorted(changes))
        return missing

    def _report_change(self, changes: list[str]) -> None:
        listed = "; ".join(changes)
        text = f"Partitions in {self._storage.path} were made with other settings: {listed}"
        if self._on_change == "refuse":
            raise PartitionError(
                f"{text}. They are not replaced here: use another data_root, or delete the folder."
            )
        logger.warning("%s. They are computed anew.", text)

    def _write_partition(self, identifier: str, value: Any, data: Partitions[Any]) -> None:
        marker: dict[str, Any] = {
            "fingerprint": data.fingerprint,
            "item": data.items[identifier],
        }

        def write(path: Path) -> None:
            self._codec.write(value, path)
            marker["size"] = path.stat().st_size
            marker["crc32"] = self._codec.checksum(path)

        # The old marker goes first: a kill in between leaves a partition that counts as missing.
        self._storage.remove(self._storage.child(_marker_name(identifier)))
        self._storage.write(self._partition_path(identifier), write)
        self._write_json(_marker_name(identifier), marker)

    def _load_partition(self, identifier: str) -> Any:
        marker = _read_json(self._storage, _marker_name(identifier), MARKER_KEYS)
        path = Path(self._storage.local_path(self._partition_path(identifier)))
        whole = path.stat().st_size == marker["size"]
        if not whole or self._codec.checksum(path) != marker["crc32"]:
            self._storage.remove(self._storage.child(_marker_name(identifier)))
            self._storage.remove(self._storage.child(COMPLETE))
            raise PartitionError(
                f"{self._partition_path(identifier)} is damaged (size or checksum differ from what "
                "was written). It is now marked as missing: run the pipeline that makes it again."
            )
        return self._codec.read(str(path))

    def _marker(self, identifier: str) -> dict[str, Any] | None:
        """Give what is known of a whole partition; None if it is absent or cut short."""
        if not self._storage.exists(self._storage.child(_marker_name(identifier))):
            return None
        marker = _read_marker(self._storage, identifier)
        path = self._partition_path(identifier)
        if marker is None or not self._storage.exists(path):
            return None
        return marker if self._storage.size(path) == marker["size"] else None

    def content_version(self) -> str | None:
        """Give what changes whenever the complete set does; None if it is not complete."""
        return self._storage.version(self._storage.child(COMPLETE))

    def failures(self) -> dict[str, str]:
        """Give why partitions of the complete set could not be made; nothing if it is not there."""
        complete = self._read_complete() or {}
        failures: dict[str, str] = complete.get("failures", {})
        return failures

    def _exists(self) -> bool:
        complete = self._read_complete()
        return complete is not None and self._holds(complete)

    def _holds(self, complete: Mapping[str, Any]) -> bool:
        """Say whether all partitions are there that a complete set lists."""
        return all(self._marker(identifier) for identifier in complete["items"])

    def _partition_path(self, identifier: str) -> str:
        return self._storage.child(identifier + self._codec.suffix)

    def _read_complete(self) -> dict[str, Any] | None:
        """Read what a complete set consists of; None if it is not complete."""
        if not self._storage.exists(self._storage.child(COMPLETE)):
            return None
        return _read_json(self._storage, COMPLETE, COMPLETE_KEYS)

    def _write_json(self, name: str, content: Mapping[str, Any]) -> None:
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str)
        self._storage.write_bytes(self._storage.child(name), text.encode())

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "format": self._format}


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
            marker = _read_marker(self._storage, identifier)
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


def _marker_name(identifier: str) -> str:
    return f"{MARKERS}/{identifier}.json"


def _read_marker(storage: Storage, identifier: str) -> dict[str, Any] | None:
    """Read the marker of a partition; warn of a damaged one and give None."""
    try:
        return _read_json(storage, _marker_name(identifier), MARKER_KEYS)
    except PartitionError as error:
        logger.warning("%s", error)
        return None


def _read_json(storage: Storage, name: str, keys: frozenset[str]) -> dict[str, Any]:
    """Read a JSON object of a folder; refuse one that is cut short or lacks a key."""
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


def _exactly(group: list[str], data: Partitions[Any], name: str) -> Iterator[tuple[str, Any]]:
    """Pass on what is computed for a group; refuse other ids or fewer than asked for."""
    remaining = set(group)
    for identifier, value in data.compute(group):
        if identifier not in remaining:
            raise PartitionError(f"{name}: got '{identifier}', which was not asked for.")
        remaining.discard(identifier)
        yield identifier, value
    if remaining:
        raise PartitionError(f"{name}: nothing was computed for {', '.join(sorted(remaining))}.")
