"""Maps of single attention heads: in which layer which head carries an effect to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.culture_cells import BAR_HEIGHT, draw_bar
from isogloss.figures.mediation_cells import Shown, draw_cells, explain_cells
from isogloss.figures.mediation_names import (
    COMPONENTS,
    KINDS,
    MediationGuide,
    View,
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
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEAD, _SPACE = 0.21, 0.55
"""Inches of a row, and of titles and the axis of each row of panels."""
_LEAST_HEIGHT = 1.0
_MOST_TICKS = 8


def draw_head_map(summary: pd.DataFrame, guide: MediationGuide, view: View) -> Figure:
    """Draw the effect of patching every head, a column of panels a component, a row a role.

    Colours and dots are those of `draw_mediation_map`; the adjustment is over all cells of the run.

    Args:
        summary: `mediation_summary` of one model.
        guide: labels and languages.
        view: which effects.
    """
    rows = view.choose(summary)
    title = guide.title(rows, f"{KINDS.get(view.kind, view.kind)}, single heads")
    cells = rows[(rows["effect"] == view.effect) & (rows["head"] >= 0)]
    if cells.empty:
        return say_instead(
            title + null_result(rows), "No single head was patched: mediation_effects.components."
        )
    figure = _draw(rows, cells, view.effect)
    set_title(figure, title + null_result(rows))
    note = "Rows: heads of a layer, patched one at a time, at one role of tokens"
    set_caption(figure, [*explain_cells(rows, cells, view.effect), note])
    return settle(figure)


def _draw(rows: pd.DataFrame, cells: pd.DataFrame, effect: str) -> Figure:
    roles = order_roles(cells["role"])
    components = [name for name in COMPONENTS if name in set(cells["component"])]
    height = max(_HEAD * cells["head"].nunique(), _LEAST_HEIGHT) + _SPACE
    figure, axes = new_figure(
        1.4 + BAR_HEIGHT + height * len(roles),
        1 + len(roles),
        len(components),
        height_ratios=[BAR_HEIGHT, *[height] * len(roles)],
    )
    shown = Shown.of(rows, cells, effect)
    image: Any = None
    for ax in axes[0]:
        ax.set_axis_off()
    for line, role in zip(axes[1:], roles, strict=True):
        for ax, component in zip(line, components, strict=True):
            own = cells[(cells["role"] == role) & (cells["component"] == component)]
            set_panel_title(ax, f"{COMPONENTS[component]}, {role_label(role)}")
            image = draw_cells(ax, own, "head", sorted(set(own["head"])), shown)
            _name_heads(ax, own)
    draw_bar(figure, axes[0, 0], image, shown.name, 1 / len(components))
    return figure


def _name_heads(ax: Axes, cells: pd.DataFrame) -> None:
    heads = sorted(int(head) for head in set(cells["head"]))
    step = max(1, int(np.ceil(len(heads) / _MOST_TICKS)))
    places = range(0, len(heads), step)
    ax.set_yticks(places, [str(heads[place]) for place in places])
    ax.tick_params(labelsize=LABEL_SIZE)
    ax.set_ylabel("head", fontsize=TEXT_SIZE)
