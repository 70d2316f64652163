from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from isogloss.figures import draw_gain_against_similarity
from isogloss.figures.merging_similarity import weigh_sources
from isogloss.figures.scatter import FIT_GID
from isogloss.figures.style import LEVEL_GID
from tests.figures.drawn import caption, direct_labels
from tests.figures.merge_examples import (
    AVERAGE,
    EIGHT,
    SIMILAR,
    Study,
    make_study,
    massive_locales,
)
from tests.figures.test_correlation_scatter import verdict
from tests.figures.test_merging_scores import make_guide

TWELVE = massive_locales()[:12]


def drawn(ax: Axes) -> list[tuple[float, float]]:
    """The points that count, as pairs of numbers."""
    lines = [
        line for line in ax.lines
        if line.get_marker() not in ("x", "None", None, "") and line.get_gid() is None
    ]  # fmt: skip
    pairs = [np.asarray(line.get_xydata(), np.float64) for line in lines]
    return sorted((float(x), float(y)) for x, y in np.concatenate(pairs))


def expected(study: Study, outcome: str) -> list[tuple[float, float]]:
    own = study.weights[study.weights["recipe"] == SIMILAR]
    rows = study.results[study.results["recipe"] == SIMILAR].set_index("locale")
    return sorted(
        (float((part["weight"] * part["similarity"]).sum()), float(rows[outcome][target]))
        for target, part in own.groupby("target")
    )


@pytest.mark.parametrize("outcome", ["synergy", "gain"])
def test_points_are_the_weighted_similarity_and_the_outcome(
    outcome: Literal["synergy", "gain"],
) -> None:
    study = make_study(EIGHT)
    figure = draw_gain_against_similarity(
        study.results, study.weights, make_guide(), outcome=outcome, recipes=(SIMILAR,)
    )
    [ax] = figure.axes
    assert np.allclose(drawn(ax), expected(study, outcome))
    assert ax.get_ylabel().startswith(outcome)
    assert ax.get_xlabel() == "similarity to its sources\n(weighted mean, syntax_knn)"
    assert {label.get_text() for label in direct_labels(figure)} == set(EIGHT)
    [level] = [line for line in ax.lines if line.get_gid() == LEVEL_GID]
    assert np.asarray(level.get_ydata())[0] == 0


def test_few_locales_are_no_finding() -> None:
    study = make_study(EIGHT)
    figure = draw_gain_against_similarity(study.results, study.weights, make_guide())
    x, y = np.array(expected(study, "synergy")).T
    r = f"{np.corrcoef(x, y)[0, 1]:.2f}".replace("0.", ".")
    assert verdict(figure.axes[0]) == f"too few locales (n = 8): no finding\nr = {r}, n = 8"
    assert not [line for line in figure.axes[0].lines if line.get_gid() == FIT_GID]
    assert "fewer than 10 locales is no finding, so there is no line" in caption(figure)


def test_ten_locales_have_an_interval_and_a_line() -> None:
    study = make_study(TWELVE)
    figure = draw_gain_against_similarity(
        study.results, study.weights, make_guide(), recipes=(SIMILAR,)
    )
    r = np.corrcoef(np.array(expected(study, "synergy")).T)[0, 1]
    low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * 1.959964 / 3)
    text = f"r = {r:.2f} [{low:.2f}, {high:.2f}], n = 12".replace("0.", ".")
    assert verdict(figure.axes[0]) == text
    assert len([line for line in figure.axes[0].lines if line.get_gid() == FIT_GID]) == 1


def test_locales_that_are_not_spelled_are_crosses_outside_r() -> None:
    study = make_study(TWELVE, unspelled=("am-ET", "bn-BD"))
    figure = draw_gain_against_similarity(
        study.results, study.weights, make_guide(study), recipes=(SIMILAR,)
    )
    ax = figure.axes[0]
    assert len(drawn(ax)) == 10
    [crosses] = [line for line in ax.lines if line.get_marker() == "x"]
    assert len(np.asarray(crosses.get_xdata())) == 2
    assert "too few" not in verdict(ax)
    assert verdict(ax).endswith("n = 10")
    assert "crosses, not in r: am-ET 31%, bn-BD 38%" in caption(figure)


def test_merges_without_similarities_are_not_drawn() -> None:
    study = make_study(EIGHT)
    figure = draw_gain_against_similarity(study.results, study.weights, make_guide())
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "merge: similarity", "merge: average", "mean of probabilities: similarity",
    ]  # fmt: skip
    assert "all others" not in caption(figure)
    for nothing in (
        study.weights.drop(columns="similarity"),
        study.weights.assign(similarity=np.nan),
        study.weights.iloc[:0],
    ):
        empty = draw_gain_against_similarity(study.results, nothing, make_guide())
        assert empty.axes[0].texts[0].get_text().startswith("No merge has similarities")


def test_similarities_are_weighted_and_must_be_complete() -> None:
    weights = pd.DataFrame(
        {
            "recipe": AVERAGE, "target": ["de-DE", "de-DE", "fr-FR", "fr-FR"], "seed": 0,
            "weight": [0.75, 0.25, 0.5, 0.5], "similarity": [0.8, 0.4, 0.9, np.nan],
        }
    )  # fmt: skip
    means = weigh_sources(weights, "similarity").set_index("locale")["similarity"]
    assert means["de-DE"] == pytest.approx(0.7)
    assert np.isnan(means["fr-FR"])
