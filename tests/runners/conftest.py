from __future__ import annotations

from collections.abc import Iterator

import pytest
from distributed import Scheduler, SpecCluster, Worker


@pytest.fixture
def mixed() -> Iterator[SpecCluster]:
    """Two workers in threads of this process, of which one offers a GPU."""
    workers = {
        "with a GPU": {"cls": Worker, "options": {"nthreads": 1, "resources": {"GPU": 1}}},
        "without": {"cls": Worker, "options": {"nthreads": 1}},
    }
    scheduler = {
        "cls": Scheduler,
        "options": {"protocol": "inproc", "host": "", "dashboard_address": ":0"},
    }
    with SpecCluster(workers=workers, scheduler=scheduler) as opened:
        yield opened
