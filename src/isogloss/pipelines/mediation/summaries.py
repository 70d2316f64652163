"""The summary of mediation: means with intervals and tests, and shares of a total effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.mediation.cell_means import (
    EVERYWHERE,
    NO_CELL,
    CellMeans,
    add_sum_of_roles,
    align_effects,
    average_cells,
)
from isogloss.pipelines.mediation.cell_tests import Assessed, assess_cells, null_band
from isogloss.pipelines.mediation.effects import CELL, EFFECTS
from isogloss.pipelines.mediation.family_gates import Family, decide_gate
from isogloss.pipelines.mediation.irrelevant import LESS_IRRELEVANT, MEDIATED, subtract_irrelevant
from isogloss.pipelines.mediation.nulls import name_null
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.statistics.ratios import fieller_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.pipelines.mediation.gates import Gate
    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

Floats = NDArray[np.float64]
LESS_OTHER_LAYERS = "_less_other_layers"
GROUP = ("language", "kind", *LAYOUT, "part", "subset", "outcome")
SUMMARY_COLUMNS = (
    *GROUP,
    *CELL,
    "effect",
    "mean",
    "error",
    "ci_low",
    "ci_high",
    "n_pairs",
    "n_categories",
    "p",
    "p_adjusted",
    "null_band",
    "null_kind",
    "ratio",
    "ratio_ci_low",
    "ratio_ci_high",
    "gate",
    "remark",
)


def prepare_effects(effects: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Align the effects of one kind of pairs, with the sum of roles: outcome -> effects."""
    aligned = align_effects(effects)
    return {
        str(outcome): add_sum_of_roles(own)
        for outcome, own in aligned.groupby("outcome", sort=False)
    }


def summarise_family(
    family: Family, parameters: SummaryParameters, whole: Gate | None = None
) -> tuple[pd.DataFrame, Gate]:
    """Average, test and compare all effects of a family.

    Args:
        family: of pairs.
        parameters: of the summary.
        whole: gate of all pairs, where those of the family were chosen by answers of the model. A
            choice by the outcome, or by what goes with it, makes a total effect of nothing: it
            opens no gate that is closed to all.

    Returns:
        rows with the columns `SUMMARY_COLUMNS`, and the gate.
    """
    own = average_cells(family.effects)
    null = None if family.null is None else average_cells(family.null)
    gate = decide_gate(family, own, null, parameters)
    if whole is not None and not whole.is_open:
        gate = gate.close(whole.remark)
    tables = [_total_row(own.n_pairs, "total", gate.total)]
    if gate.less_irrelevant is not None:
        compared = f"total{LESS_IRRELEVANT}"
        tables.append(_total_row(gate.n_irrelevant, compared, gate.less_irrelevant))
    for effect in EFFECTS[1:]:
        chosen = _chosen(family, own.cells, effect)
        assessed = assess_cells(own.means[effect], parameters, chosen)
        rows = _cell_rows(own.cells, own.pairs, effect, assessed)
        if effect in MEDIATED:
            rows = _with_ratios(rows, own, effect, gate, parameters)
            rows["null_band"] = _band(family, own, effect, parameters)
        tables.append(rows)
    tables += list(_comparisons(family, own, parameters))
    table = pd.concat(tables, ignore_index=True).assign(
        **family.keys, null_kind=name_null(family.null), gate=gate.state, remark=gate.remark
    )
    return table.reindex(columns=list(SUMMARY_COLUMNS)), gate


def _total_row(pairs: int, effect: str, assessed: Assessed) -> pd.DataFrame:
    return _cell_rows([NO_CELL], np.array([pairs]), effect, assessed)


def _cell_rows(
    cells: Sequence[tuple[str, int, int, str]],
    pairs: NDArray[np.intp],
    effect: str,
    assessed: Assessed,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **{name: [cell[at] for cell in cells] for at, name in enumerate(CELL)},
            "effect": effect,
            "mean": assessed.mean,
            "error": assessed.error,
            "ci_low": assessed.low,
            "ci_high": assessed.high,
            "n_pairs": pairs,
            "n_categories": assessed.n_categories,
            "p": assessed.p,
            "p_adjusted": assessed.adjusted,
            "null_band": np.nan,
            "ratio": np.nan,
            "ratio_ci_low": np.nan,
            "ratio_ci_high": np.nan,
        }
    )


