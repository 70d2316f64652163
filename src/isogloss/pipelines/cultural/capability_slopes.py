"""Agreement with one's own culture regressed on capability, over models within languages."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from isogloss.statistics.centred_slope import (
    permuted_slope_p,
    slope_within_groups,
    unit_orders,
)
from isogloss.statistics.deletion import deletion_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.cultural.alignment_combinations import Combination
    from isogloss.pipelines.cultural.analysis_parameters import CapabilityParameters

Floats = NDArray[np.float64]

logger = logging.getLogger(__name__)

ALL = "all"
NONE, CONSISTENCY = "none", "consistency"
_EMPTY = dict.fromkeys(("slope", "error", "ci_low", "ci_high", "p", "p_within_family"), np.nan)


@dataclass(frozen=True)
class Cells:
    """Models by languages: an outcome with what it is without questions, and two predictors.

    Attributes:
        models: their names.
        families: of the models.
        languages: codes.
        outcome: float64 [models, languages]; NaN where a cell is lacking, as in all of these.
        without: float64 [questions, models, languages], the outcome without each question that
            some cell rests on.
        capability: float64 [models, languages].
        consistency: float64 [models, languages].
    """

    models: tuple[str, ...]
    families: tuple[str, ...]
    languages: tuple[str, ...]
    outcome: Floats
    without: Floats
    capability: Floats
    consistency: Floats

    def chosen(self, models: NDArray[np.bool_], languages: NDArray[np.bool_]) -> Cells:
        """Keep some models and languages."""
        at = np.ix_(models, languages)
        return Cells(
            tuple(name for name, kept in zip(self.models, models, strict=True) if kept),
            tuple(name for name, kept in zip(self.families, models, strict=True) if kept),
            tuple(name for name, kept in zip(self.languages, languages, strict=True) if kept),
            self.outcome[at],
            self.without[:, models][:, :, languages],
            self.capability[at],
            self.consistency[at],
        )

    def complete(self, with_consistency: bool) -> Cells:
        """Keep the models that have every language, as a joint permutation needs; name others."""
        needed = self.outcome + self.capability
        if with_consistency:
            needed = needed + self.consistency
        whole = ~np.isnan(needed.sum(axis=1))
        if not whole.all():
            lost = [name for name, kept in zip(self.models, whole, strict=True) if not kept]
            logger.info(
                "The regression on capability%s leaves out %s: some of %s lack a score of theirs.",
                " and consistency" if with_consistency else "",
                " ".join(lost),
                " ".join(self.languages),
            )
        return self.chosen(whole, np.ones(len(self.languages), np.bool_))


def make_cells(
    keys: pd.DataFrame,
    outcome: Combination,
    capability: pd.DataFrame,
    consistency: pd.DataFrame,
) -> Cells:
    """Bring outcomes of voices, capabilities and consistencies together, models by languages.

    Args:
        keys: model, family and language of each outcome.
        outcome: of voices.
        capability: model, language, capability; models without any are left out, and languages.
        consistency: model, language, value.
    """
    there = keys.merge(capability, on=["model", "language"])
    models = tuple(sorted(there["model"].unique()))
    languages = tuple(sorted(there["language"].unique()))
    shape = len(models), len(languages)
    row = pd.Index(models).get_indexer(pd.Index(keys["model"]))
    column = pd.Index(languages).get_indexer(pd.Index(keys["language"]))
    kept = (row >= 0) & (column >= 0)
    found = np.full(shape, np.nan)
    found[row[kept], column[kept]] = outcome.found[kept]
    rests = outcome.rests[:, kept].any(axis=1)
    without = np.full((int(rests.sum()), *shape), np.nan)
    without[:, row[kept], column[kept]] = outcome.without[rests][:, kept]
    families = keys.drop_duplicates("model").set_index("model")["family"]
    return Cells(
        models,
        tuple(str(families[name]) for name in models),
        languages,
        found,
        without,
        _wide(capability, "capability", models, languages),
        _wide(consistency, "value", models, languages),
    )


def regress_on_capability(
    cells: Cells, parameters: CapabilityParameters, confidence: float, seed: int
) -> Iterator[dict[str, Any]]:
    """Give the slope of the outcome on capability, in all languages and in each.

    Both are centred within languages, so that neither good languages nor hard benchmarks count.
    The interval speaks of other questions, with these models: the jackknife over questions and
    Student's t. p speaks of models: it permutes the models' outcomes in all languages at once;
    p_within_family permutes within families, where makers could explain all.

    Args:
        cells: models by languages.
        parameters: of the regression.
        confidence: of the intervals.
        seed: of the permutations.

    Yields:
        rows of `capability_regression`, without outcome and measure.
    """
    for covariates in (NONE, CONSISTENCY):
        whole = cells.complete(covariates == CONSISTENCY)
        every = np.ones(len(whole.models), np.bool_)
        orders = _order_models(whole, parameters, seed)
        for language in (ALL, *whole.languages):
            spoken = np.array([language in (ALL, one) for one in whole.languages], np.bool_)
            own = whole.chosen(every, spoken)
            key = {"covariates": covariates, "language": language}
            found = _regress(own, covariates, orders, parameters.least_models, confidence)
            yield key | {"left_out": "", **found}
            if language != ALL or len(own.models) <= parameters.least_models:
                continue
            for number, model in enumerate(own.models):
                rest = own.chosen(np.arange(len(own.models)) != number, np.ones_like(spoken))
                moved = _order_models(rest, parameters, seed)
                found = _regress(rest, covariates, moved, parameters.least_models, confidence)
                yield key | {"left_out": model, **found}


class _Orders(NamedTuple):
    """Orders of models: of all, and within families; None if no family has two models."""

    joint: NDArray[np.intp]
    within: NDArray[np.intp] | None


def _order_models(cells: Cells, parameters: CapabilityParameters, seed: int) -> _Orders:
    n, families = len(cells.models), cells.families
    settings = parameters.exact_up_to, parameters.permutations
    joint = unit_orders(n, *settings, np.random.default_rng(seed))
    if len(set(families)) == n:
        return _Orders(joint, None)
    return _Orders(joint, unit_orders(n, *settings, np.random.default_rng(seed), families))


def _regress(
    cells: Cells, covariates: str, orders: _Orders, least: int, confidence: float
) -> dict[str, Any]:
    n, questions = len(cells.models), len(cells.without)
    told = {"n": n, "n_questions": questions}
    if n < least:
        return {**_EMPTY, **told, "reason": f"{n} models; a slope takes {least}"}
    extra = cells.consistency if covariates == CONSISTENCY else None
    given = cells.outcome, cells.capability
    found = slope_within_groups(*given, extra)
    if np.isnan(found.slope):
        return {**_EMPTY, **told, "reason": "capability does not vary within languages"}
    error = float(deletion_error((found.weights * cells.without).sum(axis=(1, 2))))
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, questions - 1)) * error
    return {
        "slope": found.slope,
        "error": error,
        "ci_low": found.slope - reach,
        "ci_high": found.slope + reach,
        "p": permuted_slope_p(*given, orders.joint, extra),
        "p_within_family": (
            np.nan if orders.within is None else permuted_slope_p(*given, orders.within, extra)
        ),
        **told,
        "reason": "",
    }


def _wide(
    table: pd.DataFrame, column: str, models: tuple[str, ...], languages: tuple[str, ...]
) -> Floats:
    wide = table.pivot(index="model", columns="language", values=column)
    return wide.reindex(index=list(models), columns=list(languages)).to_numpy(np.float64)
