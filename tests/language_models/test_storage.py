from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from isogloss.language_models import storage

if TYPE_CHECKING:
    from pathlib import Path


def test_record_survives_a_round_trip_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    storage.write_record(tmp_path / "a.json", {"b": 1, "ä": [2]})
    assert storage.read_record(tmp_path / "a.json") == {"b": 1, "ä": [2]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_missing_record_is_empty_and_broken_one_is_named(tmp_path: Path) -> None:
    assert storage.read_record(tmp_path / "none.json") == {}
    for text in ('{"half":', "[1]"):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ValueError, match=r"bad\.json.*delete it"):
            storage.read_record(tmp_path / "bad.json")


def test_update_keeps_what_was_there(tmp_path: Path) -> None:
    storage.update_record(tmp_path, "a.json", lambda record: record.update(one=1))
    storage.update_record(tmp_path, "a.json", lambda record: record.update(two=2))
    assert storage.read_record(tmp_path / "a.json") == {"one": 1, "two": 2}


def test_digest_is_read_once_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(b"abc")
    read: list[Path] = []
    original = storage.file_digest

    def counted(path: Path) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(storage, "file_digest", counted)
    expected = {"weights.safetensors": hashlib.sha256(b"abc").hexdigest()}
    assert storage.cached_digests(tmp_path / "m", [file]) == expected
    assert storage.cached_digests(tmp_path / "m", [file]) == expected
    assert len(read) == 1
    file.write_bytes(b"abd")
    os.utime(file, ns=(1, 1))
    expected = {"weights.safetensors": hashlib.sha256(b"abd").hexdigest()}
    assert storage.cached_digests(tmp_path / "m", [file]) == expected
    assert len(read) == 2


def test_digest_of_a_link_follows_the_file_behind_it(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"2")
    for name in ("one", "two"):
        os.utime(tmp_path / name, ns=(7, 7))
    link = tmp_path / "link"
    found: list[Any] = []
    for name in ("one", "two"):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / name)
        found.append(storage.cached_digests(tmp_path / "m", [link])["link"])
    assert found == [hashlib.sha256(text).hexdigest() for text in (b"1", b"2")]
