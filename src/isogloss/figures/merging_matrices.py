"""Heat maps of merging: whose model does how well on whom, and who is merged for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from isogloss.figures.cells import (
    COLUMN_GID,
    Cells,
    draw_brackets,
    draw_cells,
    draw_scale,
    separate_names,
)
from isogloss.figures.formats import format_range
from isogloss.figures.merging_names import choose_approaches, list_approaches
from isogloss.figures.merging_study import StudyGuide, average_seeds, pick_encoder
from isogloss.figures.style import INK, new_figure, set_caption, set_title, settle
from isogloss.figures.tables import sentence_counts
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from isogloss.figures.families import LanguageGuide

OWN_GID, HATCH_GID = "own", "unspelled"
"""Group ids of the frames of targets' own models and of hatches over what cannot be spelled."""
_NOT_SPELLED = "not spelled"
_ACROSS = 16
"""Columns up to which their codes are written across."""
_INNER_WIDTH, _GAP = 8.4, 0.02
"""Inches: the cells together, about, and what a frame leaves of its cell on both sides."""
_FRAME_STYLE: dict[str, Any] = {
    "fill": False, "edgecolor": INK, "linewidth": 1.1, "gid": OWN_GID, "zorder": 2.5,
}  # fmt: skip
_HATCH_STYLE: dict[str, Any] = {
    "fill": False, "hatch": "////", "edgecolor": "#00000030", "linewidth": 0, "gid": HATCH_GID,
}  # fmt: skip
_ROW_HEIGHT, _LOW_ROW, _MANY = 0.36, 0.165, 24


def draw_transfer_matrix(
    transfer_accuracy: pd.DataFrame,
    study: StudyGuide,
    *,
    partition: str = "test",
    encoder: str | None = None,
) -> Figure:
    """Draw the accuracy of every locale's model on every locale, rows by source.

    Own models, on the diagonal, are framed. Locales are ordered by family; those that the encoder
    cannot spell come last and are hatched.

    Args:
        transfer_accuracy: `{encoder}.transfer_accuracy`.
        study: names, spelling and what captions must say.
        partition: of the items, `test` or `dev`.
        encoder: which to draw; may be left out where the table holds only one.

    Raises:
        Refusal: if the encoder is not there, or there are several.
    """
    own = pick_encoder(transfer_accuracy, encoder)
    title = study.title(own, f"accuracy of every locale's model on every locale, {partition} items")
    rows = own[own["partition"] == partition] if len(own) else own
    rows = average_seeds(rows, ("source", "target"), ("accuracy", "n"))
    if rows.empty:
        return say_instead(title, f"No model was tried on {partition} items.")
    guide = study.guide([*rows["source"], *rows["target"]])
    sources, targets = (_order(rows[side], guide, study) for side in ("source", "target"))
    grid = rows.pivot(index="source", columns="target", values="accuracy")
    values = grid.reindex(index=sources, columns=targets).to_numpy(float)
    scale = Normalize(np.floor(10 * np.nanmin(values)) / 10, np.ceil(10 * np.nanmax(values)) / 10)
    caption = [
        *study.warnings(own, intervals=False),
        "Row: source, whose model it is; column: target, whose items it answers; both by family",
        "Framed: own models, trained on labels of the target",
        f"n = {format_range(sentence_counts(rows))} items a target",
        study.explain_unspelled(guide.names, "hatched and last"),
    ]
    note = "accuracy; rows: source of the model, columns: target"
    return _draw_map(Cells(values, sources, targets, scale), study, title, note, caption)


