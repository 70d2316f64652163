"""Nodes that average and test the effects of patches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from isogloss.partitions import StoredPartitions
from isogloss.pipelines.mediation.effects import CELL
from isogloss.pipelines.mediation.family_gates import Family
from isogloss.pipelines.mediation.gate_rows import GATE_COLUMNS, describe_gate
from isogloss.pipelines.mediation.gates import OPEN, Gate
from isogloss.pipelines.mediation.intervention_summary import (
    INTERVENTION_COLUMNS,
    summarise_exchanges,
    summarise_knockouts,
    summarise_steering,
)
from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS, MEDIATED
from isogloss.pipelines.mediation.nulls import find_null
from isogloss.pipelines.mediation.outcomes import CONTROL
from isogloss.pipelines.mediation.pair_parameters import LAYOUT, Layout
from isogloss.pipelines.mediation.pair_tables import CONFIRMATION, DISCOVERY
from isogloss.pipelines.mediation.skill import is_skilled, measure_skill
from isogloss.pipelines.mediation.summaries import (
    SUMMARY_COLUMNS,
    prepare_effects,
    summarise_family,
)
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.pipelines.mediation.swapped_words import find_known_pairs
from isogloss.provenance import record_sources, stack_tables

ALL, BOTH_CORRECT, WORDS_KNOWN = "all", "both_correct", "words_known"
Subsets = Mapping[str, frozenset[str]]
"""Name -> pairs."""
Kinds = Mapping[str, Mapping[str, pd.DataFrame]]
"""Kind -> outcome -> prepared effects."""


def summarise_effects(
    effects: StoredPartitions[pd.DataFrame],
    pair_outcomes: pd.DataFrame,
    swapped_knowledge: pd.DataFrame,
    parameters: SummaryParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Average effects over categories, with intervals, tests and gates.

    Args:
        effects: partitions of `measure_effects`.
        pair_outcomes: of the same pairs.
        swapped_knowledge: whether the model knows the swapped words; empty if it was not asked.
        parameters: of the summary.

    Returns:
        `mediation_summary` of the model; and `mediation_gates`: for each kind and outcome the total
        effect, its difference from that of `null_kind` and of an irrelevant category, how well the
        model counts, and whether shares are given.
    """
    right = pair_outcomes.groupby("pair_id")["correct"].all()
    subsets = {BOTH_CORRECT: frozenset(right.index[right])}
    if len(swapped_knowledge):
        subsets[WORDS_KNOWN] = find_known_pairs(swapped_knowledge)
    tables, gates = [], []
    for language in dict.fromkeys(name.split("__")[0] for name in effects):
        asked = pair_outcomes[pair_outcomes["language"] == language]
        skills = {
            group: measure_skill(own, parameters) for group, own in asked.groupby(list(LAYOUT))
        }
        whole: Gate | None = None
        for found in _families(effects, language, subsets, parameters):
            skill = skills.get(tuple(found.keys[name] for name in LAYOUT), {})
            family = replace(found, skilled=is_skilled(skill))
            is_whole = family.keys["subset"] == ALL
            table, gate = summarise_family(family, parameters, None if is_whole else whole)
            whole = gate if is_whole else whole
            tables.append(table)
            gates.append(describe_gate(family, gate, skill))
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
        null_part = None if found[1] is None or found[1].empty else found[1]
        yield Family({**named, "subset": ALL}, found[0], null_part, found[2], chosen)
        for subset, pairs in subsets.items():
            some = found[0][found[0]["pair_id"].isin(pairs)]
            if len(some) and keys["kind"] != CONTROL:
                # Null swaps of words that the model knows are what those of known words add to.
                same = _choose(null_part, pairs) if subset == WORDS_KNOWN else null_part
                yield Family({**named, "subset": subset}, some, same, found[2], chosen)


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
