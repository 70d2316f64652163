"""Estimates of effects from gradients, and what exact patches say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import scipy

from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import PatchSite
from isogloss.pipelines.mediation.effects import CELL, KEYS
from isogloss.pipelines.mediation.pair_parameters import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.patching.attribution import Attribution
    from isogloss.pipelines.mediation.effect_parameters import Method, ScreenParameters
    from isogloss.pipelines.mediation.effects import PairRow

ESTIMATED = ("noising", "denoising")
TOP, RANDOM = "top", "random"
ATTRIBUTION_COLUMNS = ("model", *KEYS, *CELL, "position", "tokens", "method", "total", *ESTIMATED)
_GROUP = ("language", "kind", *LAYOUT, "method")
SCREEN_CELL_COLUMNS = ("model", *_GROUP, *CELL, "chosen", "effect", "estimate", "exact", "n_pairs")
SCREEN_COLUMNS = (
    "model",
    *_GROUP,
    "effect",
    "cells",
    "top",
    "sampled",
    "correlation",
    "same_sign",
    "threshold",
    "missed",
    "missed_share_high",
    "missed_cells_high",
)


class Cell(NamedTuple):
    """A component, layer, head and role."""

    component: Any
    layer: int
    head: int
    role: str

    @property
    def site(self) -> PatchSite:
        """Where it is in the model."""
        return PatchSite(self.component, self.layer, self.head)


def tabulate_estimates(
    rows: Sequence[PairRow], sites: Sequence[PatchSite], found: Attribution, method: Method
) -> pd.DataFrame:
    """Put estimates into a table, one row a pair, site and role.

    Args:
        rows: the pairs.
        sites: that were estimated.
        found: the estimates.
        method: how.
    """
    tables = []
    for at, row in enumerate(rows):
        places = len(row.groups)
        groups = list(row.groups.values())
        columns: dict[str, Any] = {
            "component": np.repeat([site.component for site in sites], places),
            "layer": np.repeat([site.layer for site in sites], places),
            "head": np.repeat([site.head for site in sites], places),
            "role": np.tile(list(row.groups), len(sites)),
            "position": np.tile([group[-1] for group in groups], len(sites)),
            "tokens": np.tile([len(group) for group in groups], len(sites)),
            "total": float(found.donor[at] - found.base[at]),
            "noising": found.noising[at].ravel(),
            # The estimate is of the change of y(donor); the effect is y(donor) - y(donor, patched).
            "denoising": -found.denoising[at].ravel(),
        }
        tables.append(pd.DataFrame(columns).assign(**row.keys, method=method))
    return pd.concat(tables, ignore_index=True)


def average_estimates(estimates: pd.DataFrame) -> pd.DataFrame:
    """Average aligned estimates of one group over pairs, then over categories.

    Args:
        estimates: of one language, kind, naming and method.

    Returns:
        noising, denoising, n_pairs by component, layer, head and role.
    """
    aligned = estimates.assign(**{name: estimates[name] * estimates["sign"] for name in ESTIMATED})
    by_category = aligned.groupby([*CELL, "category"])[list(ESTIMATED)].mean()
    means = by_category.groupby(level=list(CELL)).mean()
    return means.assign(n_pairs=aligned.groupby(list(CELL)).size())


def choose_cells(
    means: pd.DataFrame, parameters: ScreenParameters, generator: np.random.Generator
) -> dict[Cell, str]:
    """Choose the cells with the largest estimates, and others at random: cell -> `top`/`random`."""
    size = means[list(ESTIMATED)].abs().max(axis=1).sort_values(ascending=False, kind="stable")
    order = [Cell(*found) for found in size.index]
    rest = order[parameters.top :]
    drawn = generator.permutation(len(rest))[: parameters.sample]
    return dict.fromkeys(order[: parameters.top], TOP) | {rest[at]: RANDOM for at in sorted(drawn)}


def patch_cells(
    loaded: LoadedModel,
    rows: Sequence[PairRow],
    cells: Sequence[Cell],
    parameters: ScreenParameters,
    advance: Callable[[int], None],
) -> pd.DataFrame:
    """Patch pairs at some cells only; see `tabulate_estimates` for what comes of it."""
    tables = []
    for site in dict.fromkeys(cell.site for cell in cells):
        roles = [cell.role for cell in cells if cell.site == site]
        groups = [[row.groups[role] for role in roles if role in row.groups] for row in rows]
        run = run_patches(
            loaded,
            [row.patch for row in rows],
            [site],
            groups,
            token_budget=parameters.token_budget,
            advance=advance,
        )
        for at, row in enumerate(rows):
            base, donor = (float(own[at] @ row.contrast) for own in (run.base, run.donor))
            own_roles = [role for role in roles if role in row.groups]
            columns: dict[str, Any] = {
                "component": site.component,
                "layer": site.layer,
                "head": site.head,
                "role": own_roles,
                "noising": run.noising[at][0] @ row.contrast - base,
                "denoising": donor - run.denoising[at][0] @ row.contrast,
            }
            tables.append(pd.DataFrame(columns).assign(**row.keys))
    return pd.concat(tables, ignore_index=True)


def compare_cells(
    keys: Mapping[str, str], means: pd.DataFrame, exact: pd.DataFrame, chosen: Mapping[Cell, str]
) -> Iterator[dict[str, Any]]:
    """Put estimate and exact effect of each chosen cell side by side."""
    order = pd.Index(list(chosen))
    estimated, patched = means.reindex(order), exact.reindex(order)
    pairs = estimated["n_pairs"].to_numpy(np.intp)
    for effect in ESTIMATED:
        values = zip(estimated[effect], patched[effect], pairs, strict=True)
        for (cell, how), (estimate, found, n) in zip(chosen.items(), values, strict=True):
            yield {
                **keys,
                **cell._asdict(),
                "chosen": how,
                "effect": effect,
                "estimate": float(estimate),
                "exact": float(found),
                "n_pairs": int(n),
            }


def bound_missed(
    keys: Mapping[str, str], cells: pd.DataFrame, number: int, parameters: ScreenParameters
) -> Iterator[dict[str, Any]]:
    """Say how good the estimates are, and how much a screen with them may miss.

    A cell is missed if it is not among the top by its estimate although its exact effect is at
    least the median of theirs. Of m cells drawn at random from the others x are missed; with the
    confidence asked for, the share of missed cells is at most the limit of Clopper and Pearson
    (1934, Biometrika 26, p. 404).

    Args:
        keys: language, kind, named, separators, method.
        cells: of `compare_cells`.
        number: of cells in all.
        parameters: of the screen.
    """
    for effect, own in cells.groupby("effect", sort=False):
        top, drawn = own[own["chosen"] == TOP], own[own["chosen"] == RANDOM]
        threshold = float(top["exact"].abs().median())
        missed = int((drawn["exact"].abs() >= threshold).sum())
        m, rest = len(drawn), number - len(top)
        high = 1.0
        if missed < m:
            high = float(scipy.stats.beta.ppf(parameters.confidence, missed + 1, m - missed))
        varied = own["estimate"].nunique() > 1 and own["exact"].nunique() > 1
        yield {
            **keys,
            "effect": effect,
            "cells": number,
            "top": len(top),
            "sampled": m,
            "correlation": float(own["estimate"].corr(own["exact"])) if varied else np.nan,
            "same_sign": float((np.sign(top["estimate"]) == np.sign(top["exact"])).mean()),
            "threshold": threshold,
            "missed": missed,
            "missed_share_high": high,
            "missed_cells_high": high * rest,
        }
