from __future__ import annotations

import json
from pathlib import Path

from documentation.public_times import write_times


def test_minutes_are_summed_over_runs_and_short_nodes_counted_together(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    runs = [
        [("node_finished", "model.embed", 600), ("node_finished", "model.draw", 20)],
        [("node_finished", "model.embed", 300), ("node_finished", "write", 40)],
        [("node_finished", "model.merge", 1200)],
    ]
    for number, events in enumerate(runs):
        lines: list[dict[str, object]] = [{"event": "run_started"}]
        lines += [{"event": event, "node": node, "seconds": spent} for event, node, spent in events]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / f"runs/{number}.jsonl").write_text(text, encoding="utf-8")
    assert write_times(tmp_path).splitlines()[2:] == [
        "| `model.merge` | 20 |",
        "| `model.embed` | 15 |",
        "| all other nodes | 1 |",
        "| all nodes | 36 |",
    ]
