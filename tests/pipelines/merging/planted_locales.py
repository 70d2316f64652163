"""Locales with planted skill: classifiers that are right as often as they are meant to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.merging.baselines import Approach, Target, list_baselines
from isogloss.pipelines.merging.merge_scores import Scored, share_draws

LOCALES = ("de-DE", "en-US", "fr-FR", "ru-RU", "tr-TR")
CLASSES = 5
ROUNDS = 400


def make_locales(
    merged: float = 0.8, other: float = 0.5, own: float = 0.9, items: int = 200, seed: int = 0
) -> list[Scored]:
    """Make locales whose sources and merge, of all others, have the skills asked for."""
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, CLASSES, items)
    ease = generator.random(items)

    def answer(skill: float) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        right = 0.5 * ease + 0.5 * generator.random(items) < np.quantile(ease, skill)
        return np.where(right, gold, (gold + 1) % CLASSES).astype(np.intp)

    identifiers = [f"{item}" for item in range(items)]
    draws = share_draws(dict.fromkeys(LOCALES, identifiers), ROUNDS, seed)
    found = []
    for locale in LOCALES:
        answers = {one: answer(own if one == locale else other) for one in LOCALES}
        dev = {
            one: {target: own if one == target else other for target in LOCALES} for one in LOCALES
        }
        target = Target(locale, "en-US", gold, int(np.bincount(gold).argmax()), answers, dev)
        predicted = answer(merged)
        merge = Approach(
            "linear-average",
            "linear",
            (predicted == gold).astype(float),
            predicted,
            sources=tuple(target.others),
            settings={"weighting": "average", "k": 4},
        )
        unseen = np.arange(items) % 10 != 0
        found.append(Scored(target, [*list_baselines(target), merge], draws[locale], unseen))
    return found


def row_of(table: pd.DataFrame, *key: str) -> dict[str, Any]:
    """Give the row of a table whose index is the key."""
    index = [entry if isinstance(entry, tuple) else (entry,) for entry in table.index]
    rows: list[dict[Any, Any]] = table.to_dict("records")
    return rows[index.index(key)]
