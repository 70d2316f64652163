"""Does alignment go with what the other studies find? One table, three levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.cross_gates import CLOSED, OPEN
from isogloss.pipelines.reporting.cross_inputs import join_sides
from isogloss.pipelines.reporting.cross_items import associate_items
from isogloss.pipelines.reporting.cross_over import associate_over_models
from isogloss.pipelines.reporting.cross_within import associate_within_models
from isogloss.statistics.permutation import adjust_across_sets

if TYPE_CHECKING:
    from isogloss.pipelines.reporting.parameters import CrossStudyParameters

ASSOCIATED, NOT_SEPARABLE, NOT_TESTABLE = "associated", "not separable", "not testable"
TEXTS = (
    *("model", "predictor", "outcome", "outcome_metric", "unit", "estimate_name", "family"),
    *("covariates", "reason"),
)
NUMBERS = (
    *("reliability_predictor", "reliability_outcome", "above_chance_share", "needed_r"),
    *("estimate", "ci_low", "ci_high", "confidence", "p", "p_adjusted"),
    *("without_family_low", "without_family_high", "delta_r2", "text_overlap"),
)
COLUMNS = (
    *("level", "model", "predictor", "outcome", "outcome_metric", "n", "unit"),
    *NUMBERS[:5],
    "estimate_name",
    *NUMBERS[5:10],
    "family",
    *NUMBERS[10:13],
    *("covariates", "confirmatory", "gate", "reason", "verdict", "text_overlap", "proxy"),
)


def study_across(
    predictor: pd.DataFrame,
    scoreboard: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: CrossStudyParameters,
    profiles: pd.DataFrame | None = None,
    items: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Set alignment beside the outcomes of the other studies, and test what can be tested.

    The confirmatory tests of levels 1 and 2 are one family: their p-values are adjusted within
    their level, and by Holm over the two levels.

    Args:
        predictor: `alignment_predictor` of all models.
        scoreboard: the table of that name.
        languages: language, family.
        pivot: language that the others are aligned with; left out.
        parameters: of the analysis.
        profiles: `language_profiles`, if there are any.
        items: `item_evidence` of all models, if there are any.

    Returns:
        The columns of `scoreboard_schemas.CrossStudy`.
    """
    joined = join_sides(predictor, scoreboard, pivot, parameters)
    families = dict(zip(languages["language"], languages["family"], strict=True))
    rows = associate_within_models(joined, profiles, families, parameters)
    rows += associate_over_models(joined, profiles, families, parameters)
    if items is not None:
        rows += associate_items(items, joined, parameters)
    table = pd.DataFrame(rows, columns=list(dict.fromkeys(COLUMNS)))
    table = _complete(table.assign(confidence=parameters.confidence))
    chosen = table["confirmatory"].to_numpy(bool)
    levels = table["level"].to_numpy()[chosen]
    table.loc[chosen, "p_adjusted"] = adjust_across_sets(
        table["p_adjusted"].to_numpy(np.float64)[chosen], levels
    )
    return table.assign(verdict=_judge(table, parameters.level))


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    """Give all columns their types; what a level does not tell is empty."""
    table[list(TEXTS)] = table[list(TEXTS)].fillna("").astype(str)
    table[list(NUMBERS)] = table[list(NUMBERS)].astype(float)
    for name in ("confirmatory", "proxy"):
        table[name] = table[name].map(lambda value: value is True or value == 1).astype(bool)
    table["gate"] = np.where(table["reason"] != "", CLOSED, OPEN)
    return table.astype({"level": int, "n": int})


def _judge(table: pd.DataFrame, level: float) -> pd.Series:
    """Give verdicts: an association takes a p-value, and an interval that excludes 0."""
    excludes = (table["ci_low"] > 0) | (table["ci_high"] < 0)
    passes = (table["p_adjusted"] <= level + 1e-12) & excludes
    verdicts = np.where(passes, ASSOCIATED, NOT_SEPARABLE)
    return pd.Series(np.where(table["gate"] == CLOSED, NOT_TESTABLE, verdicts), table.index, str)
