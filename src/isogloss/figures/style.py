"""The look that all figures share: sizes, colours, axes, titles and captions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
SHADE = "#f2efe4"
"""Ground behind rows that stand out."""

# Okabe and Ito (2008), without yellow, which vanishes on white.
SERIES_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#333333")
SERIES_DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (3, 1.2)), (0, (6, 1.5, 1, 1.5)))
SERIES_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DOTTED: tuple[float, tuple[float, ...]] = (0, (1, 1.2))

LEVEL_COLOUR = "#555555"
LEVEL_GID = "level"
"""Group id of floors and chance levels, by which they can be found."""
LEVEL_STYLE: dict[str, Any] = {
    "gid": LEVEL_GID,
    "linewidth": 1.5,
    "linestyle": DOTTED,
    # Above the curves, of which many run along their floor.
    "zorder": 4.5,
}

MESSAGE = "message"
"""Group id of what is said in a panel in which nothing is drawn."""
CAPTION = "caption"
"""Group id of the caption, by which it can be found in an SVG."""
_CAPTION_CHARACTERS_PER_INCH = 15.8


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
    figure = new_canvas(height)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    for ax in axes.flat:
        style_axes(ax)
    return figure, axes


def new_canvas(height: float) -> Figure:
    """Make an empty figure of the standard width.

    Args:
        height: in inches.
    """
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_facecolor("white")
    # It keeps one renderer, by which labels are measured: without it each would have its own, which
    # is as large as the bitmap.
    FigureCanvasAgg(figure)
    return figure


def settle(figure: Figure, rounds: int = 1) -> Figure:
    """Compute the layout, once and for all.

    Labels that depend on where the axes lie can be added afterwards. Otherwise every drawing would
    compute the layout again, and a figure is drawn once for each file format.

    Args:
        figure: the figure.
        rounds: more than one where axes keep their aspect: where they lie then follows from the
            layout that it changes.

    Returns:
        The figure.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        for _ in range(rounds):
            engine.execute(figure)
        # Not "none", which leaves an engine that does nothing: with any, each file is drawn twice.
        with rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)
    return figure


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
    caption = figure.supxlabel(
        textwrap.fill(text, width, break_on_hyphens=False),
        x=0.012,
        ha="left",
        fontsize=CAPTION_SIZE,
        color=MUTED,
        linespacing=1.35,
    )
    caption.set_gid(CAPTION)


def add_to_caption(figure: Figure, caption: Sequence[str], note: str) -> None:
    """Write one sentence more than a caption had, and settle the figure again."""
    figure.set_layout_engine("constrained")
    set_caption(figure, [*caption, note])
    settle(figure)


def span_scores(limits: tuple[float, float] | None, drawn: Iterable[float]) -> tuple[float, float]:
    """Give the range that holds all scores and, at the least, the natural range of their metric.

    Args:
        limits: of `Metric`; None leaves the range to the data.
        drawn: scores and bounds of intervals; those that are not finite do not count.
    """
    known = [float(value) for value in drawn if np.isfinite(value)] + list(limits or ())
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    return low, high if high > low else low + 1


def set_score_limits(
    ax: Axes, limits: tuple[float, float] | None, *, cut: bool = False
) -> float | None:
    """Show the natural range of a score and whatever lies outside it.

    Args:
        ax: the axes, with everything drawn, in those too that share its vertical axis.
        limits: of `Metric`; None leaves the range to the data.
        cut: end the axis lower where everything lies in the lower half of the range.

    Returns:
        Where the axis was cut; None if it shows the whole range.
    """
    if limits is None:
        return None
    shared = ax.get_shared_y_axes().get_siblings(ax)
    drawn = [bound for own in shared for bound in (own.dataLim.y0, own.dataLim.y1)]
    low, high = span_scores(limits, drawn)
    known = [bound for bound in drawn if np.isfinite(bound)]
    end = _cut(max(known), limits) if cut and known else None
    high = high if end is None else end
    margin = 0.02 * (high - low)
    ax.set_ylim(low - margin, high + margin)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    return end


def _cut(highest: float, limits: tuple[float, float]) -> float | None:
    low, span = limits[0], limits[1] - limits[0]
    steps = (low + share * span for share in (0.1, 0.2, 0.3, 0.4, 0.6))
    return next((end for end in steps if highest + 0.02 * span <= end), None)


def draw_chance(ax: Axes, level: float, colour: str = LEVEL_COLOUR) -> None:
    """Draw a dotted horizontal line at the level of chance; it is named in legend and caption.

    Args:
        ax: the axes.
        level: of chance; nothing is drawn for NaN.
        colour: of the line.
    """
    if np.isfinite(level):
        ax.axhline(level, color=colour, **LEVEL_STYLE)


def chance_key(label: str = "chance") -> Line2D:
    """Make the entry of a legend for the level of chance."""
    return Line2D([], [], color=LEVEL_COLOUR, **LEVEL_STYLE, label=label)


def draw_legend(row: Sequence[Axes], keys: Sequence[Line2D], columns: int) -> None:
    """Use a low row of axes for one legend of the whole figure, from its left end.

    Args:
        row: axes that hold nothing else.
        keys: entries with their labels.
        columns: of entries, at most.
    """
    for place in row:
        place.set_axis_off()
    row[0].legend(
        handles=list(keys),
        loc="upper left",
        bbox_to_anchor=(0, 0, 1, 1),
        borderaxespad=0,
        borderpad=0,
        ncols=min(len(keys), columns),
        frameon=False,
        fontsize=TEXT_SIZE,
        handlelength=2.6,
    ).set_in_layout(False)


def series_style(place: int, points: int) -> dict[str, Any]:
    """Give colour, dash and marker of a line; few markers, so that the line stays visible.

    Args:
        place: of the line among the lines.
        points: of the line.
    """
    colours = len(SERIES_COLOURS)
    return {
        "color": SERIES_COLOURS[place % colours],
        "linestyle": SERIES_DASHES[place // colours % len(SERIES_DASHES)],
        "linewidth": 1.8,
        "marker": SERIES_MARKERS[place % len(SERIES_MARKERS)],
        "markersize": 4,
        "markevery": max(1, points // 20),
    }


def draw_message(ax: Axes, text: str, width: int = 46) -> None:
    """Say in an otherwise empty panel why nothing is drawn, in lines of so many characters."""
    ax.set_axis_off()
    ax.text(
        0.5,
        0.5,
        textwrap.fill(text, width),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=TEXT_SIZE,
        color=MUTED,
        gid=MESSAGE,
    )
