from __future__ import annotations

import numpy as np
import pandas as pd

from isogloss.figures.levels import above_levels

ROWS = pd.DataFrame(
    {
        "ci_low": [0.4, 0.004, 0.4, np.nan, 0.4],
        "chance": [0.005, 0.005, 0.005, 0.005, np.nan],
        "floor": [0.001, 0.001, 0.5, 0.001, 0.3],
        "above_random_pairing": [True, True, True, True, False],
    }
)


def test_a_score_is_above_chance_floor_and_random_pairings_together() -> None:
    assert above_levels(ROWS).tolist() == [True, False, False, False, False]
    assert above_levels(ROWS.assign(above_random_pairing=True)).tolist() == [
        *(True, False, False, False, True)
    ]


def test_what_a_table_lacks_is_not_asked_for() -> None:
    assert above_levels(ROWS[["ci_low"]]).all()
    assert above_levels(ROWS.drop(columns=["chance", "floor"])).tolist() == [True] * 4 + [False]
