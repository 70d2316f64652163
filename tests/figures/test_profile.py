from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.figures import (
    draw_language_profiles,
)
from tests.figures.drawn import caption, direct_labels, x_of, y_of


def test_profiles_put_cost_against_alignment(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    figure = draw_language_profiles(profiles, pivot_overview, languages, labels=labels)
    points = {str(line.get_label()): line for line in figure.axes[0].lines}
    parity = profiles[(profiles["model"] == "gemma_270m_q4") & (profiles["language"] == "tur")]
    score = pivot_overview[
        (pivot_overview["model"] == "gemma_270m_q4")
        & (pivot_overview["pooling"] == "mean")
        & (pivot_overview["language"] == "tur")
    ]["score"].item()
    assert x_of(points["tur"])[0] == parity["token_parity"].item()
    assert y_of(points["tur"])[0] == score
    assert [ax.get_xlabel().split(" (")[0] for ax in figure.axes] == [
        "token parity",
        "information parity",
        "token parity",
    ]
    written = caption(figure)
    assert "without information parity: MiniLM-L6 (English)." in written
    assert "without a label" not in written
    figure.draw_without_rendering()
    for ax in figure.axes:
        boxes = [
            text.get_window_extent()
            for text in direct_labels(figure)
            if text.axes is ax and text.get_text()
        ]
        for place, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_profiles_without_the_information_columns(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    bare = profiles[["model", "language", "token_parity"]].assign(n=60)
    figure = draw_language_profiles(bare, pivot_overview, languages, labels=labels)
    assert len(figure.axes) == 2
    assert [line for line in figure.axes[0].lines if line.get_label() == "tur"]


def test_profiles_of_several_models_fill_a_row_for_each_cost(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    table = pd.concat([profiles, profiles.assign(model=profiles["model"] + "_2")])
    scores = pd.concat(
        [pivot_overview, pivot_overview.assign(model=pivot_overview["model"] + "_2")]
    )
    figure = draw_language_profiles(table, scores, languages, labels=labels)
    assert [ax.get_xlabel().split(" (")[0] for ax in figure.axes] == [
        *["token parity"] * 4,
        *["information parity"] * 2,
    ]
    rows = [ax.get_position().bounds for ax in figure.axes]
    assert [round(y, 3) for _, y, _, _ in rows[:2]] == [round(rows[0][1], 3)] * 2
    assert all(ax.axison for ax in figure.axes)


def test_low_scores_of_a_profile_cut_its_axis(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    second = pivot_overview["model"] == "minilm_l6"
    low = pivot_overview.copy()
    low.loc[second, ["score", "ci_low", "ci_high"]] *= 0.05
    figure = draw_language_profiles(profiles, low, languages, labels=labels)
    assert figure.axes[0].get_ylabel() == "MEXA, pool of 60 with English"
    assert figure.axes[2].get_ylabel() == "MEXA, pool of 60 with English (axis ends at .1)"
    assert figure.axes[2].get_ylim()[1] == pytest.approx(0.102)


def test_the_bars_of_a_profile_lie_within_its_frame(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    wide = profiles.assign(token_parity_ci_low=0.1, token_parity_ci_high=9.0)
    figure = draw_language_profiles(wide, pivot_overview, languages, labels=labels)
    left, right = figure.axes[0].get_xlim()
    assert left < 0.1
    assert right > 9


def test_without_a_common_language_the_profile_says_so(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    labels: dict[str, str],
) -> None:
    none = pivot_overview.assign(score=np.nan)
    figure = draw_language_profiles(profiles, none, languages, labels=labels)
    assert "both a profile and a score" in figure.axes[0].texts[0].get_text()
