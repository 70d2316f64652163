from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from isogloss.figures.scoreboard import (
    CELL_GID,
    MISSING_GID,
    draw_scoreboard,
    explain_notes,
    list_columns,
    metric_label,
)
from tests.figures.drawn import caption
from tests.scoreboard_tables import CELL, rows

LANGUAGES = pd.DataFrame(
    {
        "language": ["deu", "eng", "swh"],
        "name": ["German", "English", "Swahili"],
        "family": ["Indo-European", "Indo-European", "Atlantic-Congo"],
        "script": "Latn",
    }
)
LABELS = {"gemma": "Gemma, 4-bit", "minilm": "MiniLM"}


def board() -> pd.DataFrame:
    return rows(
        CELL,
        {"note": "16 items"},
        {"language": "eng", "above_chance": False, "value": 0.3, "ci_low": 0.2},
        {"study": "alignment", "metric": "mexa_at_60", "language": "swh", "above_chance": None},
        {"model": "minilm", "study": "merging", "role": "source", "metric": "synergy",
         "ci_low": np.nan, "ci_high": np.nan, "value": -0.05, "chance": 0.0, "above_chance": None},
    )  # fmt: skip


def patches(figure: Figure, gid: str) -> int:
    return sum(patch.get_gid() == gid for patch in figure.axes[0].patches)


def test_every_cell_is_drawn_or_hatched() -> None:
    figure = draw_scoreboard(board(), LANGUAGES, labels=LABELS, pivot="eng")
    assert patches(figure, CELL_GID) == 4
    # three languages by three columns
    assert patches(figure, MISSING_GID) == 9 - 4
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written.count("–") == 5
    assert ".50" in written
    assert "[.40, .60]" in written
    assert ".30°" in written
    assert "\N{MINUS SIGN}.05" in written
    assert "Gemma, 4-bit" in written
    assert "Reading: 16 items" in caption(figure)
    # the pivot first
    assert written[0] == "English"


def test_a_note_on_some_models_names_them() -> None:
    board = pd.DataFrame(
        [
            ("alignment", "gemma", ""),
            ("alignment", "minilm", "English encoder"),
            ("merging", "minilm", "English encoder"),
            ("reading", "gemma", "16 items"),
            ("reading", "minilm", "16 items"),
            ("knowledge", "gemma", "16 items"),
        ],
        columns=["study", "model", "note"],
    )
    assert explain_notes(board, LABELS) == [
        "Alignment: English encoder (MiniLM)",
        "Merging: English encoder",
        "Reading and Knowledge: 16 items",
    ]


def test_columns_in_the_order_of_models_and_studies() -> None:
    found = [(one.model, one.study, one.role) for one in list_columns(board())]
    assert found == [
        ("gemma", "alignment", ""),
        ("gemma", "reading", ""),
        ("minilm", "merging", "source"),
    ]


def test_models_for_which_there_is_no_room_come_below() -> None:
    studies = ("alignment", "reading", "knowledge", "translation", "counting", "culture")
    table = pd.concat(
        [
            board().iloc[:1].assign(model=model, study=study)
            for model in ("a", "b")
            for study in studies
        ]
    )
    figure = draw_scoreboard(table, LANGUAGES, labels={}, pivot="eng")
    assert len(figure.axes) == 2


def test_many_languages_leave_out_the_intervals() -> None:
    codes = [f"l{number:02d}" for number in range(40)]
    table = pd.concat([board().iloc[:1].assign(language=code) for code in codes])
    figure = draw_scoreboard(table, LANGUAGES, labels={}, pivot="eng")
    assert "[.40, .60]" not in [text.get_text() for text in figure.axes[0].texts]
    assert "see scoreboard.csv" in caption(figure)


def test_an_empty_scoreboard_says_so() -> None:
    figure = draw_scoreboard(board().iloc[:0], LANGUAGES, labels={}, pivot="eng")
    assert "No study has a score yet" in figure.axes[0].texts[0].get_text()


def test_metrics_in_few_words() -> None:
    assert metric_label("accuracy_label") == "accuracy"
    assert metric_label("chrf") == "chrF++"
    assert metric_label("mexa_at_60") == "MEXA, pool of 60"
    assert metric_label("distinctive_spearman") == "distinctive ρ"


def test_models_that_do_not_fit_are_named_below() -> None:
    codes = [f"l{number:03d}" for number in range(200)]
    languages = pd.DataFrame(
        {"language": codes, "name": codes, "family": "Family", "script": "Latn"}
    )
    studies = ("alignment", "reading", "knowledge", "translation", "counting", "culture")
    table = pd.DataFrame(
        [
            {**CELL, "model": model, "study": study, "language": code}
            for model in ("gemma", "minilm", "other")
            for study in studies
            for code in codes
        ]
    )
    figure = draw_scoreboard(table, languages, labels=LABELS, pivot="l000")
    assert figure.get_figheight() < 50
    assert len(figure.axes) == 1
    assert "No room for MiniLM, other: see scoreboard.csv" in caption(figure)
