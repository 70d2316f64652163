"""What interventions say on average, with intervals over categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.mediation.cell_tests import assess_cells
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.statistics.ratios import fieller_interval
from isogloss.statistics.resampling import bootstrap_counts
from isogloss.statistics.studentised import assess_jointly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

Floats = NDArray[np.float64]
INTERVENTION_COLUMNS = (
    "model",
    "language",
    "experiment",
    "kind",
    *LAYOUT,
    "outcome",
    "name",
    "window",
    "spot",
    "layer",
    "measure",
    "mean",
    "error",
    "ci_low",
    "ci_high",
    "n",
    "n_categories",
    "p",
    "p_adjusted",
    "ratio",
    "ratio_ci_low",
    "ratio_ci_high",
    "remark",
)
STEERED = ("probe", "mean")
"""Directions; random ones of the same length are called `random_...`."""
NO_SHARES = "no shares: the gate of the total effect is closed"
FEW = "fewer than {} categories: nothing can be tested"


def summarise_steering(steering: pd.DataFrame, parameters: SummaryParameters) -> pd.DataFrame:
    """Average by how much the expected count follows a step of one member.

    Of each list the slope through zero, sum of step times change over sum of squared steps; then
    the mean over categories. `change_per_member` is that of each direction, of random ones the mean
    over draws; `less_random`, what is tested, that of a direction less that of random ones of its
    length in the same list. Layers, spots and directions are one family.

    Args:
        steering: of one language.
        parameters: of the summary.
    """
    product = steering.assign(
        product=steering["step"] * steering["change"], square=steering["step"] ** 2
    )
    cell, lists = ["direction", "spot", "layer"], ["category", "list_id"]
    sums = product.groupby([*cell, *lists, "draw"])[["product", "square"]].sum()
    each = sums["product"] / sums["square"]
    slopes = each.groupby([*cell, *lists]).mean().rename("value").reset_index()
    found = _assess(slopes, cell, parameters).assign(p=np.nan, p_adjusted=np.nan, remark="")
    tested = _assess(_less_random(slopes), cell, parameters)
    rows = pd.concat(
        [found.assign(measure="change_per_member"), tested.assign(measure="less_random")],
        ignore_index=True,
    )
    return rows.rename(columns={"direction": "name"}).assign(
        experiment="steering", outcome="expected_count"
    )


def _less_random(slopes: pd.DataFrame) -> pd.DataFrame:
    keys = ["spot", "layer", "category", "list_id"]
    wide = slopes.pivot(index=keys, columns="direction", values="value")
    found = [
        (wide[name] - wide[f"random_{name}"]).rename("value").reset_index().assign(direction=name)
        for name in STEERED
    ]
    return pd.concat(found, ignore_index=True)


def summarise_exchanges(exchanges: pd.DataFrame, parameters: SummaryParameters) -> pd.DataFrame:
    """Give the slope of the change on the difference of running counts, over exchanges.

    Least squares with an intercept; without each category in turn, be it of the lists that take or
    of those that give, for the error (jackknife), and a bootstrap of its influences for intervals
    and p-values, layers and spots as one family: see `studentised.assess_jointly`. A sum made at
    the end gives 0 in every layer, a running count more where an item holds it that the next one
    has not read yet; 1 only if all items hold it in the same layer.

    Args:
        exchanges: of one language.
        parameters: of the summary.
    """
    groups = list(exchanges.groupby(["spot", "layer"]))
    categories = sorted({*exchanges["category"], *exchanges["source_category"]})
    found = np.array([_slope(own) for _, own in groups])
    without = np.array(
        [[_slope(own[~_has_part(own, name)]) for _, own in groups] for name in categories]
    )
    rests = np.array(
        [[bool(_has_part(own, name).any()) for _, own in groups] for name in categories]
    )
    generator = np.random.default_rng([parameters.seed, len(categories)])
    counts = bootstrap_counts(len(categories), parameters.rounds, generator)
    test = assess_jointly(found, without, rests, counts, parameters.confidence)
    table = pd.DataFrame([key for key, _ in groups], columns=["spot", "layer"]).assign(
        mean=test.found,
        error=test.error,
        ci_low=test.low,
        ci_high=test.high,
        p=test.p,
        p_adjusted=test.adjusted,
        n=[len(own) for _, own in groups],
        n_categories=rests.sum(axis=0),
    )
    few = table["n_categories"] < parameters.least_categories
    table.loc[few, ["p", "p_adjusted"]] = np.nan
    return table.assign(
        experiment="interchange",
        name="unrelated list",
        measure="slope",
        outcome="expected_count",
        remark=np.where(few, FEW.format(parameters.least_categories), ""),
    )


def _has_part(own: pd.DataFrame, category: str) -> NDArray[np.bool_]:
    return ((own["category"] == category) | (own["source_category"] == category)).to_numpy(bool)


def _slope(own: pd.DataFrame) -> float:
    x = (own["source_running"] - own["running"]).to_numpy(np.float64)
    y = own["change"].to_numpy(np.float64)
    if len(x) < 3 or np.ptp(x) == 0:
        return float("nan")
    centred = x - x.mean()
    return float(centred @ y / (centred @ centred))


def summarise_knockouts(
    knockouts: pd.DataFrame,
    open_gates: frozenset[tuple[str, ...]],
    parameters: SummaryParameters,
) -> pd.DataFrame:
    """Average what is left of the total effect where attention is cut, and what is lost.

    Args:
        knockouts: of one language.
        open_gates: kind, named, separators, outcome of what may be given shares.
        parameters: of the summary.
    """
    sign = knockouts["sign"]
    aligned = knockouts.assign(
        left=knockouts["left"] * sign,
        lost=(knockouts["total"] - knockouts["left"]) * sign,
        total=knockouts["total"] * sign,
    )
    tables = []
    names = ["kind", *LAYOUT, "outcome"]
    for group, own in aligned.groupby(names, sort=False):
        keys = dict(zip(names, map(str, group), strict=True))
        for measure in ("left", "lost"):
            values = own.rename(columns={measure: "value"})
            rows = _assess(values, ["edges", "window"], parameters).assign(**keys, measure=measure)
            if tuple(keys.values()) in open_gates:
                rows = _with_shares(rows, values, parameters)
            else:
                rows["remark"] = NO_SHARES
            tables.append(rows)
    table = pd.concat(tables, ignore_index=True)
    return table.rename(columns={"edges": "name"}).assign(experiment="knock_out")


def _with_shares(
    rows: pd.DataFrame, values: pd.DataFrame, parameters: SummaryParameters
) -> pd.DataFrame:
    shares = []
    for edges, window in zip(rows["edges"], rows["window"], strict=True):
        own = values[(values["edges"] == edges) & (values["window"] == window)]
        means = own.groupby("category")[["value", "total"]].mean()
        found = fieller_interval(
            means["value"].to_numpy()[None], means["total"].to_numpy(), parameters.confidence
        )
        shares.append((found.ratio[0], found.low[0], found.high[0]))
    names = ["ratio", "ratio_ci_low", "ratio_ci_high"]
    return rows.assign(**dict(zip(names, zip(*shares, strict=True), strict=True)))


def _assess(
    values: pd.DataFrame, cell: Sequence[str], parameters: SummaryParameters
) -> pd.DataFrame:
    """Average the column `value` within categories, then over them, cells as one family."""
    wide = values.pivot_table(index=list(cell), columns="category", values="value")
    assessed = assess_cells(wide.to_numpy(np.float64), parameters)
    few = assessed.n_categories < parameters.least_categories
    columns: dict[str, Any] = {
        "mean": assessed.mean,
        "error": assessed.error,
        "ci_low": assessed.low,
        "ci_high": assessed.high,
        "n": values.groupby(list(cell)).size().reindex(wide.index).to_numpy(),
        "n_categories": assessed.n_categories,
        "p": assessed.p,
        "p_adjusted": assessed.adjusted,
        "remark": np.where(few, FEW.format(parameters.least_categories), ""),
    }
    return wide.index.to_frame(index=False).assign(**columns)
