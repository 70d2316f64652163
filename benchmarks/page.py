"""The page of benchmarks, from what was measured: the aims that are missed come first."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.measurement import exponents, fitted_seconds, spread
from benchmarks.numbers import table, write, write_aim, write_range, write_value, write_verdict
from benchmarks.results import CORES, Curve, Machine, Measure, Result, Results

WIDTH = 140
AGREEMENT = 0.15
"""Distance from the expected exponent above which the measured one is called another."""
IDLE = 0.25
"""Load average that starting this program may come up to by itself."""
IMAGES = "images/benchmarks_{}.png"

INTRODUCTION = (
    "This page is written by `make bench` from `benchmarks/results.json`, and never by hand. Each "
    "number is measured beside its peer in the same run: in every round all contestants take "
    "turns, after one turn that is not counted, a ratio is taken inside a round, and what is told "
    "is the median over rounds with the least and the greatest. A ratio of 10 *times* says that "
    "the peer takes ten times as long for the same work. Contestants have the same threads and the "
    "same dtype unless a section says otherwise. [Scale](scale.md) plans larger studies with these "
    "numbers."
)
COMMANDS = """\
```bash
make bench RAW=FOLDER                 # all of them
make bench RAW=FOLDER ONLY=alignment  # one again; the others stay as they were measured
```"""
RAW = (
    "`FOLDER` holds `flores101/devtest`, `belebele` and `mmlu` as they are released. Without it "
    "the shipped sentences are read, and the scoring of options is left out."
)


def render_page(results: Results) -> str:
    """Write the page of benchmarks."""
    found = results.benchmarks
    head = ["# Benchmarks", *warn_of_quick(found), introduce(found), COMMANDS, fill(RAW)]
    if not found:
        return "\n\n".join([*head, "Nothing has been measured yet."]) + "\n"
    parts = [
        *head,
        "## Aims",
        render_aims(list(found.values())),
        "## Growth",
        render_growth(list(found.values())),
        "## The machine",
        render_machines(found),
        *(render_result(name, result) for name, result in found.items()),
        "## What is not measured",
        render_gaps(found),
    ]
    return "\n\n".join(parts) + "\n"


def introduce(found: Mapping[str, Result]) -> str:
    """Say how the page is made, and how busy the machine was before."""
    machines = [result.machine for result in found.values() if result.machine is not None]
    return fill(f"{INTRODUCTION}{describe_load(machines)}")


def describe_load(machines: Sequence[Machine]) -> str:
    """Say in sentences how busy the machine was when runs began; nothing of no machines."""
    if not machines:
        return ""
    low, high = (f"{end([one.load for one in machines]):.2f}" for end in (min, max))
    cores = sorted({one.description.get(CORES, "unknown") for one in machines})
    text = (
        f" When {'the run' if low == high else 'runs'} began, the load average of the last minute "
        f"was {low if low == high else f'{low} to {high}'} (cores: {', '.join(cores)})."
    )
    if max(one.load for one in machines) <= IDLE:
        return text
    return text + (
        " So other work ran then, or had just ended. The load is read once, before the first "
        "benchmark of a run: whose it was, and whether it went on beside the measurement, is not "
        "recorded. If it did, times and rates suffered more than what is compared inside a round."
    )


def warn_of_quick(found: Mapping[str, Result]) -> list[str]:
    """Say which benchmarks were run with --quick, a paragraph at most: they measure nothing."""
    quick = [result.title for result in found.values() if result.quick]
    if not quick:
        return []
    text = (
        f"**This page is no measurement: made with `--quick`** ({', '.join(quick)}). Sizes were "
        "tiny and rounds two at most, to try the program; ratios, exponents and plans from them "
        "say nothing."
    )
    return [fill(text)]


def render_aims(found: Sequence[Result]) -> str:
    """List the aims, those that are missed first."""
    aimed = [
        (result.title, measure)
        for result in found
        for measure in result.measures
        if measure.aim is not None
    ]
    if not aimed:
        return "None of these benchmarks has an aim."
    missed = [pair for pair in aimed if pair[1].missed]
    met = [pair for pair in aimed if not pair[1].missed]
    parts = [
        f"{len(missed)} of {len(aimed)} aims are missed. *Missed in the median* and *met in the "
        "median* say that single rounds lie on the other side."
    ]
    for heading, rows in (("### Missed", missed), ("### Met", met)):
        if rows:
            parts += [heading, _aim_table(rows)]
    return "\n\n".join(parts)


def _aim_table(rows: Sequence[tuple[str, Measure]]) -> str:
    return table(
        ("benchmark", "what", "against", "aim", "median", "least to greatest", ""),
        [
            (
                f"[{title}](#{title.lower().replace(' ', '-')})",
                measure.what,
                measure.against,
                write_aim(measure),
                write_value(measure.value.median, measure.unit),
                write_range(measure.value, measure.unit),
                write_verdict(measure),
            )
            for title, measure in rows
        ],
    )


def render_growth(found: Sequence[Result]) -> str:
    """List the growth exponents, measured and expected."""
    curves = [(result, curve) for result in found for curve in result.curves if curve.points]
    text = (
        "Time grows as a power of size; the exponent is the slope of log time on log size by least "
        "squares over the range of fit, below which fixed costs count. It is fitted in every "
        "round; the median is given with the least and the greatest. A median that lies more than "
        f"{AGREEMENT:g} outside of what is expected is called another exponent, and explained."
    )
    rows = [
        (
            curve.what,
            f"{write(curve.fitted()[0].x)} to {write(curve.fitted()[-1].x)}",
            write_expected(curve),
            f"{spread(exponents(curve)).median:.2f}",
            f"{min(exponents(curve)):.2f} to {max(exponents(curve)):.2f}",
            str(len(curve.points[0].rounds)),
        )
        for _, curve in curves
    ]
    header = ("curve", "fitted over", "expected", "measured", "least to greatest", "rounds")
    return f"{fill(text)}\n\n{table(header, rows)}"


def write_expected(curve: Curve) -> str:
    """Write the exponent that is expected, or the range of it."""
    low, high = curve.expected
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def differs(curve: Curve) -> bool:
    """Say whether the measured exponent is another than the expected one."""
    measured = spread(exponents(curve)).median
    low, high = curve.expected
    return not low - AGREEMENT <= measured <= high + AGREEMENT


def render_machines(found: dict[str, Result]) -> str:
    """Describe the machines on which benchmarks ran: the first whole, others where they differ."""
    runs: list[tuple[Machine, list[Result]]] = []
    for result in found.values():
        if result.machine is None:
            continue
        known = next((run for run in runs if run[0] == result.machine), None)
        if known is None:
            runs.append((result.machine, [result]))
        else:
            known[1].append(result)
    parts: list[str] = []
    for machine, results in runs:
        names = ", ".join(result.title for result in results)
        minutes = sum(result.minutes for result in results)
        text = (
            f"{names}: measured on {results[0].day}, in {minutes:.1f} minutes, after a load "
            f"average of {machine.load:.2f}"
        )
        first = runs[0][0].description if parts else {}
        rows = [row for row in machine.description.items() if first.get(row[0]) != row[1]]
        if parts:
            text += f", on the machine of {runs[0][1][0].title.lower()} but for this"
        parts += [fill(f"{text}."), table(("", ""), rows)]
    return "\n\n".join(parts)


def render_result(name: str, result: Result) -> str:
    """Write the section of one benchmark."""
    parts = [f"## {result.title}", fill(result.method)]
    if result.measures:
        parts.append(_measure_table(result.measures))
    if result.curves:
        titles = " and ".join(curve.what for curve in result.curves)
        parts.append(f"![Growth: {titles}]({IMAGES.format(name)})")
        parts.append("\n".join(render_curve(curve) for curve in result.curves))
    parts.append(f"Command: `python -m benchmarks {name}`, {result.minutes:.1f} minutes.")
    return "\n\n".join(parts)


def _measure_table(measures: Sequence[Measure]) -> str:
    return table(
        ("what", "against", "median", "least to greatest", "rounds", "aim", "remarks"),
        [
            (
                measure.what,
                measure.against,
                write_value(measure.value.median, measure.unit),
                write_range(measure.value, measure.unit),
                str(measure.rounds),
                write_aim(measure) + (f", {write_verdict(measure)}" if measure.verdict else ""),
                measure.note,
            )
            for measure in measures
        ],
    )


def render_curve(curve: Curve) -> str:
    """Say of a curve what was expected and what was found."""
    measured = spread(exponents(curve))
    ends = curve.fitted()
    text = (
        f"{curve.what}: expected {write_expected(curve)} ({curve.why}). Measured "
        f"{measured.median:.2f} ({measured.low:.2f} to {measured.high:.2f}) from "
        f"{write(ends[0].x)} to {write(ends[-1].x)}."
    )
    for point in curve.points:
        if point.x > curve.last:
            times = spread(point.rounds).median / fitted_seconds(curve, point.x)
            text += f" At {write(point.x)} it takes {times:.2f} times what the line says."
    if differs(curve):
        text += f" That is another exponent than expected. {explain(curve)}"
    return textwrap.fill(f"- {text[0].upper()}{text[1:]}", WIDTH, subsequent_indent="  ")


def explain(curve: Curve) -> str:
    """Say how well a fixed cost beside the expected growth would explain the points of the fit."""
    measured = spread(exponents(curve)).median
    power = min(curve.expected, key=lambda exponent: abs(exponent - measured))
    x = np.array([point.x for point in curve.fitted()])
    seconds = np.array([spread(point.rounds).median for point in curve.fitted()])
    # Relative errors count: each row is divided by its own seconds.
    terms = np.column_stack([np.ones_like(x), x**power])
    factors, *_ = np.linalg.lstsq(terms / seconds[:, None], np.ones_like(x))
    fixed = factors[0]
    error = np.abs(terms @ factors / seconds - 1).max()
    return (
        f"A fixed cost beside growth with {power:g} fits within {error:.0%}: it would be "
        f"{fixed / seconds[0]:.0%} of the time at {write(x[0])} and {fixed / seconds[-1]:.0%} at "
        f"{write(x[-1])}."
    )


def render_gaps(found: dict[str, Result]) -> str:
    """Say what these numbers do not cover."""
    on_gpu = any("share_of_peak_gpu" in result.facts for result in found.values())
    left_out = [name for name in ("option_scoring",) if name not in found]
    gaps = [
        *(f"`{name}`: it needs `RAW`, and has not run." for name in left_out),
        "A GPU: none was at hand. `make bench` measures representation on one where torch finds "
        "it, as a share of the products of 8192 x 8192 that it measures there."
        if not on_gpu
        else "Other GPUs than the one above, several GPUs, and anything but representation on one.",
        "More than the cores above, several machines, network and object stores.",
        "Models larger than Gemma 3 270M: a larger model is closer to the peak, since its products "
        "are larger and the rest of a pass is not.",
        "Time to load models, to start Python, and to import libraries.",
        "Peers in settings other than those named; each is used as its documentation shows.",
    ]
    return "\n".join(fill(f"- {gap}", indent="  ") for gap in gaps)


def fill(text: str, indent: str = "") -> str:
    """Break a paragraph into lines."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
