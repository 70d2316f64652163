from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.figures import (
    draw_pivot_ranking,
)
from isogloss.figures.rows import VALUE_GID
from isogloss.figures.style import LEVEL_GID
from tests.figures.drawn import caption, x_of


def test_ranking_shades_what_is_tied_with_the_best(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    pivot_overview = pivot_overview.copy()
    pivot_overview.loc[pivot_overview["language"].isin(["tur", "fra"]), "tied_with_next"] = False
    figure = draw_pivot_ranking(pivot_overview, languages, labels=labels)
    first, second = figure.axes
    assert first.get_title(loc="left") == "Gemma 3 270M, 4-bit (Q4_K_M)"
    assert second.get_title(loc="left") == "MiniLM-L6 (English)"
    rows = pivot_overview[
        (pivot_overview["model"] == "gemma_270m_q4") & (pivot_overview["pooling"] == "mean")
    ].sort_values("score", ascending=False)
    names = dict(zip(languages["language"], languages["name"], strict=True))
    assert [text.get_text() for text in first.get_yticklabels()] == [
        names[code] for code in rows["language"]
    ]
    points = {str(line.get_label()): line for line in first.lines}
    for row in rows.itertuples():
        assert x_of(points[str(row.language)])[0] == row.score
    assert len(first.patches) == int(rows["tied_with_best"].sum())
    bold = sum(text.get_fontweight() == "bold" for text in first.texts)
    assert bold == int((~rows["tied_with_next"][:-1].astype(bool)).sum()) > 0
    written = caption(figure)
    assert "n = 60 sentences" in written
    assert "Dotted: floor, expected of the same vectors" in written


def test_what_is_at_chance_is_hollow_whatever_random_pairings_find(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    told = pivot_overview.assign(above_random_pairing=True, ci_low=0.5)
    told.loc[told["language"] == "swh", "ci_low"] = 0.0
    first = draw_pivot_ranking(told, languages, labels=labels)
    hollow = {
        str(line.get_label())
        for line in first.axes[0].lines
        if line.get_markerfacecolor() == "white"
    }
    assert hollow == {"swh"}
    assert "Hollow: not above chance (interval) and a random pairing" in caption(first)


def test_the_ranking_shows_every_score_and_its_value(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    bounds = ["score", "ci_low", "ci_high"]
    rows = pivot_overview.assign(metric="retrieval", chance=0.5).drop(columns="floor")
    rows[bounds] = 0.1 + 0.88 * rows[bounds]
    figure = draw_pivot_ranking(rows, languages, labels=labels)
    shown = rows[rows["pooling"] == "mean"]
    ax = figure.axes[0]
    left, right = ax.get_xlim()
    assert left < shown["ci_low"].min() < 0.4
    assert right > 1
    assert max(ax.get_xticks()) <= 1
    figure.draw_without_rendering()
    for panel in figure.axes:
        values = [text for text in panel.texts if text.get_gid() == VALUE_GID]
        boxes = [text.get_window_extent() for text in values]
        assert len(boxes) == 16
        assert max(box.x1 for box in boxes) <= panel.bbox.x1
        [level] = [line for line in panel.lines if line.get_gid() == LEVEL_GID]
        place = panel.transData.transform((x_of(level)[0], 0))[0]
        assert not any(box.x0 < place < box.x1 for box in boxes)


def test_the_lowest_of_equal_scores_is_not_told_apart(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    equal = pivot_overview.assign(score=0.0, ci_low=0.0, ci_high=0.1, tied_with_next=True)
    last = equal.groupby(["model", "pooling"]).tail(1).index
    equal.loc[last, "tied_with_next"] = False
    figure = draw_pivot_ranking(equal, languages, labels=labels)
    assert not [text for ax in figure.axes for text in ax.texts if text.get_fontweight() == "bold"]


def test_without_scores_the_ranking_says_so(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    empty = pivot_overview.assign(score=np.nan, ci_low=np.nan, ci_high=np.nan)
    figure = draw_pivot_ranking(empty, languages, labels=labels)
    assert figure.axes[0].texts[0].get_text() == "No scores."


def test_ranking_of_a_model_without_some_languages(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    second = (pivot_overview["model"] == "minilm_l6") & (pivot_overview["language"] == "deu")
    figure = draw_pivot_ranking(pivot_overview[~second], languages, labels=labels)
    assert len(figure.axes[1].collections) == 15
    mixed = pivot_overview.assign(
        metric=np.where(pivot_overview["model"] == "minilm_l6", "mexa", "mexa_at_60")
    )
    with pytest.raises(ValueError, match="mexa_at_60, mexa"):
        draw_pivot_ranking(mixed, languages, labels=labels)
