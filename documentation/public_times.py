"""The table of the page on public data that says how long the run took."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from documentation.markdown import table

if TYPE_CHECKING:
    from pathlib import Path

LONG = 60.0
"""Nodes that take fewer seconds are counted together."""


def write_times(run: Path) -> str:
    """Write a row a node that takes long: minutes by the clock, over all runs into the folder.

    Args:
        run: folder `08_reporting` of the run.
    """
    seconds: Counter[str] = Counter()
    for path in sorted((run / "runs").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "node_finished":
                seconds[event["node"]] += event["seconds"]
    long = [(f"`{node}`", spent) for node, spent in seconds.most_common() if spent >= LONG]
    rest = seconds.total() - sum(spent for _, spent in long)
    rows = [*long, ("all other nodes", rest), ("all nodes", seconds.total())]
    return table(["node", "minutes"], [[name, f"{spent / 60:.0f}"] for name, spent in rows])
