"""Folders of partitions that a killed run can take up where it stopped.

A partition is written whole, then its marker (`_markers/<id>.json`: what made it, size, checksum).
When all are there, `_complete.json` lists them. Saving skips partitions whose marker says that
they were made as now asked for; loading refuses a folder without `_complete.json`, or with markers
that say otherwise than it. Partitions that could not be made while others could are listed there
with the reason, and count as missing when the set is saved again.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from isogloss.datasets.bases import StoredDataset
from isogloss.datasets.codecs import CODECS
from isogloss.datasets.kept import report_kept
from isogloss.datasets.markers import (
    MARKER_KEYS,
    encode_record,
    marker_name,
    read_json_object,
    read_markers,
)
from isogloss.datasets.previews import ROWS, preview_partitions
from isogloss.partitions import (
    PartitionError,
    PartitionFailure,
    Partitions,
    StoredPartitions,
    changed_keys,
    digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedro_datasets._typing import TablePreview

logger = logging.getLogger(__name__)

COMPLETE = "_complete.json"
PLAN = "_plan.json"
PLAN_KEYS = frozenset({"wanted", "groups"})
COMPLETE_KEYS = frozenset({"fingerprint", "items"})
AFTER_ANOTHER_RUN = "Wait for its end and run again, or use another data_root for one of both."
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
            PartitionError: if nothing could be made, or a run with other settings has put some in.
        """
        groups = self.plan(data)
        if data.share is not None:
            self._make(data, [group for n, group in enumerate(groups) if data.share.takes(n)])
            return
        failures = self._make(data, groups)
        self._storage.remove(self._storage.child(PLAN))
        name = Path(self._storage.path).name
        if failures and len(failures) == len(data.items):
            reasons = dict.fromkeys(failures.values())
            raise PartitionError(f"{name}: nothing could be made.\n" + "\n".join(reasons))
        made = {key: item for key, item in data.items.items() if key not in failures}
        if groups:
            self._require_unmixed(replace(data, items=made))
        summary = {"fingerprint": data.fingerprint, "items": made, "failures": failures}
        self._write_json(COMPLETE, summary)

    def _require_unmixed(self, data: Partitions[Any]) -> None:
        """Refuse to call a set complete into which another run has written meanwhile."""
        # What another run with equal settings is just writing anew is missing, and soon there.
        if changes := self._compare(data)[1]:
            raise PartitionError(
                f"Another run has written to {self._storage.path} meanwhile, with other settings "
                f"({'; '.join(changes)}). {AFTER_ANOTHER_RUN}"
            )

    def plan(self, data: Partitions[Any]) -> list[list[str]]:
        """List the groups of which something is missing; all who make a set side by side agree.

        What is to be made is noted before it is begun: groups that a killed run has left half made,
        or that others are making, are computed as they would have been without it.

        Args:
            data: what is to be there.
        """
        missing, changes = self._compare(data)
        if changes:
            self._report_change(changes)
        wanted = digest(data.fingerprint, data.items)
        noted = self._read_plan(wanted)
        if noted is None or not {*missing} <= {one for group in noted for one in group}:
            noted = [list(group) for group in data.grouping(missing)]
            name = Path(self._storage.path).name
            report_kept(name, [one for one in data.items if one not in missing], len(data.items))
            if missing:
                self._storage.remove(self._storage.child(COMPLETE))
                self._write_json(PLAN, {"wanted": wanted, "groups": noted})
        return noted

    def _read_plan(self, wanted: str) -> list[list[str]] | None:
        try:
            plan = read_json_object(self._storage, PLAN, PLAN_KEYS)
        except FileNotFoundError:
            return None
        except PartitionError as error:
            logger.warning("%s", error)
            return None
        groups: list[list[str]] = plan["groups"]
        return groups if plan["wanted"] == wanted else None

    def _make(self, data: Partitions[Any], groups: Sequence[Sequence[str]]) -> dict[str, str]:
        """Compute and write what is missing of groups; give why some of it could not be made."""
        missing = {*self._compare(data)[0]} if groups else set()
        pending = [one for group in groups if missing & {*group} for one in group]
        name = Path(self._storage.path).name
        failures: dict[str, str] = {}
        for identifier, value in _exactly(pending, data, name):
            if isinstance(value, PartitionFailure):
                logger.error("%s: %s failed: %s", name, identifier, value.reason)
                failures[identifier] = value.reason
            elif identifier in missing:
                self._write_partition(identifier, value, data)
        return failures

    def load(self) -> StoredPartitions[Any]:
        """Give the partitions of a complete folder.

        Raises:
            PartitionError: if the folder is incomplete or damaged; says which partitions.
        """
        complete = self._read_complete()
        if complete is None or not self._holds(complete):
            raise PartitionError(
                f"{self._storage.path} is not complete: the run that makes it was interrupted or "
                "never started, or a run with other settings has written there since. Run its "
                "pipeline again: it computes only what is missing."
            )
        return StoredPartitions(
            complete["fingerprint"],
            complete["items"],
            partial(self._load_partition, complete),
            complete.get("failures", {}),
        )

    def preview(self, nrows: int = ROWS) -> TablePreview:
        """Show the first rows of the first partition, or which partitions there are."""
        return preview_partitions(self.load(), nrows)

    def _compare(self, data: Partitions[Any]) -> tuple[list[str], list[str]]:
        """List what is missing or was made otherwise, and in which settings."""
        for identifier in data.items:
            if not SAFE_IDENTIFIER.fullmatch(identifier):
                raise PartitionError(
                    f"'{identifier}' cannot name a partition: use letters, digits and '_-+.'."
                )
        whole = read_markers(self._storage, self._codec.suffix, data.items)
        missing, changes = [], set[str]()
        for identifier in data.items:
            marker = whole.get(identifier)
            if marker is None:
                missing.append(identifier)
                continue
            wanted = {**data.fingerprint, **data.items[identifier]}
            if differences := changed_keys(_maker(marker), wanted):
                missing.append(identifier)
                changes.update(differences)
        return missing, sorted(changes)

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
        self._storage.remove(self._storage.child(marker_name(identifier)))
        self._storage.write(self._partition_path(identifier), write)
        self._write_json(marker_name(identifier), marker)

    def _load_partition(self, complete: Mapping[str, Any], identifier: str) -> Any:
        marker = read_json_object(self._storage, marker_name(identifier), MARKER_KEYS)
        if changes := changed_keys(_maker(marker), _maker(complete, identifier)):
            raise PartitionError(
                f"{self._partition_path(identifier)} was made anew, with other settings, "
                f"while it was read ({'; '.join(changes)}). {AFTER_ANOTHER_RUN}"
            )
        copy = self._storage.copy(self._partition_path(identifier))
        whole = copy.path.stat().st_size == marker["size"]
        if not whole or self._codec.checksum(copy.path) != marker["crc32"]:
            self._storage.remove(self._storage.child(marker_name(identifier)))
            self._storage.remove(self._storage.child(COMPLETE))
            raise PartitionError(
                f"{self._partition_path(identifier)} is damaged (size or checksum differ from what "
                "was written). It is now marked as missing: run the pipeline that makes it again."
            )
        value = self._codec.read(str(copy.path))
        return replace(value, kept=copy) if self._codec.lazy else value

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
        """Say whether all partitions that a complete set lists are there, made as it says."""
        found = read_markers(self._storage, self._codec.suffix, complete["items"])
        made = {identifier: _maker(marker) for identifier, marker in found.items()}
        return made == {one: _maker(complete, one) for one in complete["items"]}

    def _partition_path(self, identifier: str) -> str:
        return self._storage.child(identifier + self._codec.suffix)

    def _read_complete(self) -> dict[str, Any] | None:
        """Read what a complete set consists of; None if it is not complete."""
        try:
            return read_json_object(self._storage, COMPLETE, COMPLETE_KEYS)
        except FileNotFoundError:
            return None

    def _write_json(self, name: str, content: Mapping[str, Any]) -> None:
        self._storage.write_bytes(self._storage.child(name), encode_record(content))

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "format": self._format}


def _maker(record: Mapping[str, Any], identifier: str | None = None) -> dict[str, Any]:
    """Give what made a partition, as its marker has it, or as a complete set lists it."""
    item = record["item"] if identifier is None else record["items"][identifier]
    return {**record["fingerprint"], **item}


def _exactly(wanted: list[str], data: Partitions[Any], name: str) -> Iterator[tuple[str, Any]]:
    """Pass on what is computed; refuse other ids or fewer than asked for."""
    remaining = set(wanted)
    for identifier, value in data.compute(wanted) if wanted else ():
        if identifier not in remaining:
            raise PartitionError(f"{name}: got '{identifier}', which was not asked for.")
        remaining.discard(identifier)
        yield identifier, value
    if remaining:
        raise PartitionError(f"{name}: nothing was computed for {', '.join(sorted(remaining))}.")
