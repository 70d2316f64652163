"""How alike countries answer a survey: a heat map of the correlations of their profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy
from matplotlib.colors import Normalize

from isogloss.figures.clustering import cluster
from isogloss.figures.culture_cells import (
    BAR_HEIGHT,
    ONE_SIDED,
    TWO_SIDED,
    draw_bar,
    draw_grid,
    draw_missing,
    name_sides,
)
from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_study import (
    ALL,
    METRICS,
    CultureGuide,
    count_questions,
    is_synthetic,
)
from isogloss.figures.formats import format_score
from isogloss.figures.style import LABEL_SIZE, MUTED, new_figure
from isogloss.figures.tables import square

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

LANGUAGE_GID = "main-language"
"""Group id of the main languages of the countries."""
_NAMES = {ALL: "everyone"}
_TITLE = "How alike countries answer these questions"
_PRINTED, _MANY = 22, 40
"""Countries up to which values are printed, and beyond which names are small."""
_ROW, _LOW_ROW, _INNER = 0.33, 0.15, 8.6
"""Inches: a row, one of many, and all columns together."""
_WIDE = 0.62 / 72
"""Inches that a character takes, in its size in points."""


def draw_country_map(
    country_correlations: pd.DataFrame, study: CultureGuide, *, metric: str | None = None
) -> Figure:
    """Draw the correlation of every two countries' answer profiles, lower triangle, clustered.

    Countries are ordered by average linkage on 1 − r, or by their main language where pairs are
    missing. Everyone taken together comes last, if there is such a row.

    Args:
        country_correlations: group_a, group_b, metric, value, ci_low, ci_high, n.
        study: main languages of the countries.
        metric: to show; Pearson's r without a wish, if it is there.
    """
    synthetic = study.synthetic or is_synthetic(country_correlations)
    known = country_correlations.dropna(subset=["value"])
    rows = known[known["metric"] == (metric or _choose_metric(known))]
    if rows.empty:
        return say_instead(_TITLE, "No two countries have a correlation.", synthetic=synthetic)
    order, clustered = _order(rows, study)
    renamed = rows.rename(
        columns={"group_a": "language_a", "group_b": "language_b", "value": "score"}
    )
    figure, [top, ax], image = _draw(square(renamed, order), order)
    _name_languages(ax, order, study)
    name = METRICS.get(str(rows["metric"].iloc[0]), str(rows["metric"].iloc[0]))
    draw_bar(figure, top, image, f"{name} of two countries' shares of pro answers")
    title = f"{_TITLE}, {count_questions(rows.rename(columns={'n': 'n_questions'}))}"
    return finish(figure, title, _explain(rows, study, clustered), synthetic=synthetic)


def _draw(matrix: NDArray[np.float64], order: list[str]) -> tuple[Figure, list[Axes], AxesImage]:
    """Draw the lower triangle; the diagonal is left free for names."""
    values = np.where(np.tri(len(order), k=-1) > 0, matrix, np.nan)
    height = max(_row_height(order) * len(order), 0.8)
    figure, axes = new_figure(1.6 + BAR_HEIGHT + height, 2, height_ratios=[BAR_HEIGHT, height])
    ax = axes[1, 0]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    scale = (
        Normalize(np.floor(10 * low - 1e-9) / 10, np.ceil(10 * high + 1e-9) / 10)
        if low >= 0
        else Normalize(-1, 1)
    )
    size = 7.5 if len(order) <= _PRINTED else 0
    colours = ONE_SIDED if low >= 0 else TWO_SIDED
    image = draw_grid(ax, values, scale, colours, size=size)
    missing = np.isnan(matrix) & (np.tri(len(order), k=-1) > 0)
    draw_missing(ax, missing)
    turned = len(order) > _PRINTED
    shown = [_NAMES.get(code, code) for code in order]
    name_sides(ax, shown, shown[:-1], turned=turned, size=_font(order))
    return figure, list(axes.flat), image


def _row_height(order: list[str]) -> float:
    return _ROW if len(order) <= _MANY else _LOW_ROW


def _font(order: list[str]) -> float:
    return LABEL_SIZE if len(order) <= _MANY else LABEL_SIZE - 1.5


def _choose_metric(rows: pd.DataFrame) -> str:
    known = list(pd.unique(rows["metric"]))
    return "pearson" if "pearson" in known or not known else str(known[0])


def _order(rows: pd.DataFrame, study: CultureGuide) -> tuple[list[str], bool]:
    """Order countries by clustering, everyone last; say whether that could be done."""
    groups = set(rows["group_a"]) | set(rows["group_b"])
    last = [ALL] if ALL in groups else []
    countries = study.order_countries(groups - {ALL}, _languages(study))
    names = {"group_a": "language_a", "group_b": "language_b", "value": "score"}
    own = rows[rows["group_a"].isin(countries) & rows["group_b"].isin(countries)]
    tree = cluster(square(own.rename(columns=names), countries))
    if tree is None:
        return countries + last, False
    return [countries[leaf] for leaf in scipy.cluster.hierarchy.leaves_list(tree)] + last, True


def _languages(study: CultureGuide) -> list[str]:
    return sorted(set(study.country_languages["language"].astype(str)))


def _name_languages(ax: Axes, order: list[str], study: CultureGuide) -> None:
    """Write code and main language of every country on the diagonal, where its column begins."""
    spoken = {code: study.spoken_in(code) for code in order}
    guide = study.guide(set(spoken.values()) - {""})
    names = [
        f"{code} {guide.short_name(spoken[code])}" if spoken[code] else _NAMES.get(code, code)
        for code in order
    ]
    for place, name in enumerate(names):
        ax.text(
            place - 0.42, place, name, color=MUTED, fontsize=_font(order), gid=LANGUAGE_GID,
            va="center_baseline",
        ).set_in_layout(False)  # fmt: skip
    # Names may be longer than a column is wide.
    columns = max(
        place - 0.42 + len(name) * _font(order) * _WIDE * len(order) / _INNER
        for place, name in enumerate(names)
    )
    ax.set_xlim(-0.5, max(columns, len(order) - 0.5))


def _explain(rows: pd.DataFrame, study: CultureGuide, clustered: bool) -> list[str]:
    reach = (rows["ci_high"].astype(float) - rows["ci_low"].astype(float)) / 2
    values = rows["value"].astype(float)
    ends = [format_score(float(end)) for end in (values.min(), values.median(), values.max())]
    half = format_score(float(reach.median())) if reach.notna().any() else ""
    return [
        f"Lowest {ends[0]}, median {ends[1]}, highest {ends[2]} of {len(rows)} pairs",
        f"{study.interval}s over questions reach {half} to either side (median of the pairs)"
        if half
        else "",
        "Some questions have many pro answers everywhere: what is common to all countries raises "
        "every number, so that a high one is no likeness of these two alone",
        "Order: average linkage on 1 − r"
        if clustered
        else "Order: by main language (for clustering it needs three countries and all pairs)",
        "On the diagonal: main language of the interviews",
    ]
