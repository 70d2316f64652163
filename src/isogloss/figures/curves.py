"""Curves of languages over the layers: which share a panel, how they look, what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.lines import Line2D

from isogloss.figures.families import readable
from isogloss.figures.formats import format_score
from isogloss.figures.inline import name_lone_lines
from isogloss.figures.style import INK, LABEL_SIZE, LEVEL_GID, chance_key, draw_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from isogloss.figures.families import LanguageGuide
    from isogloss.figures.levels import Level

ALL_PAIRS = "all pairs"
FEW = 30
"""Up to so many languages each has a line of its own look, and some are named in the plot."""
ROOM = 21
"""Entries of a legend."""
_TOGETHER = 10
"""Up to so many languages are drawn in one panel."""
_CONTEXT = "#dedede"
_MARKERS = 6
"""Markers on a line, about."""


class Group(NamedTuple):
    """Languages that are drawn in one panel.

    Attributes:
        name: for the title of the panel; empty if there is one panel only.
        languages: in the order of the legend.
    """

    name: str
    languages: tuple[str, ...]


def group_languages(order: Sequence[str], guide: LanguageGuide) -> list[Group]:
    """Put languages into one panel, or the largest family into one and the others into another.

    Args:
        order: languages, the highest score first.
        guide: their families.
    """
    members = {
        family: tuple(code for code in order if guide.family(code) == family)
        for family in guide.family_order
    }
    largest = max(members, key=lambda family: len(members[family]), default="")
    rest = tuple(code for code in order if code not in members.get(largest, ()))
    if not _TOGETHER < len(order) <= FEW or len(members[largest]) < 3 or not rest:
        return [Group("", tuple(order))]
    families = {guide.family(code) for code in rest}
    other = families.pop() if len(families) == 1 else "other families"
    return [Group(largest, members[largest]), Group(other, rest)]


def curve_styles(order: Sequence[str], guide: LanguageGuide) -> dict[str, dict[str, Any]]:
    """Give every language the style of its line; among many languages that of its family.

    Args:
        order: languages, the highest score first.
        guide: their families.
    """
    if len(order) > FEW:
        plain = {"linewidth": 0.6, "alpha": 0.7}
        return {language: {"color": guide.colour(language)} | plain for language in order}
    common = {"linewidth": 1.4, "markersize": 4.5, "markeredgewidth": 1.0}
    return {language: own | common for language, own in guide.line_styles(order).items()}


def draw_curves(
    ax: Axes,
    rows: pd.DataFrame,
    styles: Mapping[str, Mapping[str, Any]],
    shown: Sequence[str],
    *,
    markers: bool = True,
) -> None:
    """Draw the curves of some languages over the layers, and those of all others in light grey.

    Args:
        ax: the axes.
        rows: language, layer, score.
        styles: language -> style of its line.
        shown: languages drawn in their style.
        markers: whether the lines have markers.
    """
    if rows["score"].notna().sum() == 0:
        draw_message(ax, "No pair with the pivot language has a score.")
        return
    layers = rows["layer"].nunique()
    step = max(1, layers // _MARKERS)
    for place, (language, style) in enumerate(styles.items()):
        line = rows[rows["language"] == language].sort_values("layer")
        x, y = line["layer"], line["score"]
        if language not in shown:
            ax.plot(x, y, color=_CONTEXT, linewidth=0.8, zorder=1, label=f"_{language}")
            continue
        own = {**style, "markevery": (place % step, step)}
        if not markers and layers > 1:
            own |= {"marker": None, "linewidth": 0.75 * style["linewidth"]}
        ax.plot(x, y, **own, label=language)


def draw_key(
    ax: Axes,
    scores: pd.Series,
    guide: LanguageGuide,
    styles: Mapping[str, Mapping[str, Any]],
    level: Level,
    heading: str,
) -> None:
    """Write the legend beside a panel, in the order of the scores.

    Args:
        ax: the panel.
        scores: language (or `ALL_PAIRS`) -> score, highest first.
        guide: names of the languages.
        styles: of the lines.
        level: what the scores are compared with.
        heading: of the legend.
    """
    keys = []
    for language, score in scores.items():
        label = f"{guide.short_name(str(language))} {format_score(float(score))}"
        own = language == ALL_PAIRS
        style = {"color": INK, "linewidth": 2.4} if own else styles[str(language)]
        keys.append(Line2D([], [], label=label, **style))
    if len(keys) > ROOM:
        half = ROOM // 2
        overall = [key for key in keys[half:-half] if str(key.get_label()).startswith(ALL_PAIRS)]
        left_out = len(keys) - 2 * half - len(overall)
        gap = Line2D([], [], linestyle="none", label=f"… {left_out} more")
        keys = [*keys[:half], *overall, gap, *keys[-half:]]
    if level.kind:
        keys.append(chance_key(level.label()))
    legend = ax.legend(
        handles=keys, title=heading, loc="upper left",
        bbox_to_anchor=(1.0, 1.03), frameon=False, fontsize=LABEL_SIZE, title_fontsize=LABEL_SIZE,
        alignment="left", handlelength=2.4, labelspacing=0.5, borderaxespad=0.2,
    )  # fmt: skip
    for text in legend.get_texts():
        if text.get_text().startswith(ALL_PAIRS):
            text.set_fontweight("bold")


def name_curves(ax: Axes, shown: Sequence[str], guide: LanguageGuide) -> None:
    """Name in the panel those curves that run alone somewhere; the layout has to be settled.

    Args:
        ax: the panel.
        shown: languages drawn in it, other than as context.
        guide: their names.
    """
    lines = {str(line.get_label()): line for line in ax.lines}
    named = [
        (lines[language], guide.short_name(language), readable(str(lines[language].get_color())))
        for language in shown
        if language in lines
    ]
    marks = {ALL_PAIRS, LEVEL_GID}
    others = [line for line in ax.lines if marks & {line.get_label(), line.get_gid()}]
    name_lone_lines(ax, named, others)
