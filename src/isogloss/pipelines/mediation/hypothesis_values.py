"""What a hypothesis is about, pair by pair: the sum of some roles in some layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.errors import suggest
from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS, subtract_irrelevant
from isogloss.pipelines.mediation.knockouts import choose_window
from isogloss.pipelines.mediation.pair_parameters import CATEGORY_SWAP
from isogloss.pipelines.mediation.pair_tables import CONFIRMATION, DISCOVERY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.mediation.hypothesis_parameters import Cells, Hypothesis
    from isogloss.pipelines.mediation.intervention_parameters import Window

RESIDUAL = "residual"
COUNT_SWAP = "count_swap"
OWN_TOTAL = (COUNT_SWAP, "control", CATEGORY_SWAP)
"""Kinds of pairs with a total effect, and a gate, of their own."""
ANY_NUMBER = "*"


class UnmeasuredError(Exception):
    """A hypothesis is about something that was not patched; says which setting decides that."""


@dataclass(frozen=True)
class Patched:
    """What was patched in one language.

    Attributes:
        tables: kind and where the category is named -> aligned effects.
        every_layer: whether layers are those of the whole model, so that it has thirds.
        every_role: whether all roles were patched, so that `*` stands for all of them.
        usual: whether there are pairs with the usual separators; hypotheses are about no others.
    """

    tables: Mapping[tuple[str, str], pd.DataFrame]
    every_layer: bool = True
    every_role: bool = True
    usual: bool = True


@dataclass(frozen=True)
class Chosen:
    """Some roles in some layers.

    Attributes:
        roles: that are there.
        layers: that are there.
        meant: layers that were asked for, patched or not.
        values: [pairs, layers], sum over roles.
    """

    roles: Sequence[str]
    layers: Sequence[int]
    meant: Sequence[int]
    values: pd.DataFrame

    def __str__(self) -> str:
        """Name roles and layers: `item_+1 item_+2 in 9 12`."""
        return f"{' '.join(self.roles)} in {' '.join(map(str, self.layers))}"


@dataclass(frozen=True)
class Measured:
    """What a hypothesis is about.

    Attributes:
        part: of the pairs.
        pairs: `category` and `margin`, by pair.
        values: [pairs, layers].
        n_pairs_all: pairs of the kind, with or without the cells.
        own: roles and layers.
        against: those that were subtracted, if any.
    """

    part: str
    pairs: pd.DataFrame
    values: pd.DataFrame
    n_pairs_all: int
    own: Chosen
    against: Chosen | None


def measure_pairs(hypothesis: Hypothesis, patched: Patched) -> Measured:
    """Add up the effects of each pair over roles, and subtract what is to be subtracted.

    value = sum over roles - mean over layers of the sum over the roles against, a layer at a time;
    margin = share * total effect.

    Args:
        hypothesis: the statement.
        patched: what there is.

    Raises:
        UnmeasuredError: if kind, outcome, component, roles, layers or part are not there.
    """
    every, effects = _choose_effects(hypothesis, patched)
    own = _choose_cells(hypothesis, hypothesis, effects, patched)
    values, against = own.values, None
    if hypothesis.against is not None:
        against = _choose_cells(hypothesis.against, hypothesis, effects, patched)
        values = values.sub(against.values.mean(axis=1, skipna=False), axis=0)
    values = values.dropna()
    pairs = effects.drop_duplicates("pair_id").set_index("pair_id").loc[values.index]
    if pairs.empty:
        raise UnmeasuredError("no pair has all of the cells")
    margin = _margins(hypothesis, pairs, patched).dropna()
    found = pairs.loc[margin.index, ["category"]].assign(margin=margin)
    if found.empty:
        raise UnmeasuredError(f"{_NO_TOTAL}of these categories: mediation_pairs.categories")
    part, n_pairs_all = str(pairs["part"].iloc[0]), int(every["pair_id"].nunique())
    return Measured(part, found, values.loc[margin.index], n_pairs_all, own, against)


_NO_TOTAL = "the share is one of the total effect of count swaps, and there are none "


def _margins(hypothesis: Hypothesis, pairs: pd.DataFrame, patched: Patched) -> pd.Series:
    """Give share * total effect of each pair; NaN where nothing says what the total is.

    Where no count changes there is no total effect: one member moves the answer by what it does in
    count swaps of the same category.
    """
    if not hypothesis.share:
        return pd.Series(0.0, pairs.index)
    if hypothesis.kind in OWN_TOTAL:
        return hypothesis.share * pairs["total"]
    swaps = patched.tables.get((COUNT_SWAP, hypothesis.named))
    if swaps is None:
        raise UnmeasuredError(f"{_NO_TOTAL.strip()}: mediation_pairs.kinds")
    rows = _narrow(swaps, hypothesis.outcome_of_swaps, hypothesis.component)
    single = rows.drop_duplicates("pair_id")
    return hypothesis.share * pairs["category"].map(single.groupby("category")["total"].mean())


def _choose_effects(hypothesis: Hypothesis, patched: Patched) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose those of the part that counts: of all pairs of the kind, and what is tested of them.

    That is less where an irrelevant category is subtracted.
    """
    every = _choose_part(_find(hypothesis.kind, hypothesis, patched))
    effects = _narrow(every, hypothesis.outcome, hypothesis.component)
    if hypothesis.effect != hypothesis.raw_effect:
        other = _find(COUNTERPARTS[hypothesis.kind], hypothesis, patched)
        other = _narrow(other, hypothesis.outcome, hypothesis.component)
        effects = subtract_irrelevant(effects, other)
        if effects.empty:
            raise UnmeasuredError("no lists were also asked for an irrelevant category")
    return every, effects


