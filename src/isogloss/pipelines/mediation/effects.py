"""Effects of patches: what an activation of one prompt does to the answer of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.language_models.patching.sites import PatchPair
from isogloss.pipelines.mediation.outcomes import (
    COMPARED,
    compare_runs,
    has_outcome,
    probabilities,
    read_outcome,
)
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.pipelines.mediation.roles import OTHER, SWAPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.language_models.patching.patches import PatchRun
    from isogloss.language_models.patching.sites import PatchSite
    from isogloss.pipelines.mediation.effect_parameters import EffectParameters, Outcome

Floats = NDArray[np.float64]
ALL = "all"
EFFECTS = ("total", "noising", "denoising", "direct", "interaction")
PAIR_KEYS = ("pair_id", "language", "kind", *LAYOUT, "category", "part")
KEYS = (*PAIR_KEYS, "lists_id", "sign")
CELL = ("component", "layer", "head", "role")
EFFECT_COLUMNS = (*KEYS, *CELL, "position", "tokens", "outcome", *EFFECTS)
OUTCOME_COLUMNS = (
    *PAIR_KEYS,
    "run",
    "y",
    "expected_count",
    "candidate_mass",
    "argmax",
    "answer",
    "correct",
)


@dataclass(frozen=True)
class PairRow:
    """One row of `mediation_pairs` as it is needed here."""

    keys: Mapping[str, Any]
    patch: PatchPair
    groups: Mapping[str, tuple[int, ...]]
    contrast: Floats
    counts: tuple[int, int]

    @property
    def kind(self) -> str:
        """Kind of the pair."""
        return str(self.keys["kind"])


def read_pairs(pairs: pd.DataFrame, roles: Sequence[str]) -> list[PairRow]:
    """Read pairs from their table.

    Args:
        pairs: `mediation_pairs`.
        roles: whose tokens are patched, or `all`.
    """
    rows = []
    for record in pairs.to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in record.items()}
        patch = PatchPair(
            tuple(map(int, row["base_ids"])),
            tuple(map(int, row["donor_ids"])),
            tuple(map(int, row["answers"])),
        )
        rows.append(
            PairRow(
                {name: row[name] for name in KEYS},
                patch,
                group_tokens(list(row["roles"]), patch.first_difference, roles),
                np.asarray(row["contrast"], np.float64),
                (int(row["count"]), int(row["donor_count"])),
            )
        )
    return rows


def group_tokens(
    roles: Sequence[str], first_difference: int, wanted: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Give the tokens of each role; those of a role are patched together.

    Tokens in front of the first that differs cannot change anything and are left out.

    Args:
        roles: of the tokens.
        first_difference: position of the first token that differs.
        wanted: roles, or `all`.
    """
    groups: dict[str, list[int]] = {}
    for position, role in enumerate(roles):
        if position >= first_difference:
            groups.setdefault(role, []).append(position)
            name, _, which = role.partition("_")
            if name in (SWAPPED, OTHER) and which != "separator":
                groups.setdefault(name, []).append(position)
    return {
        role: tuple(places) for role, places in groups.items() if ALL in wanted or role in wanted
    }


