"""Tables of effects with planted means, as `measure_effects` makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from isogloss.partitions import StoredPartitions
from tests.pipelines.mediation.word_tables import rows_of

CATEGORIES = 12
LAYERS = 6
ROLES = ("swapped", "swapped_last", "item_+1", "final")
Carried = Callable[[str, float], float]


def moves_to_the_end(role: str, depth: float) -> float:
    """Give the share of the total effect that a role carries, 0 <= depth <= 1."""
    shares = {"swapped": 1 - depth, "swapped_last": 1 - depth, "final": depth}
    return shares.get(role, 0.0)


def make_effects(
    kind: str,
    size: float,
    *,
    pairs: int = 48,
    categories: int = CATEGORIES,
    noise: float = 0.1,
    spread: float = 0.3,
    carried: Carried = moves_to_the_end,
    roles: Sequence[str] = ROLES,
    outcomes: Sequence[str] = ("log_odds", "expected_count"),
    part: Sequence[str] = ("all",),
    seed: int = 0,
) -> pd.DataFrame:
    """Make effects whose total is `size` on average, once aligned; parts share no category."""
    generator = np.random.default_rng([seed, *kind.encode()])
    rows = []
    for number in range(pairs):
        sign = 1 if (number // 2 + number // categories) % 2 else -1
        total = size + generator.normal(0, spread)
        for outcome in outcomes:
            for layer in range(LAYERS + 1):
                for role in roles:
                    share = carried(role, layer / LAYERS) * total
                    noising, denoising = share + generator.normal(0, noise, 2)
                    rows.append(
                        {
                            "pair_id": f"{kind}_{number}",
                            "language": "eng",
                            "kind": kind,
                            "named": "first",
                            "separators": "usual",
                            "category": f"c{number % categories:02d}",
                            "lists_id": f"lists_{number}",
                            "part": part[number % categories % len(part)],
                            "sign": sign,
                            "component": "residual",
                            "layer": layer,
                            "head": -1,
                            "role": role,
                            "position": 3,
                            "tokens": 1,
                            "outcome": outcome,
                            "total": sign * total,
                            "noising": sign * noising,
                            "denoising": sign * denoising,
                            "direct": sign * (total - denoising),
                            "interaction": sign * (denoising - noising),
                        }
                    )
    return pd.DataFrame(rows)


def make_outcomes(tables: Mapping[str, pd.DataFrame], accuracy: float) -> pd.DataFrame:
    """Make `pair_outcomes` of the same pairs, with so many right answers."""
    generator = np.random.default_rng(0)
    rows = []
    for table in tables.values():
        for pair in rows_of(table.drop_duplicates("pair_id")):
            for run in ("base", "donor"):
                right = bool(generator.random() < accuracy)
                answer = int(generator.integers(10))
                rows.append(
                    {
                        "pair_id": pair.pair_id,
                        "language": "eng",
                        "kind": pair.kind,
                        "named": "first",
                        "separators": "usual",
                        "category": pair.category,
                        "part": pair.part,
                        "run": run,
                        "y": 0.0,
                        "expected_count": 4.5,
                        "candidate_mass": 0.9,
                        "argmax": answer if right else (answer + 1) % 10,
                        "answer": answer,
                        "correct": right,
                        "model": "tiny",
                    }
                )
    return pd.DataFrame(rows)


def store(tables: Mapping[str, pd.DataFrame]) -> StoredPartitions[pd.DataFrame]:
    """Put tables away as partitions."""
    return StoredPartitions({"made": 1}, {name: {} for name in tables}, lambda name: tables[name])
