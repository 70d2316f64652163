"""Panels of accuracies: a block a locale, or a panel an approach where there are many locales."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from isogloss.figures.families import runs
from isogloss.figures.merging_names import MAJORITY, OWN, approach_styles
from isogloss.figures.rows import write_value
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    LEVEL_COLOUR,
    LEVEL_STYLE,
    TEXT_SIZE,
    chance_key,
    draw_legend,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from isogloss.figures.families import LanguageGuide

HATCH_GID = "unspelled"
"""Group id of the hatched ground behind locales that the encoder cannot spell."""
FIRST_GID = "first"
"""Group id of the ticks that repeat the first approach."""
_BLOCKS, _FEW = 6, 4
"""Locales above each other, where all approaches share a panel; so few need one column alone."""
_NAMES = 40
"""Locales beyond which rows are named by their codes."""
_LINE, _ROW, _LOW_ROW = 0.135, 0.19, 0.15
"""Inches: a line of an approach in a block, and a row of a locale with its name or its code."""
_LEGEND_COLUMNS, _LEGEND_LINE = 3, 0.19
_TITLE_WIDTH = 130
"""Characters that the titles of all panels of a row may have together in a line."""


@dataclass(frozen=True)
class ScoreGrid:
    """What is drawn.

    Attributes:
        scores: recipe -> locale -> its row, with accuracy, ci_low and ci_high.
        approaches: those shown, of `merging_names.list_approaches`.
        order: locales from the top down.
        unspelled: locale -> why the encoder cannot spell it.
        guide: names and families of the locales.
    """

    scores: Mapping[str, Mapping[str, Any]]
    approaches: pd.DataFrame
    order: Sequence[str]
    unspelled: dict[str, str]
    guide: LanguageGuide


def draw_blocks(grid: ScoreGrid) -> tuple[Figure, list[Axes]]:
    """Draw a block a locale with a line an approach, in columns that are read from the top down."""
    columns = -(-len(grid.order) // _BLOCKS) if len(grid.order) > _FEW else 1
    columns = max(columns, 2) if len(grid.order) > _FEW else 1
    deep = -(-len(grid.order) // columns)
    step = len(grid.approaches) + 1
    keys = _list_keys(grid, approaches=True)
    legend = _LEGEND_LINE * -(-len(keys) // _LEGEND_COLUMNS)
    height = max(_LINE * step * deep, 0.8)
    shape = {"sharex": "row", "height_ratios": [legend, height]}
    figure, axes = new_figure(1.6 + legend + height, 2, columns, **shape)
    draw_legend(axes[0], keys, _LEGEND_COLUMNS)
    for place, ax in enumerate(axes[1]):
        own = grid.order[place * deep : (place + 1) * deep]
        _style_rows(ax, (-1, step * deep - 1))
        tops = [step * (deep - row) - 2.0 for row in range(len(own))]
        _draw_blocks(ax, grid, dict(zip(own, tops, strict=True)))
        names = [_name_locale(grid, locale, "\n") for locale in own]
        _name_rows(ax, grid, own, names, [top - (step - 2) / 2 for top in tops])
    return figure, list(axes[1])


def draw_panels(grid: ScoreGrid) -> tuple[Figure, list[Axes]]:
    """Draw a panel an approach with a row a locale, in which ticks repeat the first approach."""
    count, shown = len(grid.order), list(grid.approaches.index)
    height = (_LOW_ROW if count > _NAMES else _ROW) * count + 0.5
    shape = {"sharex": "row", "height_ratios": [_LEGEND_LINE, height]}
    figure, axes = new_figure(1.8 + height, 2, len(shown), **shape)
    draw_legend(axes[0], _list_keys(grid, approaches=False), _LEGEND_COLUMNS)
    heights = {locale: float(count - 1 - row) for row, locale in enumerate(grid.order)}
    for ax, recipe in zip(axes[1], shown, strict=True):
        _style_rows(ax, (-0.7, count - 0.3))
        title = textwrap.fill(str(grid.approaches["label"][recipe]), _TITLE_WIDTH // len(shown))
        ax.set_title(title, loc="left", fontsize=LABEL_SIZE, color=INK, fontweight="bold")
        _draw_panel(ax, grid, recipe, heights)
        ax.set_yticks([])
    names = [
        _name_locale(grid, locale, " ") if count <= _NAMES else _name_code(grid, locale)
        for locale in grid.order
    ]
    _name_rows(axes[1, 0], grid, grid.order, names, list(heights.values()))
    return figure, list(axes[1])


def _draw_blocks(ax: Axes, grid: ScoreGrid, tops: Mapping[str, float]) -> None:
    """Draw blocks whose first lines have the given heights."""
    step = len(grid.approaches) + 1
    _draw_ground(ax, grid, {locale: (top + 1 - step, top + 1) for locale, top in tops.items()})
    for top in tops.values():
        ax.axhline(top + 1 - step, color=FAINT, linewidth=0.6, zorder=0)
    styles = approach_styles(grid.approaches)
    for place, recipe in enumerate(grid.approaches.index):
        heights = {locale: top - place for locale, top in tops.items()}
        _draw_scores(ax, grid, recipe, heights, styles[recipe])
        for locale, row in _present(grid, recipe, heights).items():
            bold = recipe == OWN
            write_value(ax, row.accuracy, row.ci_high, heights[locale], bold=bold)


def _draw_panel(ax: Axes, grid: ScoreGrid, recipe: str, heights: Mapping[str, float]) -> None:
    """Draw an approach, and a tick where the first approach is."""
    spans = {locale: (height - 0.5, height + 0.5) for locale, height in heights.items()}
    _draw_ground(ax, grid, spans)
    for _, _, last in runs([grid.guide.family(locale) for locale in heights]):
        ax.axhline(spans[grid.order[last]][0], color=FAINT, linewidth=0.6, zorder=0)
    first = str(grid.approaches.index[0])
    if recipe != first:
        repeated = _present(grid, first, heights)
        ax.plot(
            [row.accuracy for row in repeated.values()], [heights[one] for one in repeated],
            marker="|", markersize=7, color=INK, linestyle="none", alpha=0.55, gid=FIRST_GID,
            zorder=2.5,
        )  # fmt: skip
    _draw_scores(ax, grid, recipe, heights, approach_styles(grid.approaches)[recipe])


def _draw_ground(ax: Axes, grid: ScoreGrid, spans: Mapping[str, tuple[float, float]]) -> None:
    """Draw majority classes as levels, and hatches behind locales that cannot be spelled."""
    known = _present(grid, MAJORITY, spans)
    # A gap between locales: the level may differ.
    across = [x for row in known.values() for x in (row.accuracy, row.accuracy, np.nan)]
    up = [y for locale in known for y in (*spans[locale], np.nan)]
    ax.plot(across, up, color=LEVEL_COLOUR, **(LEVEL_STYLE | {"zorder": 1}))
    for locale, span in spans.items():
        if locale in grid.unspelled:
            ax.axhspan(*span, **_HATCH, gid=HATCH_GID)


def _draw_scores(
    ax: Axes, grid: ScoreGrid, recipe: str, heights: Mapping[str, float], style: dict[str, Any]
) -> None:
    rows = _present(grid, recipe, heights)
    up = [heights[locale] for locale in rows]
    lows, highs = [row.ci_low for row in rows.values()], [row.ci_high for row in rows.values()]
    ax.hlines(up, lows, highs, color=style["color"], linewidth=1.4, alpha=0.6)
    ax.plot(
        [row.accuracy for row in rows.values()], up, linestyle="none", markersize=4.5,
        markeredgewidth=1, label=recipe, zorder=3, **style,
    )  # fmt: skip


def _present(grid: ScoreGrid, recipe: str, locales: Iterable[str]) -> dict[str, Any]:
    """Give the rows of an approach for those of the locales that have one."""
    own = grid.scores.get(recipe, {})
    return {locale: own[locale] for locale in locales if locale in own}


def _style_rows(ax: Axes, limits: tuple[float, float]) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(*limits)
    ax.set_xlabel("accuracy", fontsize=TEXT_SIZE)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _name_rows(
    ax: Axes,
    grid: ScoreGrid,
    locales: Sequence[str],
    names: Sequence[str],
    heights: Sequence[float],
) -> None:
    ax.set_yticks(
        heights, names, fontsize=LABEL_SIZE + (0.5 if len(grid.order) <= _NAMES else -0.5)
    )
    for text, locale in zip(ax.get_yticklabels(), locales, strict=True):
        text.set_color(grid.guide.text_colour(locale))


def _name_locale(grid: ScoreGrid, locale: str, gap: str) -> str:
    name = grid.guide.short_name(locale)
    return f"{name}{gap}({grid.unspelled[locale]})" if locale in grid.unspelled else name


def _name_code(grid: ScoreGrid, locale: str) -> str:
    return f"{grid.unspelled[locale]} {locale}" if locale in grid.unspelled else locale


def _list_keys(grid: ScoreGrid, *, approaches: bool) -> list[Any]:
    """List the entries of the legend: approaches where they share a panel, level, tick, hatches."""
    keys: list[Any] = []
    if approaches:
        keys = [
            Line2D([], [], linewidth=1.4, markersize=5, label=grid.approaches["label"][recipe],
                   **style)
            for recipe, style in approach_styles(grid.approaches).items()
        ]  # fmt: skip
    elif len(grid.approaches) > 1:
        tick: dict[str, Any] = {"marker": "|", "markersize": 8, "linestyle": "none", "alpha": 0.55}
        label = f"{grid.approaches['label'].iloc[0]} again"
        keys = [Line2D([], [], color=INK, label=label, **tick)]
    if MAJORITY in grid.scores:
        keys.append(chance_key("most frequent class"))
    if set(grid.unspelled) & set(grid.order):
        keys.append(Patch(**_HATCH, label="not spelled by the encoder"))
    return keys


_HATCH: dict[str, Any] = {
    "facecolor": "#f7f7f7", "edgecolor": "#dedede", "hatch": "////", "linewidth": 0, "zorder": 0,
}  # fmt: skip
