"""How well one model counts in lists of every length and count at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, TwoSlopeNorm

from isogloss.figures.counting_ways import list_ways, say_other_ways
from isogloss.figures.formats import format_range, format_score
from isogloss.figures.style import (
    LABEL_SIZE,
    TEXT_SIZE,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_axes,
)
from isogloss.figures.tables import model_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_LARGE = 12
"""Cells in a row from which numbers in them are smaller."""
_DARK = 0.55
_FAR = 10.0
"""Errors beyond it are as dark as it is."""


class _Panel(NamedTuple):
    """Mean of a value in every cell, and how it is coloured."""

    title: str
    values: pd.Series
    colours: str
    scale: Normalize
    digits: int


def draw_counting_grid(count_predictions: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Draw accuracy and mean error in lists of every count and length, all languages together.

    One way of asking is shown: the first of `list_ways`.

    Args:
        count_predictions: of one model.
        labels: model -> what to call it.
    """
    title = f"{model_label(count_predictions, labels)}: accuracy by count and length at once"
    ways = list_ways(count_predictions)
    rows = ways[0].rows(count_predictions)
    error = (rows["answer"] - rows["count"]).astype("Float64")
    hits = (error == 0).fillna(value=False).astype(float)
    panels = (
        _Panel("Accuracy", hits, "YlGnBu", Normalize(0, 1), 2),
        _Panel("Mean of answer − true count", error, "RdBu_r", _centre(error), 1),
    )
    counts, lengths = sorted(set(rows["count"])), sorted(set(rows["length"]))
    figure, axes = new_figure(1.45 + 0.36 * max(len(counts), 4), 1, len(panels))
    for ax, panel in zip(axes[0], panels, strict=True):
        means = rows.assign(shown=panel.values).pivot_table(
            values="shown", index="count", columns="length", aggfunc="mean", dropna=False
        )
        cells = means.reindex(index=counts, columns=lengths).to_numpy(np.float64)
        _draw_panel(ax, panel, cells, counts, lengths)
    axes[0][0].set_ylabel("members of the category", fontsize=TEXT_SIZE)
    set_title(figure, title)
    sizes = format_range(sorted(set(rows.groupby(["count", "length"]).size())))
    number = rows["language"].nunique()
    together = f", {number} languages together" if number > 1 else ""
    set_caption(
        figure,
        [
            f"n = {sizes} lists a cell{together}; so few lists tell little: intervals are in "
            "counting_scores, by count and by length",
            say_other_ways(ways),
            "Answers that hold no number count as wrong, and have no error",
        ],
    )
    return settle(figure)


def _centre(error: pd.Series) -> Normalize:
    """Scale errors with 0 in the middle; a few answers of hundreds do not make the others pale."""
    apart = np.abs(error.to_numpy(np.float64, na_value=np.nan))
    reach = min(float(np.nanmax(apart, initial=1.0)), _FAR)
    return TwoSlopeNorm(0, -reach, reach)


def _draw_panel(
    ax: Axes,
    panel: _Panel,
    cells: NDArray[np.float64],
    counts: Sequence[int],
    lengths: Sequence[int],
) -> None:
    style_axes(ax, grid="")
    set_panel_title(ax, panel.title)
    colours = colormaps[panel.colours].with_extremes(bad="#f1f1f1")
    ax.imshow(np.ma.masked_invalid(cells), cmap=colours, norm=panel.scale, aspect="auto")
    ax.spines[:].set_visible(False)
    ax.set_xticks(range(len(lengths)), [str(length) for length in lengths])
    ax.set_yticks(range(len(counts)), [str(count) for count in counts])
    ax.tick_params(labelsize=LABEL_SIZE, length=0)
    ax.set_xlabel("words in the list", fontsize=TEXT_SIZE)
    style: dict[str, Any] = {
        "fontsize": LABEL_SIZE if len(lengths) <= _LARGE else LABEL_SIZE - 1.5,
        "ha": "center",
        "va": "center",
    }
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            red, green, blue, _ = colours(panel.scale(value))
            light = 0.3 * red + 0.59 * green + 0.11 * blue > _DARK
            text = format_score(float(value), panel.digits)
            ax.text(column, row, text, color="#333333" if light else "white", **style)
