"""All approaches to a locale side by side: what a person opens in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.merging_names import BASELINES, NEAREST, REFERENCE, list_approaches

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_SOURCES = "own_sources"
AVERAGE, LINEAR = "average", "linear"
COMPARED = (
    OWN_SOURCES,
    NEAREST,
    AVERAGE,
    LINEAR,
    "mean_source",
    REFERENCE,
    "pivot",
    "own",
    "joint",
    "majority",
)
"""What merges are compared with, in the order of the columns."""
ALONE = ("own", "joint", "pivot", "mean_source", REFERENCE, "majority")
"""Approaches that merge nothing, in the order of the columns."""
KEYS = ["seed", "locale"]


def compare_locales(
    results: pd.DataFrame, comparisons: pd.DataFrame, locales: pd.DataFrame
) -> pd.DataFrame:
    """Lay the results of one encoder out with one row a locale.

    Of several seeds everything is the mean, but an adjusted p is the largest, so that a difference
    is told from 0 only where it is with every seed. Locales that the encoder cannot spell come
    last; they have differences, but no p, since they take part in no test.

    Args:
        results: `merge_results`.
        comparisons: `merge_comparisons`.
        locales: the table of locales, for their names.

    Returns:
        locale, name, spelled, seeds (how many), n (test items); the accuracy of every baseline; for
        every merge and ensemble its accuracy, `<recipe>`, and over every baseline the difference,
        `<recipe> minus <baseline>`, with its adjusted p, `<recipe> minus <baseline>: p adjusted`.
        `own_sources` is the mean of the sources that went into the merge, weighted as in it;
        `nearest_source` the nearest by the merge's features, `average` that of the same sources,
        `linear` the linear merge with the same weights. Unrounded; empty where there is nothing.
    """
    names = dict(zip(locales["locale"], locales["name"], strict=True))
    rows = results.groupby("locale", sort=False)
    table = pd.DataFrame(
        {
            "name": [names.get(locale, "") for locale, _ in rows],
            "spelled": rows["spelled"].first(),
            "seeds": rows["seed"].nunique(),
            "n": rows["n"].first(),
        }
    )
    columns = dict(_columns(results, comparisons))
    wide = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    ordered = wide.sort_values("spelled", ascending=False, kind="stable")
    return ordered.rename_axis("locale").reset_index()


def list_merges(results: pd.DataFrame) -> list[str]:
    """List the recipes that merge or vote, in the order of all figures."""
    listed = list_approaches(results)
    return [str(recipe) for recipe in listed.index[~listed["method"].isin(BASELINES)]]


def _columns(
    results: pd.DataFrame, comparisons: pd.DataFrame
) -> Iterator[tuple[str, pd.Series[float]]]:
    accuracy = results.set_index([*KEYS, "recipe"])["accuracy"].unstack("recipe")
    synergy = results.set_index([*KEYS, "recipe"])["synergy"].unstack("recipe")
    adjusted = _largest_p(comparisons)
    pairs = {pair for pair, _ in adjusted.items()}
    nearest = sorted(str(name) for name in accuracy if str(name).startswith(NEAREST))
    for name in [*ALONE, *nearest]:
        if name in accuracy:
            yield name, _average(accuracy[name])
    for recipe in list_merges(results):
        yield recipe, _average(accuracy[recipe])
        for baseline in COMPARED:
            if baseline == OWN_SOURCES:
                difference = synergy[recipe]
            elif baseline in accuracy:
                difference = accuracy[recipe] - accuracy[baseline]
            elif (recipe, baseline) in pairs:
                own = (comparisons["recipe"] == recipe) & (comparisons["baseline"] == baseline)
                difference = comparisons[own].set_index(KEYS)["difference"]
            else:
                continue
            name = f"{recipe} minus {baseline}"
            yield name, _average(difference)
            yield f"{name}: p adjusted", adjusted.get((recipe, baseline), pd.Series(dtype=float))


def _average(values: pd.Series[float]) -> pd.Series[float]:
    return values.astype(float).groupby(level="locale", sort=False).mean()


def _largest_p(comparisons: pd.DataFrame) -> dict[tuple[str, str], pd.Series[float]]:
    """Give the largest adjusted p of any seed: (recipe, baseline) -> locale -> p; NaN is one."""
    if comparisons.empty:
        return {}
    keys = ["recipe", "baseline", "locale"]
    unknown = comparisons.assign(p=comparisons["p_adjusted"].astype(float).fillna(np.inf))
    largest = unknown.groupby(keys, sort=False)["p"].max().replace(np.inf, np.nan).reset_index()
    return {
        (str(recipe), str(baseline)): own.set_index("locale")["p"]
        for (recipe, baseline), own in largest.groupby(["recipe", "baseline"])
    }
