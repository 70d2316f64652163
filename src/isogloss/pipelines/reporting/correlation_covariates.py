"""Properties of languages that partial correlations hold constant."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.reporting.correlation_cells import Cells

logger = logging.getLogger(__name__)

LOGARITHMIC = ("token_parity", "data_share")
"""Ratios and what spans orders of magnitude; zero is as good as unknown."""


def known_covariates(profiles: pd.DataFrame, asked: Sequence[str]) -> list[str]:
    """Leave out the covariates that nothing is known of in any language, and say which.

    Args:
        profiles: `language_profiles`.
        asked: names of columns.
    """
    known = [name for name in asked if name in profiles and _numbers(profiles[name]).notna().any()]
    if unknown := [name for name in asked if name not in known]:
        logger.info(
            "Partial correlations do without %s: language_profiles has no values of it.",
            ", ".join(unknown),
        )
    return known


def covariate_values(
    profiles: pd.DataFrame, names: Sequence[str], cells: Cells
) -> dict[str, NDArray[np.float64]]:
    """Take covariates for every model and language.

    Args:
        profiles: `language_profiles`.
        names: of its columns; `LOGARITHMIC` ones are logarithmised.
        cells: whose models and languages are wanted.

    Returns:
        model -> float64 [covariates, languages]; NaN where the profile has none.

    Raises:
        Refusal: if a language has several profiles in a model.
    """
    repeated = profiles[profiles.duplicated(["model", "language"])]
    if len(repeated):
        model, language = repeated.iloc[0][["model", "language"]]
        raise Refusal(
            f"language_profiles has several rows for model '{model}' and language '{language}'. "
            "Keep one."
        )
    indexed = profiles.set_index(["model", "language"])
    values = {}
    for model in pd.unique(cells.blocks):
        wanted = pd.MultiIndex.from_product([[model], cells.names])
        own = indexed.reindex(wanted)
        values[str(model)] = np.stack([_covariate(own[name], name) for name in names])
    return values


def language_families(names: Sequence[str], languages: pd.DataFrame) -> NDArray[np.object_]:
    """Give the family of each language; one that is not listed is a family of its own."""
    known = dict(zip(languages["language"], languages["family"], strict=True))
    return np.array([known.get(name, name) for name in names], object)


def _numbers(column: pd.Series) -> pd.Series:
    """Read a column as numbers; resource classes are digits in text."""
    return pd.to_numeric(column, errors="coerce")


def _covariate(column: pd.Series, name: str) -> NDArray[np.float64]:
    return covariate_numbers(column, logarithmic=name in LOGARITHMIC)


def covariate_numbers(column: pd.Series, *, logarithmic: bool) -> NDArray[np.float64]:
    """Read a covariate as numbers, or their logarithms; NaN where there is none.

    Args:
        column: of `language_profiles`.
        logarithmic: whether to take logarithms, of which zero has none.
    """
    numbers = _numbers(column).to_numpy(np.float64)
    if not logarithmic:
        return numbers
    with np.errstate(divide="ignore"):
        logarithms = np.log(numbers)
    return np.where(np.isfinite(logarithms), logarithms, np.nan)
