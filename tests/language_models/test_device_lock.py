from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from isogloss.language_models import device_lock
from isogloss.language_models.device_lock import hold_device, hold_devices
from isogloss.language_models.specification import ModelError

if TYPE_CHECKING:
    from pathlib import Path

CHILD = """
import sys, time
from pathlib import Path
from isogloss.language_models.device_lock import hold_device
with hold_device(Path(sys.argv[1]), "cpu", "other"):
    Path(sys.argv[1], "held").touch()
    time.sleep(60)
"""


def test_device_is_free_again_afterwards_and_after_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match="inside"), hold_device(tmp_path, "cpu", "one"):
            raise RuntimeError("inside")


def test_same_thread_is_told_instead_of_waiting_for_itself(tmp_path: Path) -> None:
    with (
        hold_device(tmp_path, "cpu", "one"),
        pytest.raises(ModelError, match=r"'two' cannot be opened on cpu.*'one'.*exclusive: false"),
        hold_device(tmp_path, "cpu", "two"),
    ):
        pass
    with hold_device(tmp_path, "cpu", "two"):
        pass


def test_two_devices_are_held_at_once(tmp_path: Path) -> None:
    with hold_device(tmp_path, "cpu", "one"), hold_device(tmp_path, "cuda:0", "two"):
        pass


def test_several_devices_are_taken_in_one_order_whatever_the_order_of_the_asking(
    tmp_path: Path,
) -> None:
    def use(devices: list[str]) -> None:
        for _ in range(20):
            with hold_devices(tmp_path, devices, "spread"):
                time.sleep(0.001)

    threads = [
        threading.Thread(target=use, args=[names], daemon=True)
        for names in (["GPU-a", "GPU-b"], ["GPU-b", "GPU-a"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"


def test_all_devices_are_held_and_all_are_free_again(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_devices(tmp_path, ["GPU-b", "GPU-a"], "spread"):
            for device in ("GPU-a", "GPU-b"):
                with (
                    pytest.raises(ModelError, match=f"opened on {device}.*'spread'"),
                    hold_device(tmp_path, device, "single"),
                ):
                    pass
        with (
            hold_device(tmp_path, "GPU-b", "single"),
            pytest.raises(ModelError, match=r"opened on GPU-b.*'single'"),
            hold_devices(tmp_path, ["GPU-a", "GPU-b"], "spread"),
        ):
            pass


def test_another_thread_waits_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    order: list[str] = []

    def use() -> None:
        with hold_device(tmp_path, "cpu", "two"):
            order.append("two")

    thread = threading.Thread(target=use)
    with caplog.at_level(logging.INFO), hold_device(tmp_path, "cpu", "one"):
        thread.start()
        deadline = time.monotonic() + 10
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
        order.append("one")
    thread.join(timeout=10)
    assert order == ["one", "two"]
    assert len(caplog.records) == 1
    message = caplog.records[0].getMessage()
    assert "'two' waits for cpu" in message
    assert "'one'" in message


def test_containers_with_names_of_their_own_wait_for_each_others_gpu(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def use() -> None:
        with hold_device(tmp_path, "GPU-a", "two"):
            order.append("two")

    monkeypatch.setattr(socket, "gethostname", lambda: "container1")
    thread = threading.Thread(target=use)
    with caplog.at_level(logging.INFO), hold_device(tmp_path, "GPU-a", "one"):
        monkeypatch.setattr(socket, "gethostname", lambda: "container2")
        thread.start()
        deadline = time.monotonic() + 10
        while not caplog.records and not order and time.monotonic() < deadline:
            time.sleep(0.01)
        order.append("one")
    thread.join(timeout=10)
    assert order == ["one", "two"]
    assert "on container1 has 'one' open" in caplog.records[0].getMessage()


def test_who_waits_long_says_so_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_lock, "REMIND_AFTER", 0.15)

    def use() -> None:
        with hold_device(tmp_path, "cpu", "two"):
            pass

    thread = threading.Thread(target=use)
    with caplog.at_level(logging.INFO), hold_device(tmp_path, "cpu", "one"):
        thread.start()
        deadline = time.monotonic() + 10
        while len(caplog.records) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    thread.join(timeout=10)
    assert len(caplog.records) >= 3


def test_kernel_frees_the_device_of_a_killed_process(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)])
    deadline = time.monotonic() + 30
    while not (tmp_path / "held").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    threading.Timer(0.2, process.kill).start()
    with hold_device(tmp_path, "cpu", "one"):
        assert process.wait(timeout=10) != 0
