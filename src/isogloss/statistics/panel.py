"""An outcome of languages in several models, explained by a predictor beside covariates.

A panel has a row a model and a column a language, without gaps. Each model has a level of its own.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from isogloss.statistics.correlation import design_basis, directions
from isogloss.statistics.permutation import CHUNK, TOLERANCE, Block

Floats = NDArray[np.float64]


class Variances(NamedTuple):
    """Variances of a mixed model: of what is left, of families, and of languages within them."""

    residual: float
    family: float
    language: float


class Coefficient(NamedTuple):
    """A coefficient with its interval; NaN where it cannot be fitted."""

    value: float
    low: float
    high: float
    variances: Variances = Variances(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Panel:
    """What is known of languages in several models.

    Attributes:
        outcome: float64 [models, languages].
        predictor: float64 [models, languages].
        covariates: float64 [k, models, languages].
        families: [languages], family of each.
    """

    outcome: Floats
    predictor: Floats
    covariates: Floats
    families: NDArray[np.object_]

    @property
    def nuisance(self) -> Floats:
        """All but the predictor: a column a model, then the covariates; [models * languages, .]."""
        models, languages = self.outcome.shape
        levels = np.repeat(np.eye(models), languages, axis=0)
        return np.column_stack([levels, *(one.ravel() for one in self.covariates)])

    @property
    def design(self) -> Floats:
        """The predictor first, then the nuisance."""
        return np.column_stack([self.predictor.ravel(), self.nuisance])

    @property
    def is_determined(self) -> bool:
        """Whether no column of the design follows from the others."""
        return bool(np.linalg.matrix_rank(self.design) == self.design.shape[1])

    def without(self, family: str) -> Panel:
        """Leave the languages of a family out."""
        kept = self.families != family
        return Panel(
            self.outcome[:, kept],
            self.predictor[:, kept],
            self.covariates[:, :, kept],
            self.families[kept],
        )


def standardise(values: Floats) -> Floats:
    """Bring every row to mean 0 and standard deviation 1; a constant row becomes 0."""
    centred = values - values.mean(axis=-1, keepdims=True)
    spread = values.std(axis=-1, ddof=1, keepdims=True)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0))


def permute_jointly(panel: Panel, orders: NDArray[np.integer]) -> float:
    """Test the predictor by moving languages, the same way in all models.

    The residuals of the outcome on the nuisance are permuted and made residuals anew, and their
    |correlation| with the residuals of the predictor is compared with the one seen (Freedman and
    Lane 1983, Journal of Business & Economic Statistics 1, p. 292). A language keeps its residuals
    of all models together, as these share what the language is like.

    Args:
        panel: determined.
        orders: of languages, [permutations, languages], from `permutation.label_permutations`.

    Returns:
        The two-sided p-value.
    """
    models, languages = panel.outcome.shape
    basis = design_basis(models * languages, panel.nuisance[:, 1:].T)
    if basis is None:
        return float("nan")
    block = Block(
        directions(panel.predictor.reshape(1, -1), basis),
        directions(panel.outcome.reshape(1, -1), basis),
        basis,
        np.zeros((1, 1), np.intp),
    )
    starts = languages * np.arange(models)[:, None]
    # In parts: all permutations of many languages and models at once would fill the memory.
    size = max(1, CHUNK // (models * languages))
    seen, reached = np.nan, 0
    for start in range(0, len(orders), size):
        part = orders[start : start + size].astype(np.intp)
        moved = (starts + part[:, None, :]).reshape(len(part), -1)
        found = np.abs(block.correlations(moved)).ravel()
        # The first is the order as it is.
        seen = found[0] - TOLERANCE if start == 0 else seen
        reached += int((found >= seen).sum())
    undefined = np.isnan(block.outcomes).any() or np.isnan(block.predictors).any()
    return float("nan") if undefined else reached / len(orders)


def fit_mixed(panel: Panel, confidence: float = 0.95) -> Coefficient:
    """Fit outcome ~ model + predictor + covariates + (1 | family) + (1 | language) by REML.

    Languages lie within families, and a language is the same in all models. The interval takes
    the random effects as normal (Wald); it is not what the predictor is tested by.

    Args:
        panel: determined.
        confidence: coverage asked for.
    """
    # not at the start: statsmodels takes two seconds
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    models, languages = panel.outcome.shape
    families = np.tile(panel.families.astype(str), models)
    codes = np.tile(np.arange(languages), models)
    blocks = {name: codes[families == name] for name in np.unique(families)}
    members = [(own[:, None] == np.unique(own)).astype(np.float64) for own in blocks.values()]
    names = [[f"language {code}" for code in np.unique(own)] for own in blocks.values()]
    within = VCSpec(["language"], [names], [members])
    with warnings.catch_warnings():
        # a variance at its boundary of 0 is a result here
        for kind in (ConvergenceWarning, UserWarning, RuntimeWarning):
            warnings.simplefilter("ignore", kind)
        intercepts = np.ones((len(families), 1))
        model = MixedLM(panel.outcome.ravel(), panel.design, families, intercepts, exog_vc=within)
        try:
            fitted = model.fit(reml=True)
            value, error = float(fitted.fe_params[0]), float(fitted.bse_fe[0])
            parts = float(fitted.scale), float(fitted.cov_re[0, 0]), float(fitted.vcomp[0])
        except np.linalg.LinAlgError:
            return Coefficient(np.nan, np.nan, np.nan)
    reach = float(scipy.stats.norm.ppf((1 + confidence) / 2)) * error
    return Coefficient(value, value - reach, value + reach, Variances(*parts))


def gain_without_families(panel: Panel) -> float:
    """Say how much better the predictor makes predictions for families that are not in the fit.

    Each family in turn is predicted from the least-squares fit to all others, with the predictor
    and without it. The gain is (SSE without - SSE with) / SST, SST about the means of the models.

    Returns:
        NaN if some family cannot be predicted, as there is but one, or the outcome is constant.
    """
    families = np.tile(panel.families.astype(str), len(panel.outcome))
    total = np.square(panel.outcome - panel.outcome.mean(axis=1, keepdims=True)).sum()
    if len(set(panel.families)) < 2 or not total > 0:
        return float("nan")
    errors = [_left_out_error(panel.outcome.ravel(), one, families) for one in _both(panel)]
    return float((errors[0] - errors[1]) / total)


def coefficients_without_families(panel: Panel, variances: Variances) -> tuple[float, float]:
    """Give the least and the largest coefficient when one family of languages is left out.

    By generalised least squares with the variances of the fit to all families: only the
    coefficients are fitted anew, so that many families take no longer than one fit.

    Args:
        panel: determined.
        variances: of `fit_mixed`.

    Returns:
        NaN twice where no family can be left out, or nothing was fitted.
    """
    if not np.isfinite(variances).all() or not variances.residual > 0:
        return float("nan"), float("nan")
    sums = {name: _normal_equations(panel, name, variances) for name in set(panel.families)}
    left, right = (np.sum([one[side] for one in sums.values()], axis=0) for side in (0, 1))
    found = [
        float(np.linalg.solve(left - own[0], right - own[1])[0])
        for name, own in sums.items()
        if (panel.families != name).any() and panel.without(name).is_determined
    ]
    return (min(found), max(found)) if found else (float("nan"), float("nan"))


def _normal_equations(panel: Panel, family: str, variances: Variances) -> tuple[Floats, Floats]:
    """Give X'V^-1 X and X'V^-1 y of the languages of one family, in all models."""
    models = len(panel.outcome)
    own = panel.families == family
    rows = np.tile(own, models)
    design, outcome = panel.design[rows], panel.outcome.ravel()[rows]
    languages = np.tile(np.eye(int(own.sum())), (models, 1))
    covariance = variances.language * languages @ languages.T + variances.family
    covariance[np.diag_indices_from(covariance)] += variances.residual
    weighted = np.linalg.solve(covariance, np.column_stack([design, outcome]))
    return design.T @ weighted[:, :-1], design.T @ weighted[:, -1]


def _both(panel: Panel) -> tuple[Floats, Floats]:
    return panel.nuisance, panel.design


def _left_out_error(outcome: Floats, design: Floats, groups: NDArray[np.str_]) -> float:
    """Sum the squared errors of predictions for each group from a fit to the others."""
    total = 0.0
    for name in np.unique(groups):
        kept = groups != name
        if np.linalg.matrix_rank(design[kept]) < design.shape[1]:
            return float("nan")
        predicted = design[~kept] @ _fit(design[kept], outcome[kept])
        total += float(np.square(outcome[~kept] - predicted).sum())
    return total


def _fit(design: Floats, outcome: Floats) -> Floats:
    return np.asarray(np.linalg.lstsq(design, outcome, rcond=None)[0], np.float64)
