from __future__ import annotations

import errno
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from isogloss.chat import ChatError
from isogloss.chat.json_lines import Appender, encode_line, hold_folder, read_lines, seal_line
from isogloss.disk_errors import DiskError


def line(key: str, **content: Any) -> str:
    return encode_line({"custom_id": key, **content})


def keys(path: Path) -> list[str]:
    return [parsed["custom_id"] for _, parsed in read_lines(path)]


def test_lines_are_read_as_they_were_appended(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    assert keys(path) == []
    text = 'Größe\n{x} "中" \u2028 \x85 🙂'
    Appender(path).append([line("a", text=text), line("b")])
    Appender(path).append([line("c")])
    assert [(number, parsed["custom_id"]) for number, parsed in read_lines(path)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]
    assert next(read_lines(path))[1]["text"] == text


def test_half_a_surrogate_pair_in_an_answer_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    Appender(path).append([line("a", text="x\ud83d")])
    assert next(read_lines(path))[1]["text"] == "x?"


@pytest.mark.parametrize("rest", [b'{"custom_id": "b', b"\0\0\0\0", b"{", '{"ü'.encode()[:3]])
@pytest.mark.parametrize("before", [1, 2])
def test_a_last_line_that_was_cut_off_is_left_out_and_then_removed(
    tmp_path: Path, rest: bytes, before: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lines.jsonl"
    whole = (line("a") + "\n").encode() * before
    path.write_bytes(whole + rest)
    assert keys(path) == ["a"] * before
    assert path.read_bytes() == whole + rest
    Appender(path).append([line("c")])
    assert keys(path) == ["a"] * before + ["c"]
    assert f"Its {len(rest)} bytes are removed" in caplog.text


def test_wherever_a_kill_cuts_the_file_all_lines_before_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    whole = [line(key, text="Größe 中\n") for key in "abc"]
    data = "".join(f"{one}\n" for one in whole).encode()
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        # A line that lacks its end only counts as whole.
        kept = [key for key, one in zip("abc", whole, strict=True) if one.encode() in data[:cut]]
        assert keys(path) == kept
        Appender(path).append([line("d")])
        assert keys(path) == [*kept, "d"]


def test_a_file_of_nothing_but_a_cut_line_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"custom')
    Appender(path)
    assert path.read_bytes() == b""


def test_a_last_line_that_lacks_its_end_only_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(line("a"))
    assert keys(path) == ["a"]
    Appender(path).append([line("b")])
    assert keys(path) == ["a", "b"]
    assert caplog.text == ""


def test_the_last_line_end_is_found_in_large_files(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    long = line("b", text="x" * 3_000_000)
    path.write_text(line("a") + "\n" + long[:-5])
    Appender(path)
    assert path.read_text() == line("a") + "\n"
    path.write_text(line("a") + "\n" + long)
    Appender(path)
    assert keys(path) == ["a", "b"]


@pytest.mark.parametrize("damage", ['{"custom_id": "b', "[]", '{"custom_id": 5}', "", "null"])
def test_any_other_damage_is_refused_with_file_and_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(f"{line('a')}\n{damage}\n{line('c')}\n")
    with pytest.raises(ChatError, match=r"lines\.jsonl, line 2 is damaged"):
        list(read_lines(path))


def test_a_flipped_bit_in_an_answer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    sealed = seal_line(encode_line({"custom_id": "a", "text": "ä is 42"}))
    assert json.loads(sealed).keys() == {"custom_id", "text", "crc32"}
    path.write_text(f"{sealed}\n{line('b')}\n")
    assert keys(path) == ["a", "b"]
    path.write_text(f"{sealed.replace('42', '43')}\n{line('b')}\n")
    with pytest.raises(ChatError, match=r"line 1 is damaged: it does not fit its checksum"):
        list(read_lines(path))


def test_a_full_disk_leaves_whole_lines_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lines.jsonl"
    appender = Appender(path)
    appender.append([line("a")])
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match=r"lines\.jsonl cannot be written: no room is left"):
        appender.append([line("b")])
    monkeypatch.setattr(os, "fsync", real)
    assert keys(path) == ["a"]
    appender.append([line("c")])
    assert keys(path) == ["a", "c"]


def test_a_folder_is_held_by_one_at_a_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import threading

    order: list[str] = []

    def use() -> None:
        with hold_folder(tmp_path / "store"):
            order.append("second")

    with caplog.at_level(logging.INFO), hold_folder(tmp_path / "store"):
        thread = threading.Thread(target=use)
        thread.start()
        while "waiting for its end" not in caplog.text:
            pass
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
