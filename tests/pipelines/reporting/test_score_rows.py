from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.score_rows import complete_cells, gather_cells
from isogloss.scoreboard_schemas import Scoreboard
from tests.scoreboard_tables import CELL, rows


def test_values_that_are_missing_have_no_cell() -> None:
    cells = complete_cells([{**CELL, "value": np.nan}, {**CELL, "language": "swh"}])
    assert cells["language"].tolist() == ["swh"]


def test_an_endless_interval_is_none() -> None:
    [cell] = complete_cells([{**CELL, "ci_low": -np.inf, "ci_high": np.inf}]).to_dict("records")
    assert np.isnan(cell["ci_low"])
    assert np.isnan(cell["ci_high"])


def test_no_cells_at_all() -> None:
    assert Scoreboard.validate(complete_cells([])).empty
    empty = pd.DataFrame(columns=list(CELL))
    assert Scoreboard.validate(gather_cells([empty, complete_cells([])], "eng")).empty


def column(values: dict[str, float], reach: float, **more: object) -> pd.DataFrame:
    return rows(
        {**CELL, **more, "n": 10_000, "reliability": np.nan},
        *(
            {"language": code, "value": value, "ci_low": value - reach, "ci_high": value + reach}
            for code, value in values.items()
        ),
    )


def test_reliability_is_of_every_column_over_the_languages_but_the_pivot() -> None:
    sure = column({"eng": 9.0, "deu": 0.1, "fra": 0.2, "swh": 0.3}, 1.96 * 0.05)
    vague = column({"deu": 0.1, "fra": 0.2, "swh": 0.3}, 1.96 * 0.1, study="counting")
    few = column({"deu": 0.1, "fra": 0.2}, 0.1, model="other")
    board = Scoreboard.validate(gather_cells([vague, few, sure], "eng"))
    found = board.groupby(["model", "study"])["reliability"].unique().str[0]
    assert found["gemma", "reading"] == pytest.approx(1 - 0.0025 / 0.01, abs=1e-3)
    assert found["gemma", "counting"] == pytest.approx(0, abs=1e-3)
    assert np.isnan(found["other", "reading"])


def test_studies_come_in_the_order_of_all_pages_and_languages_by_value() -> None:
    alignment = column({"deu": 0.1, "fra": 0.3}, 0.1, study="alignment")
    board = gather_cells([column({"deu": 0.2}, 0.1), alignment], "eng")
    assert list(zip(board["study"], board["language"], strict=True)) == [
        ("alignment", "fra"),
        ("alignment", "deu"),
        ("reading", "deu"),
    ]


def test_reliability_takes_the_errors_that_the_study_knows() -> None:
    # n counts few targets, whose intervals are over many items
    values = {"deu": 0.1, "fra": 0.2, "swh": 0.3}
    sources = column(values, 1.96 * 0.05, study="merging", role="source").assign(n=2)
    assert gather_cells([sources], "eng")["reliability"].iloc[0] > 0.98
    board = Scoreboard.validate(gather_cells([sources.assign(error=0.05)], "eng"))
    assert board["reliability"].to_numpy() == pytest.approx(1 - 0.0025 / 0.01)


def test_parts_of_an_earlier_run_may_lack_the_error() -> None:
    old = column({"deu": 0.1, "fra": 0.2, "swh": 0.3}, 1.96 * 0.05).drop(columns=["error", "items"])
    board = Scoreboard.validate(gather_cells([old], "eng"))
    assert board["error"].to_numpy() == pytest.approx(0.05, abs=1e-4)


def test_items_are_n_unless_the_study_counts_them_apart() -> None:
    cells = complete_cells([{**CELL, "n": 8}, {**CELL, "n": 8, "items": 16, "language": "swh"}])
    assert cells["items"].tolist() == [8, 16]
