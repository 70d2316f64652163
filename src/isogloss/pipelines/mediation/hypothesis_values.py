"""What a hypothesis is about, pair by pair: the mean of some roles in some layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.errors import suggest
from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS, subtract_irrelevant
from isogloss.pipelines.mediation.knockouts import choose_window
from isogloss.pipelines.mediation.pair_tables import CONFIRMATION, DISCOVERY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.mediation.hypothesis_parameters import Cells, Hypothesis
    from isogloss.pipelines.mediation.intervention_parameters import Window

RESIDUAL = "residual"


class UnmeasuredError(Exception):
    """A hypothesis is about something that was not patched; says which setting decides that."""


@dataclass(frozen=True)
class Patched:
    """What was patched in one language.

    Attributes:
        tables: kind and where the category is named -> aligned effects.
        every_layer: whether layers are those of the whole model, so that it has thirds.
    """

    tables: Mapping[tuple[str, str], pd.DataFrame]
    every_layer: bool = True


@dataclass(frozen=True)
class Chosen:
    """Some roles in some layers.

    Attributes:
        roles: that are there.
        layers: that are there.
        values: mean over them, by pair.
    """

    roles: Sequence[str]
    layers: Sequence[int]
    values: pd.Series

    def __str__(self) -> str:
        """Name roles and layers: `item_+1 item_+2 in 9 12`."""
        return f"{' '.join(self.roles)} in {' '.join(map(str, self.layers))}"


@dataclass(frozen=True)
class Measured:
    """What a hypothesis is about.

    Attributes:
        part: of the pairs.
        pairs: `category` and `value`, by pair.
        own: roles and layers.
        against: those that were subtracted, if any.
    """

    part: str
    pairs: pd.DataFrame
    own: Chosen
    against: Chosen | None


def measure_pairs(hypothesis: Hypothesis, patched: Patched) -> Measured:
    """Average the effect of each pair over roles and layers, and subtract what is to be subtracted.

    value = mean of the cells - mean of the cells against - share * total effect of the pair.

    Args:
        hypothesis: the statement.
        patched: what there is.

    Raises:
        UnmeasuredError: if kind, outcome, component, roles, layers or part are not there.
    """
    effects = _choose_effects(hypothesis, patched)
    own = _choose_cells(hypothesis, hypothesis, effects, patched)
    values, against = own.values, None
    if hypothesis.against is not None:
        against = _choose_cells(hypothesis.against, hypothesis, effects, patched)
        values = (values - against.values).dropna()
    pairs = effects.drop_duplicates("pair_id").set_index("pair_id").loc[values.index]
    if pairs.empty:
        raise UnmeasuredError("no pair has both the cells and those against them")
    less = 0.0 if hypothesis.share is None else hypothesis.share * pairs["total"]
    found = pairs[["category"]].assign(value=values - less)
    return Measured(str(pairs["part"].iloc[0]), found, own, against)


def _choose_effects(hypothesis: Hypothesis, patched: Patched) -> pd.DataFrame:
    effects = _narrow(_find(hypothesis.kind, hypothesis, patched), hypothesis)
    if hypothesis.effect != hypothesis.raw_effect:
        other = _find(COUNTERPARTS[hypothesis.kind], hypothesis, patched)
        effects = subtract_irrelevant(effects, _narrow(other, hypothesis))
        if effects.empty:
            raise UnmeasuredError("no lists were also asked for an irrelevant category")
    parts = set(effects["part"])
    if CONFIRMATION in parts:
        return effects[effects["part"] == CONFIRMATION]
    if DISCOVERY in parts:
        raise UnmeasuredError("no pairs were kept for confirmation: mediation_pairs.confirmation")
    return effects


def _find(kind: str, hypothesis: Hypothesis, patched: Patched) -> pd.DataFrame:
    if (kind, hypothesis.named) in patched.tables:
        return patched.tables[kind, hypothesis.named]
    if kind in {one for one, _ in patched.tables}:
        raise UnmeasuredError(
            f"no pairs name the category {hypothesis.named}: mediation_pairs.named"
        )
    raise UnmeasuredError(f"there are no pairs of kind {kind}: mediation_pairs.kinds")


def _narrow(effects: pd.DataFrame, hypothesis: Hypothesis) -> pd.DataFrame:
    rows = effects
    for column, wanted in (("outcome", hypothesis.outcome), ("component", hypothesis.component)):
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
    roles = choose_roles(cells.roles, list(dict.fromkeys(effects["role"])))
    layers = _choose_layers(cells, hypothesis.component, sorted(set(effects["layer"])), patched)
    rows = effects[effects["role"].isin(roles) & effects["layer"].isin(layers)]
    return Chosen(roles, layers, rows.groupby("pair_id")[hypothesis.raw_effect].mean())


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


def _choose_layers(
    cells: Cells, component: str, there: Sequence[int], patched: Patched
) -> list[int]:
    chosen: set[int] = set()
    for layer in cells.layers:
        chosen |= {layer} if isinstance(layer, int) else _window(layer, component, there, patched)
    found = [layer for layer in there if layer in chosen]
    if not found:
        raise UnmeasuredError(
            f"no layer {' '.join(map(str, cells.layers))} was patched but "
            f"{' '.join(map(str, there))}: mediation_effects.layers and every"
        )
    return found


def _window(window: Window, component: str, there: Sequence[int], patched: Patched) -> set[int]:
    if not patched.every_layer:
        raise UnmeasuredError(
            f"layers {window} are of the whole model, of which mediation_effects.layers chose "
            "some: name layers by number"
        )
    last = there[-1]
    return set(choose_window(window, last)) - ({last} if component == RESIDUAL else set())
