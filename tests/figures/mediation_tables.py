"""Summaries of mediation as the room makes them, with planted maps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from isogloss.figures.mediation_names import MediationGuide
from tests.figures.conftest import language_table

LAYERS = 6
ROLES = (
    "swapped", "swapped_first", "swapped_last", "swapped_separator", "item_+1", "separator_+1",
    "item_+2", "list_end", "answer_prefix", "category_again", "final",
)  # fmt: skip
GAP_ROLES = (
    "swapped", "swapped_last", "swapped_separator", "gap_1", "gap_separator_1", "gap_2", "other",
    "other_separator", "item_+1", "list_end", "final",
)  # fmt: skip
MODEL = "gemma_270m_q4"


def make_guide() -> MediationGuide:
    return MediationGuide({MODEL: "Gemma 3 270M, 4-bit (Q4_K_M)"}, language_table())


def _row(**own: object) -> dict[str, object]:
    base = {
        "model": MODEL, "language": "eng", "named": "first", "separators": "usual",
        "part": "all", "subset": "all",
        "head": -1, "error": 0.05, "n_pairs": 48, "n_categories": 12, "p": 0.5, "p_adjusted": 1.0,
        "null_band": 0.1, "ratio": np.nan, "ratio_ci_low": np.nan, "ratio_ci_high": np.nan,
    }  # fmt: skip
    return {**base, **own}


def _cell(
    kind: str, outcome: str, effect: str, mean: float, total: float, **own: object
) -> dict[str, object]:
    is_open = total > 0.2
    shares = {
        "ratio": mean / total,
        "ratio_ci_low": mean / total - 0.1,
        "ratio_ci_high": mean / total + 0.1,
    }
    return _row(
        kind=kind, outcome=outcome, effect=effect, mean=mean, ci_low=mean - 0.1, ci_high=mean + 0.1,
        gate="open" if is_open else "closed",
        remark="" if is_open else "no total effect to mediate",
        p_adjusted=own.pop("p_adjusted", 0.001 if abs(mean) > 0.3 else 1.0),
        **(shares if is_open else {}), **own,
    )  # fmt: skip


def make_summary(
    total: float = 0.8,
    kind: str = "count_swap",
    carried: Mapping[str, float] | None = None,
    few: str = "item_+2",
) -> pd.DataFrame:
    """Make rows of one kind: the swapped word carries it first, the final token in the end."""
    rows = [
        _cell(kind, "log_odds", "total", total, total, component="", layer=-1, role=""),
    ]
    for component, share in (("residual", 1.0), ("attention", 0.2), ("mlp", 0.1)):
        for layer in range(0 if component == "residual" else 1, LAYERS + 1):
            depth = layer / LAYERS
            means = {role: 0.0 for role in ROLES} | {"swapped": 1 - depth, "final": depth}
            means |= carried or {}
            for role in ROLES:
                mean = share * total * means[role]
                place = {"component": component, "layer": layer, "role": role}
                own = _cell(kind, "log_odds", "denoising", mean, total, **place)
                rows.append({**own, "n_categories": 5} if role == few else own)
            place = {"component": component, "layer": layer, "role": "all"}
            rows.append(_cell(kind, "log_odds", "denoising", share * total, total, **place))
            apart = 0.001 if component == "attention" and layer == 4 else 1.0
            rows.append(
                _cell(
                    kind,
                    "log_odds",
                    "denoising_less_other_layers",
                    0.1,
                    total,
                    p_adjusted=apart,
                    **place,
                )
            )
    return pd.DataFrame(rows)


def make_relocations(size: float = 0.8) -> pd.DataFrame:
    """Make rows of relocations: only what lies in between carries anything."""
    rows = []
    kinds = {"relocation": size, "irrelevant_relocation": 0.0, "reordering": 0.05}
    for kind, factor in kinds.items():
        rows.append(
            _cell(kind, "expected_count", "total", 0.01, 0.01, component="", layer=-1, role="")
        )
        for layer in range(LAYERS + 1):
            for role in GAP_ROLES:
                mean = factor if role.startswith("gap") else 0.0
                place = {"component": "residual", "layer": layer, "role": role}
                rows.append(_cell(kind, "expected_count", "noising", mean, 0.01, **place))
    return pd.DataFrame(rows)


def make_probes(partial: float = 0.3) -> pd.DataFrame:
    """Make the probes of seven layers at both places."""
    rows = []
    for spot in ("item", "separator"):
        for layer in range(LAYERS + 1):
            own = partial * np.sin(np.pi * layer / LAYERS)
            rows.append(
                {
                    "model": MODEL, "language": "eng", "named": "first", "separators": "usual",
                    "layer": layer,
                    "spot": spot,
                    "target": "running_count", "probe": "ridge", "fold": "all", "n": 400,
                    "n_categories": 12, "r2": 0.5 + own / 2, "r2_known": 0.55,
                    "r2_baseline": 0.6, "reference": "baseline", "partial_r2": own,
                    "partial_ci_low": own - 0.1, "partial_ci_high": own + 0.1,
                    "r2_shuffled": 0.4, "partial_r2_shuffled": 0.0,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _hypothesis(name: str, predicts: str, states: str, **own: object) -> dict[str, object]:
    base = {
        "model": MODEL, "language": "eng", "name": name, "states": states, "predicts": predicts,
        "kind": "count_swap", "named": "first", "part": "all", "outcome": "expected_count",
        "effect": "noising", "component": "residual", "cells": "swapped in 3 4", "against": "",
        "layers": "middle", "layers_meant": "3 4",
        "expects": "greater", "share": 0.25, "margin": 0.05, "error": 0.02, "n_pairs": 40,
        "n_pairs_all": 48, "n_categories": 12, "p": 0.0005, "p_holm": 0.002, "p_opposite": 1.0,
        "p_opposite_holm": 1.0, "verdict": "supported", "remark": "",
    }  # fmt: skip
    return {**base, **own}


def make_hypotheses() -> pd.DataFrame:
    """Make verdicts of every kind, on both models of counting and on the control."""
    numbers = ("margin", "mean", "error", "ci_low", "ci_high", "p", "p_holm")
    nothing = dict.fromkeys((*numbers, "p_opposite", "p_opposite_holm"), np.nan)
    against = {"p": 1.0, "p_holm": 1.0, "p_opposite": 0.001, "p_opposite_holm": 0.005}
    middle = "In the middle layers items behind the swapped word hold"
    return pd.DataFrame(
        [
            _hypothesis(
                "hold", "running_count", f"{middle} its count.", mean=0.21, ci_low=0.15,
                ci_high=0.27,
            ),
            _hypothesis(
                "exceed", "running_count", "In the middle layers they hold more than the word.",
                mean=0.03, ci_low=-0.04, ci_high=0.1, p=0.2, p_holm=0.4, verdict="not supported",
                share=0.0, margin=0.0, n_pairs=48,
            ),
            _hypothesis(
                "gap", "running_count", "Where two words change places, items in between hold it.",
                kind="relocation", **nothing, n_pairs=0, n_pairs_all=0, cells="",
                layers_meant="", verdict="not testable",
                remark="there are no pairs of kind relocation: mediation_pairs.kinds",
            ),
            _hypothesis(
                "keeps", "end_sum", "The swapped word still carries over half of the effect.",
                mean=-0.3, ci_low=-0.4, ci_high=-0.2, share=0.5, margin=0.1, **against,
                verdict="contradicted",
            ),
            _hypothesis(
                "nothing", "end_sum", f"{middle} nothing of its count.", mean=0.21, ci_low=0.15,
                ci_high=0.27, expects="none", verdict="contradicted", **against,
            ),
            _hypothesis(
                "control", "works", "The control is carried by the final token in late layers.",
                kind="control", outcome="log_odds", mean=7.5, ci_low=7.0, ci_high=8.0, share=0.5,
                margin=6.0, error=0.2, p_holm=0.0008, n_pairs=48, cells="final in 4 5 6 7 8",
                layers="4 5 6 7 8", layers_meant="4 5 6 7 8",
            ),
        ]
    )  # fmt: skip


def make_heads(total: float = 0.8, heads: int = 4) -> pd.DataFrame:
    """Make rows of single heads: one head of one layer carries half, its query a quarter."""
    rows = [_cell("count_swap", "log_odds", "total", total, total, component="", layer=-1, role="")]
    for component, share in (("head", 0.5), ("query", 0.25)):
        for layer in range(1, LAYERS + 1):
            for head in range(heads):
                mean = share * total * (layer == 4 and head == 2)
                place = {"component": component, "layer": layer, "head": head, "role": "final"}
                rows.append(_cell("count_swap", "log_odds", "denoising", mean, total, **place))
    return pd.DataFrame(rows)
