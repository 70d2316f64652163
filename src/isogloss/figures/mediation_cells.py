"""Cells of maps of mediation: their colours, the marks of what is told from 0, and what is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import Normalize

from isogloss.figures.culture_cells import TWO_SIDED, draw_grid, draw_missing
from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import (
    EFFECTS,
    LEVEL,
    OUTCOMES,
    count_rows,
    describe_total,
    gate_remark,
    is_open,
)
from isogloss.figures.style import TEXT_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

_LEAST = 0.1
"""End of the colour scale at the least, nats or items, so that noise is not blown up."""
_TICKS = 7
_MEDIATED = ("noising", "denoising")


@dataclass(frozen=True)
class Shown:
    """What colours stand for.

    Attributes:
        column: of the summary: `ratio` through an open gate, else `mean`.
        end: of the scale on either side.
        name: of the scale.
    """

    column: str
    end: float
    name: str

    @classmethod
    def of(cls, rows: pd.DataFrame, cells: pd.DataFrame, effect: str) -> Shown:
        """Choose it for some cells; of shares the end is 1, unless one is larger.

        Args:
            rows: of the view.
            cells: those of them that are drawn.
            effect: that they show.
        """
        share = is_open(rows) and effect in _MEDIATED
        column = "ratio" if share else "mean"
        largest = float(np.nanmax(np.abs(cells[column].to_numpy(np.float64)), initial=0))
        total = abs(float(rows.loc[rows["effect"] == "total", "mean"].iloc[0]))
        end = max(1.0, largest) if share else max(largest, total, _LEAST)
        outcome = OUTCOMES[str(rows["outcome"].iloc[0])]
        note = "share of the total effect" if share else f"effect on the {outcome}"
        return cls(column, end, f"{note}; {EFFECTS[effect]}")


def draw_cells(
    ax: Axes, cells: pd.DataFrame, by: str, lines: Sequence[str] | Sequence[int], shown: Shown
) -> Any:
    """Draw one panel over the layers, with a dot where a cell differs from 0.

    Args:
        ax: the axes.
        cells: of one component.
        by: column of the lines.
        lines: from the top down.
        shown: what colours stand for.

    Returns:
        the image.
    """
    values = _lay_out(cells, by, lines, shown.column)
    told = _lay_out(cells, by, lines, "p_adjusted") <= LEVEL
    layers = sorted({int(layer) for layer in cells["layer"]})
    image = draw_grid(ax, values, Normalize(-shown.end, shown.end), TWO_SIDED, told, size=0)
    draw_missing(ax, np.isnan(values))
    places = range(len(layers))[:: -max(1, round(len(layers) / _TICKS))][::-1]
    ax.set_xticks(places, [str(layers[place]) for place in places])
    ax.set_xlabel("layer", fontsize=TEXT_SIZE)
    return image


def _lay_out(
    cells: pd.DataFrame, by: str, lines: Sequence[str] | Sequence[int], column: str
) -> np.ndarray:
    """Lay a column out as float64 [lines, layers that there are]; NaN where there is no row."""
    wide = cells.pivot(index=by, columns="layer", values=column)
    return wide.reindex(index=list(lines)).to_numpy(np.float64)


def explain_cells(rows: pd.DataFrame, cells: pd.DataFrame, effect: str) -> list[str]:
    """Say how large the total effect is, what dots mean, and how many cells are like null pairs.

    Args:
        rows: of the view.
        cells: those of them that are drawn.
        effect: that they show.
    """
    least = 2.0 ** (1 - int(cells["n_categories"].max()))
    told = int((cells["p_adjusted"] <= LEVEL).sum())
    tested = int(cells["p_adjusted"].notna().sum())
    few = "or no total effect in the pairs that have the role" if is_open(rows) else ""
    return [
        f"{describe_total(rows)} ({interval_name(rows)} over categories), {count_rows(rows)}"
        + gate_remark(rows),
        f"Dots: {told} of {tested} cells differ from 0 (p ≤ {LEVEL:g}, max-T over all cells, signs "
        f"of whole categories turned; smallest p there can be {least:.1g})"
        if tested
        else "No test: too few categories, or effects that are never negative",
        _say_within(cells) if effect in _MEDIATED else "",
        "Grey: fewer than eight categories" + (f", {few}" if few else ""),
    ]


def _say_within(cells: pd.DataFrame) -> str:
    band = cells["null_band"].dropna() if "null_band" in cells else cells["p"][:0]
    if band.empty:
        return ""
    null = "reorderings" if "reordering" in set(cells.get("null_kind", ())) else "null swaps"
    within = int((cells.loc[band.index, "mean"].abs() <= band).sum())
    return f"{within} of {len(band)} lie within the band of {null}, which change words but no count"
