"""Accuracy by locale and approach: own models, baselines, merges and ensembles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.formats import format_range
from isogloss.figures.levels import interval_name
from isogloss.figures.merging_names import (
    MAJORITY,
    choose_approaches,
    list_approaches,
    name_left_out,
)
from isogloss.figures.merging_score_panels import ScoreGrid, draw_blocks, draw_panels
from isogloss.figures.merging_study import (
    StudyGuide,
    average_seeds,
    pick_encoder,
    say_left_out,
)
from isogloss.figures.rows import fit_rows
from isogloss.figures.style import set_caption, set_title, settle
from isogloss.figures.tables import sentence_counts
from isogloss.figures.task_names import measure_of
from isogloss.figures.task_panels import say_instead
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

_MOST_LINES, _MOST_PANELS = 10, 8
"""How many approaches are chosen: as lines of a block, and where each has its own panel."""
_MANY = 18
"""Locales beyond which each approach has its own panel."""


def draw_merge_scores(
    merge_results: pd.DataFrame,
    study: StudyGuide,
    *,
    recipes: Sequence[str] | None = None,
    encoder: str | None = None,
) -> Figure:
    """Draw the accuracy of every approach in every locale, with intervals and the majority class.

    Up to eighteen locales are blocks with a line an approach; of more, each approach has a panel
    with a row a locale, in which a tick repeats the first approach. Locales are ordered by
    family and by their own model; those that the encoder cannot spell stand last on hatched ground.

    Args:
        merge_results: `{encoder}.merge_results`.
        study: names, spelling and what captions must say.
        recipes: approaches to show; without a wish up to ten are chosen, of more than eighteen
            locales up to eight (see `choose_approaches`), and the caption names the others.
        encoder: which to draw; may be left out where the table holds only one.

    Raises:
        Refusal: if the encoder or a recipe is not there, or there are several encoders.
    """
    own = pick_encoder(merge_results, encoder)
    title = study.title(own, "accuracy by locale and approach")
    rows = own[own["accuracy"].notna()] if len(own) else own
    if rows.empty:
        return say_instead(title, "No approach has a score.")
    listed = list_approaches(rows)
    most = _MOST_PANELS if rows["locale"].nunique() > _MANY else _MOST_LINES
    shown = choose_approaches(listed, recipes, most)
    if not shown:
        return say_instead(title, "There is no approach but the most frequent class.")
    averaged = average_seeds(rows, ("recipe", "locale"), ("accuracy", "ci_low", "ci_high", "n"))
    grid = _arrange(averaged, listed.loc[shown], study)
    many = len(grid.order) > _MANY
    figure, axes = (draw_panels if many else draw_blocks)(grid)
    set_title(figure, title)
    left_out = name_left_out(listed, shown)
    set_caption(
        figure, [*study.warnings(own), *_explain(grid, averaged, study), say_left_out(left_out)]
    )
    settle(figure)
    fit_rows(axes, measure_of("accuracy"))
    return figure


def _arrange(rows: pd.DataFrame, approaches: pd.DataFrame, study: StudyGuide) -> ScoreGrid:
    """Order locales by family and first approach; those that cannot be spelled come last."""
    flags = rows.drop_duplicates("locale").set_index("locale")
    spelled = flags["spelled"].astype(bool) if "spelled" in flags else flags["accuracy"].notna()
    unspelled = {
        str(locale): study.unspelled.get(str(locale), "not spelled")
        for locale in flags.index[~spelled]
    }
    drawn = rows[rows["recipe"].isin([*approaches.index, MAJORITY])]
    first = drawn[drawn["recipe"] == approaches.index[0]].set_index("locale")["accuracy"]
    locales = [str(locale) for locale in pd.unique(drawn["locale"])]
    guide = study.guide(locales)
    rank = {family: place for place, family in enumerate(guide.family_order)}
    order = sorted(
        locales,
        key=lambda one: (
            one in unspelled,
            rank[guide.family(one)],
            -float(first.get(one, -1)),
            one,
        ),
    )
    scores = {
        str(recipe): {str(row.locale): row for row in named_rows(own)}
        for recipe, own in drawn.groupby("recipe", sort=False)
    }
    return ScoreGrid(scores, approaches, order, unspelled, guide)


def _explain(grid: ScoreGrid, rows: pd.DataFrame, study: StudyGuide) -> list[str]:
    first = str(grid.approaches["label"].iloc[0])
    items = format_range(sentence_counts(rows))
    return [
        f"Bars: {interval_name(rows)}, n = {items} test items a locale",
        f"Locales by family (colours of their names), then by the accuracy of: {first}",
        "Hollow: nothing is merged. Own model: trained on the locale's own labels; sources: models "
        "of the other locales",
        study.explain_unspelled(grid.order, "hatched and last, in no mean, source or test"),
    ]
