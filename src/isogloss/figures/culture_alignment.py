"""Whose answers those of models are like: overall, normatively and distinctively."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize

from isogloss.figures.culture_cells import (
    BAR_HEIGHT,
    TWO_SIDED,
    draw_bar,
    draw_frames,
    draw_grid,
    draw_missing,
    name_sides,
)
from isogloss.figures.culture_marks import finish, say_instead
from isogloss.figures.culture_names import shorten_name
from isogloss.figures.culture_study import (
    COUNTRY,
    ELICITATIONS,
    METRICS,
    PARTS,
    CultureGuide,
    choose_answers,
    count_questions,
    excludes_zero,
    explain_answers,
    is_synthetic,
    order_languages,
    order_models,
    widest,
    without_named,
)
from isogloss.figures.families import runs
from isogloss.figures.formats import format_score
from isogloss.figures.merging_study import shorten
from isogloss.figures.style import (
    INK,
    LABEL_SIZE,
    TEXT_SIZE,
    new_figure,
)
from isogloss.surveys import ALL_ALIKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

_TITLE = "Agreement of answers with countries"
DISTINCTIVE = "distinctive"
GROUP_GID = "group"
"""Group id of the names of languages over the columns of their models."""
_BESIDE = 12
"""Columns up to which the blocks stand beside each other."""
_MOST = 26
"""Countries that are shown."""
_ROW, _INNER = 0.22, 8.7
"""Inches: a country, and all columns together."""
_WIDE, _LONGEST = 0.6 / 72, 30
"""Inches that a character takes, in its size in points; characters of a name."""
_PRINTED = 0.2
"""Inches that a column must have for its values to be printed."""


@dataclass(frozen=True)
class Grid:
    """What is drawn.

    Attributes:
        rows: of one metric, level and way of asking, of `widest`.
        countries: from the top down.
        columns: (language, model) from left to right.
        native: (language, country) of the countries where a language is spoken.
        left_out: countries that are not shown.
    """

    rows: pd.DataFrame
    countries: list[str]
    columns: list[tuple[str, str]]
    native: set[tuple[str, str]]
    left_out: list[str]

    def lay_out(self, part: str, name: str) -> NDArray[np.float64]:
        """Lay a column of the table out as [countries, columns]; NaN where there is none."""
        own = self.rows[self.rows["part"] == part]
        table = own.assign(shown=own[name].astype(float)).pivot(
            index="group", columns=["language", "model"], values="shown"
        )
        wide = table.reindex(index=self.countries)
        wide = wide.reindex(columns=pd.MultiIndex.from_tuples(self.columns))
        return np.asarray(wide.to_numpy(), np.float64)

    @property
    def framed(self) -> NDArray[np.bool_]:
        """Tell which cells are of a country where the language is spoken, measured or not."""
        return np.array(
            [[(code, one) in self.native for code, _ in self.columns] for one in self.countries]
        )


def draw_cultural_alignment(
    cultural_alignment: pd.DataFrame,
    study: CultureGuide,
    *,
    metric: str = "spearman",
    elicitation: str | None = None,
    labeller: str | None = None,
) -> Figure:
    """Draw the agreement of every model and language with every country, in its three parts.

    Cells of countries where the language is spoken are framed. An overall or normative value is
    bold with a bar below it where the wider of its intervals, over questions and over batteries,
    excludes 0; each is taken by itself. Distinctive values are not marked: a voice that follows
    what all countries share alone has some above 0.

    Args:
        cultural_alignment: the table of that name.
        study: labels, languages and countries.
        metric: to show.
        elicitation: open or closed; open without a wish, if there is any.
        labeller: who labelled open answers; the first without a wish.

    Raises:
        Refusal: if there is no such labeller.
    """
    synthetic = study.synthetic or is_synthetic(cultural_alignment)
    every = cultural_alignment[
        (cultural_alignment["level"] == COUNTRY) & (cultural_alignment["metric"] == metric)
    ]
    every = without_named(every)
    rows = choose_answers(every, elicitation, labeller)
    rows = rows[rows["part"].isin(PARTS)]
    if rows["value"].isna().all():
        wished = f" of {elicitation} answers" if elicitation else ""
        why = f": {ALL_ALIKE}" if len(rows) else ""
        message = f"No agreement{wished} with a country was measured{why}."
        return say_instead(_TITLE, message, synthetic=synthetic)
    grid = _arrange(widest(rows), study)
    figure, top, axes = _lay_out(grid, study)
    parts = [part for part in PARTS if part in set(rows["part"])]
    images = [_draw_part(ax, grid, part) for ax, part in zip(axes, parts, strict=False)]
    for ax in axes[len(parts) :]:
        ax.set_axis_off()
    _name_columns(axes[: len(parts)], grid, study)
    draw_bar(figure, top, images[0], METRICS.get(metric, metric), 1 / 3 if _is_beside(grid) else 1)
    caption = [explain_answers(every, rows), *_explain(grid, study)]
    return finish(figure, _name(grid, study), caption, synthetic=synthetic)


def _name(grid: Grid, study: CultureGuide) -> str:
    models = {model for _, model in grid.columns}
    asked = ELICITATIONS[str(grid.rows["elicitation"].iloc[0])]
    whose = f"{study.label(models.pop())}: agreement" if len(models) == 1 else "Agreement"
    return f"{whose} of {asked} with countries, {count_questions(grid.rows)}"


def _arrange(rows: pd.DataFrame, study: CultureGuide) -> Grid:
    """Order countries and columns by language; of many countries keep those that are native."""
    languages = order_languages(rows["language"], study)
    models = order_models(rows)
    present = set(zip(rows["language"], rows["model"], strict=True))
    columns = [(code, model) for code in languages for model in models if (code, model) in present]
    every = study.order_countries(rows["group"], languages)
    pairs = rows.loc[rows["native"].astype(bool), ["language", "group"]].drop_duplicates()
    native = {(str(code), str(country)) for code, country in pairs.itertuples(index=False)}
    spoken = {country for _, country in native}
    chosen = set(sorted(every, key=lambda one: one not in spoken)[:_MOST])
    countries = [one for one in every if one in chosen]
    known = rows[rows["value"].notna()]
    left_out = [one for one in every if one not in chosen]
    return Grid(known, countries, columns, native, left_out)


def _lay_out(grid: Grid, study: CultureGuide) -> tuple[Figure, Axes, list[Axes]]:
    """Make low axes for the scale, and three blocks beside or above each other."""
    high = max(_ROW * len(grid.countries), 0.5)
    longest = max(map(len, _column_names(grid, study)))
    names = longest * LABEL_SIZE * _WIDE
    if _is_beside(grid):
        ratios = [BAR_HEIGHT, high]
        figure, axes = new_figure(
            2.1 + names + sum(ratios), 2, 3, height_ratios=ratios, sharey="row"
        )
        for unused in axes[0, 1:]:
            unused.set_axis_off()
        return figure, axes[0, 0], list(axes[1])
    ratios = [BAR_HEIGHT, high, high, high]
    figure, axes = new_figure(2.9 + names + sum(ratios), 4, 1, height_ratios=ratios)
    return figure, axes[0, 0], list(axes[1:, 0])


def _is_beside(grid: Grid) -> bool:
    return len(grid.columns) <= _BESIDE


def _draw_part(ax: Axes, grid: Grid, part: str) -> AxesImage:
    values = grid.lay_out(part, "value")
    low, high = grid.lay_out(part, "low"), grid.lay_out(part, "high")
    shown = grid.rows["value"].abs().max()
    end = np.ceil(10 * float(shown)) / 10
    wide = _INNER / len(grid.columns) / (3 if _is_beside(grid) else 1)
    size = min(7.5, wide * 30) if wide >= _PRINTED else 0
    told = ((low > 0) | (high < 0)) & (part != DISTINCTIVE)
    image = draw_grid(ax, values, Normalize(-end, end), TWO_SIDED, told, size)
    draw_missing(ax, np.isnan(values))
    draw_frames(ax, grid.framed)
    title = textwrap.fill(PARTS[part], 34) if _is_beside(grid) else PARTS[part]
    ax.set_title(title, loc="left", fontsize=TEXT_SIZE, fontweight="bold", color=INK, pad=16)
    return image


def _name_columns(axes: Sequence[Axes], grid: Grid, study: CultureGuide) -> None:
    """Name countries, columns and, over the columns of several models, their languages."""
    codes = [code for code, _ in grid.columns]
    guide = study.guide(codes)
    several = len({model for _, model in grid.columns}) > 1
    names = _column_names(grid, study)
    for place, ax in enumerate(axes):
        lowest = _is_beside(grid) or place == len(axes) - 1
        name_sides(ax, grid.countries, names if lowest else [""] * len(names), turned=True)
        if _is_beside(grid) and place:
            ax.tick_params(labelleft=False)
        for code, first, last in runs(codes) if several else ():
            ax.annotate(
                guide.short_name(code), ((first + last) / 2, 1), xytext=(0, 2),
                xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
                fontsize=LABEL_SIZE, color=guide.text_colour(code), gid=GROUP_GID,
            )  # fmt: skip
            if first:
                ax.axvline(first - 0.5, color="white", linewidth=2.5, zorder=1.2)


def _column_names(grid: Grid, study: CultureGuide) -> list[str]:
    """Name columns by their models, or of a single one by their languages."""
    if len({model for _, model in grid.columns}) > 1:
        names = [study.label(model) for _, model in grid.columns]
        return [shorten_name(name, _LONGEST) for name in names]
    guide = study.guide([code for code, _ in grid.columns])
    return [guide.short_name(code) for code, _ in grid.columns]


def _explain(grid: Grid, study: CultureGuide) -> list[str]:
    rows = grid.rows
    marked, own = (rows[(rows["part"] == DISTINCTIVE) == kind] for kind in (False, True))
    told = excludes_zero(marked)
    overall = rows[rows["part"] == "overall"]
    chance = 1 / (1 - study.confidence)
    return [
        "Framed: countries where the language is the main one of the interviews",
        f"Bold with a bar: the {study.interval} excludes 0, the wider one of two, over questions "
        f"and over batteries of like questions; {int(told.sum())} of {len(marked)} do, each taken "
        f"by itself: one in {chance:.0f} would by chance",
        _bounds(overall, "floor", "The model's own answers permuted over the questions reach"),
        _bounds(overall, "ceiling", "the mean of the other countries reaches"),
        "Normative agreement is agreement with what is common to all countries; only the "
        "distinctive part tells a country from the others",
        _bounds(
            own,
            "conformist",
            "Distinctive values have no mark: a voice that follows what all countries share alone "
            "would reach",
            "there",
        ),
        f"Not shown: {shorten(grid.left_out)}" if grid.left_out else "",
        "These numbers speak of these questions, not of the values of a people",
    ]


def _bounds(rows: pd.DataFrame, name: str, words: str, where: str = "overall") -> str:
    known = rows[name].dropna().astype(float) if name in rows else pd.Series(dtype=float)
    if known.empty:
        return ""
    low, high = format_score(float(known.min())), format_score(float(known.max()))
    return f"{words} {low} {where}" if low == high else f"{words} {low} to {high} {where}"
