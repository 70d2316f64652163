"""Memory that runs out: batches are halved, or a message says what to lower."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Undisturbed, copy_links, run_room
from tests.faults.harness import BROKEN, REFUSED, contents, differences, require_close

pytestmark = [pytest.mark.faults]

Record = Callable[[str, object], None]
CPU_MESSAGE = (
    "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 68719476736 bytes. Error code 12 (Cannot allocate memory)"
)
SPARE = (48 << 20, 160 << 20, 400 << 20)
"""Bytes of address space that a run may take beyond what it has at its start."""
PATIENCE = 150.0
"""Seconds after which a run counts as hanging for ever."""


def refuse_large_batches(tokens: int, on_cpu: bool) -> None:
    """Have every model raise as if memory had run out where a batch has more tokens."""
    import torch

    def check(module: Any, arguments: tuple[Any, ...]) -> None:
        if isinstance(module, torch.nn.Embedding) and arguments[0].numel() > tokens:
            raise RuntimeError(CPU_MESSAGE) if on_cpu else torch.OutOfMemoryError("CUDA")

    torch.nn.modules.module.register_module_forward_pre_hook(check)


def limit_memory(spare: int) -> None:
    # A library of linear algebra that is loaded under such a limit tries for ever.
    import scipy.linalg
    import scipy.stats

    assert scipy.linalg is not scipy.stats
    status = Path("/proc/self/status").read_text()
    taken = int(status.partition("VmSize:")[2].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (taken + spare, taken + spare))


@pytest.mark.parametrize("on_cpu", [True, False])
@pytest.mark.parametrize("room", ["representation", "tasks"])
def test_a_batch_that_does_not_fit_is_halved_and_results_are_close(
    room: str, on_cpu: bool, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, said = tmp_path / "data", tmp_path / "said.txt"
    copy_links(undisturbed.before[room], data)
    tokens = {"representation": 128, "tasks": 2048}[room]
    prepare = partial(refuse_large_batches, tokens, on_cpu)
    outcome = run_room(undisturbed, data, room, said, prepare=prepare)
    assert outcome.status == 0, outcome.said
    found, expected = contents(data), undisturbed.after[room]
    require_close(found, expected)
    if room == "representation":
        assert differences(found, expected), "memory was not short enough to matter"
    record_property("other faults", 1)
    record_property("runs", 1)


def test_a_text_that_does_not_fit_by_itself_is_refused_with_what_to_lower(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, said = tmp_path / "data", tmp_path / "said.txt"
    copy_links(undisturbed.before["representation"], data)
    prepare = partial(refuse_large_batches, 16, True)
    outcome = run_room(undisturbed, data, "representation", said, prepare=prepare)
    assert outcome.status == REFUSED, outcome.said
    assert "does not fit in memory" in outcome.said
    assert "max_length" in outcome.said
    outcome = run_room(undisturbed, data, "representation", said)
    assert outcome.status == 0, outcome.said
    assert differences(contents(data), undisturbed.after["representation"]) == []
    record_property("other faults", 1)
    record_property("refusals", 1)


@pytest.mark.parametrize("spare", SPARE)
def test_a_process_that_may_take_no_more_memory_ends_in_words_and_goes_on(
    spare: int, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, said = tmp_path / "data", tmp_path / "said.txt"
    copy_links(undisturbed.before["representation"], data)
    limit = partial(limit_memory, spare)
    outcome = run_room(
        undisturbed, data, "representation", said, prepare=limit, kill_after=PATIENCE
    )
    # Some libraries end the process themselves, which is as if it had been killed.
    assert outcome.status not in (BROKEN, -signal.SIGKILL), outcome.said
    if outcome.status == REFUSED:
        assert "memory" in outcome.said.lower()
    short = outcome.status != 0
    if spare == min(SPARE):
        assert short, "memory was not short enough to matter"
    outcome = run_room(undisturbed, data, "representation", said)
    assert outcome.status == 0, outcome.said
    require_close(contents(data), undisturbed.after["representation"])
    record_property("other faults", int(short))
    record_property("runs", 1)
