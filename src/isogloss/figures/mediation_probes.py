"""Whether activations tell the running count, layer by layer, beyond what tells it anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from isogloss.figures.layers import draw_band
from isogloss.figures.levels import interval_name
from isogloss.figures.mediation_names import MediationGuide, choose_rows
from isogloss.figures.style import (
    CHANCE,
    DOTTED,
    INK,
    LEVEL_COLOUR,
    SERIES_COLOURS,
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
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPOTS = {"item": "at the last token of an item", "separator": "behind an item"}
_LINES: dict[str, dict[str, Any]] = {
    "r2": {"label": "probe alone", "color": SERIES_COLOURS[0], "marker": "o"},
    "partial_r2": {"label": "probe beyond the baseline", "color": SERIES_COLOURS[1], "marker": "s"},
    "r2_baseline": {"label": "baseline", "color": LEVEL_COLOUR, "linestyle": DOTTED},
    "partial_r2_shuffled": {
        "label": "beyond it, made-up members",
        "color": CHANCE,
        "linestyle": (0, (5, 1.5)),
    },
}
_BEYOND = {
    "baseline": "Beyond it: share of what it leaves",
    "known": "The sum of embeddings tells nothing more; beyond it: share of what the rest leaves",
    "mean": "It predicts worse than the mean does; beyond it: share of what the mean leaves",
}
_LEGEND, _PANEL = 0.24, 2.6


def draw_probes(
    probes: pd.DataFrame,
    guide: MediationGuide,
    *,
    language: str,
    named: str = "first",
    separators: str = "usual",
) -> Figure:
    """Draw how well the running count is read from every layer, one panel a place.

    Args:
        probes: `probes` of one model.
        guide: labels and languages.
        language: code.
        named: whether the category is named before the list or behind it.
        separators: what stands between items.
    """
    layout = {"named": named, "separators": separators}
    rows = choose_rows(probes, "probes", language=language, **layout)
    title = guide.title(rows, "reading the running count from activations")
    whole = rows[rows["fold"] == "all"]
    spots = [spot for spot in _SPOTS if spot in set(whole["spot"])]
    if not spots:
        return say_instead(title, "There are too few categories to hold one out.")
    figure, axes = new_figure(
        _PANEL + _LEGEND + 1.6, 2, len(spots), height_ratios=[_LEGEND, _PANEL], sharey="row"
    )
    for ax, spot in zip(axes[1], spots, strict=True):
        _draw_panel(ax, whole[whole["spot"] == spot].sort_values("layer"))
        set_panel_title(ax, _SPOTS[spot])
    axes[1, 0].set_ylabel("R² on held-out categories", fontsize=TEXT_SIZE, color=INK)
    keys = [Line2D([], [], linewidth=1.8, markersize=4, **style) for style in _LINES.values()]
    draw_legend(axes[0], keys, len(keys))
    set_title(figure, title)
    set_caption(figure, _explain(whole))
    return settle(figure)


def _draw_panel(ax: Axes, rows: pd.DataFrame) -> None:
    ax.axhline(0, color=CHANCE, linewidth=0.8)
    for column, style in _LINES.items():
        ax.plot(rows["layer"], rows[column], linewidth=1.8, markersize=4, **style)
    ends = {"partial_ci_low": "ci_low", "partial_ci_high": "ci_high"}
    draw_band(ax, rows.rename(columns=ends), _LINES["partial_r2"]["color"])
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -0.1), min(max(high, 0.6), 1.02))
    style_layer_axis(ax, int(rows["layer"].max()))


def _explain(rows: pd.DataFrame) -> list[str]:
    reference = str(rows["reference"].iloc[0])
    items, categories = int(rows["n"].max()), int(rows["n_categories"].max())
    return [
        f"Ridge regression of the number of members so far on {items} items of lists of "
        f"{categories} categories; each category is held out in turn, with all words of its lists",
        "Baseline: index of the item, length of the list, whether it and the three in front are "
        f"members, sum of the static embeddings so far. {_BEYOND[reference]}",
        "Made-up members: words by lot, on other lists of words that are known (real ones there: "
        "partial_r2_seen); a probe that knows words by heart finds them",
        f"Band: {interval_name(rows)} over categories (Fieller)",
    ]
