from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from isogloss.figures import (
    draw_retrieval_statistics,
)
from tests.figures.drawn import caption, x_of, y_of


def message(figure: Figure) -> str:
    return figure.axes[0].texts[0].get_text().replace("\n", " ")


def test_retrieval_statistics_and_their_chance(
    retrieval: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_retrieval_statistics(retrieval, labels=labels)
    share, rank = figure.axes[3], figure.axes[6]
    rows = retrieval[retrieval["pooling"] == "mean"]
    lines = {str(line.get_label()): line for line in share.lines}
    np.testing.assert_allclose(y_of(lines["translation"]), rows["same_text_share"])
    levels = [float(y_of(line)[0]) for line in share.lines if x_of(line)[-1] == 1]
    np.testing.assert_allclose(sorted(levels), [16 / 1019, 59 / 1019])
    low, high = rank.get_ylim()
    assert low > high, "the nearest is at the top"
    assert "n = 1,020 queries" in caption(figure)
    assert "share .058 (same language) and .016 (translation), mean rank 510" in caption(figure)
    assert sum(ax.get_legend() is not None for ax in figure.axes) == 1


def test_without_statistics_the_figure_says_why(
    retrieval: pd.DataFrame, labels: dict[str, str]
) -> None:
    figure = draw_retrieval_statistics(retrieval.head(0), labels=labels)
    assert "alignment.mode=pivot measures pairs with the pivot only" in message(figure)
