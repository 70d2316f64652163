"""Whether models count, in plain text for the terminal, rendered from rows alone."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.formats import format_score
from isogloss.figures.levels import interval_name
from isogloss.pipelines.reporting.counting_differences import (
    CONTRASTED,
    find_position,
    judge_difference,
    write_difference,
)
from isogloss.pipelines.reporting.counting_knowledge import say_what_is_known
from isogloss.pipelines.reporting.counting_rows import ABOVE, CONSTANT, CountedRows, split_models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters

_NAMED = 6
_MOSTLY = 0.5
"""A smaller share of the probability on numbers is said to be small."""


def describe(
    counting_scores: pd.DataFrame,
    counting_contrasts: pd.DataFrame,
    knowledge_scores: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> str:
    """Write a few lines a model and way of asking: its accuracy beside the best baseline.

    Args:
        counting_scores: of all models.
        counting_contrasts: of all models.
        knowledge_scores: of all models.
        languages: language, name.
        parameters: labels of models.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    lines = ["Counting: how many words of a list belong to a category"]
    for model, ways in groupby(split_models(counting_scores), lambda counted: counted.model):
        lines += ["", parameters.label(model)]
        for counted in ways:
            lines += [*_lines(counted, names), *say_what_is_known(counted, knowledge_scores)]
        lines += _compare_positions(counting_contrasts, counted)
    if counting_scores.empty:
        return "\n".join([*lines, "", "No model was asked."])
    return "\n".join([*lines, "", _footnote(counting_scores)])


def _lines(counted: CountedRows, names: Mapping[str, str]) -> Iterator[str]:
    whole, accuracy = counted.whole, counted.find(counted.whole, "accuracy")
    lists = 0 if accuracy is None else int(accuracy["n"])
    number = len(counted.languages)
    places = f"{number} languages" if number > 1 else names.get(whole, whole)
    yield f"  {lists} lists in {places}; {counted.way.label()}"
    yield (
        f"    accuracy {counted.write(whole, 'accuracy')}, {counted.verdict(whole)} "
        f"({counted.baseline(whole)}); "
        f"gap {counted.gap(whole)}"
    )
    yield from _say_what_could_be_seen(counted)
    if number > 1:
        yield f"    {_by_language(counted, names)}"
    yield (
        f"    mean absolute error {counted.write(whole, 'mae')}, of the best constant answer "
        f"{format_score(counted.value(whole, 'mae', CONSTANT))}"
    )
    if counted.find(whole, "pair_order") is not None:
        yield (
            "    asked for two categories of a list: the larger count is expected to be larger in "
            f"{counted.write(whole, 'pair_order')} (.50 without heeding the category), both are "
            f"right in {counted.write(whole, 'pair_accuracy')} (0)"
        )
    yield f"    expected with true count: r = {counted.write(whole, 'r')}{_correlates(counted)}"
    yield from _remarks(counted)


def _say_what_could_be_seen(counted: CountedRows) -> Iterator[str]:
    """Say how large a gap must be to be found, where none was."""
    found = counted.find(counted.whole, "accuracy")
    if found is None or counted.verdict(counted.whole) == ABOVE:
        return
    seen = float(found["gap_seen"])
    if np.isfinite(seen):
        # Accuracies differ by 1 at most.
        gap = f"a true gap of {format_score(seen)}" if seen <= 1 else "no gap, however large,"
        yield f"    {gap} would be found in four of five such studies"


def _compare_positions(contrasts: pd.DataFrame, counted: CountedRows) -> Iterator[str]:
    found = find_position(contrasts, counted.model, counted.whole)
    if found is not None:
        yield (
            f"  {CONTRASTED['position']}: accuracy {write_difference(found)}, "
            f"{judge_difference(found)}"
        )


def _by_language(counted: CountedRows, names: Mapping[str, str]) -> str:
    above = [code for code in counted.languages if counted.verdict(code) == ABOVE]
    number = len(counted.languages)
    if not above:
        return f"above it in none of {number} languages taken by themselves"
    ranked = sorted(above, key=lambda code: -counted.value(code, "accuracy"))
    named = ", ".join(names.get(code, code) for code in ranked[:_NAMED])
    more = f" and {len(above) - _NAMED} more" if len(above) > _NAMED else ""
    return f"above it in {len(above)} of {number} languages: {named}{more}"


def _correlates(counted: CountedRows) -> str:
    found = counted.find(counted.whole, "r")
    if found is None or not np.isfinite(found["ci_low"]):
        return ""
    told = float(found["ci_low"]) > 0 or float(found["ci_high"]) < 0
    return "" if told else ", not told from 0"


def _remarks(counted: CountedRows) -> Iterator[str]:
    mass = counted.value(counted.whole, "candidate_mass")
    if mass < _MOSTLY:
        yield (
            f"    only {mass:.0%} of the probability is on numbers: most of it is on other answers"
        )
    invalid = counted.value(counted.whole, "invalid_rate")
    if invalid > 0:
        yield f"    {invalid:.0%} of what was written holds no clear number, and counts as wrong"


def _footnote(scores: pd.DataFrame) -> str:
    return (
        f"Brackets: {interval_name(scores)}s over categories. The best baseline is chosen on "
        "these lists.\nAbove: one-sided, adjusted over the languages (Holm), and answers heed the "
        "category."
    )
