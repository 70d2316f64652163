"""Language by language heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy
from matplotlib.colors import Normalize

from isogloss.figures.cells import (
    FEW,
    Cells,
    code_font,
    code_offset,
    draw_brackets,
    draw_cells,
    draw_scale,
    separate_names,
)
from isogloss.figures.clustering import Matrix, cluster, name_distance
from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import format_range, name_layers, pooling_label
from isogloss.figures.levels import MEANINGS, level_of
from isogloss.figures.metrics import metric_of
from isogloss.figures.style import (
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
    few = len(by_family) <= FEW
    figure, axes = _panels(len(by_family), 1 if tree is None else 2, few)
    scale = _scale(matrix, name)
    image = draw_cells(axes[0], Cells(matrix, by_family, by_family, scale), guide)
    draw_scale(figure, axes[0], image, f"{metric_of(name).label}; rows by family")
    families = [guide.family(code) for code in by_family]
    names = draw_brackets(figure, axes[0], families, by_family)
    if tree is not None:
        _draw_clustered(axes[1], matrix, by_family, tree, guide, scale)
    set_title(figure, heading)
    place = "" if tree is None else "right" if few else "below"
    distance = f"{place}: order by average linkage on {name_distance(matrix)}" if place else ""
    set_caption(figure, _caption(rows, name, aggregation, distance))
    settle(figure, rounds=3)
    separate_names(axes[0], names, len(by_family))
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
    drawing = scipy.cluster.hierarchy.dendrogram(tree, no_plot=True)
    leaves = drawing["leaves"] or []
    top = ax.inset_axes((0.0, 1.005, 1.0, 0.1))
    for across, up in zip(drawing["icoord"], drawing["dcoord"], strict=True):
        # scipy puts leaf i at 10 i + 5.
        top.plot((np.asarray(across) - 5) / 10, up, color=MUTED, linewidth=0.8)
    top.set_xlim(-0.5, len(order) - 0.5)
    top.set_ylim(0.9 * float(tree[:, 2].min()), None)
    top.set_axis_off()
    clustered = [order[leaf] for leaf in leaves]
    draw_cells(ax, Cells(matrix[np.ix_(leaves, leaves)], clustered, clustered, scale), guide)
    for row, code in enumerate(clustered):
        outer = code_offset(row, clustered) > code_offset(0, clustered)
        right = 3 + (code_font(len(order)) * 3 if outer else 0)
        ax.annotate(
            guide.scripts.get(code, ""),
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            textcoords="offset points",
            fontsize=code_font(len(order)) - 0.5,
            color=MUTED,
            va="center",
        )


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
