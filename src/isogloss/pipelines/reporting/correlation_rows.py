"""Rows of the tables of correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.statistics.correlation import fisher_z_interval, spearman_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.reporting.correlation_cells import Cells
    from isogloss.pipelines.reporting.correlation_estimates import Estimates
    from isogloss.pipelines.reporting.parameters import CorrelationParameters

ONE_FAMILY = "all"
TEXTS = (
    "direction",
    "pivot",
    "p_family",
    "p_method",
    "reason",
    "caution",
    "languages",
    "models",
    "covariates",
)
TOO_FEW, AT_CHANCE, SAME_TEXT = "too few", "at chance", "same text"
EXACT, DRAWN, STUDENT = "exact permutation", "drawn permutations", "student"


def to_rows(
    cells: Cells,
    found: Estimates,
    scores: pd.DataFrame,
    parameters: CorrelationParameters,
    *,
    interval_least: int | None = None,
    controlled: int = 0,
) -> pd.DataFrame:
    """Put what is found for each cell into a row.

    Args:
        cells: what was correlated.
        found: of `estimate`.
        scores: the task scores, for what they tell beside the score.
        parameters: confidence, and how many units an interval and a finding take.
        interval_least: units that an interval takes; None: as the parameters say.
        controlled: number of covariates.
    """
    n = cells.n
    least = parameters.interval_least if interval_least is None else interval_least
    enough = np.where(n >= least, n, 0)
    r, rho = found.r["pearson"], found.r["spearman"]
    pearson = fisher_z_interval(r, enough, parameters.confidence, covariates=controlled)
    spearman = spearman_interval(rho, enough, parameters.confidence, covariates=controlled)
    above_chance = cells.average(scores, "above_chance")
    overlap = cells.average(scores, "text_overlap")
    columns = {
        "n": n,
        "pearson_r": r,
        "pearson_p": found.p["pearson"],
        "pearson_ci_low": pearson[0],
        "pearson_ci_high": pearson[1],
        "spearman_rho": rho,
        "spearman_p": found.p["spearman"],
        "spearman_ci_low": spearman[0],
        "spearman_ci_high": spearman[1],
        "p_adjusted": found.adjusted,
        "p_method": _methods(found, n, parameters),
        "permutations": found.permutations,
        "confidence": parameters.confidence,
        "reason": found.reason,
        "caution": _cautions(n < parameters.few, above_chance < 0.5, overlap > 0),
        "text_overlap": overlap,
        "above_chance": above_chance,
        f"{cells.unit}s": cells.listed(),
    }
    return pd.concat([cells.keys, pd.DataFrame(columns)], axis=1)


def stack_rows(parts: Sequence[pd.DataFrame], pivot: str) -> pd.DataFrame:
    """Stack rows of one table, any of which may be none.

    Args:
        parts: from `to_rows`, with what goes beyond it.
        pivot: language that the others are aligned with.
    """
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    table = table.assign(pivot=pivot)
    # columns of texts keep their type where there are no rows
    return table.astype({name: str for name in TEXTS if name in table})


def ranges(found: Estimates) -> dict[str, NDArray[np.generic]]:
    """Give the columns that tell what becomes of r without one language family at a time."""
    low, high = found.without_family
    return {
        "pearson_r_without_family_low": low,
        "pearson_r_without_family_high": high,
        "families": found.families,
        "n_without_family": found.left,
    }


def number_families(
    cells: Cells, columns: Sequence[str]
) -> tuple[NDArray[np.intp], list[str] | str]:
    """Number the families of tests, and name them by what tells them apart.

    Args:
        cells: the tests.
        columns: keys that tell families apart; those that the cells lack are passed over.
    """
    keys = cells.keys
    chosen = [name for name in columns if name in keys]
    if not chosen:
        return np.zeros(len(keys), np.intp), ONE_FAMILY
    numbers = np.asarray(keys.groupby(chosen, dropna=False).ngroup(), np.intp)
    parts = [[f"{name}={value}" for value in keys[name]] for name in chosen]
    return numbers, [", ".join(own) for own in zip(*parts, strict=True)]


def _methods(
    found: Estimates, n: NDArray[np.intp], parameters: CorrelationParameters
) -> NDArray[np.object_]:
    """Say where p-values come from; nothing where there are none."""
    methods = np.where(n <= parameters.exact_up_to, EXACT, DRAWN).astype(object)
    methods[found.permutations == 0] = STUDENT
    methods[found.reason != ""] = ""
    return methods


def _cautions(
    few: NDArray[np.bool_], at_chance: NDArray[np.bool_], same_text: NDArray[np.bool_]
) -> list[str]:
    """Say what forbids to call a correlation a finding."""
    words = (TOO_FEW, AT_CHANCE, SAME_TEXT)
    return [
        ", ".join(word for word, holds in zip(words, row, strict=True) if holds)
        for row in zip(few, at_chance, same_text, strict=True)
    ]
