"""Nodes that average and test the effects of patches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from isogloss.partitions import StoredPartitions
from isogloss.pipelines.mediation.effects import CELL
from isogloss.pipelines.mediation.gates import NO_BETTER, OPEN, Gate
from isogloss.pipelines.mediation.intervention_summary import (
    INTERVENTION_COLUMNS,
    summarise_exchanges,
    summarise_knockouts,
    summarise_steering,
)
from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS, MEDIATED
from isogloss.pipelines.mediation.nulls import find_null, name_null
from isogloss.pipelines.mediation.pair_parameters import LAYOUT, Layout
from isogloss.pipelines.mediation.pair_tables import CONFIRMATION, DISCOVERY
from isogloss.pipelines.mediation.summaries import (
    CONTROL,
    SUMMARY_COLUMNS,
    Family,
    prepare_effects,
    summarise_family,
)
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.pipelines.mediation.swapped_words import find_known_pairs
from isogloss.provenance import record_sources, stack_tables
from isogloss.statistics.clustered import resample_items, score_items

ALL, BOTH_CORRECT, WORDS_KNOWN = "all", "both_correct", "words_known"
UNCOUNTED = (CONTROL, *COUNTERPARTS.values())
Subsets = Mapping[str, frozenset[str]]
"""Name -> pairs."""
Kinds = Mapping[str, Mapping[str, pd.DataFrame]]
"""Kind -> outcome -> prepared effects."""
GATE_COLUMNS = (
    "model",
    "language",
    "kind",
    *LAYOUT,
    "part",
    "subset",
    "outcome",
    "n_pairs",
    "n_categories",
    "total",
    "total_ci_low",
    "total_ci_high",
    "less_null",
    "less_null_ci_low",
    "less_null_ci_high",
    "null_kind",
    "accuracy",
    "accuracy_ci_low",
    "accuracy_ci_high",
    "best_constant",
    "candidate_mass",
    "gate",
    "remark",
)


def summarise_effects(
    effects: StoredPartitions[pd.DataFrame],
    pair_outcomes: pd.DataFrame,
    parameters: SummaryParameters,
    swapped_knowledge: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Average effects over categories, with intervals, tests and gates.

    Args:
        effects: partitions of `measure_effects`.
        pair_outcomes: of the same pairs.
        parameters: of the summary.
        swapped_knowledge: whether the model knows the swapped words; empty if it was not asked.

    Returns:
        `mediation_summary` of the model; and `mediation_gates`: for each kind and outcome the total
        effect, its difference from that of `null_kind`, how well the model counts, and whether
        shares are given.
    """
    right = pair_outcomes.groupby("pair_id")["correct"].all()
    subsets = {BOTH_CORRECT: frozenset(right.index[right])}
    if swapped_knowledge is not None and len(swapped_knowledge):
        subsets[WORDS_KNOWN] = find_known_pairs(swapped_knowledge)
    tables, gates = [], []
    for language in dict.fromkeys(name.split("__")[0] for name in effects):
        asked = pair_outcomes[pair_outcomes["language"] == language]
        skills = {
            group: _measure_skill(own, parameters) for group, own in asked.groupby(list(LAYOUT))
        }
        whole: Gate | None = None
        for found in _families(effects, language, subsets, parameters):
            skill = skills.get(tuple(found.keys[name] for name in LAYOUT), {})
            family = replace(found, skilled=_is_skilled(skill))
            subset = family.keys["subset"]
            above = whole if subset == BOTH_CORRECT else None
            table, gate = summarise_family(family, parameters, above)
            whole = gate if subset == ALL else whole
            tables.append(table)
            gates.append(_gate_row(family, gate, skill))
    model = str(pair_outcomes["model"].iloc[0])
    summary = pd.concat(tables, ignore_index=True) if tables else _nothing(SUMMARY_COLUMNS)
    stated = pd.DataFrame(gates, columns=list(GATE_COLUMNS)[1:])
    stated.insert(0, "model", model)
    summary.insert(0, "model", model)
    return record_sources(summary, effects=effects.fingerprint), stated


