"""The node that holds pre-stated hypotheses against the effects of patches."""

from __future__ import annotations

import pandas as pd

from isogloss.partitions import StoredPartitions
from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.hypothesis_parameters import HypothesisParameters
from isogloss.pipelines.mediation.hypothesis_values import COUNT_SWAP, Patched
from isogloss.pipelines.mediation.hypothesis_verdicts import judge_language
from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS
from isogloss.pipelines.mediation.pair_parameters import USUAL
from isogloss.pipelines.mediation.summary_nodes import ALL
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.provenance import record_sources

COLUMNS = {
    "model": "str",
    "language": "str",
    "name": "str",
    "states": "str",
    "predicts": "str",
    "kind": "str",
    "named": "str",
    "part": "str",
    "outcome": "str",
    "effect": "str",
    "component": "str",
    "layers": "str",
    "layers_meant": "str",
    "cells": "str",
    "against": "str",
    "expects": "str",
    "share": "float64",
    "margin": "float64",
    "mean": "float64",
    "error": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n_pairs": "int64",
    "n_pairs_all": "int64",
    "n_categories": "int64",
    "p": "float64",
    "p_holm": "float64",
    "p_opposite": "float64",
    "p_opposite_holm": "float64",
    "verdict": "str",
    "remark": "str",
}


def judge_hypotheses(
    effects: StoredPartitions[pd.DataFrame],
    mediation_gates: pd.DataFrame,
    hypotheses: HypothesisParameters,
    parameters: SummaryParameters,
) -> pd.DataFrame:
    """Test what the settings state of roles and layers.

    Pairs that are kept for confirmation are taken alone where there are some; of other separators
    than the usual ones nothing is stated.

    Args:
        effects: partitions of `measure_effects`.
        mediation_gates: of the same model.
        hypotheses: what was stated.
        parameters: of the summary.

    Returns:
        `mediation_hypotheses` of the model: a row a language and hypothesis, with the mean, its
        interval and margin, one-sided p-values and a verdict.
    """
    gates = mediation_gates[
        (mediation_gates["subset"] == ALL) & (mediation_gates["separators"] == USUAL)
    ]
    rows = []
    for language in dict.fromkeys(name.split("__")[0] for name in effects):
        patched = _load(effects, language, hypotheses)
        own = gates[gates["language"] == language]
        found = judge_language(hypotheses, patched, own, parameters)
        model = str(mediation_gates["model"].iloc[0])
        rows += [{"model": model, "language": language, **row} for row in found]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return record_sources(table, effects=effects.fingerprint)


def _load(
    effects: StoredPartitions[pd.DataFrame], language: str, hypotheses: HypothesisParameters
) -> Patched:
    """Load the aligned effects of those kinds that hypotheses are about, and of count swaps."""
    kinds = {one.kind for one in hypotheses.judged.values()}
    wanted = {COUNT_SWAP, *kinds, *(COUNTERPARTS[kind] for kind in kinds & set(COUNTERPARTS))}
    tables, every_layer, every_role, usual = {}, True, True, False
    for name, load in effects.items():
        own, kind, *behind = name.split("__")
        # What else a name may say of its pairs is not what hypotheses are about.
        if own != language or behind not in ([], ["last"]):
            continue
        usual = True
        if kind in wanted:
            for named, table in load().groupby("named", sort=False):
                tables[kind, str(named)] = align_effects(table)
            settings = effects.item_fingerprints[name]
            every_layer &= ALL in settings.get("layers", [ALL])
            every_role &= ALL in settings.get("roles", [ALL])
    return Patched(tables, every_layer, every_role, usual)
