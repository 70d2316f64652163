from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import bootstrap
from benchmarks.results import Machine, Result, read_results
from benchmarks.setting import Setting


def measure_nothing(setting: Setting) -> Result:
    return Result(title="Bootstrap", method=f"{setting.rounds(5)} rounds")


@pytest.mark.parametrize("quick", [True, False])
def test_results_remember_whether_they_were_made_with_quick(
    quick: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "ProcessPoolExecutor", ThreadPoolExecutor)
    monkeypatch.setattr(program, "describe_machine", lambda load: Machine(description={}, load=0))
    monkeypatch.setattr(bootstrap, "measure", measure_nothing)
    file, docs = tmp_path / "results.json", tmp_path / "docs"
    places = ["--results", str(file), "--docs", str(docs)]
    program.main([*places, *["--quick"] * quick, "bootstrap"])
    assert read_results(file).benchmarks["bootstrap"].quick is quick
    # Pages that are written from the file later know it too.
    program.main([*places, "--render"])
    for page in ("benchmarks.md", "scale.md"):
        assert ("made with `--quick`" in (docs / page).read_text(encoding="utf-8")) is quick
