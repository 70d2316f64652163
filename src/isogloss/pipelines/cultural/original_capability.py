"""The published mixed model of alignment on multilingual capability and consistency."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.cultural.original_cells import RELIABILITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.original_cells import Rounds

    Floats = NDArray[np.float64]

LEFT_OUT = "ENEM"
"""Benchmarks whose name holds this are left out, as published."""
OUTCOMES = ("alignment", "consistency", "multilingual")
FORMULAS = {
    "interaction": "alignment ~ 0 + consistency:language + multilingual:family:language",
    "normal": "alignment ~ 0 + consistency + multilingual:family:language",
    "no_consistency": "alignment ~ 0 + multilingual:family:language",
}
"""Names of the published models, of which `interaction` is the one in the paper."""


def average_benchmarks(benchmarks: pd.DataFrame) -> pd.DataFrame:
    """Average benchmark scores of a model in a language; those of languages are different ones.

    Args:
        benchmarks: model, benchmark, language, score in 0..1.

    Returns:
        model, language, multilingual.
    """
    kept = benchmarks[~benchmarks["benchmark"].str.contains(LEFT_OUT, regex=False)]
    means = kept.groupby(["model", "language"])["score"].mean()
    return means.rename("multilingual").reset_index()


def stack_rounds(alignment: Rounds, consistency: Rounds, capability: pd.DataFrame) -> pd.DataFrame:
    """List alignment, consistency and capability of every model and language in every round.

    Args:
        alignment: of responses with the truth of their own language.
        consistency: of the same rounds; divided by `RELIABILITY` here.
        capability: model, language, multilingual.

    Returns:
        round (-1: without a bootstrap), model, family, language, and `OUTCOMES`.
    """
    left, right = _long(alignment, "alignment"), _long(consistency, "consistency")
    keys = ["round", "model", "family", "language"]
    table = left.merge(right, on=keys).merge(capability, on=["model", "language"])
    return table.assign(consistency=table["consistency"] / RELIABILITY)


def fit_mixed_model(table: pd.DataFrame, formula: str) -> pd.DataFrame | None:
    """Fit a published model with a random intercept of the model, by restricted likelihood.

    One row a round and cell, as if they were independent. The published R2 counted the random
    effects as fixed ones; here `r_squared` is the share of variance that the fixed part explains
    and `r_squared_conditional` that of both (Nakagawa and Schielzeth 2013, Methods in Ecology and
    Evolution 4, p. 133).

    Args:
        table: of `stack_rounds`, some of the rounds.
        formula: name of one of `FORMULAS`.

    Returns:
        formula, term, kind, family, language, coefficient, error, ci_low, ci_high, t, p, n,
        log_likelihood, scale, r_squared, r_squared_conditional, converged; the last term is the
        variance of the random intercept. None if the rows do not tell the terms apart.
    """
    table = table.dropna(subset=list(OUTCOMES))
    if table.empty:
        return None
    terms, design = _terms(table, formula)
    if len(table) <= len(terms) or np.linalg.matrix_rank(design) < len(terms):
        return None
    fitted, error = _fit(table, design)
    coefficient = np.asarray(fitted.fe_params, np.float64)
    between, within = float(fitted.cov_re[0, 0]), float(fitted.scale)
    spread = float(np.var(design @ coefficient))
    whole = spread + between + within
    variance = {"term": ["model variance"], "kind": ["variance"], "coefficient": [between]}
    found = pd.concat(
        [terms.assign(coefficient=coefficient, error=error), pd.DataFrame(variance)],
        ignore_index=True,
    )
    ratio = found["coefficient"] / found["error"]
    reach = scipy.stats.norm.ppf(0.975) * found["error"]
    return found.fillna({"family": "", "language": ""}).assign(
        formula=formula,
        ci_low=found["coefficient"] - reach,
        ci_high=found["coefficient"] + reach,
        t=ratio,
        p=2 * scipy.stats.norm.sf(ratio.abs()),
        n=len(table),
        log_likelihood=float(fitted.llf),
        scale=within,
        r_squared=spread / whole,
        r_squared_conditional=(spread + between) / whole,
        converged=bool(fitted.converged),
    )


def _fit(table: pd.DataFrame, design: Floats) -> tuple[Any, Floats]:
    """Fit a random intercept of the model; give the fit and the errors of the fixed terms."""
    # not at the start: statsmodels takes two seconds
    from statsmodels.regression.mixed_linear_model import MixedLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    outcome, models = table["alignment"].to_numpy(np.float64), table["model"].to_numpy()
    with warnings.catch_warnings():
        # a variance at its boundary of 0 is a result here, told by `coefficient` and `converged`
        for kind in (ConvergenceWarning, UserWarning, RuntimeWarning):
            warnings.simplefilter("ignore", kind)
        fitted = MixedLM(outcome, design, groups=models).fit(reml=True)
        return fitted, np.asarray(fitted.bse_fe, np.float64)


def _long(rounds: Rounds, name: str) -> pd.DataFrame:
    """Give one row a round and cell, round -1 being the value without a bootstrap."""
    values = np.concatenate([rounds.once[None], rounds.drawn])
    cells = rounds.cells[["model", "family", "language"]]
    long = cells.loc[cells.index.repeat(len(values))].reset_index(drop=True)
    numbers = np.tile(np.arange(-1, len(values) - 1), len(cells))
    return long.assign(round=numbers, **{name: values.T.ravel()})


def _terms(table: pd.DataFrame, formula: str) -> tuple[pd.DataFrame, Floats]:
    """Give the terms of a formula and their columns, float64 [rows, terms]."""
    terms, columns = [], []
    languages, families = sorted(set(table["language"])), sorted(set(table["family"]))
    consistency = table["consistency"].to_numpy(np.float64)
    multilingual = table["multilingual"].to_numpy(np.float64)
    if formula == "normal":
        terms.append({"term": "consistency", "kind": "consistency", "family": "", "language": ""})
        columns.append(consistency)
    for language in languages:
        own = (table["language"] == language).to_numpy(np.float64)
        if formula == "interaction":
            name = {"term": f"consistency:{language}", "kind": "consistency", "family": ""}
            terms.append({**name, "language": language})
            columns.append(consistency * own)
    for family in families:
        for language in languages:
            own = (table["language"] == language) & (table["family"] == family)
            name = {"term": f"multilingual:{family}:{language}", "kind": "multilingual"}
            terms.append({**name, "family": family, "language": language})
            columns.append(multilingual * own.to_numpy(np.float64))
    return pd.DataFrame(terms), np.column_stack(columns)
