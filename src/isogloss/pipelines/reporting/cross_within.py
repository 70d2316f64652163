"""Level 1: whether alignment goes with an outcome over the languages of one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.reporting.correlation_cells import Cells
from isogloss.pipelines.reporting.correlation_covariates import known_covariates
from isogloss.pipelines.reporting.correlation_estimates import Design, estimate
from isogloss.pipelines.reporting.cross_gates import HERE, UNIT, Evidence, needed_correlation
from isogloss.pipelines.reporting.cross_inputs import CELL
from isogloss.pipelines.reporting.cross_losses import add_covariates, keep_known, say_unaligned
from isogloss.pipelines.reporting.parameters import CorrelationParameters
from isogloss.statistics.correlation import design_basis, directions, rank, spearman_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.reporting.parameters import CrossStudyParameters

Floats = NDArray[np.float64]

RHO = "Spearman rho"
CONFIRMATORY, EXPLORATORY = "confirmatory", "exploratory"


def associate_within_models(
    joined: pd.DataFrame,
    profiles: pd.DataFrame | None,
    families: Mapping[str, str],
    parameters: CrossStudyParameters,
) -> list[dict[str, Any]]:
    """Correlate alignment with every outcome of every model, plainly and with covariates.

    p-values permute the labels of languages: on the same languages jointly for all models and
    outcomes (max-T), and Holm steps over sets of languages. Tests without covariates are a family,
    the confirmatory ones apart from the others; so are those with one covariate, and with two.

    Args:
        joined: of `cross_inputs.join_sides`.
        profiles: `language_profiles`; None if there are none.
        families: language -> family, left out one at a time.
        parameters: of the analysis.

    Returns:
        Rows of `scoreboard_schemas.CrossStudy` without verdicts.
    """
    found = _correlate(joined, (), families, parameters)
    if profiles is None:
        return found
    names = known_covariates(profiles, list(parameters.covariates))
    for count in range(1, len(names) + 1):
        given = add_covariates(joined, profiles, names[:count])
        found += _correlate(given, tuple(names[:count]), families, parameters)
    return found


def rho_without_families(
    x: Floats, y: Floats, families: NDArray[np.object_], covariates: Floats
) -> tuple[float, float]:
    """Give the least and the largest (partial) rho when one family of languages is left out.

    Args:
        x: [n].
        y: [n].
        families: [n].
        covariates: [k, n].

    Returns:
        NaN twice where no family leaves enough languages.
    """
    found = [
        _rho(x[kept], y[kept], covariates[:, kept])
        for kept in (families != name for name in sorted(set(families)))
        if kept.sum() >= 3 + len(covariates)
    ]
    known = [value for value in found if np.isfinite(value)]
    return (min(known), max(known)) if known else (float("nan"), float("nan"))


def _rho(x: Floats, y: Floats, covariates: Floats) -> float:
    basis = design_basis(len(x), rank(covariates) if len(covariates) else None)
    if basis is None:
        return float("nan")
    one, other = directions(rank(np.stack([x, y])), basis)
    return float(np.clip(one @ other, -1, 1))


@dataclass(frozen=True)
class _Pair:
    """A predictor and an outcome of one model, with what they rest on; perhaps no row is left."""

    key: tuple[str, ...]
    confirmatory: bool
    rows: pd.DataFrame
    evidence: Evidence
    family: str
    covariates: tuple[str, ...]

    @classmethod
    def of(cls, rows: pd.DataFrame, covariates: tuple[str, ...]) -> _Pair:
        key = tuple(str(value) for value in rows.iloc[0][CELL])
        chosen = bool(rows["confirmatory"].iloc[0]) and not covariates
        kind = CONFIRMATORY if chosen else EXPLORATORY
        family = f"given {', '.join(covariates)}" if covariates else f"{kind}, level 1"
        known, unknown = keep_known(rows, covariates)
        lost = [*say_unaligned(rows["unaligned"]), *unknown]
        return cls(key, chosen, known, Evidence.of_rows(known, lost), family, covariates)

    @property
    def controlled(self) -> Floats:
        """The covariates, [k, n]."""
        return self.rows[list(self.covariates)].to_numpy(np.float64).T

    def describe(self) -> dict[str, Any]:
        """Give what is known before any test."""
        model, _, predictor, outcome, metric = self.key
        return {
            "level": 1,
            "model": model,
            "predictor": predictor,
            "outcome": outcome,
            "outcome_metric": metric,
            "n": self.evidence.n,
            "unit": UNIT,
            **self.evidence.columns(),
            "estimate_name": RHO,
            "family": self.family,
            "covariates": " ".join(self.covariates),
            "confirmatory": self.confirmatory,
        }


@dataclass(frozen=True)
class _Test:
    rho: float
    p: float
    adjusted: float
    reason: str


def _correlate(
    joined: pd.DataFrame,
    covariates: tuple[str, ...],
    families: Mapping[str, str],
    parameters: CrossStudyParameters,
) -> list[dict[str, Any]]:
    """Correlate with one set of covariates."""
    least = parameters.least_languages
    if covariates:
        takes = {str(name): count for name, count in parameters.covariates.items()}
        least = max(least, takes[covariates[-1]])
    pairs = [_Pair.of(rows, covariates) for _, rows in joined.groupby(CELL, sort=False)]
    usable = [pair for pair in pairs if not pair.evidence.objection(parameters, least)]
    tests = _test(usable, parameters)
    found = []
    for pair in pairs:
        test = tests.get(pair.key)
        family = [other.family for other in (usable if test else pairs)].count(pair.family)
        units = pair.evidence.n - len(covariates)
        needed = needed_correlation(units, family, parameters.level)
        row = {**pair.describe(), "needed_r": needed}
        if test is None or test.reason:
            reason = pair.evidence.objection(parameters, least, needed)
            row |= {"reason": reason or f"{HERE}{test.reason if test else ''}"}
        else:
            row |= _estimates(pair, test, families, parameters)
        found.append(row)
    return found


def _estimates(
    pair: _Pair, test: _Test, families: Mapping[str, str], parameters: CrossStudyParameters
) -> dict[str, Any]:
    n, controlled = pair.evidence.n, pair.controlled
    low, high = spearman_interval(
        [test.rho], [n], parameters.confidence, covariates=len(controlled)
    )
    names = np.array([families.get(code, code) for code in pair.rows["language"]], object)
    x, y = (pair.rows[side].to_numpy(np.float64) for side in ("x", "y"))
    lowest, highest = rho_without_families(x, y, names, controlled)
    return {
        "estimate": test.rho,
        "ci_low": low[0],
        "ci_high": high[0],
        "p": test.p,
        "p_adjusted": test.adjusted,
        "without_family_low": lowest,
        "without_family_high": highest,
    }


def _test(pairs: list[_Pair], parameters: CrossStudyParameters) -> dict[tuple[str, ...], _Test]:
    """Test pairs of one set of covariates together."""
    if not pairs:
        return {}
    rows = pd.concat([pair.rows.assign(family=pair.family) for pair in pairs])
    keys = [*CELL, "family"]
    alignment = rows[["model", "language", "x"]].drop_duplicates().rename(columns={"x": "score"})
    scores = rows[[*keys, "language", "y"]].rename(columns={"y": "score"})
    cells = Cells.of_tables(alignment, scores, "model")
    numbers = np.asarray(cells.keys.groupby("family").ngroup(), np.intp)
    values = _covariates(rows, pairs[0].covariates, cells)
    found = estimate(cells, Design(numbers, covariates=values), _settings(parameters))
    named = cells.keys[CELL].astype(str).to_numpy().tolist()
    columns = (found.r["spearman"], found.p["spearman"], found.adjusted, found.reason)
    return {tuple(key): _Test(*each) for key, *each in zip(named, *columns, strict=True)}


def _covariates(
    rows: pd.DataFrame, names: tuple[str, ...], cells: Cells
) -> dict[str, Floats] | None:
    if not names:
        return None
    known = rows.drop_duplicates(["model", "language"]).set_index(["model", "language"])
    return {
        str(model): known.loc[model].reindex(cells.names)[list(names)].to_numpy(np.float64).T
        for model in rows["model"].unique()
    }


def _settings(parameters: CrossStudyParameters) -> CorrelationParameters:
    return CorrelationParameters(
        permutations=parameters.permutations,
        exact_up_to=parameters.exact_up_to,
        adjusted_statistic="spearman",
        confidence=parameters.confidence,
        seed=parameters.seed,
    )
