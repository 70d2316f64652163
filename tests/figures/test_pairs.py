from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from isogloss.figures import (
    draw_alignment_extremes,
)
from tests.figures.drawn import caption, x_of, y_of


def test_extremes_are_ordered_and_named(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_extremes(summary, languages, labels=labels, count=2)
    rows = summary[(summary["metric"] == "mexa_at_60") & (summary["pooling"] == "mean")]
    scores = rows.sort_values("score", ascending=False)["score"].to_numpy()
    top, bottom = figure.axes
    np.testing.assert_allclose(x_of(top.lines[0]), scores[:2])
    np.testing.assert_allclose(x_of(bottom.lines[0]), scores[:-3:-1])
    assert y_of(bottom.lines[0]).tolist() == [1, 0], "the lowest pair is at the top"
    assert top.get_yticklabels()[0].get_text() == "German – English"
    assert top.get_title(loc="left") == "highest, a language twice at most"
    assert bottom.get_title(loc="left") == "lowest, a language twice at most"
    bars = top.collections[0]
    assert isinstance(bars, LineCollection)
    best = rows.sort_values("score").iloc[-1]
    np.testing.assert_allclose(
        np.asarray(bars.get_segments()[0])[:, 0], [best["ci_low"], best["ci_high"]]
    )


def test_no_language_fills_a_side_of_the_extremes(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    apart = summary.copy()
    alone = (apart["language_a"] == "swh") | (apart["language_b"] == "swh")
    apart.loc[alone, "score"] = 0.0
    figure = draw_alignment_extremes(apart, languages, labels=labels, count=10)
    for ax in figure.axes:
        pairs = [label.get_text().split(" – ") for label in ax.get_yticklabels()]
        times = Counter(name for pair in pairs for name in pair)
        assert len(pairs) >= 8
        assert max(times.values()) == 2
    assert [score == 0 for score in x_of(figure.axes[1].lines[0])][:3] == [True, True, False]
    written = caption(figure)
    assert "Of 136 pairs, on each side a language twice at most" in written


@pytest.mark.parametrize(
    ("few", "sides", "titles"),
    [
        ("deu eng fra", [3], ["all 3 language pairs"]),
        ("deu eng fra spa", [6], ["all 6 language pairs"]),
        ("deu eng fra spa tur", [3, 3], ["highest 3 of 10", "lowest 3 of 10"]),
    ],
)
def test_few_pairs_are_drawn_without_a_limit(
    few: str,
    sides: list[int],
    titles: list[str],
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    own = summary[summary["language_a"].isin(few.split()) & summary["language_b"].isin(few.split())]
    figure = draw_alignment_extremes(own, languages, labels=labels, count=3)
    assert [len(x_of(ax.lines[0])) for ax in figure.axes] == sides
    assert [ax.get_title(loc="left") for ax in figure.axes] == titles
    assert "twice at most" not in caption(figure)
    assert ("chance flatters" in caption(figure)) == (len(sides) == 2)


def test_extremes_below_the_natural_range_are_seen(
    summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    own = summary[summary["metric"] == "auc"].assign(metric="retrieval")
    low = own.assign(score=own["score"] - 0.4, ci_low=own["ci_low"] - 0.4, ci_high=np.nan)
    figure = draw_alignment_extremes(low, languages, labels=labels, metric="retrieval")
    left, right = figure.axes[0].get_xlim()
    assert left < low.query("pooling == 'mean'")["ci_low"].min()
    assert 1 <= right < 1.1


def test_a_single_pair(
    tiny_summary: pd.DataFrame, languages: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_alignment_extremes(tiny_summary, languages, labels=labels)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["the only pair"]
