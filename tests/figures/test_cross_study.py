from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from isogloss.figures import draw_cross_study
from isogloss.figures.cross_study import POINT_GID
from isogloss.figures.scatter import FIT_GID, VERDICT_GID
from isogloss.figures.style import CHANCE, LEVEL_GID
from tests.figures.conftest import CODES
from tests.figures.drawn import caption, direct_labels
from tests.scoreboard_tables import CELL, QUESTION, rows

CLOSED = {
    "gate": "closed",
    "verdict": "not testable",
    "reason": "not testable here: n = 6 languages (10 needed), r of .89 needed",
    "estimate": np.nan,
}
KNOWLEDGE = {"outcome": "knowledge", "outcome_metric": "accuracy_label", **CLOSED}


def make_points(outcome: str, count: int = 6, chance: float = 0.25) -> pd.DataFrame:
    codes = [code for code in CODES if code != "eng"][:count]
    x = np.linspace(0.1, 0.8, len(codes))
    y = np.linspace(0.3, 0.7, len(codes))
    return pd.DataFrame(
        {
            "model": "gemma", "predictor": "mexa_at_60", "outcome": outcome,
            "outcome_metric": "accuracy_label", "language": codes, "x": x, "x_low": x - 0.05,
            "x_high": x + 0.05, "y": y, "y_low": y - 0.1, "y_high": y + 0.1, "chance": chance,
        }
    )  # fmt: skip


def points(ax: Axes) -> dict[str, Line2D]:
    return {str(line.get_label()): line for line in ax.lines if line.get_gid() == POINT_GID}


def verdict(ax: Axes) -> str:
    [text] = [text for text in ax.texts if text.get_gid() == VERDICT_GID]
    return text.get_text().replace("\n", " ")


@pytest.fixture
def both() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    drawn = pd.concat([make_points("reading"), make_points("knowledge")], ignore_index=True)
    table = rows(QUESTION, {"n": 6}, {"n": 6, **KNOWLEDGE}, {"n": 6, "covariates": "token_parity"},
                 {"level": 2, "model": ""})  # fmt: skip
    return drawn, table, rows(CELL, {"note": "16 items"})


def test_a_panel_an_outcome_says_its_verdict(
    both: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], languages: pd.DataFrame
) -> None:
    figure = draw_cross_study(*both, languages, labels={"gemma": "Gemma 7B"})
    assert len(figure.axes) == 2
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Reading (accuracy)\nGemma 7B",
        "Knowledge (accuracy)\nGemma 7B",
    ]
    assert "is associated with it: ρ = .70 [.20, .90], n = 6 languages" in verdict(figure.axes[0])
    assert verdict(figure.axes[1]) == CLOSED["reason"]
    assert "an association in 1 of 1 tests; 1 cannot be tested" in figure.get_suptitle().replace(
        "\n", " "
    )
    assert "Reading: 16 items" in caption(figure)


def test_points_are_languages_and_grey_where_nothing_is_tested(
    both: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], languages: pd.DataFrame
) -> None:
    drawn, table, scoreboard = both
    figure = draw_cross_study(drawn, table, scoreboard, languages, labels={})
    tested, closed = (points(ax) for ax in figure.axes)
    assert list(tested) == list(closed) == drawn["language"].unique().tolist()
    code = drawn["language"].iloc[0]
    assert tested[code].get_xdata() == pytest.approx([0.1])
    assert tested[code].get_ydata() == pytest.approx([0.3])
    assert CHANCE not in {to_hex(line.get_color()) for line in tested.values()}
    assert {to_hex(line.get_color()) for line in closed.values()} == {CHANCE}
    for ax in figure.axes:
        assert not [line for line in ax.lines if line.get_gid() == FIT_GID]
    labels = sorted(label.get_text() for label in direct_labels(figure))
    assert labels == sorted([*tested, *closed])


def test_chance_is_a_line_where_all_share_it(languages: pd.DataFrame) -> None:
    table, scoreboard = rows(QUESTION), rows(CELL)
    for chance, lines in ((0.25, 1), (np.nan, 0), (np.linspace(0.1, 0.2, 6), 0)):
        drawn = make_points("reading").assign(chance=chance)
        [ax] = draw_cross_study(drawn, table, scoreboard, languages, labels={}).axes
        assert len([line for line in ax.lines if line.get_gid() == LEVEL_GID]) == lines


def test_other_checkpoints_are_named(languages: pd.DataFrame) -> None:
    name = "mexa_at_60 of llama"
    drawn = make_points("reading").assign(predictor=name)
    table = rows(QUESTION, {**CLOSED, "predictor": name, "proxy": True, "confirmatory": False})
    [ax] = draw_cross_study(
        drawn, table, rows(CELL), languages, labels={"llama": "Llama 2 7B"}
    ).axes
    assert ax.get_xlabel() == (
        "MEXA, pool of 60 with English (Llama 2 7B)\nmean over the middle third of the layers"
    )
    assert ax.get_title(loc="left").endswith("\nexploratory")


def test_nothing_to_draw_says_so(languages: pd.DataFrame) -> None:
    figure = draw_cross_study(
        make_points("reading").iloc[:0], rows(QUESTION).iloc[:0], rows(CELL), languages, labels={}
    )
    [ax] = figure.axes
    assert "No other study has an outcome" in ax.texts[0].get_text().replace("\n", " ")
