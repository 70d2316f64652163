"""The look that all figures share: sizes, colours, axes, titles and captions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

WIDTH = 10.0
"""Inches. Shown 1000 pixels wide, a point is 1.4 pixels: 7.5 pt is the smallest readable text."""
DOTS_PER_INCH = 150

TITLE_SIZE = 12.5
PANEL_SIZE = 10.0
TEXT_SIZE = 9.0
LABEL_SIZE = 8.0
CAPTION_SIZE = 8.0

INK = "#222222"
MUTED = "#5f5f5f"
FAINT = "#dddddd"
CHANCE = "#8c8c8c"

# Okabe and Ito (2008), without yellow, which vanishes on white.
SERIES_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#333333")
SERIES_DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (3, 1.2)), (0, (6, 1.5, 1, 1.5)))
SERIES_MARKERS = ("o", "s", "^", "D", "v", "P", "X")

POOLING_LABELS = {
    "mean": "mean of tokens",
    "last": "last token",
    "weighted": "position-weighted mean",
}
POOLING_ORDER = ("mean", "weighted", "last")

_CAPTION_CHARACTERS_PER_INCH = 15.4


def new_figure(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure of the standard width with styled axes.

    Args:
        height: in inches.
        rows: of axes.
        columns: of axes.
        **options: for `Figure.subplots` (`sharex`, `sharey`, `width_ratios`, ...).

    Returns:
        The figure and an object array of axes of shape [rows, columns].
    """
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_facecolor("white")
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    for ax in axes.flat:
        style_axes(ax)
    return figure, axes


def style_axes(ax: Axes, grid: str = "y") -> None:
    """Give axes the common look: two spines, small ticks and a light grid.

    Args:
        ax: the axes.
        grid: "x", "y", "both" or "" for the direction of the grid lines.
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(CHANCE)
    ax.tick_params(labelsize=LABEL_SIZE, color=CHANCE, labelcolor=INK, length=3)
    ax.grid(visible=False)
    if grid in ("x", "both"):
        ax.grid(visible=True, axis="x", color=FAINT, linewidth=0.6)
    if grid in ("y", "both"):
        ax.grid(visible=True, axis="y", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def style_layer_axis(ax: Axes, last_layer: int, label: str = "layer (0 = embeddings)") -> None:
    """Prepare an x axis of layers: whole numbers, from the embeddings to the last layer."""
    margin = max(0.25, 0.015 * last_layer)
    ax.set_xlim(-margin, last_layer + margin)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
    if last_layer == 0:
        ax.set_xticks([0])
    ax.set_xlabel(label, fontsize=TEXT_SIZE, color=INK)


def set_panel_title(ax: Axes, text: str) -> None:
    """Write a small heading above the left end of a panel."""
    ax.set_title(text, loc="left", fontsize=PANEL_SIZE, color=INK, fontweight="bold")


def set_title(figure: Figure, text: str, width: int = 94) -> None:
    """Write the title of the figure at its top left."""
    figure.suptitle(
        textwrap.fill(text, width),
        x=0.012,
        ha="left",
        fontsize=TITLE_SIZE,
        fontweight="bold",
        color=INK,
    )


def set_caption(figure: Figure, sentences: Sequence[str]) -> None:
    """Write what n is, what the band is and how to read the figure below it, wrapped.

    Args:
        figure: the figure.
        sentences: without final stops are completed; empty ones are left out.
    """
    found = [sentence.rstrip(".") for sentence in sentences if sentence]
    # The number of sentences is n even where a sentence begins with it.
    starts = [one[0] if one.startswith("n = ") else one[0].upper() for one in found]
    text = " ".join(f"{start}{rest[1:]}." for start, rest in zip(starts, found, strict=True))
    width = int(figure.get_figwidth() * _CAPTION_CHARACTERS_PER_INCH)
    figure.supxlabel(
        textwrap.fill(text, width),
        x=0.012,
        ha="left",
        fontsize=CAPTION_SIZE,
        color=MUTED,
        linespacing=1.35,
    )


def format_score(value: float, digits: int = 2) -> str:
    """Write a score for a person: `.83`, `1.00`, `-.05`; `–` if it is missing.

    Args:
        value: the score.
        digits: after the point.
    """
    if not np.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def format_interval(low: float, high: float, digits: int = 2) -> str:
    """Write an interval for a person: `[.71, .90]`; nothing if a bound is missing."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return ""
    return f"[{format_score(low, digits)}, {format_score(high, digits)}]"


def format_chance(value: float) -> str:
    """Write a chance level with two significant digits: `.5`, `.008`, `.05`."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.1g}".replace("0.", ".", 1) if value < 1 else f"{value:g}"


def format_range(values: Sequence[int]) -> str:
    """Write whole numbers that should all be equal: `60`, or `60 to 100` if they are not."""
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def set_score_limits(ax: Axes, limits: tuple[float, float] | None) -> None:
    """Show the natural range of a score and whatever lies outside it.

    Args:
        ax: the axes, with everything drawn.
        limits: of `Metric`; None leaves the range to the data.
    """
    if limits is None:
        return
    data = ax.dataLim
    low = min(limits[0], data.y0 if np.isfinite(data.y0) else limits[0])
    high = max(limits[1], data.y1 if np.isfinite(data.y1) else limits[1])
    margin = 0.02 * (high - low)
    ax.set_ylim(low - margin, high + margin)


def name_layers(first: int, last: int) -> str:
    """Name a range of layers: `layers 1 to 17`, or `layer 0`."""
    return f"layer {first}" if first == last else f"layers {first} to {last}"


def count_pairs(counts: Sequence[int]) -> str:
    """Count language pairs in words: `136 language pairs`."""
    return f"{format_range(counts)} language pair{'' if max(counts) == 1 else 's'}"


def draw_chance(ax: Axes, level: float, label: str = "chance") -> None:
    """Draw a dotted horizontal line at the level of chance, named at its left end.

    Args:
        ax: the axes, with its limits set.
        level: of chance; nothing is drawn for NaN.
        label: what to call it.
    """
    if not np.isfinite(level):
        return
    ax.axhline(level, color=CHANCE, linewidth=1.1, linestyle=(0, (1, 1.5)), zorder=1.5)
    low, high = ax.get_ylim()
    below = low < high and level - low > 0.1 * (high - low)
    ax.annotate(
        f"{label} {format_chance(level)}",
        (0.012, level),
        xycoords=("axes fraction", "data"),
        xytext=(0, -3 if below else 2.5),
        textcoords="offset points",
        va="top" if below else "bottom",
        fontsize=LABEL_SIZE - 0.5,
        color=MUTED,
        zorder=5,
    )


def draw_message(ax: Axes, text: str) -> None:
    """Say in an otherwise empty panel why nothing is drawn."""
    ax.set_axis_off()
    ax.text(
        0.5,
        0.5,
        textwrap.fill(text, 46),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=TEXT_SIZE,
        color=MUTED,
    )


def order_poolings(present: Sequence[str]) -> list[str]:
    """Put poolings in the order of all figures; unknown ones last, by name."""
    known = [pooling for pooling in POOLING_ORDER if pooling in set(present)]
    return known + sorted(set(present) - set(known))


def pooling_label(pooling: str) -> str:
    """Name a pooling in words."""
    return POOLING_LABELS.get(pooling, pooling)