def _choose_part(effects: pd.DataFrame) -> pd.DataFrame:
    parts = set(effects["part"])
    if CONFIRMATION in parts:
        return effects[effects["part"] == CONFIRMATION]
    if DISCOVERY in parts:
        raise UnmeasuredError("no pairs were kept for confirmation: mediation_pairs.confirmation")
    return effects


def _find(kind: str, hypothesis: Hypothesis, patched: Patched) -> pd.DataFrame:
    if not patched.usual:
        raise UnmeasuredError(
            "hypotheses are about pairs with usual separators: mediation_pairs.separators"
        )
    if (kind, hypothesis.named) in patched.tables:
        return patched.tables[kind, hypothesis.named]
    if kind in {one for one, _ in patched.tables}:
        raise UnmeasuredError(
            f"no pairs name the category {hypothesis.named}: mediation_pairs.named"
        )
    raise UnmeasuredError(f"there are no pairs of kind {kind}: mediation_pairs.kinds")


def _narrow(effects: pd.DataFrame, outcome: str, component: str) -> pd.DataFrame:
    rows = effects
    for column, wanted in (("outcome", outcome), ("component", component)):
        known = [str(one) for one in dict.fromkeys(rows[column])]
        if wanted not in known:
            raise UnmeasuredError(
                f"there is no {column} {wanted} but {', '.join(known)}: mediation_effects.{column}s"
            )
        rows = rows[rows[column] == wanted]
    return rows


def _choose_cells(
    cells: Cells, hypothesis: Hypothesis, effects: pd.DataFrame, patched: Patched
) -> Chosen:
    """Choose cells and add up their roles: a count may be held at any one of these places."""
    open_ended = [role for role in cells.roles if ANY_NUMBER in role]
    if open_ended and not patched.every_role:
        raise UnmeasuredError(
            f"{' '.join(open_ended)} are all that a list has, of which mediation_effects.roles "
            "chose some: take all of them, or name the roles"
        )
    roles = choose_roles(cells.roles, list(dict.fromkeys(effects["role"])))
    there = sorted(set(effects["layer"]))
    meant = _find_layers(cells, hypothesis.component, there, patched)
    layers = [layer for layer in there if layer in meant]
    rows = effects[effects["role"].isin(roles) & effects["layer"].isin(layers)]
    # An outcome that is not defined at a count, such as one less than none, is no sum of nothing.
    summed = rows.groupby(["pair_id", "layer"])[hypothesis.raw_effect].sum(min_count=1)
    return Chosen(roles, layers, meant, summed.unstack("layer"))


def choose_roles(wanted: Sequence[str], there: Sequence[str]) -> list[str]:
    """Choose roles by name; `*` stands for any number.

    Raises:
        UnmeasuredError: if none is there.
    """
    patterns = [re.compile(re.escape(name).replace(r"\*", r"\d+")) for name in wanted]
    found = [role for role in there if any(one.fullmatch(role) for one in patterns)]
    if not found:
        raise UnmeasuredError(
            f"there is no role {' '.join(wanted)}.{suggest(wanted[0], there)} Patched are "
            f"{', '.join(there)}: mediation_effects.roles"
        )
    places = [next(at for at, one in enumerate(patterns) if one.fullmatch(role)) for role in found]
    ordered = sorted(zip(places, map(len, found), found, strict=True))
    return [role for _, _, role in ordered]


def _find_layers(cells: Cells, component: str, there: Sequence[int], patched: Patched) -> list[int]:
    """Give the layers that are asked for, of which at least one has to be there."""
    chosen: set[int] = set()
    for layer in cells.layers:
        chosen |= {layer} if isinstance(layer, int) else _window(layer, component, there, patched)
    if chosen.isdisjoint(there):
        raise UnmeasuredError(
            f"no layer {' '.join(map(str, cells.layers))} was patched but "
            f"{' '.join(map(str, there))}: mediation_effects.layers and every"
        )
    return sorted(chosen)


def _window(window: Window, component: str, there: Sequence[int], patched: Patched) -> set[int]:
    if not patched.every_layer:
        raise UnmeasuredError(
            f"layers {window} are of the whole model, of which mediation_effects.layers chose "
            "some: name layers by number"
        )
    last = there[-1]
    return set(choose_window(window, last)) - ({last} if component == RESIDUAL else set())
