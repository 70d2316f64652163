"""Which languages fall out of the cross-study analysis, and what is not known of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from isogloss.figures.formats import count_things
from isogloss.pipelines.reporting.correlation_covariates import LOGARITHMIC, covariate_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

logger = logging.getLogger(__name__)

_NAMED = 6
"""Languages that a sentence names; of more it names one less and counts the others."""


def add_covariates(
    joined: pd.DataFrame, profiles: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Add properties of languages; NaN where one is not known, so that nothing vanishes unsaid.

    Args:
        joined: of `cross_inputs.join_sides`.
        profiles: `language_profiles`.
        names: of its columns; ratios and shares are logarithmised.
    """
    given = profiles[["model", "language", *names]].copy()
    for name in names:
        given[name] = covariate_numbers(given[name], logarithmic=name in LOGARITHMIC)
    return joined.merge(given, on=["model", "language"], how="left")


def keep_known(rows: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Drop the rows of which a covariate is not known, and say so.

    Args:
        rows: of `add_covariates`, of one outcome.
        names: of the covariates.

    Returns:
        the rows that are left, and what is not known: `information parity of minilm_l6`.
    """
    known = rows.dropna(subset=list(names))
    unknown = [
        f"{name.replace('_', ' ')} of {_owners(rows, rows[name].isna())} is not known"
        for name in names
        if rows[name].isna().any()
    ]
    if unknown:
        first = rows.iloc[0]
        logger.info(
            "Cross-study analysis, %s of %s beside %s: %d of %d rows are left out, %s.",
            first["outcome"],
            ", ".join(sorted(set(rows["model"]))),
            ", ".join(name.replace("_", " ") for name in names),
            len(rows) - len(known),
            len(rows),
            ", ".join(unknown),
        )
    return known, unknown


def say_unaligned(lost: Iterable[str]) -> list[str]:
    """Say which languages have an outcome but no alignment; nothing where all have one.

    Args:
        lost: codes, or several of them in one text.
    """
    codes = sorted({code for codes in lost for code in codes.split()})
    if not codes:
        return []
    verb = "lacks" if len(codes) == 1 else "lack"
    return [f"{count_things(len(codes), 'language')} {verb} alignment: {name_codes(codes)}"]


def name_codes(codes: Sequence[str]) -> str:
    """Name languages by their codes; of many the first ones."""
    if len(codes) <= _NAMED:
        return ", ".join(codes)
    shown = codes[: _NAMED - 1]
    return f"{', '.join(shown)} and {len(codes) - len(shown)} others"


def _owners(rows: pd.DataFrame, lost: pd.Series[bool]) -> str:
    """Name the models of which nothing is known, and the languages that others lack."""
    nothing = lost.groupby(rows["model"]).all()
    models = [str(model) for model in nothing.index[nothing]]
    rest = lost & ~rows["model"].isin(models)
    codes = sorted(set(rows.loc[rest, "language"]))
    parts = [
        *models,
        *([f"{count_things(len(codes), 'language')} ({name_codes(codes)})"] if codes else []),
    ]
    return " and ".join(parts)
