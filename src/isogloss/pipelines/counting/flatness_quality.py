"""The quality of the lists: how right, how flat, how varied."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.counting.flatness import (
    Flatness,
    evenness,
    independence,
    place_evenness,
)
from isogloss.pipelines.counting.generation_duplicates import NearDuplicates
from isogloss.pipelines.counting.generation_panels import as_planned
from isogloss.pipelines.counting.generation_plan import INVENTED
from isogloss.pipelines.counting.validation_lists import LISTS, UNDECIDED, VALID
from isogloss.statistics.intervals import wilson_interval
from isogloss.word_memberships import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = "all"
STRATA = ("length", "count", "category")
QUALITY_COLUMNS = (
    "language",
    "method",
    "measure",
    "group",
    "value",
    "n",
    "ci_low",
    "ci_high",
)
Row = tuple[str, str, float, int, float, float]


def measure_quality(items: pd.DataFrame, validation: pd.DataFrame, overlap: float) -> pd.DataFrame:
    """Measure lists by language and method.

    Args:
        items: that stand.
        validation: of all lists that were made, those that were pruned included.
        overlap: Jaccard index beyond which two lists are near duplicates.

    Returns:
        See `counting_schemas.CountingQuality`.
    """
    rows = []
    for language, method, own in _by_method(validation):
        rows += [(language, method, *row) for row in _correctness(own)]
    for language, method, own in _by_method(items):
        rows += [(language, method, *row) for row in (*_evenness(own), *_variety(own, overlap))]
    return pd.DataFrame(rows, columns=list(QUALITY_COLUMNS)).astype({"n": int, "value": float})


def _by_method(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for language, own in table.groupby("language", sort=True):
        methods = sorted(own["method"].unique())
        if len(methods) > 1:
            yield str(language), EVERY, own
        for method in methods:
            yield str(language), method, own[own["method"] == method]


def _correctness(validation: pd.DataFrame) -> Iterator[Row]:
    decided = validation[validation["verdict"] != UNDECIDED]
    yield _share("accuracy", EVERY, decided["verdict"] == VALID)
    for name in STRATA:
        groups = decided[name].map(as_planned) if name == "category" else decided[name]
        for level, own in decided.groupby(groups, sort=True):
            label = "invented" if level == INVENTED else level
            yield _share("accuracy", f"{name}={label}", own["verdict"] == VALID)
    yield _share("undecided_rate", EVERY, validation["verdict"] == UNDECIDED)
    yield _share("decided_by_lists_rate", EVERY, validation["decided_by"] == LISTS)


def _share(measure: str, group: str, hits: pd.Series[bool]) -> Row:
    n = len(hits)
    if not n:
        return measure, group, float("nan"), 0, float("nan"), float("nan")
    value = float(hits.mean())
    low, high = wilson_interval(np.asarray(value), n)
    return measure, group, value, n, float(low), float(high)


def _evenness(items: pd.DataFrame) -> Iterator[Row]:
    categories = items["category"].map(as_planned)
    for name, values in (
        ("category", categories),
        ("length", items["length"]),
        ("count", items["count"]),
    ):
        yield from _tested(f"flatness_{name}", "w", evenness(values, sorted(values.unique())))
    for name, one, two in (
        ("length_count", items["length"], items["count"]),
        ("category_count", categories, items["count"]),
        ("category_length", categories, items["length"]),
    ):
        yield from _tested(f"independence_{name}", "v", independence(list(one), list(two)))
    yield from _tested("flatness_place", "deviation", place_evenness(items["members"]))
    words = items[["words", "members"]].explode(["words", "members"])
    roles = independence([folded(one) for one in words["words"]], list(words["members"]))
    yield from _tested("independence_word_role", "v", roles)


def _tested(name: str, effect: str, found: Flatness) -> Iterator[Row]:
    missing = float("nan")
    yield f"{name}_p", EVERY, found.p, found.n, missing, missing
    yield f"{name}_{effect}", EVERY, found.effect, found.n, missing, missing


def _variety(items: pd.DataFrame, overlap: float) -> Iterator[Row]:
    lists = [[folded(word) for word in words] for words in items["words"]]
    words = pd.Series([word for one in lists for word in one])
    missing = float("nan")
    yield "word_diversity", EVERY, words.nunique() / len(words), len(words), missing, missing
    uses = words.value_counts()
    yield "word_uses_least", EVERY, float(uses.min()), len(uses), missing, missing
    yield "word_uses_most", EVERY, float(uses.max()), len(uses), missing, missing
    seen: set[tuple[str, frozenset[str]]] = set()
    index: NearDuplicates[int, str] = NearDuplicates(overlap, dict(Counter(words)))
    asked: set[tuple[str, ...]] = set()
    same, near = [], []
    for place, (category, own) in enumerate(zip(items["category"], lists, strict=True)):
        again = (category, frozenset(own)) in seen
        # A list that is asked for two of its categories is no near duplicate of itself.
        near.append(again or (tuple(own) not in asked and index.find(own) is not None))
        same.append(again)
        asked.add(tuple(own))
        seen.add((category, frozenset(own)))
        index.add(place, own)
    yield _share("duplicate_rate", EVERY, pd.Series(same))
    yield _share("near_duplicate_rate", EVERY, pd.Series(near))
    uses_of_lists = Counter(map(tuple, lists))
    crossed = [uses_of_lists[tuple(own)] > 1 for own in lists]
    yield _share("crossed_rate", EVERY, pd.Series(crossed))
