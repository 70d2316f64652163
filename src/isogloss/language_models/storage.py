"""Small records beside the models, replaced whole, and digests of files that are dear to read."""

from __future__ import annotations

import fcntl
import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from isogloss.disk_errors import explaining_disk, explaining_locks
from isogloss.errors import Refusal
from isogloss.json_texts import parse_json
from isogloss.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DIGESTS_FILE = "digests.json"
LOCKS_FOLDER = ".locks"


@contextmanager
def file_lock(models_root: Path, name: str) -> Iterator[None]:
    """Wait for, and hold, a lock among all processes that use this folder of models.

    The kernel releases it when the process ends, however it ends.

    Args:
        models_root: folder of the models.
        name: of the lock, a plain file name.
    """
    path = models_root / LOCKS_FOLDER / f"{name}.lock"
    with explaining_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    with file:
        with explaining_locks(path):
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def read_record(path: Path) -> dict[str, Any]:
    """Read a JSON object; a missing file is an empty one.

    Raises:
        ValueError: if the file is not a JSON object.
    """
    try:
        record = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise Refusal(f"{path} is not valid JSON ({error}); delete it to start anew.") from None
    if not isinstance(record, dict):
        raise Refusal(f"{path} holds no JSON object; delete it to start anew.")
    return record


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON object so that a reader sees the old or the new one, never half of either."""
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
    write_whole(path, lambda temporary: _write_text(temporary, f"{text}\n"))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def update_record(
    models_root: Path, file_name: str, change: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Change a record that several processes may change at once, and give the new one."""
    with file_lock(models_root, file_name):
        record = read_record(models_root / file_name)
        change(record)
        write_record(models_root / file_name, record)
        return record


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cached_digests(models_root: Path, paths: list[Path]) -> dict[str, str]:
    """Give the SHA-256 of files by name; a file is read again only if its size or time changed.

    Args:
        models_root: where the digests are remembered, whatever folder the files lie in.
        paths: files with different names.
    """
    known = read_record(models_root / DIGESTS_FILE)
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        status = path.stat()
        state = {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
        # The stamp is that of the file behind a link, so the key must name that file too.
        key = str(path.resolve())
        old = known.get(key, {})
        if {name: old.get(name) for name in state} == state:
            found[key] = old
        else:
            found[key] = {**state, "sha256": file_digest(path)}
    if any(known.get(key) != entry for key, entry in found.items()):
        update_record(models_root, DIGESTS_FILE, lambda record: record.update(found))
    return {path.name: str(found[str(path.resolve())]["sha256"]) for path in paths}
