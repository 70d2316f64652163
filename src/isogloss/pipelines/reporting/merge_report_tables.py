"""Tables of the page on merging: means over locales, and every locale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.formats import format_range, format_score
from isogloss.figures.merging_names import (
    BASELINES,
    NEAREST,
    REFERENCE,
    choose_approaches,
    list_approaches,
)
from isogloss.merge_columns import METHODS
from isogloss.pipelines.reporting.markdown import write_table
from isogloss.pipelines.reporting.merge_inputs import NO_LABELS
from isogloss.pipelines.reporting.merge_means import average_means, count_intervals, say_by_chance
from isogloss.pipelines.reporting.merge_table import (
    AVERAGE,
    COMPARED,
    LINEAR,
    OWN_SOURCES,
    compare_locales,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.merge_inputs import PageInputs
    from isogloss.pipelines.reporting.merge_means import Mean, Means

LEVEL = 0.05
_MOST = 6
"""Merges with a column of their own in the table of locales."""
_HEADS = {
    OWN_SOURCES: "over its own sources",
    NEAREST: "over the nearest source",
    AVERAGE: "over their average",
    LINEAR: "over the linear merge",
    "mean_source": "over the mean of all sources",
    REFERENCE: "over the best source",
    "pivot": "over the pivot's model",
    "own": "over the own model",
    "joint": "over one model of all",
}
_KINDS = ("not merged", "one model, merged", "several models that vote")
_ALONE = {
    "own": "own model",
    "joint": "one model of all",
    "pivot": "pivot's model",
    REFERENCE: "best source (by own dev)",
    "majority": "most frequent class",
}


def tabulate_means(inputs: PageInputs) -> Iterator[str]:
    """Write the mean accuracy of every approach over locales, and its gains, with intervals.

    Args:
        inputs: the tables of the encoder.
    """
    means = average_means(inputs["summary"])
    if not means:
        yield "No locale that the encoder can spell has a score, so there are no means."
        return
    listed = list_approaches(inputs["results"])
    scored = listed[[(recipe, "") in means for recipe in listed.index]]
    kinds = scored["method"].map(_kind_of)
    for kind in _KINDS:
        own = scored["label"][kinds == kind]
        if len(own):
            yield from _tabulate_kind(kind, own, means)
            yield ""
    yield from _explain_means(means, inputs["confidence"])


def tabulate_locales(inputs: PageInputs) -> Iterator[str]:
    """Write a row a locale that the encoder can spell: baselines and the first merges.

    Args:
        inputs: the tables of the encoder.
    """
    table = compare_locales(inputs["results"], inputs["comparisons"], inputs["locales"])
    spelled = table[table["spelled"].astype(bool)]
    if spelled.empty:
        yield "None."
        return
    labels, left_out = _choose_merges(inputs["results"])
    yield from _tabulate(spelled, labels)
    yield ""
    if labels:
        yield (
            f"Bold: above the nearest source, italic: below it (told apart: p < {LEVEL:g} with "
            "every seed, adjusted over the locales of that merge). Shown are merges that have seen "
            "no label of the target, in the order of the plan, whatever their scores."
        )
    if left_out:
        yield f"{left_out} more merges and ensembles are in `merge_table.csv`."


def tabulate_unspelled(inputs: PageInputs) -> Iterator[str]:
    """Write the rows of locales that the encoder cannot spell; nothing if there are none.

    Args:
        inputs: the tables of the encoder.
    """
    table = compare_locales(inputs["results"], inputs["comparisons"], inputs["locales"])
    unspelled = table[~table["spelled"].astype(bool)]
    if unspelled.empty:
        return
    rows = inputs["spelling"]
    shares = dict(zip(rows["locale"], rows["unknown_share"], strict=True))
    labels, _ = _choose_merges(inputs["results"])
    yield (
        "They are no source for other locales, and in no mean over locales and no test: what "
        "differs here is the vocabulary."
    )
    yield ""
    yield from _tabulate(unspelled, labels, {"unknown tokens": shares})


def _kind_of(method: str) -> str:
    """Sort a method among the tables of means."""
    if method in BASELINES:
        return _KINDS[0]
    return _KINDS[1] if method in METHODS else _KINDS[2]


def _tabulate_kind(kind: str, labels: pd.Series[str], means: Means) -> Iterator[str]:
    compared = {baseline for recipe, baseline in means if recipe in labels.index}
    most = max(mean.locales for mean in means.values())
    against = [name for name in COMPARED if name in compared and name in _HEADS]
    several = any(np.isfinite(mean.spread) for mean in means.values())
    rows = [
        [
            label,
            _score(means[str(recipe), ""], most),
            *([format_score(means[str(recipe), ""].spread)] if several else []),
            *(_gain(means.get((str(recipe), one))) for one in against),
        ]
        for recipe, label in labels.items()
    ]
    heads = [kind, "accuracy", *(["SD over seeds"] if several else [])]
    yield from write_table([*heads, *(f"gain {_HEADS[name]}" for name in against)], rows)


def _choose_merges(results: pd.DataFrame) -> tuple[dict[str, str], int]:
    """Choose merges by their kind: recipe -> label; and count the other merges and ensembles."""
    listed = list_approaches(results)
    own = listed[listed["method"].isin(METHODS) & (listed["supervision"] == NO_LABELS)]
    chosen = choose_approaches(own, None, _MOST, merges_only=True)
    merging = listed["method"].isin(METHODS) | listed["method"].str.startswith("ensemble")
    labels = {recipe: str(own["label"][recipe]) for recipe in chosen}
    return labels, int(merging.sum()) - len(chosen)


def _tabulate(
    table: pd.DataFrame,
    labels: dict[str, str],
    shares: dict[str, dict[str, float]] | None = None,
) -> Iterator[str]:
    near = [str(name) for name in table if str(name).startswith(f"{NEAREST}-")]
    alone = {name: label for name, label in _ALONE.items() if name in table}
    for name in near:
        alone[name] = (
            "nearest source" if len(near) == 1 else name.replace(f"{NEAREST}-", "nearest, ")
        )
    more = shares or {}
    heads = ["locale", "items", *more, *alone.values(), *labels.values()]
    rows = [
        [
            f"{row['locale']} {row['name']}".strip(),
            str(int(row["n"])),
            *(f"{own[row['locale']]:.0%}" for own in more.values()),
            *(format_score(float(row[name])) for name in alone),
            *(_mark(row, recipe) for recipe in labels),
        ]
        for row in table.to_dict("records")
    ]
    yield from write_table(heads, rows)


def _mark(row: Mapping[Hashable, Any], recipe: str) -> str:
    """Write an accuracy: bold where it is told to be above the nearest source, italic if below."""
    p = row.get(f"{recipe} minus {NEAREST}: p adjusted", np.nan)
    text = format_score(float(row[recipe]))
    if not p < LEVEL:
        return text
    return f"**{text}**" if row[f"{recipe} minus {NEAREST}"] > 0 else f"*{text}*"


def _score(mean: Mean, most: int) -> str:
    """Write a mean accuracy, and over how many locales if over fewer than others."""
    return mean.as_score() + (f" ({mean.locales} locales)" if mean.locales < most else "")


def _gain(mean: Mean | None) -> str:
    if mean is None:
        return ""
    text = f"{mean.as_gain()} {mean.interval}".rstrip()
    return f"**{text}**" if mean.told else text


def _explain_means(means: Means, confidence: float) -> Iterator[str]:
    counts = sorted({mean.locales for mean in means.values()})
    yield (
        f"Means over {format_range(counts)} locales. Brackets: {100 * confidence:g}% intervals "
        "over items and locales: they speak of other items and other locales like these, not of "
        "another training."
    )
    if looked_at := count_intervals(means):
        yield (
            "Bold: the interval of the gain excludes 0 with every seed. Each is taken by itself: "
            f"{say_by_chance(confidence)}, and there are {looked_at}."
        )
