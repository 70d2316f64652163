"""Capability and agreement of every model and language side by side, as a figure shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.culture_study import COUNTRY, LANGUAGE, widest, without_named
from isogloss.pipelines.reporting.culture_agreement import METRIC

if TYPE_CHECKING:
    from collections.abc import Iterator

VOICE = ["model", "family", "elicitation", "labeller", "language"]
OUTCOMES = {
    "distinctive": (COUNTRY, "distinctive"),
    "overall": (COUNTRY, "overall"),
    "overall_language": (LANGUAGE, "overall"),
}
"""Outcome of `capability_regression` -> level of the groups and part of the agreement."""
_NUMBERS = ["value", "ci_low", "ci_high"]


def pair_capabilities(
    model_capabilities: pd.DataFrame, cultural_alignment: pd.DataFrame
) -> pd.DataFrame:
    """Pair what models can do in a language with their agreement with the people who speak it.

    Agreement is the mean over the countries where the language is the main one, or that with all
    who answered in it. Of several countries the bounds are averaged as well: the standard error of
    a mean is at most the mean of the standard errors.

    Args:
        model_capabilities: measure, model, language, capability.
        cultural_alignment: the table of that name.

    Returns:
        model, family, elicitation, labeller, language, capability (the measure), outcome, score
        (the capability), value (the agreement), ci_low, ci_high, synthetic.
    """
    rows = without_named(cultural_alignment)
    rows = rows[(rows["metric"] == METRIC) & rows["native"].astype(bool)]
    known = rows.dropna(subset=["value"])
    tables = [own.merge(_renamed(model_capabilities), on=["model", "language"])
              for own in _outcomes(known)]  # fmt: skip
    columns = [*VOICE, "capability", "outcome", "score", *_NUMBERS, "synthetic"]
    return pd.concat(tables, ignore_index=True)[columns]


def _outcomes(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    wide = widest(rows).assign(ci_low=lambda own: own["low"], ci_high=lambda own: own["high"])
    for outcome, (level, part) in OUTCOMES.items():
        own = wide[(wide["level"] == level) & (wide["part"] == part)]
        ways = dict.fromkeys(_NUMBERS, "mean") | {"synthetic": "max"}
        yield own.groupby(VOICE, sort=False).agg(ways).reset_index().assign(outcome=outcome)


def _renamed(capabilities: pd.DataFrame) -> pd.DataFrame:
    names = {"capability": "score", "measure": "capability"}
    return capabilities[["measure", "model", "language", "capability"]].rename(columns=names)
