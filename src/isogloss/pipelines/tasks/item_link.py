"""Whether a model answers the items right whose options it aligns with the pivot's."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from isogloss.statistics.clustered import (
    Estimates,
    ItemResampling,
    clustered_error,
    count_clusters,
    resample_items,
    subtract,
)
from isogloss.statistics.intervals import proportion_interval
from isogloss.statistics.two_way import slope_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

GROUP = ["model", "task", "data", "formulation", "normalisation"]
ITEM = ["language", "item_id", "cluster", "stratum"]
OUTCOMES = {"accuracy": "right", "p_correct": "probability"}
VECTORS = ("aligned", "centred")
POOLED = ""
"""Stands for the language of the row that pools all of them."""
_OPTIONS = 4
_LOPSIDED = "no interval: one side rests on a single passage, or on hardly more than one item"


class LayerRange(NamedTuple):
    """Layers over which alignment is averaged; the middle one is (first + last) // 2."""

    first: int
    last: int


def link_items(
    item_scores: pd.DataFrame,
    item_alignment: pd.DataFrame,
    layers: LayerRange,
    *,
    rounds: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare the answers to items that are aligned with those to items that are not.

    Within a language, `difference` is p_correct_aligned - p_correct_not: with a the share of layers
    in which an item is aligned, sum a y / sum a - sum (1 - a) y / sum (1 - a). Over all languages
    it is the slope within items and languages, which neither easy items nor good languages move.

    Args:
        item_scores: one row an option; only test items count.
        item_alignment: one row an item: task, language, item_id and the columns of
            `summarise_layers`; of one model.
        layers: the range over which the alignment was summed up.
        rounds: of the bootstrap over clusters.
        seed: of the bootstrap.
        confidence: of the intervals.

    Returns:
        one row a group of `GROUP`, language (empty: pooled), outcome (accuracy, p_correct), vectors
        (`aligned`: as they are, `centred`: what an item's options share is taken off), layers
        (`range` or `middle`, with layer_first and layer_last) and items (`all`, or `translated`:
        those whose options are not all written as in the pivot): n, clusters, n_aligned (sum of a),
        left_out (items with repeated options or without alignment; pooled: also those that are
        lacking in some language), untranslated, p_correct_aligned, p_correct_not, difference,
        ci_low, ci_high and the reason where it is undefined.
    """
    tested = item_scores[item_scores["split"] == "test"]
    rows: list[dict[str, Any]] = []
    for key, group in tested.groupby([*GROUP, "language"], sort=True, observed=True):
        if not _has_alignment(item_alignment, str(key[1]), str(key[-1])):
            continue
        named = dict(zip([*GROUP, "language"], key, strict=True))
        linked = _join(group, item_alignment)
        draws = {items: _draw(part, rounds, seed) for items, part in _usable(linked).items()}
        for cell, usable in _cells(linked, layers):
            found = _within_language(usable, cell, draws[cell.items], confidence)
            rows.append({**named, **_describe(cell), **_count(linked, usable), **found})
    for key, group in tested.groupby(GROUP, sort=True, observed=True):
        linked = _join(group, item_alignment)
        if not len(linked):
            continue
        named = {**dict(zip(GROUP, key, strict=True)), "language": POOLED}
        for cell, usable in _cells(linked, layers):
            full = _in_all_languages(usable, linked["language"].nunique())
            found = _pooled(full, cell, confidence)
            rows.append({**named, **_describe(cell), **_count(linked, full), **found})
    return pd.DataFrame(rows)


class _Cell(NamedTuple):
    outcome: str
    vectors: str
    layers: str
    items: str
    first: int
    last: int


def _has_alignment(item_alignment: pd.DataFrame, task: str, language: str) -> bool:
    return bool(((item_alignment["task"] == task) & (item_alignment["language"] == language)).any())


def _join(group: pd.DataFrame, item_alignment: pd.DataFrame) -> pd.DataFrame:
    """Give the items of languages that have alignments, one row each, with theirs or NaN."""
    right = (group["chosen"].astype(bool) & group["gold"].astype(bool)).astype(np.float64)
    table = group.assign(right=right)
    answered = table[["language", "item_id", "right"]].groupby(["language", "item_id"]).max()
    gold = table.loc[group["gold"].astype(bool), [*ITEM, "task", "probability"]]
    found = gold.join(answered, on=["language", "item_id"])
    same_task = item_alignment[item_alignment["task"].isin(group["task"].unique())]
    found = found[found["language"].isin(same_task["language"].unique())]
    return found.merge(item_alignment, on=["task", "language", "item_id"], how="left")


def _cells(linked: pd.DataFrame, layers: LayerRange) -> Iterator[tuple[_Cell, pd.DataFrame]]:
    middle = (layers.first + layers.last) // 2
    ranges = {"range": layers, "middle": LayerRange(middle, middle)}
    for items, rows in _usable(linked).items():
        for outcome, vectors, name in product(OUTCOMES, VECTORS, ranges):
            yield _Cell(outcome, vectors, name, items, *ranges[name]), rows


def _usable(linked: pd.DataFrame) -> dict[str, pd.DataFrame]:
    known = linked[linked["aligned_range"].notna()]
    rows = known[~known["repeated"].astype(bool)]
    return {"all": rows, "translated": rows[rows["untranslated"] < _OPTIONS]}


def _draw(usable: pd.DataFrame, rounds: int, seed: int) -> ItemResampling | None:
    if not len(usable):
        return None
    return resample_items(
        usable["cluster"].to_numpy(),
        usable["stratum"].to_numpy(),
        rounds=rounds,
        generator=np.random.default_rng(seed),
    )


def _describe(cell: _Cell) -> dict[str, Any]:
    return {
        "outcome": cell.outcome,
        "vectors": cell.vectors,
        "layers": cell.layers,
        "layer_first": cell.first,
        "layer_last": cell.last,
        "items": cell.items,
    }


def _count(linked: pd.DataFrame, usable: pd.DataFrame) -> dict[str, Any]:
    return {
        "n": len(usable),
        "clusters": usable[["stratum", "cluster"]].drop_duplicates().shape[0],
        "left_out": len(linked) - len(usable),
        "untranslated": int((usable["untranslated"] == _OPTIONS).sum()),
    }


def _within_language(
    usable: pd.DataFrame, cell: _Cell, resampling: ItemResampling | None, confidence: float
) -> dict[str, Any]:
    share = usable[f"{cell.vectors}_{cell.layers}"].to_numpy(np.float64)
    outcome = usable[OUTCOMES[cell.outcome]].to_numpy(np.float64)
    none = {"p_correct_aligned": np.nan, "p_correct_not": np.nan}
    if resampling is None:
        return {"n_aligned": 0.0, **none, **_difference(None, "no such items")}
    if share.max() == 0 or share.min() == 1:
        reason = "no item is aligned" if share.max() == 0 else "every item is aligned"
        return {"n_aligned": share.sum(), **none, **_difference(None, reason)}
    one, moved_one = _weighted(outcome, share, resampling, confidence)
    two, moved_two = _weighted(outcome, 1 - share, resampling, confidence)
    error = clustered_error((moved_one - moved_two)[None], resampling)
    found = subtract(one, two, error)
    reason = _LOPSIDED if np.isnan(found.low[0]) else ""
    return {
        "n_aligned": share.sum(),
        "p_correct_aligned": one.score[0],
        "p_correct_not": two.score[0],
        **_difference(found, reason),
    }


def _weighted(
    outcome: NDArray[np.float64],
    weight: NDArray[np.float64],
    resampling: ItemResampling,
    confidence: float,
) -> tuple[Estimates, NDArray[np.float64]]:
    """Give a weighted mean with its interval, and what each item does to it.

    Weights w tell as much as (sum w)^2 / sum w^2 equal ones; below two there is no interval.
    """
    part = weight / (weight @ resampling.shares)
    score = np.array([part * resampling.shares @ outcome])
    influence = part * (outcome - score)
    error = clustered_error(influence[None], resampling)
    clusters = int(count_clusters((weight > 0)[None], resampling)[0])
    effective = int(weight.sum() ** 2 / np.square(weight).sum())
    low, high = proportion_interval(score, error, min(clusters, effective), confidence)
    return Estimates(score, error, low, high), influence


def _in_all_languages(usable: pd.DataFrame, languages: int) -> pd.DataFrame:
    """Keep the items that every language has, so that demeaning is exact."""
    kept = usable.groupby(["stratum", "item_id"])["language"].transform("nunique") == languages
    return usable[kept].sort_values(["language", "stratum", "item_id"])


def _pooled(full: pd.DataFrame, cell: _Cell, confidence: float) -> dict[str, Any]:
    none = {"p_correct_aligned": np.nan, "p_correct_not": np.nan}
    languages, share = full["language"].nunique(), full[f"{cell.vectors}_{cell.layers}"]
    if not len(full):
        return {"n_aligned": 0.0, **none, **_difference(None, "no item is in all languages")}
    shape = (languages, len(full) // languages)
    labels = (full["stratum"] + "\n" + full["cluster"]).to_numpy()[: shape[1]]
    found = slope_within(
        full[OUTCOMES[cell.outcome]].to_numpy(np.float64).reshape(shape),
        share.to_numpy(np.float64).reshape(shape),
        labels,
        confidence,
    )
    reason = (
        "alignment varies in neither items nor languages, or there is but one passage or language"
        if np.isnan(found.score)
        else ""
    )
    values = Estimates(*(np.array([value]) for value in found))
    return {"n_aligned": share.sum(), **none, **_difference(values, reason)}


def _difference(found: Estimates | None, reason: str) -> dict[str, Any]:
    names = {"difference": "score", "error": "error", "ci_low": "low", "ci_high": "high"}
    values = {
        name: np.nan if found is None else getattr(found, field)[0] for name, field in names.items()
    }
    return {**values, "reason": reason}
