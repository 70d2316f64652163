"""The table of the page on public data that says what a language costs a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from documentation.markdown import cell, table
from isogloss.figures.formats import format_interval, format_score
from isogloss.statistics.correlation import spearman_interval

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

CONFIDENCE = 0.95


def write_costs(
    profiles: pd.DataFrame, alignment: Mapping[str, float], names: pd.Series[str]
) -> str:
    """Write a row a language: tokens and bits for one of the pivot; last, whether alignment falls.

    Args:
        profiles: `language_profiles` of one model, with bounds.
        alignment: language -> its alignment with the pivot, best first.
        names: code -> name of a language.
    """
    order = list(alignment)
    known = profiles.set_index("language").loc[order]
    parity = known.filter(regex="^information_parity")
    bits = pd.DataFrame(
        {
            "bits": 1 / parity["information_parity"],
            "bits_ci_low": 1 / parity["information_parity_ci_high"],
            "bits_ci_high": 1 / parity["information_parity_ci_low"],
        }
    )
    whole = known.join(bits)
    columns = ("token_parity", "bits")
    rows = [
        [cell(names[str(code)]), *(_ratio(row, column) for column in columns)]
        for code, row in whole.iterrows()
    ]
    scores = np.array(list(alignment.values()))
    found = [_correlate(scores, whole[column].to_numpy(float)) for column in columns]
    rows.append([f"ρ with alignment, {len(order)} languages", *found])
    return table(["language", "tokens", "bits"], rows)


def _ratio(row: pd.Series[Any], column: str) -> str:
    value, low, high = (float(row[f"{column}{end}"]) for end in ("", "_ci_low", "_ci_high"))
    return f"{value:.2f} {format_interval(low, high)}"


def _correlate(first: NDArray[np.float64], second: NDArray[np.float64]) -> str:
    rho = float(spearmanr(first, second).statistic)
    low, high = spearman_interval(rho, len(first), CONFIDENCE)
    return f"{format_score(rho)} {format_interval(float(low), float(high))}"