def draw_merge_weights(
    merge_weights: pd.DataFrame,
    study: StudyGuide,
    *,
    recipe: str | None = None,
    encoder: str | None = None,
) -> Figure:
    """Draw the weights of the sources of every target for one merge, rows by target.

    Args:
        merge_weights: `{encoder}.merge_weights`.
        study: names, spelling and what captions must say.
        recipe: merge to show; without a wish the first linear one, by similarity if there is one.
        encoder: which to draw; may be left out where the table holds only one.

    Raises:
        Refusal: if the encoder or the recipe is not there, or there are several encoders.
    """
    own = pick_encoder(merge_weights, encoder)
    if own.empty:
        return say_instead(study.title(own, "weights of the sources"), "Nothing was merged.")
    listed = list_approaches(own)
    [chosen] = choose_approaches(listed, None if recipe is None else [recipe], 1)
    title = study.title(own, f"weights of the sources, {listed['label'][chosen]}")
    rows = own[own["recipe"] == chosen]
    table = rows.pivot_table(index="target", columns="source", values="weight", aggfunc="sum")
    table = table / rows["seed"].nunique()
    guide = study.guide([*rows["source"], *rows["target"]])
    targets = _order(rows["target"], guide, study)
    spelled = [one for one in targets if one not in study.unspelled]
    sources = _order([*rows["source"], *spelled], guide, study)
    values = table.reindex(index=targets, columns=sources).to_numpy(float)
    cells = Cells(values, targets, sources, Normalize(0, float(np.nanmax(values))))
    caption = [
        *study.warnings(own, intervals=False),
        "Row: target, for whom is merged; column: source; both by family. Blank: no part in the "
        "merge; framed: the target's own model",
        _count_effective(rows),
        f"Recipe: {chosen}" + (f", one of {len(listed)}" if len(listed) > 1 else ""),
        study.explain_unspelled(targets, "hatched, never a source"),
    ]
    return _draw_map(cells, study, title, "weight; rows: target, columns: source", caption)


def _order(locales: Iterable[str], guide: LanguageGuide, study: StudyGuide) -> list[str]:
    """Order locales by family, those last that cannot be spelled."""
    return sorted(guide.order(set(map(str, locales))), key=lambda one: one in study.unspelled)


def _count_effective(rows: pd.DataFrame) -> str:
    """Say how evenly weights are spread: the effective number of sources, 1 / Σ w²."""
    groups = rows.groupby(["target", "seed"])["weight"]
    effective = 1 / groups.agg(lambda weights: float((weights**2).sum()))
    sizes = sorted({int(size) for size in groups.size()})
    low, high = (f"{value:.1f}" for value in (effective.min(), effective.max()))
    span = low if low == high else f"{low} to {high}"
    return (
        f"Effective number of sources, 1 / sum of squared weights: {span} of {format_range(sizes)}"
    )


def _draw_map(
    cells: Cells, study: StudyGuide, title: str, note: str, caption: Sequence[str]
) -> Figure:
    """Draw cells that fill the width, with brackets of families, frames and hatches."""
    count = max(len(cells.rows), len(cells.columns))
    height = _LOW_ROW if count > _MANY else _ROW_HEIGHT
    figure, axes = new_figure(2.1 + max(height * len(cells.rows), 0.8))
    ax = axes[0, 0]
    guide = study.guide([*cells.rows, *cells.columns])
    image = draw_cells(ax, cells, guide)
    ax.set_aspect("auto")
    if len(cells.columns) <= _ACROSS:
        for text in ax.texts:
            if text.get_gid() == COLUMN_GID:
                text.set_rotation(0)
    _frame_own(ax, cells, height)
    _hatch_unspelled(ax, cells, study)
    draw_scale(figure, ax, image, note)
    families = [
        _NOT_SPELLED if code in study.unspelled else guide.family(code) for code in cells.rows
    ]
    names = draw_brackets(figure, ax, families, cells.rows)
    set_title(figure, title)
    set_caption(figure, caption)
    settle(figure, rounds=2)
    separate_names(ax, names, len(cells.rows))
    return figure


def _frame_own(ax: Axes, cells: Cells, height: float) -> None:
    """Frame targets' own models, a little within their cells; rows are so many inches high."""
    width = _INNER_WIDTH / len(cells.columns)
    down, across = 1 - _GAP / height, 1 - _GAP / width
    for row, code in enumerate(cells.rows):
        if code in cells.columns:
            column = list(cells.columns).index(code)
            corner = (column - across / 2, row - down / 2)
            ax.add_patch(Rectangle(corner, across, down, **_FRAME_STYLE))


def _hatch_unspelled(ax: Axes, cells: Cells, study: StudyGuide) -> None:
    """Hatch the rows and the columns of locales that cannot be spelled."""
    width = len(cells.columns)
    for row, code in enumerate(cells.rows):
        if code in study.unspelled:
            ax.add_patch(Rectangle((-0.5, row - 0.5), width, 1, **_HATCH_STYLE))
    spelled = sum(code not in study.unspelled for code in cells.rows)
    for column, code in enumerate(cells.columns):
        if code in study.unspelled:
            ax.add_patch(Rectangle((column - 0.5, -0.5), 1, spelled, **_HATCH_STYLE))
