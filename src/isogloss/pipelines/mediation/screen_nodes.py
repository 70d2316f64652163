"""Nodes that estimate effects from gradients and check the estimates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.language_models.patching.attribution import attribute
from isogloss.pipelines.mediation.effect_nodes import choose_sites, count_heads, split_pairs
from isogloss.pipelines.mediation.effect_parameters import ScreenParameters
from isogloss.pipelines.mediation.effects import ALL, PairRow, read_pairs
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.pipelines.mediation.screening import (
    ATTRIBUTION_COLUMNS,
    SCREEN_CELL_COLUMNS,
    SCREEN_COLUMNS,
    Cell,
    average_estimates,
    bound_missed,
    choose_cells,
    compare_cells,
    patch_cells,
    tabulate_estimates,
)
from isogloss.progress import progress

if TYPE_CHECKING:
    # Torch comes with it; no node has it in its signature.
    from isogloss.language_models.loading import LoadedModel

Rows = list[dict[str, Any]]


def estimate_effects(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: ScreenParameters
) -> pd.DataFrame:
    """Estimate the effects of all patches from gradients; see `attribution.attribute`.

    A few passes stand for as many patches as there are cells. What saturates or cancels is
    estimated badly, so `check_estimates` patches some cells.

    Args:
        lm: the model.
        mediation_pairs: of this model.
        parameters: which sites and methods.

    Returns:
        `attributions`: one row a pair, site, role and method, of y = contrast . logits.
    """
    works = split_pairs(mediation_pairs)
    tables = []
    title = f"{lm.name}: estimating effects"
    estimates = len(mediation_pairs) * len(parameters.methods)
    with lm.open() as loaded, progress(title, len(works), "kinds", "pairs", estimates) as report:
        sites = choose_sites(parameters, loaded.layers, count_heads(loaded))
        for own in works.values():
            rows = read_pairs(own, parameters.roles)
            for method in parameters.methods:
                found = attribute(
                    loaded,
                    [row.patch for row in rows],
                    [row.contrast.tolist() for row in rows],
                    sites,
                    [list(row.groups.values()) for row in rows],
                    steps=parameters.steps if method == "integrated" else 0,
                    token_budget=parameters.token_budget,
                    advance=report.worked,
                )
                tables.append(tabulate_estimates(rows, sites, found, method))
            report.finished()
    table = pd.concat(tables, ignore_index=True).assign(model=lm.name)
    return table[list(ATTRIBUTION_COLUMNS)]


def check_estimates(
    lm: LanguageModel,
    mediation_pairs: pd.DataFrame,
    attributions: pd.DataFrame,
    parameters: ScreenParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patch the cells with the largest estimates, and some others, exactly.

    Args:
        lm: the model.
        mediation_pairs: of this model.
        attributions: of `estimate_effects`.
        parameters: how many cells.

    Returns:
        `screened_cells`: estimate and exact effect of each; `screen_check`: how well they agree,
        and a bound on what the screen misses, see `screening.bound_missed`.
    """
    generator = np.random.default_rng(parameters.seed)
    plans = [
        _choose(own, attributions, parameters, generator)
        for own in split_pairs(mediation_pairs).values()
    ]
    cells: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    title, patches = f"{lm.name}: checking estimates", sum(plan.patches() for plan in plans)
    with lm.open() as loaded, progress(title, len(plans), "kinds", "patches", patches) as report:
        for plan in plans:
            for found, check in _check(loaded, plan, parameters, report.worked):
                cells += found
                checks += check
            report.finished()
    screened = pd.DataFrame(cells).assign(model=lm.name)
    check_table = pd.DataFrame(checks).assign(model=lm.name)
    return screened[list(SCREEN_CELL_COLUMNS)], check_table[list(SCREEN_COLUMNS)]


class _Plan(NamedTuple):
    """Which cells of pairs of one kind are patched, and the mean estimates of each method."""

    group: dict[str, str]
    rows: list[PairRow]
    means: dict[str, pd.DataFrame]
    chosen: dict[str, dict[Cell, str]]

    def cells(self) -> list[Cell]:
        """List those of all methods, each once."""
        return list(dict.fromkeys(cell for found in self.chosen.values() for cell in found))

    def patches(self) -> int:
        """Count what is patched: both directions of each pair at each cell that it has."""
        return 2 * sum(cell.role in row.groups for row in self.rows for cell in self.cells())


def _choose(
    pairs: pd.DataFrame,
    attributions: pd.DataFrame,
    parameters: ScreenParameters,
    generator: np.random.Generator,
) -> _Plan:
    mine = attributions[attributions["pair_id"].isin(pairs["pair_id"])]
    means = {str(name): average_estimates(own) for name, own in mine.groupby("method")}
    chosen = {name: choose_cells(own, parameters, generator) for name, own in means.items()}
    group = {name: str(pairs[name].iloc[0]) for name in ("language", "kind", *LAYOUT)}
    return _Plan(group, read_pairs(pairs, (ALL,)), means, chosen)


def _check(
    loaded: LoadedModel,
    plan: _Plan,
    parameters: ScreenParameters,
    advance: Callable[[int], None],
) -> Iterator[tuple[Rows, Rows]]:
    """Patch the chosen cells of pairs of one kind; give cells and checks of each method."""
    exact = average_estimates(patch_cells(loaded, plan.rows, plan.cells(), parameters, advance))
    for method, table in plan.means.items():
        keys = {**plan.group, "method": method}
        found = list(compare_cells(keys, table, exact, plan.chosen[method]))
        yield found, list(bound_missed(keys, pd.DataFrame(found), len(table), parameters))
