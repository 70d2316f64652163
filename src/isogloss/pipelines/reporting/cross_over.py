"""Level 2: whether alignment goes with an outcome over the languages of several models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.reporting.correlation_covariates import known_covariates
from isogloss.pipelines.reporting.cross_gates import HERE, UNIT, Evidence
from isogloss.pipelines.reporting.cross_losses import add_covariates, keep_known, say_unaligned
from isogloss.pipelines.reporting.cross_within import CONFIRMATORY, EXPLORATORY
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.statistics.panel import (
    Panel,
    coefficients_without_families,
    fit_mixed,
    gain_without_families,
    permute_jointly,
    standardise,
)
from isogloss.statistics.permutation import label_permutations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import CrossStudyParameters

Floats = NDArray[np.float64]

BETA = "beta"
ACCURACY = "accuracy"
"""What the names of shares of right answers begin with; other outcomes are taken as they are."""
UNKNOWN = "of no language {names} is known"
USELESS = "what is held constant explains alignment, or each other, altogether"


def associate_over_models(
    joined: pd.DataFrame,
    profiles: pd.DataFrame | None,
    families: Mapping[str, str],
    parameters: CrossStudyParameters,
) -> list[dict[str, Any]]:
    """Explain every outcome of all models by alignment, beside the covariates.

    link(y) ~ model + z(alignment within the model) + covariates + (1 | language) + (1 | family).
    Accuracies y with chance c are taken as logit((y - c) / (1 - c)), the share held within half an
    item of 0 and 1, and are one kind of outcome whatever the way of asking; otherwise only models
    with the same metric are taken together. p permutes languages, the same way in all models; Holm
    over outcomes.

    Args:
        joined: of `cross_inputs.join_sides`.
        profiles: `language_profiles`; None if there are none.
        families: language -> family.
        parameters: of the analysis.

    Returns:
        Rows of `scoreboard_schemas.CrossStudy` without verdicts.
    """
    wanted = [str(name) for name in parameters.covariates]
    names = [] if profiles is None else known_covariates(profiles, wanted)
    own = joined[~joined["proxy"]]
    if profiles is not None:
        own = add_covariates(own, profiles, names)
    missing = [name for name in wanted if name not in names]
    own = own.assign(kind=[_kind(metric) for metric in own["outcome_metric"]])
    pools = [
        _Pool.of(rows, names, missing, parameters)
        for _, rows in own.groupby(["predictor", "outcome", "kind"], sort=False)
    ]
    found = []
    for pool in pools:
        row = {**pool.describe(), "reason": pool.objection(parameters)}
        found.append(row if row["reason"] else row | _estimate(pool, families, parameters))
    for family in {pool.family for pool in pools}:
        tested = [row for row in found if row["family"] == family and not row["reason"]]
        for row, p in zip(tested, adjust_holm([row["p"] for row in tested]), strict=True):
            row["p_adjusted"] = float(p)
    return found


def _kind(metric: str) -> str:
    """Give what outcomes are taken together by: accuracies are one kind, COMET is no chrF++."""
    return ACCURACY if metric.startswith(ACCURACY) else metric


def link(values: Floats, chance: Floats, items: Floats) -> Floats:
    """Give logit((y - c) / (1 - c)), the share held within half an item of 0 and 1."""
    share = (values - chance) / (1 - chance)
    half = 0.5 / items
    held = np.clip(share, half, 1 - half)
    return np.asarray(np.log(held / (1 - held)), np.float64)


@dataclass(frozen=True, eq=False)
class _Pool:
    """An outcome in the models and languages that have all that it takes.

    Attributes:
        rows: of these, by model and language.
        models: how many.
        predictor: its name.
        outcome: the study.
        evidence: n counts languages.
        names: of the covariates.
        missing: names of the covariates that nothing is known of.
        metrics: of the outcome.
        kind: of these metrics.
        confirmatory: whether its test is.
    """

    rows: pd.DataFrame
    models: int
    predictor: str
    outcome: str
    evidence: Evidence
    names: tuple[str, ...]
    missing: tuple[str, ...]
    metrics: str
    kind: str
    confirmatory: bool

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        names: Sequence[str],
        missing: Sequence[str],
        parameters: CrossStudyParameters,
    ) -> _Pool:
        """Keep the models that have enough languages, and the languages that all of these have."""
        known, unknown = keep_known(rows, names)
        counts = known.groupby("model")["language"].transform("size")
        enough = counts >= parameters.least_languages_over_models
        kept = known[enough] if enough.any() else known
        models = kept["model"].nunique()
        shared = kept.groupby("language")["model"].transform("nunique") == models
        kept = kept[shared].sort_values(["model", "language"], ignore_index=True)
        return cls(
            kept,
            models,
            str(rows["predictor"].iloc[0]),
            str(rows["outcome"].iloc[0]),
            Evidence.of_rows(kept, [*say_unaligned(rows["unaligned"]), *unknown]),
            tuple(names),
            tuple(missing),
            ", ".join(sorted(rows["outcome_metric"].unique())),
            str(rows["kind"].iloc[0]),
            bool(rows["confirmatory"].all()),
        )

    @property
    def family(self) -> str:
        return f"{CONFIRMATORY if self.confirmatory else EXPLORATORY}, level 2"

    @cached_property
    def panel(self) -> Panel:
        """The rows as models by languages."""
        y, x = self._table("y"), standardise(self._table("x"))
        if self.kind == ACCURACY and self.rows["chance"].notna().all():
            y = link(y, self._table("chance"), self._table("items"))
        covariates = [self._table(name) for name in self.names]
        stacked = np.stack(covariates) if covariates else np.empty((0, *y.shape))
        return Panel(y, x, stacked, self.languages)

    @property
    def languages(self) -> NDArray[np.object_]:
        return self.rows["language"].to_numpy(object)[: self.evidence.n]

    def _table(self, name: str) -> Floats:
        return self.rows[name].to_numpy(np.float64).reshape(self.models, -1)

    def objection(self, parameters: CrossStudyParameters) -> str:
        """Say why nothing is tested; empty where the gate is open."""
        least = parameters.least_languages_over_models
        found = self.evidence.objection(parameters, least, models=self.models)
        if found or not self.missing:
            return found or ("" if self.panel.is_determined else f"{HERE}{USELESS}")
        return HERE + UNKNOWN.format(names=" and ".join(self.missing).replace("_", " "))

    def describe(self) -> dict[str, Any]:
        """Give what is known before any test."""
        return {
            "level": 2,
            "model": "",
            "predictor": self.predictor,
            "outcome": self.outcome,
            "outcome_metric": self.metrics,
            "n": self.evidence.n,
            "unit": f"languages in each of {self.models} models" if self.models > 1 else UNIT,
            **self.evidence.columns(),
            "estimate_name": BETA,
            "family": self.family,
            "covariates": " ".join(self.names),
            "confirmatory": self.confirmatory,
        }


def _estimate(
    pool: _Pool, families: Mapping[str, str], parameters: CrossStudyParameters
) -> dict[str, Any]:
    names = [families.get(str(code), str(code)) for code in pool.languages]
    panel = replace(pool.panel, families=np.array(names, object))
    n = pool.evidence.n
    generator = np.random.default_rng([parameters.seed, n])
    orders = label_permutations(n, parameters.exact_up_to, parameters.permutations, generator)
    coefficient = fit_mixed(panel, parameters.confidence)
    low, high = coefficients_without_families(panel, coefficient.variances)
    return {
        "estimate": coefficient.value,
        "ci_low": coefficient.low,
        "ci_high": coefficient.high,
        "p": permute_jointly(panel, orders),
        "without_family_low": low,
        "without_family_high": high,
        "delta_r2": gain_without_families(panel),
    }
