"""Language by language heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize
from matplotlib.transforms import ScaledTranslation
from scipy.cluster.hierarchy import dendrogram

from isogloss.figures.clustering import Matrix, cluster, name_distance
from isogloss.figures.families import LanguageGuide, family_colour, guide_languages, readable, runs
from isogloss.figures.formats import (
    format_range,
    format_score,
    name_layers,
    pooling_label,
)
from isogloss.figures.labels import spread
from isogloss.figures.levels import MEANINGS, level_of
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
    CHANCE,
    INK,
    LABEL_SIZE,
    MUTED,
    draw_message,
    new_figure,
    set_caption,
    set_title,
    settle,
    span_scores,
)
from isogloss.figures.summaries import select_summary
from isogloss.figures.tables import average_samples, model_label, sentence_counts, square

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.text import Annotation

_COLOURS = "YlGnBu"
_SIDE_BY_SIDE = 24
"""Up to so many languages the panels stand side by side."""
_PRINTED = 20
"""Up to so many languages the values can be printed in readable figures."""
_ONE_COLUMN = 48
"""Beyond so many languages the codes beside the cells alternate between two columns."""


def draw_alignment_matrix(
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    pooling: str = "mean",
    metric: str = "auto",
    aggregation: str = "mean",
) -> Figure:
    """Draw the alignment of every language with every other, by family and by clustering.

    The second panel orders languages by average linkage on 1 − score and shows the tree; it is left
    out where pairs are missing or there are fewer than three languages. A message takes the place
    of the matrix where all pairs have one language in common.

    Args:
        summary: `{model}.alignment_summary`.
        languages: the table of languages.
        labels: model -> what to call it.
        pooling: the pooling to show; the first there is if it is absent.
        metric: name of the metric, or "auto".
        aggregation: of the layers, "mean" or "max".
    """
    rows, name, shown = select_summary(summary, pooling, metric, aggregation)
    heading = f"{model_label(rows, labels)}: alignment of every pair of languages"
    heading = f"{heading}, {pooling_label(shown)}"
    pairs = average_samples(rows, ("language_a", "language_b"))
    guide = guide_languages(languages, [*pairs["language_a"], *pairs["language_b"]])
    if pivot := _common_language(pairs):
        return _say_why_empty(heading, guide.name(pivot))
    by_family = guide.order(guide.names)
    matrix = square(pairs, by_family)
    tree = cluster(matrix)
    few = len(by_family) <= _SIDE_BY_SIDE
    figure, axes = _panels(len(by_family), 1 if tree is None else 2, few)
    scale = _scale(matrix, name)
    image = _draw_cells(axes[0], matrix, by_family, guide, scale)
    _draw_scale(figure, axes[0], image, metric_of(name).label)
    families = [guide.family(code) for code in by_family]
    names = _draw_brackets(figure, axes[0], families, _depth(by_family))
    if tree is not None:
        _draw_clustered(axes[1], matrix, by_family, tree, guide, scale)
    set_title(figure, heading)
    place = "" if tree is None else "right" if few else "below"
    distance = f"{place}: order by average linkage on {name_distance(matrix)}" if place else ""
    set_caption(figure, _caption(rows, name, aggregation, distance))
    settle(figure, rounds=3)
    _separate(axes[0], names, len(by_family))
    return figure


def _common_language(pairs: pd.DataFrame) -> str:
    """Find the language that is in every pair that has a score; empty if there is none."""
    known = pairs.dropna(subset=["score"])
    if len(known) < 2:
        return ""
    sides = zip(known["language_a"], known["language_b"], strict=True)
    common = set.intersection(*(set(own) for own in sides))
    return common.pop() if common else ""


def _say_why_empty(heading: str, pivot: str) -> Figure:
    figure, axes = new_figure(1.6)
    draw_message(
        axes[0, 0],
        f"No matrix: every pair that was measured has {pivot} in it, as alignment.mode=pivot "
        "measures them. The figure pivot_ranking shows these; alignment.mode=all_pairs measures "
        "the others.",
        width=92,
    )
    set_title(figure, heading)
    return settle(figure)


def _panels(count: int, panels: int, few: bool) -> tuple[Figure, list[Axes]]:
    wide = few and panels == 2
    each = min(6.0, 1.0 + 0.42 * count) if few else 9.3
    height = 5.3 if wide else 1.4 + each * panels
    rows, columns = (1, panels) if wide else (panels, 1)
    figure, axes = new_figure(height, rows, columns)
    return figure, list(axes.flat)


def _draw_scale(figure: Figure, ax: Axes, image: AxesImage, label: str) -> None:
    """Draw the colour scale above the left half of the first panel."""
    bar = ax.inset_axes((0.0, 1.03, 0.45, 0.022))
    figure.colorbar(image, cax=bar, orientation="horizontal")
    bar.tick_params(labelsize=LABEL_SIZE - 0.5, color=CHANCE, length=2, top=True, bottom=False)
    bar.tick_params(labeltop=True, labelbottom=False, pad=1)
    bar.spines[:].set_visible(False)
    note = f"{label}; rows by family"
    bar.annotate(
        note, (1.08, 0.5), xycoords="axes fraction", fontsize=LABEL_SIZE, color=INK, va="center"
    )


def _scale(matrix: Matrix, name: str) -> Normalize:
    return Normalize(*span_scores(metric_of(name).limits, matrix.flat))


def _draw_clustered(
    ax: Axes,
    matrix: Matrix,
    order: Sequence[str],
    tree: Matrix,
    guide: LanguageGuide,
    scale: Normalize,
) -> None:
    drawing = dendrogram(tree, no_plot=True)
    leaves = drawing["leaves"] or []
    top = ax.inset_axes((0.0, 1.005, 1.0, 0.1))
    for across, up in zip(drawing["icoord"], drawing["dcoord"], strict=True):
        # scipy puts leaf i at 10 i + 5.
        top.plot((np.asarray(across) - 5) / 10, up, color=MUTED, linewidth=0.8)
    top.set_xlim(-0.5, len(order) - 0.5)
    top.set_ylim(0.9 * float(tree[:, 2].min()), None)
    top.set_axis_off()
    clustered = [order[leaf] for leaf in leaves]
    _draw_cells(ax, matrix[np.ix_(leaves, leaves)], clustered, guide, scale)
    for row, code in enumerate(clustered):
        right = 3 + (_font(len(order)) * 3 if len(order) > _ONE_COLUMN and row % 2 else 0)
        ax.annotate(
            guide.scripts.get(code, ""),
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            textcoords="offset points",
            fontsize=_font(len(order)) - 0.5,
            color=MUTED,
            va="center",
        )


def _draw_cells(
    ax: Axes, matrix: Matrix, order: Sequence[str], guide: LanguageGuide, scale: Normalize
) -> AxesImage:
    colours = colormaps[_COLOURS].with_extremes(bad="#f1f1f1")
    image = ax.imshow(
        np.ma.masked_invalid(matrix), cmap=colours, norm=scale, interpolation="nearest"
    )
    ax.set_anchor("NW")
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    for place, code in enumerate(order):
        left = _offset(place, order)
        style: dict[str, Any] = {"fontsize": _font(len(order)), "color": guide.text_colour(code)}
        ax.annotate(
            code, (0, place), xycoords=("axes fraction", "data"), xytext=(-left, 0),
            textcoords="offset points", ha="right", va="center", gid="row", **style,
        )  # fmt: skip
        ax.annotate(
            code, (place, 0), xycoords=("data", "axes fraction"), xytext=(0, -left),
            textcoords="offset points", ha="center", va="top", rotation=90, gid="column", **style,
        )  # fmt: skip
    if len(order) <= _PRINTED:
        _print_values(ax, matrix, scale)
    return image


def _print_values(ax: Axes, matrix: Matrix, scale: Normalize) -> None:
    size = min(7.5, 7.2 * 17 / max(len(matrix), 1))
    digits = 2 if np.nanmax(np.abs(matrix), initial=0) < 1.005 else 1
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            colour = "white" if scale(value) > 0.55 else "#333333"
            text = format_score(float(value), digits)
            # Four characters of the full size would fill their cell from edge to edge.
            own = size if len(text) < 4 else 0.82 * size
            cell = ax.text(column, row, text, fontsize=own, color=colour, ha="center", va="center")
            cell.set_in_layout(False)


def _draw_brackets(
    figure: Figure, ax: Axes, families: Sequence[str], depth: float
) -> list[Annotation]:
    beside = ScaledTranslation(-depth / 72, 0, figure.dpi_scale_trans)
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
                fontsize=LABEL_SIZE - 0.5, color=readable(colour), gid="family",
            )
        )  # fmt: skip
    ax.set_ylim(len(families) - 0.5, -0.5)
    return names


def _separate(ax: Axes, names: Sequence[Annotation], rows: int) -> None:
    """Move the names of families apart; needs the height of the axes, hence a settled layout."""
    ax.apply_aspect()
    points = ax.bbox.height / ax.figure.dpi * 72 / rows
    wanted = [float(name.xy[1]) for name in names]
    heights = spread(wanted, (LABEL_SIZE + 1) / points, -0.5, rows - 0.5)
    for name, old, new in zip(names, wanted, heights, strict=True):
        name.xyann = (-5, -(new - old) * points)


def _font(count: int) -> float:
    return LABEL_SIZE if count <= _SIDE_BY_SIDE else LABEL_SIZE - 1


def _offset(place: int, order: Sequence[str]) -> float:
    """Give the distance of a code from the cells in points; in two columns where rows are low."""
    outer = len(order) > _ONE_COLUMN and place % 2 == 1
    return 3 + (_code_width(order) if outer else 0)


def _depth(order: Sequence[str]) -> float:
    return 7 + _code_width(order) * (2 if len(order) > _ONE_COLUMN else 1)


def _code_width(order: Sequence[str]) -> float:
    return max(len(code) for code in order) * _font(len(order)) * 0.69


def _caption(rows: pd.DataFrame, name: str, aggregation: str, order: str) -> list[str]:
    measure = metric_of(name)
    counts = sentence_counts(rows)
    level = level_of(rows)
    first, last = int(rows["layer_first"].min()), int(rows["layer_last"].max())
    return [
        f"{measure.label}: {measure.meaning}; {aggregation} over {name_layers(first, last)}",
        f"n = {format_range(counts)} sentences",
        f"{level.label()}, {MEANINGS[level.kind]}".capitalize() if level.kind else "",
        "The diagonal is blank; colours of the codes are families",
        f"{order}, scripts beside the rows"
        if order
        else "No clustering: it needs three languages and a score of every pair",
    ]
