"""Maps of mediation: which layer and which token carries an effect to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.figures.culture_cells import BAR_HEIGHT, draw_bar
from isogloss.figures.mediation_cells import Shown, draw_cells, explain_cells
from isogloss.figures.mediation_names import (
    COMPONENTS,
    EVERYWHERE,
    KINDS,
    MediationGuide,
    View,
    is_category_ahead,
    null_result,
    order_roles,
    role_label,
)
from isogloss.figures.style import (
    LABEL_SIZE,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
)
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_ROW = 0.17
"""Inches."""
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
    figure = _draw(rows, known, view.effect)
    set_title(figure, title)
    note = (
        "Rows: roles of tokens in reading order, from what is swapped on; tokens of a role are "
        "patched together. Layer 0: embeddings"
    )
    set_caption(figure, [*explain_cells(rows, known, view.effect), note])
    return settle(figure)


def _draw(rows: pd.DataFrame, cells: pd.DataFrame, effect: str) -> Figure:
    roles = order_roles(cells["role"], category_ahead=is_category_ahead(cells))
    components = [name for name in COMPONENTS if name in set(cells["component"])]
    height = _ROW * len(roles)
    figure, axes = new_figure(
        1.75 + BAR_HEIGHT + height,
        2,
        len(components),
        height_ratios=[BAR_HEIGHT, height],
        sharey="row",
    )
    shown = Shown.of(rows, cells, effect)
    image: Any = None
    for ax, component in zip(axes[1], components, strict=True):
        own = cells[cells["component"] == component]
        image = draw_cells(ax, own, "role", roles, shown)
        set_panel_title(ax, COMPONENTS[component])
    axes[1, 0].set_yticks(range(len(roles)), [role_label(one) for one in roles])
    axes[1, 0].tick_params(labelsize=LABEL_SIZE)
    for ax in axes[0]:
        ax.set_axis_off()
    draw_bar(figure, axes[0, 0], image, shown.name, 1 / len(components))
    return figure
