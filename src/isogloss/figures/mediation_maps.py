"""Maps of mediation: which layer and which token carries an effect to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import Normalize

from isogloss.figures.culture_cells import BAR_HEIGHT, TWO_SIDED, draw_bar, draw_grid, draw_missing
from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import (
    COMPONENTS,
    EFFECTS,
    EVERYWHERE,
    KINDS,
    LEVEL,
    OUTCOMES,
    MediationGuide,
    View,
    closed_remark,
    count_rows,
    describe_total,
    is_open,
    lay_out,
    null_result,
    order_roles,
    role_label,
)
from isogloss.figures.style import (
    LABEL_SIZE,
    TEXT_SIZE,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
)
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW = 0.17
"""Inches."""
_LEAST_NATS, _LEAST_COUNT = 0.1, 0.1
"""Ends of the colour scale at the least, so that noise is not blown up to full colour."""
_LEAST_CATEGORIES = 8


def draw_mediation_map(summary: pd.DataFrame, guide: MediationGuide, view: View) -> Figure:
    """Draw the effect of patching every layer and role, one panel a component.

    Through an open gate cells are shares of the total effect, otherwise raw effects on a scale that
    does not blow up noise. Dots mark cells that differ from zero after adjustment for all cells.

    Args:
        summary: `mediation_summary` of one model.
        guide: labels and languages.
        view: which effects.
    """
    rows = view.choose(summary)
    title = guide.title(rows, KINDS.get(view.kind, view.kind)) + null_result(rows)
    single = (rows["head"] < 0) & (rows["role"] != EVERYWHERE)
    cells = rows[(rows["effect"] == view.effect) & single]
    known = cells[cells["n_categories"] >= min(_LEAST_CATEGORIES, cells["n_categories"].max())]
    if known.empty:
        return say_instead(title, f"There are no effects of kind {view.effect!r}.")
    figure = _draw(rows, known, str(rows["outcome"].iloc[0]), view.effect)
    set_title(figure, title)
    set_caption(figure, _explain(rows, known, view.effect))
    return settle(figure)


def _draw(rows: pd.DataFrame, cells: pd.DataFrame, outcome: str, effect: str) -> Figure:
    share = is_open(rows) and effect in ("noising", "denoising")
    column = "ratio" if share else "mean"
    roles = order_roles(cells["role"])
    components = [name for name in COMPONENTS if name in set(cells["component"])]
    height = _ROW * len(roles)
    figure, axes = new_figure(
        1.75 + BAR_HEIGHT + height,
        2,
        len(components),
        height_ratios=[BAR_HEIGHT, height],
        sharey="row",
    )
    end = _end_of_scale(rows, cells, column, outcome)
    image: Any = None
    for ax, component in zip(axes[1], components, strict=True):
        own = cells[cells["component"] == component]
        image = _draw_panel(ax, own, roles, column, Normalize(-end, end))
        set_panel_title(ax, COMPONENTS[component])
    axes[1, 0].set_yticks(range(len(roles)), [role_label(one) for one in roles])
    axes[1, 0].tick_params(labelsize=LABEL_SIZE)
    note = "share of the total effect" if share else f"effect on the {OUTCOMES[outcome]}"
    for ax in axes[0]:
        ax.set_axis_off()
    draw_bar(figure, axes[0, 0], image, f"{note}; {EFFECTS[effect]}", 1 / len(components))
    return figure


def _end_of_scale(rows: pd.DataFrame, cells: pd.DataFrame, column: str, outcome: str) -> float:
    """Give the end of the colour scale; of shares it is 1, unless one is larger."""
    largest = float(np.nanmax(np.abs(cells[column].to_numpy(np.float64))))
    if column == "ratio":
        return max(1.0, largest)
    least = _LEAST_COUNT if outcome == "expected_count" else _LEAST_NATS
    total = abs(float(rows.loc[rows["effect"] == "total", "mean"].iloc[0]))
    return max(largest, total, least)


def _draw_panel(
    ax: Axes, cells: pd.DataFrame, roles: Sequence[str], column: str, scale: Normalize
) -> Any:
    values = lay_out(cells, roles, column)
    told = lay_out(cells, roles, "p_adjusted") <= LEVEL
    layers = sorted({int(layer) for layer in cells["layer"]})
    image = draw_grid(ax, values, scale, TWO_SIDED, told, size=0)
    draw_missing(ax, np.isnan(values))
    places = range(len(layers))[:: -max(1, round(len(layers) / 7))][::-1]
    ax.set_xticks(places, [str(layers[place]) for place in places])
    ax.set_xlabel("layer", fontsize=TEXT_SIZE)
    return image


def _explain(rows: pd.DataFrame, cells: pd.DataFrame, effect: str) -> list[str]:
    least = 2.0 ** (1 - int(cells["n_categories"].max()))
    told = int((cells["p_adjusted"] <= LEVEL).sum())
    tested = int(cells["p_adjusted"].notna().sum())
    remark = closed_remark(rows)
    band = cells["null_band"].dropna() if "null_band" in cells else cells["p"][:0]
    null = "reorderings" if "reordering" in set(cells.get("null_kind", ())) else "null swaps"
    within = (
        f"{int((cells.loc[band.index, 'mean'].abs() <= band).sum())} of {len(band)} lie within the "
        f"band of {null}, which change words but no count"
        if len(band)
        else ""
    )
    return [
        f"{describe_total(rows)} ({interval_name(rows)} over categories), {count_rows(rows)}"
        + (f": {remark}" if remark else ""),
        f"Dots: {told} of {tested} cells differ from 0 (p ≤ {LEVEL:g}, max-T over all cells, signs "
        f"of whole categories turned; smallest p there can be {least:.1g})"
        if tested
        else "No test: too few categories, or effects that are never negative",
        within if effect in ("noising", "denoising") else "",
        "Rows: roles of tokens in reading order, from the swapped word on; tokens of a role are "
        "patched together. Layer 0: embeddings. Grey: fewer than eight categories"
        + (", or no total effect in the pairs that have the role" if is_open(rows) else ""),
    ]