def _with_ratios(
    rows: pd.DataFrame, own: CellMeans, effect: str, gate: Gate, parameters: SummaryParameters
) -> pd.DataFrame:
    """Give the ratio of means mean(effect) / mean(total), only through an open gate.

    Both are means over the pairs that have the cell. Where the total effect of these does not
    differ from 0 the interval has no end, and there is no ratio.
    """
    if not gate.is_open:
        return rows
    found = fieller_interval(own.means[effect], own.cell_totals, parameters.confidence)
    enough = rows["n_categories"].to_numpy() >= parameters.least_categories
    enough &= ~np.isnan(found.low)
    return rows.assign(
        ratio=np.where(enough, found.ratio, np.nan),
        ratio_ci_low=np.where(enough, found.low, np.nan),
        ratio_ci_high=np.where(enough, found.high, np.nan),
    )


def _band(family: Family, own: CellMeans, effect: str, parameters: SummaryParameters) -> Floats:
    if family.null is None or family.is_unsigned:
        return np.full(len(own.cells), np.nan)
    wide = family.null.pivot_table(
        index=["pair_id", "category"], columns=list(CELL), values=effect, aggfunc="mean"
    )
    codes = pd.factorize(wide.index.get_level_values("category"))[0]
    reach, pairs = null_band(wide.to_numpy(np.float64), codes, parameters)
    strays = reach * np.sqrt(pairs)
    places = wide.columns.get_indexer(pd.Index(own.cells))
    strayed = np.where(places < 0, np.nan, np.array([*strays, np.nan])[places])
    return np.asarray(strayed / np.sqrt(np.maximum(own.pairs, 1)))


def _chosen(
    family: Family, cells: Sequence[tuple[str, int, int, str]], effect: str
) -> NDArray[np.bool_] | None:
    if family.is_unsigned:
        return np.zeros(len(cells), np.bool_)
    if family.chosen is None:
        return None
    wanted = family.chosen.get(effect, frozenset())
    return np.array([cell in wanted for cell in cells])


def _comparisons(
    family: Family, own: CellMeans, parameters: SummaryParameters
) -> Iterator[pd.DataFrame]:
    """Compare with an irrelevant category, pair by pair, and each layer with the others."""
    less = _less_irrelevant(family)
    for effect in MEDIATED:
        if less is not None:
            assessed = assess_cells(less.means[effect], parameters)
            yield _cell_rows(less.cells, less.pairs, f"{effect}{LESS_IRRELEVANT}", assessed)
        cells, difference, pairs = _against_other_layers(own, effect)
        if cells:
            assessed = assess_cells(difference, parameters)
            yield _cell_rows(cells, pairs, f"{effect}{LESS_OTHER_LAYERS}", assessed)


def _less_irrelevant(family: Family) -> CellMeans | None:
    if family.counterpart is None:
        return None
    both = subtract_irrelevant(family.effects, family.counterpart)
    return None if both.empty else average_cells(both)


def _against_other_layers(
    own: CellMeans, effect: str
) -> tuple[list[tuple[str, int, int, str]], Floats, NDArray[np.intp]]:
    """Subtract from the sum of roles of each layer the mean of the component's other layers."""
    cells: list[tuple[str, int, int, str]] = []
    parts, pairs = [], []
    for component in dict.fromkeys(cell[0] for cell in own.cells if cell[2] < 0):
        at = [
            place
            for place, cell in enumerate(own.cells)
            if cell[0] == component and cell[3] == EVERYWHERE
        ]
        if len(at) < 2:
            continue
        values = own.means[effect][at]
        others = (values.sum(axis=0) - values) / (len(at) - 1)
        cells += [own.cells[place] for place in at]
        parts.append(values - others)
        pairs.append(own.pairs[at])
    if not cells:
        return [], np.empty((0, len(own.categories))), np.empty(0, np.intp)
    return cells, np.concatenate(parts), np.concatenate(pairs)
