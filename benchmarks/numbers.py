"""How numbers are written on the pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from benchmarks.results import Measure, Spread

SMALLEST_WHOLE = 100
SMALLEST_ROUGH = 10
FINE = 0.1


def write(value: float) -> str:
    """Write a number with three significant digits, or a whole one as it is."""
    if not math.isfinite(value) or value == round(value) or abs(value) >= SMALLEST_WHOLE:
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def write_rough(value: float) -> str:
    """Write a number with two significant digits: what rests on an assumption knows no third."""
    rounded = float(f"{value:.1e}")
    if not math.isfinite(rounded) or rounded == 0 or abs(rounded) >= SMALLEST_ROUGH:
        return f"{rounded:,.0f}"
    return f"{rounded:.{max(0, 1 - math.floor(math.log10(abs(rounded))))}f}"


def write_value(value: float, unit: str) -> str:
    """Write a number with its unit: `12.3 times`, `67 %`, `1.25 GiB`."""
    return write_share(value) if unit == "share" else f"{write(value)} {unit}"


def write_share(value: float) -> str:
    """Write a share of 0 to 1 as percent, with a decimal below ten."""
    return f"{100 * value:.{0 if value == 0 or value >= FINE else 1}f} %"


def write_count(count: int, thing: str) -> str:
    """Write how many there are of a thing: `1 thread`, `2 threads`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def write_range(value: Spread, unit: str) -> str:
    """Write least and greatest: `11.9 to 13.0`."""
    if value.low == value.high:
        return ""
    if unit == "share":
        return f"{100 * value.low:.0f} to {100 * value.high:.0f} %"
    return f"{write(value.low)} to {write(value.high)}"


def write_aim(measure: Measure) -> str:
    """Write the aim of a measure: `at least 5`; nothing if there is none."""
    if measure.aim is None:
        return ""
    bound = "at most" if measure.at_most else "at least"
    return f"{bound} {write_value(measure.aim, measure.unit).removesuffix(' times')}"


def write_verdict(measure: Measure) -> str:
    """Write whether an aim is met, and whether it is where only what can have an effect counts."""
    rest = measure.of_part
    if rest is None:
        return measure.verdict
    value = write_value(rest.value.median, rest.unit)
    return f"{measure.verdict}; counting only what can have an effect {value}, {rest.verdict}"


def write_bytes(value: float) -> str:
    """Write an amount of bytes in the unit that suits it, by thousands."""
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{write(value / size)} {unit}"
    return f"{value:.0f} bytes"


def write_time(seconds: float, number: Callable[[float], str] = write) -> str:
    """Write a length of time in the unit that suits it.

    Args:
        seconds: how long.
        number: writes the number.
    """
    for unit, size in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds)} seconds"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)
