from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from isogloss.chat.json_lines import hold_folder
from isogloss.disk_errors import DiskError
from isogloss.language_models.device_lock import hold_device
from isogloss.language_models.storage import file_lock

HOLDS: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "answers": hold_folder,
    "device": lambda folder: hold_device(folder, "cpu", "one"),
    "record": lambda folder: file_lock(folder, "digests.json"),
}


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_a_file_system_without_locks_is_refused_with_what_to_mount(
    hold: Callable[[Path], AbstractContextManager[None]],
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*given: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(DiskError, match=rf"{tmp_path}\S* cannot be locked .*-o flock"):
        hold(tmp_path).__enter__()
