"""Which lists stand, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.counting.generation_drafts import SYSTEMATIC
from isogloss.pipelines.counting.generation_duplicates import NearDuplicates
from isogloss.pipelines.counting.validation_lists import INVALID, UNDECIDED
from isogloss.word_memberships import folded

if TYPE_CHECKING:
    from isogloss.pipelines.counting.generation_parameters import CountingParameters

KEY = ["language", "item_id"]
IN_ANOTHER_LANGUAGE = "in another language"
FOR_ANOTHER_CATEGORY = "for another category"
REPEATED, NEAR_DUPLICATE = "repeats another list", "near duplicate"


def find_faults(
    drafts: pd.DataFrame,
    validation: pd.DataFrame,
    standing: pd.DataFrame,
    parameters: CountingParameters,
) -> pd.Series[str]:
    """Say of every list why it cannot stay; nothing if it can.

    Args:
        drafts: new lists.
        validation: of these, or of more.
        standing: lists that stand already, of any method.
        parameters: how alike lists may be, whether undecided ones stay, and whether systematic
            lists stand in all languages or in none.

    Returns:
        invalid, undecided, `repeats another list`, near duplicate, or one of these with `for
        another category` (the same words) or `in another language`; empty for lists that can stay.
    """
    verdicts = validation.set_index(KEY)["verdict"]
    refused = {INVALID} if parameters.keep_undecided else {INVALID, UNDECIDED}
    keys = drafts.set_index(KEY).index
    found = verdicts.reindex(keys).fillna(UNDECIDED)
    faults = found.where(found.isin(refused), "").set_axis(drafts.index)
    faults = _find_duplicates(drafts, faults, standing, parameters.overlap)
    faults = _lose_together(drafts, faults)
    if not parameters.parallel:
        return faults
    systematic = drafts["method"] == SYSTEMATIC
    bad = systematic & (faults != "")
    lost = dict(zip(drafts.loc[bad, "item_id"], faults[bad], strict=True))
    spread = [
        f"{lost[item]} {IN_ANOTHER_LANGUAGE}" if own and not fault and item in lost else fault
        for item, own, fault in zip(drafts["item_id"], systematic, faults, strict=True)
    ]
    return pd.Series(spread, index=drafts.index, dtype=object)


def _find_duplicates(
    drafts: pd.DataFrame, faults: pd.Series[str], standing: pd.DataFrame, overlap: float
) -> pd.Series[str]:
    faults = faults.copy()
    for language, own in drafts.groupby("language", sort=False):
        index: NearDuplicates[int, str] = NearDuplicates(overlap)
        asked: dict[tuple[str, ...], list[str]] = {}
        for category, words in _lists(standing[standing["language"] == language]):
            index.add(len(asked), words)
            asked.setdefault(tuple(words), []).append(category)
        known: set[tuple[str, frozenset[str]]] = {
            (category, frozenset(words)) for words, names in asked.items() for category in names
        }
        for place, (category, words) in zip(own.index, _lists(own), strict=True):
            if faults[place]:
                continue
            same = (category, frozenset(words)) in known
            # The same words in the same order, asked for another category, are no duplicate.
            twin = tuple(words) in asked
            if same or (not twin and index.find(words) is not None):
                faults[place] = REPEATED if same else NEAR_DUPLICATE
                continue
            index.add(len(known), words)
            known.add((category, frozenset(words)))
            asked.setdefault(tuple(words), []).append(category)
    return faults


def _lose_together(drafts: pd.DataFrame, faults: pd.Series[str]) -> pd.Series[str]:
    """Have a list go in all categories that it is asked for, so that both can be made anew."""
    keys, categories = _keys(drafts), drafts["category"]
    lost = {
        key: (category, fault)
        for key, category, fault in zip(keys, categories, faults, strict=True)
        if fault and fault != REPEATED
    }
    spread = []
    for key, category, fault in zip(keys, categories, faults, strict=True):
        other, why = lost.get(key, (category, ""))
        spread.append(f"{why} {FOR_ANOTHER_CATEGORY}" if other != category and not fault else fault)
    return pd.Series(spread, index=drafts.index, dtype=object)


def _keys(drafts: pd.DataFrame) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (str(language), tuple(words))
        for language, words in zip(drafts["language"], drafts["words"], strict=True)
    ]


def _lists(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    return [
        (str(category), [folded(word) for word in words])
        for category, words in zip(table["category"], table["words"], strict=True)
    ]
