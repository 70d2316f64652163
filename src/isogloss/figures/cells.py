"""Cells of a heat map, the codes of its rows and columns, and brackets of families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.transforms import ScaledTranslation

from isogloss.figures.families import LanguageGuide, family_colour, readable, runs
from isogloss.figures.formats import format_score
from isogloss.figures.labels import spread
from isogloss.figures.style import CHANCE, INK, LABEL_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.text import Annotation
    from numpy.typing import NDArray

FEW = 24
"""Up to so many codes are written in the size of other labels."""
ROW_GID, COLUMN_GID, FAMILY_GID = "row", "column", "family"
"""Group ids of the codes of rows and columns and of the names of families."""
_COLOURS = "YlGnBu"
_PRINTED = 20
"""Up to so many languages the values can be printed in readable figures."""
_ONE_COLUMN = 60
"""Beyond so many languages the codes beside the cells alternate between two columns."""


class Cells(NamedTuple):
    """What a heat map shows.

    Attributes:
        values: float64 [rows, columns]; NaN is blank.
        rows: codes from the top down.
        columns: codes from left to right.
        scale: of the colours.
    """

    values: NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]
    scale: Normalize


def draw_cells(ax: Axes, cells: Cells, guide: LanguageGuide) -> AxesImage:
    """Draw a heat map with the codes of its rows and columns, and values where there is room.

    Args:
        ax: the axes.
        cells: what to draw.
        guide: families of the codes, which colour them.
    """
    colours = colormaps[_COLOURS].with_extremes(bad="#f1f1f1")
    values = np.ma.masked_invalid(cells.values)
    image = ax.imshow(values, cmap=colours, norm=cells.scale, interpolation="nearest")
    ax.set_anchor("NW")
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    for place, code in enumerate(cells.rows):
        ax.annotate(
            code, (0, place), xycoords=("axes fraction", "data"),
            xytext=(-code_offset(place, cells.rows), 0), ha="right", va="center", gid=ROW_GID,
            **_code_style(code, cells.rows, guide),
        )  # fmt: skip
    for place, code in enumerate(cells.columns):
        ax.annotate(
            code, (place, 0), xycoords=("data", "axes fraction"),
            xytext=(0, -code_offset(place, cells.columns)), ha="center", va="top", rotation=90,
            gid=COLUMN_GID, **_code_style(code, cells.columns, guide),
        )  # fmt: skip
    if max(cells.values.shape) <= _PRINTED:
        _print_values(ax, cells.values, cells.scale)
    return image


def draw_scale(figure: Figure, ax: Axes, image: AxesImage, note: str) -> None:
    """Draw the colour scale above the left half of a panel, and what it is of to its right."""
    bar = ax.inset_axes((0.0, 1.03, 0.45, 0.022))
    figure.colorbar(image, cax=bar, orientation="horizontal")
    bar.tick_params(labelsize=LABEL_SIZE - 0.5, color=CHANCE, length=2, top=True, bottom=False)
    bar.tick_params(labeltop=True, labelbottom=False, pad=1)
    bar.spines[:].set_visible(False)
    bar.annotate(
        note, (1.08, 0.5), xycoords="axes fraction", fontsize=LABEL_SIZE, color=INK, va="center"
    )


def draw_brackets(
    figure: Figure, ax: Axes, families: Sequence[str], codes: Sequence[str]
) -> list[Annotation]:
    """Draw brackets of families to the left of the codes of the rows.

    Args:
        figure: of the axes.
        ax: the axes, with cells.
        families: of the rows, from the top down.
        codes: of the rows.

    Returns:
        The names of the families, for `separate_names`.
    """
    beside = ScaledTranslation(-_depth(codes) / 72, 0, figure.dpi_scale_trans)
    transform = ax.get_yaxis_transform() + beside
    names = []
    for family, first, last in runs(families):
        colour = family_colour(family)
        ends = (first - 0.4, last + 0.4)
        ax.plot((0, 0), ends, color=colour, linewidth=2.2, transform=transform, clip_on=False)
        names.append(
            ax.annotate(
                family, (0, (first + last) / 2), xycoords=transform, xytext=(-5, 0),
                textcoords="offset points", ha="right", va="center", annotation_clip=False,
                fontsize=LABEL_SIZE - 0.5, color=readable(colour), gid=FAMILY_GID,
            )
        )  # fmt: skip
    ax.set_ylim(len(families) - 0.5, -0.5)
    return names


def separate_names(ax: Axes, names: Sequence[Annotation], rows: int) -> None:
    """Move the names of families apart; needs the height of the axes, hence a settled layout."""
    ax.apply_aspect()
    points = ax.bbox.height / ax.figure.dpi * 72 / rows
    wanted = [float(name.xy[1]) for name in names]
    heights = spread(wanted, (LABEL_SIZE + 1) / points, -0.5, rows - 0.5)
    for name, old, new in zip(names, wanted, heights, strict=True):
        name.xyann = (-5, -(new - old) * points)


def code_font(count: int) -> float:
    """Give the size of the codes in points."""
    return LABEL_SIZE if count <= FEW else LABEL_SIZE - 1


def code_offset(place: int, order: Sequence[str]) -> float:
    """Give the distance of a code from the cells in points; in two columns where rows are low."""
    outer = len(order) > _ONE_COLUMN and place % 2 == 1
    return 3 + (_code_width(order) if outer else 0)


def _code_style(code: str, order: Sequence[str], guide: LanguageGuide) -> dict[str, Any]:
    return {
        "textcoords": "offset points",
        "fontsize": code_font(len(order)),
        "color": guide.text_colour(code),
    }


def _print_values(ax: Axes, matrix: NDArray[np.float64], scale: Normalize) -> None:
    size = min(7.5, 7.2 * 17 / max(*matrix.shape, 1))
    digits = 2 if np.nanmax(np.abs(matrix), initial=0) < 1.005 else 1
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            colour = "white" if scale(value) > 0.55 else "#333333"
            text = format_score(float(value), digits)
            # Four characters of the full size would fill their cell from edge to edge.
            own = size if len(text) < 4 else 0.82 * size
            cell = ax.text(column, row, text, fontsize=own, color=colour, ha="center", va="center")
            cell.set_in_layout(False)


def _depth(order: Sequence[str]) -> float:
    return 7 + _code_width(order) * (2 if len(order) > _ONE_COLUMN else 1)


def _code_width(order: Sequence[str]) -> float:
    return max(len(code) for code in order) * code_font(len(order)) * 0.75
