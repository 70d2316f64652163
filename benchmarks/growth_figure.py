"""The figure of a benchmark's curves: measured points, the fitted line and the expected slope."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.measurement import exponents, fitted_seconds, spread
from benchmarks.numbers import write
from benchmarks.results import Curve
from isogloss.figures.style import (
    CHANCE,
    DOTS_PER_INCH,
    INK,
    LABEL_SIZE,
    MUTED,
    SERIES_COLOURS,
    TEXT_SIZE,
    WIDTH,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 4.4
BELOW, ABOVE = 2.0, 3.0
"""How much of the axis is left free below and above what was measured."""
DIGITS = 62
"""How many of them stand side by side between the first place and the last."""
CAPTION = (
    "Both axes are logarithmic, so that a power of size is a straight line and its exponent the "
    "slope",
    "Dots are medians over rounds, their bars the least and the greatest. Filled dots are fitted, "
    "hollow ones lie outside the range of fit",
)


def draw_growth(title: str, curves: Sequence[Curve]) -> Figure:
    """Draw curves side by side.

    Args:
        title: of the benchmark.
        curves: with points.
    """
    figure, axes = new_figure(HEIGHT, 1, max(2, len(curves)))
    for ax, curve in zip(axes.flat, curves, strict=False):
        draw_curve(ax, curve)
    for ax in list(axes.flat)[len(curves) :]:
        ax.set_axis_off()
    set_title(figure, f"{title}: how time grows with size")
    rounds = {len(curve.points[0].rounds) for curve in curves}
    set_caption(figure, [*CAPTION, f"{' and '.join(map(str, sorted(rounds)))} rounds"])
    return settle(figure)


def draw_curve(ax: Axes, curve: Curve) -> None:
    """Draw one curve on logarithmic axes."""
    style_axes(ax, grid="both")
    ax.set_xscale("log")
    ax.set_yscale("log")
    _draw_points(ax, curve)
    fitted = curve.fitted()
    ends = [fitted[0].x, fitted[-1].x]
    heights = [fitted_seconds(curve, x) for x in ends]
    measured = spread(exponents(curve))
    ax.plot(
        ends, heights, color=SERIES_COLOURS[0], linewidth=1.6, zorder=2,
        label=f"measured: {measured.median:.2f} ({measured.low:.2f} to {measured.high:.2f})",
    )  # fmt: skip
    middle_x, middle_y = (ends[0] * ends[1]) ** 0.5, (heights[0] * heights[1]) ** 0.5
    for place, slope in enumerate(dict.fromkeys(curve.expected)):
        ax.plot(
            ends, [middle_y * (x / middle_x) ** slope for x in ends],
            color=MUTED, linewidth=1.2, linestyle=((0, (4, 2)), (0, (1, 1.2)))[place], zorder=1.5,
            label=f"expected: {slope:g}",
        )  # fmt: skip
    _label_axes(ax, curve)


def _draw_points(ax: Axes, curve: Curve) -> None:
    fitted = curve.fitted()
    for point in curve.points:
        value = spread(point.rounds)
        reach = [[value.median - value.low], [value.high - value.median]]
        inside = point in fitted
        ax.errorbar(
            [point.x], [value.median], yerr=reach, fmt="o", markersize=5, capsize=2,
            color=SERIES_COLOURS[0], ecolor=CHANCE, elinewidth=1.0, zorder=3,
            markerfacecolor=SERIES_COLOURS[0] if inside else "white",
        )  # fmt: skip


def _label_axes(ax: Axes, curve: Curve) -> None:
    places = [point.x for point in curve.points]
    values = [value for point in curve.points for value in point.rounds]
    ax.set_xlim(places[0] / 1.3, places[-1] * 1.3)
    ax.set_ylim(min(values) / BELOW, max(values) * ABOVE)
    shown = labelled(places)
    ax.set_xticks(places, [write(x) if x in shown else "" for x in places])
    ax.xaxis.set_minor_formatter(NullFormatter())
    # Less than two decades need more than the powers of ten.
    steps = (1.0, 2.0, 5.0) if max(values) < 100 * min(values) else (1.0,)
    ax.yaxis.set_major_locator(LogLocator(subs=steps))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(which="minor", length=0)
    set_panel_title(ax, curve.what)
    ax.set_xlabel(curve.variable, fontsize=TEXT_SIZE, color=INK)
    ax.set_ylabel(f"time ({curve.unit})", fontsize=TEXT_SIZE, color=INK)
    ax.legend(loc="upper left", fontsize=LABEL_SIZE, frameon=False, handlelength=2.6)


def labelled(places: Sequence[float]) -> list[float]:
    """Choose the places whose numbers do not touch: the first, and those that leave it room."""
    digits_a_step = DIGITS / math.log(places[-1] / places[0])
    chosen = [places[0]]
    for x in places[1:]:
        needed = (len(write(x)) + len(write(chosen[-1]))) / 2 + 1
        if math.log(x / chosen[-1]) * digits_a_step >= needed:
            chosen.append(x)
    return chosen


def save_growth(title: str, curves: Sequence[Curve], file: Path) -> None:
    """Draw curves and save the figure as PNG, without the date at which it was made."""
    figure = draw_growth(title, curves)
    figure.savefig(file, dpi=DOTS_PER_INCH * 10 / WIDTH / 1.5, metadata={"Software": None})