def tabulate_effects(
    rows: Sequence[PairRow],
    sites: Sequence[PatchSite],
    run: PatchRun,
    parameters: EffectParameters,
) -> pd.DataFrame:
    """Turn logits of patched runs into effects, one row a pair, outcome, site and role.

    With y the outcome, x the base and x' the donor, M the activation: total = y(x') - y(x);
    noising = y(x; M from x') - y(x); denoising = y(x') - y(x'; M from x); direct = total -
    denoising; interaction = denoising - noising (Pearl 2001; Vig et al. 2020). Of outcomes that
    compare runs, total compares donor with base, noising the patched base with the base, denoising
    the patched donor with the donor; they have no direct effect and no interaction.

    Args:
        rows: the pairs.
        sites: that were patched.
        run: what came of it, at the groups of each pair in their order.
        parameters: which outcomes.

    Returns:
        the columns `EFFECT_COLUMNS`; position is that of the last token of the role, tokens their
        number.
    """
    tables = [
        _pair_table(row, outcome, sites, effects)
        for at, row in enumerate(rows)
        for outcome in parameters.outcomes
        if has_outcome(outcome, row.kind)
        and (effects := _effects(row, outcome, run, at)) is not None
    ]
    if not tables:
        return pd.DataFrame(columns=list(EFFECT_COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(EFFECT_COLUMNS)]


class _Effects(NamedTuple):
    """Of one pair and outcome: a number, and arrays [sites, groups]."""

    total: float
    noising: Floats
    denoising: Floats


def _effects(row: PairRow, outcome: Outcome, run: PatchRun, at: int) -> _Effects | None:
    base, donor = run.base[at], run.donor[at]
    noised, denoised = run.noising[at], run.denoising[at]
    if outcome in COMPARED:
        total = float(compare_runs(outcome, donor, base))
        one = compare_runs(outcome, noised, base)
        two = compare_runs(outcome, denoised, donor)
    else:
        own, other, patched, restored = (
            read_outcome(outcome, logits, row.contrast, row.counts[0])
            for logits in (base, donor, noised, denoised)
        )
        total, one, two = float(other - own), patched - own, other - restored
    if np.isnan(total):
        return None
    # What a patch leaves as it was has no effect, whatever sums of the same numbers round to.
    return _Effects(
        total,
        np.where((noised == base).all(axis=-1), 0.0, one),
        np.where((denoised == donor).all(axis=-1), 0.0, two),
    )


def _pair_table(
    row: PairRow, outcome: Outcome, sites: Sequence[PatchSite], effects: _Effects
) -> pd.DataFrame:
    places = len(row.groups)
    noising, denoising = effects.noising.ravel(), effects.denoising.ravel()
    compared = outcome in COMPARED
    columns: dict[str, Any] = {
        "component": np.repeat([site.component for site in sites], places),
        "layer": np.repeat([site.layer for site in sites], places),
        "head": np.repeat([site.head for site in sites], places),
        "role": np.tile(list(row.groups), len(sites)),
        "position": np.tile([group[-1] for group in row.groups.values()], len(sites)),
        "tokens": np.tile([len(group) for group in row.groups.values()], len(sites)),
        "total": effects.total,
        "noising": noising,
        "denoising": denoising,
        "direct": np.nan if compared else effects.total - denoising,
        "interaction": np.nan if compared else denoising - noising,
    }
    return pd.DataFrame(columns).assign(**row.keys, outcome=outcome)


def tabulate_outcomes(rows: Sequence[PairRow], answers: Sequence[Floats]) -> pd.DataFrame:
    """Say what both prompts of each pair are answered with, one row a run.

    Args:
        rows: pairs.
        answers: of each pair, float64 [base and donor, answers]: log-probabilities, in nats.

    Returns:
        the columns `OUTCOME_COLUMNS`: y is the sum of contrast times log-probabilities;
        expected_count over 0..9; candidate_mass the probability of all answers; argmax the
        likeliest answer and answer the right one (of a control 0 is the donor's word and 1 the
        base's).
    """
    table = pd.DataFrame(
        [
            found
            for row, own in zip(rows, answers, strict=True)
            for found in _outcome_rows(row, own)
        ],
        columns=list(OUTCOME_COLUMNS),
    )
    return table


def _outcome_rows(row: PairRow, answers: Floats) -> Iterator[dict[str, Any]]:
    control = row.kind == "control"
    right = (1, 0) if control else row.counts
    for name, found, answer in zip(("base", "donor"), answers, right, strict=True):
        likeliest = int(found.argmax())
        expected = np.nan if control else float(probabilities(found) @ np.arange(len(found)))
        yield {
            **{key: row.keys[key] for key in PAIR_KEYS},
            "run": name,
            "y": float(found @ row.contrast),
            "expected_count": expected,
            # In half precision the rest of the vocabulary is rounded, and the sum may exceed 1.
            "candidate_mass": min(float(np.exp(found).sum()), 1.0),
            "argmax": likeliest,
            "answer": answer,
            "correct": likeliest == answer,
        }
