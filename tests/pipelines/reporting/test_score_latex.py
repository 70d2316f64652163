from __future__ import annotations

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.references import choose_references
from isogloss.pipelines.reporting.score_latex import escape, write_latex
from tests.scoreboard_tables import CELL, rows
from tests.sessions import ROOT

LABELS = {"gemma": "Gemma_4-bit & co"}
METHODS = (ROOT / "data/01_raw/reference/methods.bib").read_text(encoding="utf-8")


def test_a_table_a_model_with_dashes_for_what_is_missing(languages: pd.DataFrame) -> None:
    board = rows(
        CELL,
        {"note": "16 items"},
        {"study": "translation", "metric": "chrf", "language": "swh", "value": 50.25,
         "ci_low": 40.0, "ci_high": 60.0, "above_chance": False, "unit": "sentences"},
        {"model": "minilm", "ci_low": np.nan, "ci_high": np.nan, "above_chance": None},
    )  # fmt: skip
    text = write_latex(board, languages, LABELS)
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 2
    assert r" & Reading & Translation \\" in text
    assert r"German & \textbf{.50} {\scriptsize [.40, .60]} & -- \\" in text
    assert r"Swahili & -- & 50.2$^\circ$ {\scriptsize [40.0, 60.0]} \\" in text
    assert r"German & .50 \\" in text
    assert r"\caption{Gemma\_4-bit \& co. Small: 95\% intervals. n: Reading 100 passages;" in text
    assert "Reading: 16 items" in text
    words = r"Bold: above chance, adjusted over the languages; $^\circ$ not; neither: not tested.}"
    assert text.count(words) == 2
    assert text.startswith("% \\usepackage{booktabs}")


def test_what_latex_would_not_set_is_escaped() -> None:
    assert escape("50% of a_b {#}") == r"50\% of a\_b \{\#\}"


def test_only_sources_of_what_has_a_score() -> None:
    board = rows(CELL, {}, {"study": "translation", "metric": "chrf"})
    text = choose_references(board, METHODS)
    assert "@article{bandarkar2023belebele," in text
    assert "@inproceedings{popovic2017chrf," in text
    assert "@article{holm1979," in text
    assert "rei2020comet" not in text
    assert "kargaran2024mexa" not in text
    comet = choose_references(board.assign(metric="comet"), METHODS)
    assert "rei2020comet" in comet
    assert choose_references(board.iloc[:0], METHODS) == ""


def test_every_source_of_a_method_says_which_study_uses_it() -> None:
    entries = METHODS.count("\n@")
    assert entries == METHODS.count("keywords = {") == 15