def collect_mediation_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack the same table of all models."""
    return stack_tables(tables)


def _nothing(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _load(effects: StoredPartitions[pd.DataFrame], language: str) -> dict[Layout, Kinds]:
    """Prepare the effects of a language: layout of the lists -> kinds."""
    found: dict[Layout, dict[str, Mapping[str, pd.DataFrame]]] = {}
    for name, load in effects.items():
        own, kind, *_ = name.split("__")
        if own == language and len(table := load()):
            layout = Layout(*table[list(LAYOUT)].iloc[0])
            found.setdefault(layout, {})[kind] = prepare_effects(table)
    return dict(found)


def _families(
    effects: StoredPartitions[pd.DataFrame],
    language: str,
    subsets: Subsets,
    parameters: SummaryParameters,
) -> Iterator[Family]:
    for layout, kinds in _load(effects, language).items():
        for kind, outcomes in kinds.items():
            for outcome, own in outcomes.items():
                keys = {"language": language, "kind": kind, **layout._asdict(), "outcome": outcome}
                null = find_null(kind, kinds, outcome)
                other = kinds.get(COUNTERPARTS.get(kind, ""), {}).get(outcome)
                yield from _parts(keys, own, null, other, subsets, parameters)


def _parts(
    keys: Mapping[str, str],
    own: pd.DataFrame,
    null: pd.DataFrame | None,
    other: pd.DataFrame | None,
    subsets: Subsets,
    parameters: SummaryParameters,
) -> Iterator[Family]:
    """Give the pairs of each part, and behind them those of each subset."""
    for part in sorted(own["part"].unique(), reverse=True):
        chosen = None
        if part == CONFIRMATION:
            chosen = _discovered(keys, own, parameters)
        found = [
            None if table is None else table[table["part"] == part] for table in (own, null, other)
        ]
        if found[0] is None or found[0].empty:
            continue
        named = {**keys, "part": str(part)}
        rest = [None if one is None or one.empty else one for one in found[1:]]
        yield Family({**named, "subset": ALL}, found[0], rest[0], rest[1], chosen)
        for subset, pairs in subsets.items():
            some = found[0][found[0]["pair_id"].isin(pairs)]
            if len(some) and keys["kind"] != CONTROL:
                # Null swaps of words that the model knows are what those of known words add to.
                same = _choose(rest[0], pairs) if subset == WORDS_KNOWN else rest[0]
                yield Family({**named, "subset": subset}, some, same, rest[1], chosen)


def _choose(table: pd.DataFrame | None, pairs: frozenset[str]) -> pd.DataFrame | None:
    chosen = None if table is None else table[table["pair_id"].isin(pairs)]
    return None if chosen is None or chosen.empty else chosen


def _discovered(
    keys: Mapping[str, str], own: pd.DataFrame, parameters: SummaryParameters
) -> dict[str, frozenset[tuple[str, int, int, str]]]:
    """Find the cells that the discovery part shows, which alone are tested in the other part."""
    part = own[own["part"] == DISCOVERY]
    named = {**keys, "part": DISCOVERY, "subset": ALL}
    table, _ = summarise_family(Family(named, part, None, None), parameters)
    shown = table[table["p_adjusted"] <= parameters.discovery_level]
    return {
        effect: frozenset(rows[list(CELL)].itertuples(index=False, name=None))
        for effect in MEDIATED
        for rows in [shown[shown["effect"] == effect]]
    }


def _measure_skill(outcomes: pd.DataFrame, parameters: SummaryParameters) -> dict[str, Any]:
    """Say how often counts of base prompts are right, and how often one constant would be.

    Lists that are asked for an irrelevant category are left out: they are the same lists again, and
    hold few members of it, so that one constant answer would be right in most.

    Args:
        outcomes: of one language and layout.
        parameters: of the summary.
    """
    asked = outcomes[(outcomes["run"] == "base") & ~outcomes["kind"].isin(UNCOUNTED)]
    if asked.empty:
        return {}
    drawn = resample_items(
        asked["category"].to_numpy(),
        rounds=parameters.rounds,
        generator=np.random.default_rng(parameters.seed),
    )
    right = asked["correct"].to_numpy(np.float64)[None]
    score = score_items(right, drawn, parameters.confidence)
    return {
        "accuracy": float(score.score[0]),
        "accuracy_ci_low": float(score.low[0]),
        "accuracy_ci_high": float(score.high[0]),
        "best_constant": float(asked["answer"].value_counts(normalize=True).max()),
        "candidate_mass": float(asked["candidate_mass"].mean()),
    }


def _is_skilled(skill: Mapping[str, Any]) -> bool:
    return not skill or bool(skill["accuracy_ci_low"] > skill["best_constant"])


def _gate_row(family: Family, gate: Gate, skill: Mapping[str, Any]) -> dict[str, Any]:
    counts = family.keys["kind"] != CONTROL
    difference = gate.difference
    remarks = [gate.remark]
    if counts and not _is_skilled(skill) and NO_BETTER not in remarks:
        remarks.append(NO_BETTER)
    return {
        **family.keys,
        "n_pairs": int(family.effects["pair_id"].nunique()),
        "n_categories": int(gate.total.n_categories[0]),
        "total": float(gate.total.mean[0]),
        "total_ci_low": float(gate.total.low[0]),
        "total_ci_high": float(gate.total.high[0]),
        "less_null": np.nan if difference is None else float(difference.mean[0]),
        "less_null_ci_low": np.nan if difference is None else float(difference.low[0]),
        "less_null_ci_high": np.nan if difference is None else float(difference.high[0]),
        "null_kind": name_null(family.null),
        **(skill if counts else {}),
        "gate": gate.state,
        "remark": "; ".join(remark for remark in remarks if remark),
    }


def summarise_interventions(
    steering: pd.DataFrame,
    interchanges: pd.DataFrame,
    knockouts: pd.DataFrame,
    mediation_gates: pd.DataFrame,
    parameters: SummaryParameters,
) -> pd.DataFrame:
    """Average what interventions do, with intervals over categories.

    Args:
        steering: of one model.
        interchanges: of the same model.
        knockouts: of the same model.
        mediation_gates: of the same model: shares are given only where there is something to share.
        parameters: of the summary.

    Returns:
        `intervention_summary`: experiment (steering | interchange | knock_out), what was done, and
        its measure with interval and p-values.
    """
    gates = mediation_gates[(mediation_gates["gate"] == OPEN) & (mediation_gates["subset"] == ALL)]
    tables = []
    for summarise, table in ((summarise_steering, steering), (summarise_exchanges, interchanges)):
        for (language, separators), own in table.groupby(["language", "separators"], sort=False):
            found = summarise(own, parameters)
            tables.append(found.assign(language=str(language), separators=str(separators)))
    for language, own in knockouts.groupby("language", sort=False):
        known = gates[gates["language"] == language]
        opened = frozenset(known[["kind", *LAYOUT, "outcome"]].itertuples(index=False, name=None))
        tables.append(summarise_knockouts(own, opened, parameters).assign(language=language))
    if not tables:
        return _nothing(INTERVENTION_COLUMNS)
    model = str(pd.concat([steering["model"], interchanges["model"], knockouts["model"]]).iloc[0])
    table = pd.concat(tables, ignore_index=True).assign(model=model)
    return table.reindex(columns=list(INTERVENTION_COLUMNS))
