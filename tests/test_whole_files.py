from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path

import pytest

from isogloss.disk_errors import DiskError
from isogloss.whole_files import CONTENT, LOCK, PARTIAL_SUFFIX, remove_left_over, write_whole

HOUR = 3600.0


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(f".*{PARTIAL_SUFFIX}"))


def killed_writer(final: Path) -> None:
    """Have a process killed while it writes a file."""
    child = os.fork()
    if child == 0:

        def write(path: Path) -> None:
            path.write_text("half")
            # As libraries do that write beside the name that they are given.
            path.with_name(".tmp123").write_text("more")
            os.kill(os.getpid(), signal.SIGKILL)

        write_whole(final, write)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    killed_writer(tmp_path / "a.txt")
    assert len(left_over(tmp_path)) == 1
    assert not (tmp_path / "a.txt").exists()
    write_whole(tmp_path / "b.txt", lambda path: _text(path, "whole"))
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert (tmp_path / "b.txt").read_text() == "whole"


def test_what_is_being_written_stays(tmp_path: Path) -> None:
    def write_slowly(path: Path) -> None:
        path.write_text("half")
        child = os.fork()
        if child == 0:
            remove_left_over(tmp_path)
            os._exit(0)
        os.waitpid(child, 0)
        write_whole(tmp_path / "b.txt", lambda other: _text(other, "b"))
        assert path.read_text() == "half"
        path.write_text("whole")

    write_whole(tmp_path / "a.txt", write_slowly)
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(("age", "stays"), [(HOUR, True), (25 * HOUR, False)])
def test_what_another_machine_may_be_writing_stays_for_a_day(
    tmp_path: Path, age: float, stays: bool
) -> None:
    folder = tmp_path / f".a.12345678@elsewhere{PARTIAL_SUFFIX}"
    folder.mkdir()
    (folder / LOCK).touch()
    (folder / CONTENT).write_text("half")
    os.utime(folder, (time.time() - age,) * 2)
    remove_left_over(tmp_path)
    assert folder.exists() == stays


def test_a_full_disk_is_told_in_words_and_leaves_the_old_file(tmp_path: Path) -> None:
    final = tmp_path / "a.txt"
    final.write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DiskError, match=r"a\.txt cannot be written: no room is left .*, 4 bytes"):
        write_whole(final, fail)
    assert final.read_text() == "old"
    assert left_over(tmp_path) == []


def test_an_error_about_another_file_stays_as_it_is(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/elsewhere/input.csv")

    with pytest.raises(PermissionError, match="input"):
        write_whole(tmp_path / "a.txt", fail)


def test_a_folder_that_is_a_file_is_no_matter_of_disks(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "a" / "b.txt", lambda path: _text(path, ""))


def _text(path: Path, text: str) -> None:
    path.write_text(text)
