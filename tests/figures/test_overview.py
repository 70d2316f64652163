from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from isogloss.figures import (
    draw_alignment_overview,
    draw_metrics_by_layer,
)
from isogloss.figures.families import shade
from isogloss.figures.overview import LEVEL_KEY
from isogloss.figures.style import LEVEL_COLOUR, LEVEL_GID
from tests.figures.drawn import caption, key, x_of, y_of


def title(figure: Figure) -> str:
    return figure.get_suptitle()


def test_panels_are_metrics(overview: pd.DataFrame, labels: dict[str, str]) -> None:
    figure = draw_metrics_by_layer(overview, labels=labels)
    panels = [ax for ax in figure.axes if ax.axison]
    headings = [ax.get_title(loc="left") for ax in panels]
    assert headings == [
        "MEXA, pool of 60",
        "AUC",
        "retrieval rank score",
        "cosine of translations",
        "contrast d′",
    ]
    line = panels[1].lines[0]
    expected = overview[(overview["metric"] == "auc") & (overview["pooling"] == "mean")]
    np.testing.assert_allclose(y_of(line), expected["score"])
    assert "136 language pairs, layers 0 to 18" in caption(figure)
    assert (
        "Dotted: floor (expected of the same vectors if no sentence were paired with its "
        "translation): MEXA, pool of 60, AUC, cosine of translations, contrast d′; chance "
        "(expected of vectors without structure): retrieval rank score; grey where all lines have "
        "the same, else a darker shade of its line"
    ) in caption(figure)
    assert [ax.get_legend() is not None for ax in figure.axes] == [False] * 5 + [True]
    expected_key = ["mean of tokens", "position-weighted mean", "last token", "floor or chance"]
    assert key(figure, 5) == expected_key


def test_floors_are_told_from_scores_by_dots_and_shade(
    overview: pd.DataFrame, labels: dict[str, str]
) -> None:
    panels = [ax for ax in draw_metrics_by_layer(overview, labels=labels).axes if ax.axison]
    cosine, auc = panels[3], panels[1]
    scores, floors = cosine.lines[:3], cosine.lines[3:]
    assert len(floors) == 3
    for score, floor in zip(scores, floors, strict=True):
        assert floor.get_gid() == LEVEL_GID
        assert floor.get_marker() == "None"
        assert floor.is_dashed()
        assert floor.get_color() == shade(str(score.get_color()), -0.5)
        assert floor.get_zorder() > score.get_zorder()
        np.testing.assert_allclose(y_of(floor), 0.8 * y_of(score))
    [common] = auc.lines[3:]
    assert common.get_color() == LEVEL_COLOUR
    np.testing.assert_array_equal(y_of(common), 0.5)


def test_metrics_that_are_missing_have_no_panel(
    overview: pd.DataFrame, tiny_overview: pd.DataFrame, labels: dict[str, str]
) -> None:
    without = overview[~overview["metric"].isin(["retrieval", "contrast"])]
    figure = draw_metrics_by_layer(without, labels=labels)
    assert len(figure.axes) == 4
    assert [ax.axison for ax in figure.axes] == [True, True, True, False]
    tiny = draw_metrics_by_layer(tiny_overview, labels=labels)
    assert next(ax for ax in tiny.axes if ax.axison).get_title(loc="left") == "MEXA"
    assert "1 language pair, layer 0." in caption(tiny)


def test_models_are_drawn_over_relative_depth(
    two_overviews: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_overview(two_overviews, labels=labels)
    panels = [ax for ax in figure.axes if ax.axison]
    assert len(panels) == 6
    depths = {str(line.get_label()): x_of(line) for line in panels[0].lines[:2]}
    np.testing.assert_allclose(depths["minilm_l6"], np.linspace(0, 1, 7))
    np.testing.assert_allclose(depths["gemma_270m_q4"], np.linspace(0, 1, 19))
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [*labels.values(), LEVEL_KEY]
    figure.draw_without_rendering()
    suptitle = next(text for text in figure.texts if text.get_text() == title(figure))
    box = suptitle.get_window_extent()
    assert not box.overlaps(legend.get_window_extent())
    assert not legend.get_window_extent().overlaps(panels[0].title.get_window_extent())


def test_every_panel_of_a_row_shows_the_lowest_score(
    two_overviews: pd.DataFrame, labels: dict[str, str]
) -> None:
    low = two_overviews.copy()
    rows = (low["metric"] == "retrieval") & (low["pooling"] == "mean")
    low.loc[rows, ["score", "ci_low", "ci_high"]] -= 0.3
    figure = draw_alignment_overview(low, labels=labels, metric="retrieval")
    panels = [ax for ax in figure.axes if ax.axison]
    for ax in panels[:3]:
        assert ax.get_ylim()[0] < low.loc[rows, "ci_low"].min() < 0.4


def test_one_model_overview(tiny_overview: pd.DataFrame, labels: dict[str, str]) -> None:
    panels = [ax for ax in draw_alignment_overview(tiny_overview, labels=labels).axes if ax.axison]
    assert panels[0].lines[0].get_marker() == "o"
