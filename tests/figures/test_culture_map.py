from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isogloss.figures import draw_country_map
from isogloss.figures.culture_cells import MISSING_GID, VALUE_GID
from isogloss.figures.culture_map import LANGUAGE_GID
from tests.figures.culture_drawing import make_guide, outside, overlapping_names, texts
from tests.figures.culture_tables import CultureStudy, make_culture
from tests.figures.drawn import caption
from tests.figures.test_task_scores import row_names

STUDY = make_culture()


def draw(rows: pd.DataFrame, study: CultureStudy = STUDY, **options: str) -> Figure:
    return draw_country_map(rows, make_guide(study), **options)


def cells(ax: Axes) -> np.ndarray:
    return np.ma.asarray(ax.images[0].get_array()).filled(np.nan)


def pairs(names: list[str], value: float, n: int = 32) -> pd.DataFrame:
    return pd.DataFrame(
        {"group_a": a, "group_b": b, "metric": "pearson", "value": value, "ci_low": value - 0.1,
         "ci_high": value + 0.1, "n": n, "synthetic": False}
        for a, b in combinations(names, 2)
    )  # fmt: skip


def test_every_pair_once_below_the_diagonal() -> None:
    ax = draw(STUDY.correlations).axes[1]
    names, values = row_names(ax), cells(ax)
    assert sorted(names) == sorted(STUDY.country_languages["country"])
    assert np.isnan(values[np.triu_indices(13)]).all()
    own = STUDY.correlations[STUDY.correlations["metric"] == "pearson"]
    table = {frozenset(pair): value for *pair, value in
             own[["group_a", "group_b", "value"]].itertuples(index=False)}  # fmt: skip
    for row, column in zip(*np.tril_indices(13, -1), strict=True):
        assert values[row, column] == table[frozenset((names[row], names[column]))]
    assert len(texts(ax, VALUE_GID)) == 78


def test_countries_that_answer_alike_stand_together() -> None:
    rows = pairs(["US", "DK", "GB", "NL"], 0.2)
    alike = [{"US", "GB"}, {"DK", "NL"}]
    near = [set(pair) in alike for pair in zip(rows["group_a"], rows["group_b"], strict=True)]
    ax = draw(rows.assign(value=np.where(near, 0.9, 0.2))).axes[1]
    names = row_names(ax)
    assert [set(names[:2]), set(names[2:])] in (alike, alike[::-1])


def test_pearson_is_shown_unless_another_metric_is_wished_for() -> None:
    assert "correlation (Pearson)" in _note(draw(STUDY.correlations))
    assert "rank correlation (Spearman)" in _note(draw(STUDY.correlations, metric="spearman"))
    only = STUDY.correlations[STUDY.correlations["metric"] == "spearman"]
    assert "rank correlation (Spearman)" in _note(draw(only))


def _note(figure: Figure) -> str:
    [bar] = figure.axes[0].child_axes
    return str(bar.texts[0].get_text())


def test_the_title_counts_and_the_caption_warns() -> None:
    figure = draw(STUDY.correlations)
    assert figure.get_suptitle().endswith("n\u00a0=\u00a032\u00a0questions")
    said = caption(figure)
    assert "95% intervals over questions reach .10 to either side" in said
    assert "of 78 pairs" in said
    assert "is no likeness of these two alone" in said


def test_lacking_pairs_are_shaded_and_end_the_clustering() -> None:
    rows = pairs(["US", "DK", "GB"], 0.5)
    rows.loc[0, "value"] = np.nan
    figure = draw(rows)
    ax = figure.axes[1]
    assert row_names(ax) == ["DK", "GB", "US"], "by language"
    assert len([patch for patch in ax.patches if patch.get_gid() == MISSING_GID]) == 1
    assert "Order: by main language" in caption(figure)


def test_everyone_together_comes_last() -> None:
    ax = draw(pairs(["all", "US", "DK", "GB"], 0.5)).axes[1]
    assert row_names(ax)[-1] == "everyone"
    assert texts(ax, LANGUAGE_GID)[-1] == "everyone", "it has no main language"


def test_values_below_zero_have_a_scale_with_two_sides() -> None:
    rows = pairs(["US", "DK", "GB"], 0.5)
    rows.loc[1, "value"] = -0.25
    ax = draw(rows).axes[1]
    assert ax.images[0].get_clim() == (-1, 1)
    assert "-.25" in texts(ax, VALUE_GID)


def test_ninety_countries_keep_apart() -> None:
    names = [f"{a}{b}" for a in "ABCDEFGHI" for b in "QRSTUVWXYZ"]
    figure = draw(pairs(names, 0.8))
    assert texts(figure.axes[1], VALUE_GID) == [], "there is no room for numbers"
    assert overlapping_names(figure) == []
    assert outside(figure) == []


def test_names_on_the_diagonal_stay_clear_of_cells_and_of_each_other() -> None:
    figure = draw(STUDY.correlations)
    figure.draw_without_rendering()
    ax = figure.axes[1]
    labels = [text for text in ax.texts if text.get_gid() == LANGUAGE_GID]
    boxes = [label.get_window_extent() for label in labels]
    for place, box in enumerate(boxes):
        left = ax.transData.transform((place - 0.5, 0))[0]
        assert box.x0 > left, "right of the cells of its row"
    assert all(not one.overlaps(other) for one, other in pairwise(boxes))


def test_without_pairs_the_figure_says_so() -> None:
    figure = draw(STUDY.correlations.assign(value=np.nan))
    assert figure.axes[0].texts[0].get_text() == "No two countries have a correlation."
