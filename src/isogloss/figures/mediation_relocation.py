"""The running-count curve: what an item between two that change places does to the count."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import (
    LEVEL,
    MediationGuide,
    View,
    count_rows,
    describe_total,
    order_roles,
    role_label,
)
from isogloss.figures.style import (
    CHANCE,
    DOTTED,
    INK,
    LABEL_SIZE,
    LEVEL_COLOUR,
    SERIES_COLOURS,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    set_caption,
    set_panel_title,
    set_title,
    settle,
)
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RELOCATION = "relocation"
# The first stands out, the others are quiet: neither moves a running count.
_COLOURS = {RELOCATION: SERIES_COLOURS[0], "irrelevant_relocation": CHANCE, "reordering": CHANCE}
_MARKERS = {RELOCATION: "o", "irrelevant_relocation": "o", "reordering": "D"}
_SIZES = {RELOCATION: 5.0, "irrelevant_relocation": 4.5, "reordering": 3.5}
_LABELS = {
    RELOCATION: "a member and another word",
    "irrelevant_relocation": "the same under another category",
    "reordering": "two members, or two others",
}
_APART = 0.24
"""Distance of kinds of pairs at one role."""
_LEGEND, _PANEL, _PANELS = 0.24, 1.75, 4
_COLUMNS = 2
_LEAST_CATEGORIES = 8


def draw_running_count(summary: pd.DataFrame, guide: MediationGuide, view: View) -> Figure:
    """Draw what patching one token does to the expected count where two items change places.

    The count of the list is the same in both prompts, but the running count differs by one from the
    first place to the second. So a running counter moves the answer by one if an item in between is
    patched; adding up at the end does not. Drawn beside it, where there are any: the same lists
    under another category, and pairs in which two members, or two other words, change places.

    Args:
        summary: `mediation_summary` of one model.
        guide: labels and languages.
        view: language, effect (`noising` or `denoising`), named and part.
    """
    view = replace(view, kind=RELOCATION, outcome="expected_count")
    rows = view.choose(summary)
    title = guide.title(rows, "the count while two words change places")
    known = pd.concat([replace(view, kind=kind).choose(summary) for kind in _find(summary, view)])
    effect = view.effect
    cells = known[(known["effect"] == effect) & (known["component"] == "residual")]
    roles = _choose_roles(cells)
    if not roles:
        return say_instead(title, "No item lies between the words that change places.")
    layers = _choose_layers(cells)
    keys = _keys(_list_kinds(cells))
    heights = [_LEGEND * math.ceil(len(keys) / _COLUMNS), *[_PANEL] * len(layers)]
    figure, axes = new_figure(sum(heights) + 2.1, len(heights), height_ratios=heights)
    for ax, layer in zip(axes[1:, 0], layers, strict=True):
        _draw_panel(ax, cells[cells["layer"] == layer], roles)
        set_panel_title(ax, f"layer {layer}")
        ax.set_ylabel("expected count", fontsize=TEXT_SIZE, color=INK)
        if layer != layers[-1]:
            ax.set_xticklabels([])
    draw_legend(axes[0], keys, _COLUMNS)
    set_title(figure, title)
    set_caption(figure, _explain(rows, effect, _list_kinds(cells)))
    return settle(figure)


def _find(summary: pd.DataFrame, view: View) -> list[str]:
    """Find the kinds that there are in the language, layout and part of a view."""
    own = summary[summary["outcome"] == view.outcome]
    for name in ("language", "named", "separators", "part"):
        own = own[own[name] == getattr(view, name)] if name in own else own
    return _list_kinds(own)


def _list_kinds(cells: pd.DataFrame) -> list[str]:
    return [kind for kind in _COLOURS if kind in set(cells["kind"])]


def _choose_roles(cells: pd.DataFrame) -> list[str]:
    enough = cells[cells["n_categories"] >= _LEAST_CATEGORIES]
    if not enough["role"].str.startswith("gap").any():
        return []
    left_out = ("_part", "_first", "_middle", "_last")
    return [
        role
        for role in order_roles(enough["role"])
        if role != "all" and not role.endswith(left_out)
    ]


def _choose_layers(cells: pd.DataFrame) -> list[int]:
    """Give a few layers from the first block to the last but one, evenly spread."""
    found = sorted(layer for layer in cells["layer"].unique() if layer > 0)[:-1] or [0]
    places = np.linspace(0, len(found) - 1, min(_PANELS, len(found))).round().astype(int)
    return [int(found[place]) for place in dict.fromkeys(places.tolist())]


def _draw_panel(ax: Axes, cells: pd.DataFrame, roles: list[str]) -> None:
    ax.axhline(0, color=CHANCE, linewidth=0.8)
    gap = [place for place, role in enumerate(roles) if role.startswith("gap")]
    ax.hlines(1, gap[0] - 0.5, gap[-1] + 0.5, color=LEVEL_COLOUR, linestyle=DOTTED, linewidth=1.5)
    kinds = _list_kinds(cells)
    for number, kind in enumerate(kinds):
        own = cells[cells["kind"] == kind].set_index("role").reindex(roles)
        places = np.arange(len(roles)) + _APART * (number - (len(kinds) - 1) / 2)
        mean = own["mean"].to_numpy(np.float64)
        ends = own[["ci_low", "ci_high"]].to_numpy(np.float64).T
        ax.vlines(places, ends[0], ends[1], color=_COLOURS[kind], linewidth=1.3)
        told = own["p_adjusted"].to_numpy(np.float64) <= LEVEL
        style = {"linestyle": "none", **_style(kind)}
        ax.plot(places[told], mean[told], **style)
        ax.plot(places[~told], mean[~told], markerfacecolor="white", **style)
    ax.set_xticks(
        range(len(roles)), [role_label(one) for one in roles], rotation=45, ha="right",
        fontsize=LABEL_SIZE, rotation_mode="anchor",
    )  # fmt: skip
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -0.25), max(high, 1.15))


def _style(kind: str) -> dict[str, Any]:
    return {"color": _COLOURS[kind], "marker": _MARKERS[kind], "markersize": _SIZES[kind]}


def _keys(kinds: list[str]) -> list[Line2D]:
    keys = [Line2D([], [], linewidth=1.3, label=_LABELS[kind], **_style(kind)) for kind in kinds]
    predicted = Line2D(
        [], [], color=LEVEL_COLOUR, linestyle=DOTTED, linewidth=1.5,
        label="predicted of a running count",
    )  # fmt: skip
    return [*keys, predicted]


def _explain(rows: pd.DataFrame, effect: str, kinds: list[str]) -> list[str]:
    how = {
        "noising": "base with an activation of the donor, whose running count is one higher",
        "denoising": "what the donor prompt loses with the activation of the base",
    }[effect]
    return [
        f"Change of the expected count over 0 to 9: {how}",
        f"The lists' counts do not differ: {describe_total(rows)}, {count_rows(rows)}",
        "Where two members, or two others, change places, the running count is the same at every "
        "item"
        if "reordering" in kinds
        else "",
        f"Bars: {interval_name(rows)} over categories. Filled: p ≤ {LEVEL:g} (max-T over layers, "
        "roles and components)",
    ]
