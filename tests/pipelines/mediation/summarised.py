"""Summaries of planted effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.summary_nodes import summarise_effects
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.effect_tables import make_effects, make_outcomes, store

PARAMETERS = SummaryParameters(rounds=400)
NOT_ASKED = pd.DataFrame(columns=["pair_id", "known"])
"""Knowledge of swapped words where models were not asked."""


def make_tables(size: float, **settings: Any) -> dict[str, pd.DataFrame]:
    return {
        "eng__count_swap": make_effects("count_swap", size, **settings),
        "eng__null_swap": make_effects("null_swap", 0, **settings),
        "eng__irrelevant": make_effects("irrelevant", 0, **settings),
        "eng__control": align_effects(
            make_effects("control", 3, outcomes=("log_odds",), **settings)
        ).assign(sign=1),
    }


def summarise_tables(
    tables: dict[str, pd.DataFrame], accuracy: float = 0.6
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return summarise_effects(store(tables), make_outcomes(tables, accuracy), NOT_ASKED, PARAMETERS)


def summarise(
    size: float, accuracy: float = 0.6, **settings: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return summarise_tables(make_tables(size, **settings), accuracy)


def pick(table: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    wanted = {"subset": "all", "outcome": "log_odds", **wanted}
    kept = np.ones(len(table), bool)
    for name, value in wanted.items():
        kept &= (table[name] == value).to_numpy()
    return table[kept]


def cell(table: pd.DataFrame, **wanted: Any) -> dict[str, Any]:
    [row] = pick(table, **wanted).to_dict("records")
    return {str(name): value for name, value in row.items()}
