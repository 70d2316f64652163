"""How much each layer carries, with intervals: at the swapped word, behind it and at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from isogloss.figures.layers import draw_band
from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import (
    COMPONENTS,
    EVERYWHERE,
    KINDS,
    LEVEL,
    OUTCOMES,
    MediationGuide,
    View,
    count_rows,
    describe_total,
    gate_remark,
    is_open,
    null_result,
    role_label,
)
from isogloss.figures.style import (
    CHANCE,
    INK,
    SERIES_COLOURS,
    SERIES_MARKERS,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
    style_layer_axis,
)
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROLES = ("swapped", "item_+1", "list_end", "category", "category_again", "final", EVERYWHERE)
STAND_OUT_GID = "stands-out"
"""Group id of marks of layers that differ from the other layers."""
_LEGEND, _PANEL = 0.42, 2.35
"""Inches."""
_LEAST = 0.1


def draw_layer_importance(
    summary: pd.DataFrame, guide: MediationGuide, view: View, roles: Sequence[str] = ROLES
) -> Figure:
    """Draw the effect of a few roles over the layers with their intervals, one panel a component.

    Squares below the panel mark layers whose sum over roles differs from the mean of the other
    layers: claims about layers rest on such differences, not on the highest point.

    Args:
        summary: `mediation_summary` of one model.
        guide: labels and languages.
        view: which effects; `noising` or `denoising`.
        roles: to draw, those of them that there are.
    """
    rows = view.choose(summary)
    title = guide.title(rows, f"{KINDS.get(view.kind, view.kind)}, by layer") + null_result(rows)
    cells = rows[(rows["effect"] == view.effect) & (rows["head"] < 0)]
    drawn = [role for role in roles if role in set(cells["role"])]
    if not drawn:
        return say_instead(title, f"There are no effects of kind {view.effect!r} at these roles.")
    components = [name for name in COMPONENTS if name in set(cells["component"])]
    heights = [_PANEL] * len(components)
    figure, axes = new_figure(
        sum(heights) + _LEGEND + 1.5, len(components) + 1, height_ratios=[_LEGEND, *heights]
    )
    styles = {role: _style(role, place) for place, role in enumerate(drawn)}
    unit = "share of the total effect" if is_open(rows) else OUTCOMES[str(rows["outcome"].iloc[0])]
    apart = rows[rows["effect"] == f"{view.effect}_less_other_layers"]
    for ax, component in zip(axes[1:, 0], components, strict=True):
        own = cells[cells["component"] == component]
        _draw_panel(ax, own, styles, shares=is_open(rows))
        _mark_layers(ax, apart[apart["component"] == component])
        set_panel_title(ax, COMPONENTS[component])
        ax.set_ylabel(unit, fontsize=TEXT_SIZE, color=INK)
    keys_drawn = [Line2D([], [], label=role_label(one), **styles[one]) for one in drawn]
    keys_drawn.append(
        Line2D([], [], label="unlike other layers", color=INK, marker="s", linestyle="none")
    )
    draw_legend(axes[0], keys_drawn, 4)
    set_title(figure, title)
    set_caption(figure, _explain(rows))
    return settle(figure)


def _style(role: str, place: int) -> dict[str, Any]:
    common = {"markersize": 3.5, "linewidth": 1.6}
    if role == EVERYWHERE:
        return {"color": INK, "linestyle": (0, (4, 1.5)), "marker": "", **common}
    return {"color": SERIES_COLOURS[place], "marker": SERIES_MARKERS[place], **common}


def _draw_panel(
    ax: Axes, cells: pd.DataFrame, styles: dict[str, dict[str, Any]], *, shares: bool
) -> None:
    value, prefix = ("ratio", "ratio_") if shares else ("mean", "")
    renamed = cells.assign(
        drawn=cells[value], ci_low=cells[f"{prefix}ci_low"], ci_high=cells[f"{prefix}ci_high"]
    )
    ax.axhline(0, color=CHANCE, linewidth=0.8)
    for role, style in styles.items():
        line = renamed[renamed["role"] == role].sort_values("layer")
        if line["drawn"].notna().any():
            ax.plot(line["layer"], line["drawn"], **style)
            draw_band(ax, line, style["color"])
    low, high = ax.get_ylim()
    least = 1.05 if shares else _LEAST
    ax.set_ylim(min(low, -0.15 * least), max(high, least))
    style_layer_axis(ax, int(cells["layer"].max()), "layer (0 = embeddings)")


def _mark_layers(ax: Axes, apart: pd.DataFrame) -> None:
    """Mark the layers that differ from the others at the lower edge of the panel."""
    told = apart[apart["p_adjusted"] <= LEVEL]
    if told.empty:
        return
    ax.plot(
        told["layer"], np.full(len(told), 0.03), color=INK, marker="s", markersize=4,
        linestyle="none", gid=STAND_OUT_GID, transform=ax.get_xaxis_transform(), clip_on=False,
    )  # fmt: skip


def _explain(rows: pd.DataFrame) -> list[str]:
    return [
        f"{describe_total(rows)}, {count_rows(rows)}" + gate_remark(rows),
        f"Bands: {interval_name(rows)} over categories, each layer and role by itself"
        + (", Fieller's for shares" if is_open(rows) else ""),
        "All roles: their effects added up. Where several roles of the residual stream hold copies "
        "of one thing, each copy counts, so that sums may exceed the total effect",
        f"Squares: the sum over roles differs from the mean of the other layers (p ≤ {LEVEL:g}, "
        "max-T over layers and components)",
    ]
