"""Runs measurements and writes the pages: `make bench`, or `python -m benchmarks [NAME ...]`.

Without names all benchmarks run. Each is written into results.json when it has ended, so that what
was measured is not lost if a later one fails, and the pages are written from that file.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.growth_figure import save_growth
from benchmarks.machine import describe_machine
from benchmarks.page import render_page
from benchmarks.results import FILE, Result, Results, read_results, write_results
from benchmarks.scale import render_scale
from benchmarks.setting import ROOT, Setting

NAMES = (
    *("representation", "texts", "alignment", "merging", "option_scoring"),
    *("mediation", "bootstrap", "chat"),
)
"""In the order of the page."""
NEEDS_RAW = "option_scoring"


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--raw", type=Path, help="holds flores101/devtest, belebele and mmlu")
    parser.add_argument("--models", type=Path, default=ROOT / "data" / "06_models")
    parser.add_argument("--results", type=Path, default=FILE, help="the file of results")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where pages are written")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to try the program")
    parser.add_argument("--render", action="store_true", help="write the pages, measure nothing")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if chosen.quick and chosen.results == FILE:
        parser.error("--quick measures nothing: name another --results and --docs")
    return chosen


def run_all(names: Sequence[str], setting: Setting, file: Path) -> Results:
    """Run benchmarks one after the other and keep each as it ends."""
    results = read_results(file)
    machine = describe_machine(os.getloadavg()[0])
    for name in names:
        print(f"{name} ...", flush=True)
        start = time.monotonic()
        # A process of its own, as peers change what they share one with: nnsight gives every object
        # a method `save`, on which an HTTP client stumbles, and pools of threads stay behind.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as own:
            measure = importlib.import_module(f"benchmarks.{name}").measure
            found: Result = own.submit(measure, setting).result()
        minutes = (time.monotonic() - start) / 60
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        told = {"machine": machine, "day": day, "minutes": minutes, "quick": setting.quick}
        results = results.with_result(name, found.model_copy(update=told))
        write_results(results, file)
        print(f"{name}: {minutes:.1f} minutes", flush=True)
    return results


def write_pages(results: Results, docs: Path) -> None:
    """Write both pages and the figures."""
    images = docs / "images"
    images.mkdir(parents=True, exist_ok=True)
    known = {name: results.benchmarks[name] for name in NAMES if name in results.benchmarks}
    for name, result in known.items():
        if result.curves:
            save_growth(result.title, result.curves, images / f"benchmarks_{name}.png")
    ordered = Results(benchmarks=known)
    (docs / "benchmarks.md").write_text(render_page(ordered), encoding="utf-8")
    (docs / "scale.md").write_text(render_scale(ordered), encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Measure, and write what was found."""
    chosen = read_arguments(arguments)
    setting = Setting(chosen.models, chosen.raw, chosen.quick)
    possible = [name for name in NAMES if chosen.raw or name != NEEDS_RAW]
    names = chosen.names or possible
    results = (
        read_results(chosen.results) if chosen.render else run_all(names, setting, chosen.results)
    )
    write_pages(results, chosen.docs)
    print(f"Written: {chosen.docs / 'benchmarks.md'}, {chosen.docs / 'scale.md'}")


if __name__ == "__main__":
    main(sys.argv[1:])
