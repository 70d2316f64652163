"""Scores of all approaches on a locale's test items, and what merging gains there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.merge_columns import BASELINES, SETTINGS
from isogloss.pipelines.merging.baselines import average_sources
from isogloss.statistics.classification_scores import macro_f1
from isogloss.statistics.clustered import (
    ItemResampling,
    compare_items,
    resample_items,
    score_items,
    take_items,
)
from isogloss.statistics.intervals import proportion_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.merging.baselines import Approach, Target

    Floats = NDArray[np.float64]

REFERENCE = "best_source-source_dev"
"""The best source that can be known without a label of the target or a test item."""


@dataclass(frozen=True)
class Scored:
    """A locale's approaches with what scoring them needs.

    Attributes:
        target: the locale's items and sources.
        approaches: what is scored, baselines first.
        drawn: the draws of its items, shared with other locales.
        unseen: [items], whether the text does not occur in the locale's training items.
    """

    target: Target
    approaches: Sequence[Approach]
    drawn: ItemResampling
    unseen: NDArray[np.bool_]


def score_locale(scored: Scored, confidence: float) -> Iterator[dict[str, Any]]:
    """Score every approach of a locale.

    Accuracy and macro-F1 have Wilson's interval over items, with the error of the same draws. Draws
    of macro-F1 lie lower than what they are drawn from, as rare classes lose their only items; so
    its error is the root mean square of their distance from the score.
    `synergy` is accuracy less the mean of the sources that take part, weighted as in the merge, so
    that one that all but copies a source gains nothing by it; `gain` is accuracy less that
    of the best source, chosen on each source's own dev items; both are paired, item by item.
    `normalised` is the share of the accuracy of the target's own model.

    Args:
        scored: the locale.
        confidence: of all intervals.

    Yields:
        rows of `merge_results`, without encoder and seed.
    """
    outcomes = np.stack([one.outcomes for one in scored.approaches])
    accuracy = score_items(outcomes, scored.drawn, confidence)
    unseen = np.full(len(outcomes), np.nan)
    if scored.unseen.any():
        unseen = outcomes[:, scored.unseen].mean(axis=1)
    f1 = _macro_f1(scored, confidence)
    by_name = {one.recipe: row for row, one in enumerate(scored.approaches)}
    own, best = (by_name.get(name) for name in ("own", REFERENCE))
    for row, approach in enumerate(scored.approaches):
        merged = approach.method not in BASELINES
        yield {
            "locale": scored.target.locale,
            "recipe": approach.recipe,
            "method": approach.method,
            **{name: approach.settings.get(name) for name in SETTINGS},
            "n_sources": len(approach.sources),
            "source": approach.sources[0] if len(approach.sources) == 1 else "",
            "supervision": approach.supervision,
            "selected_on": approach.selected_on,
            "accuracy": accuracy.score[row],
            "ci_low": accuracy.low[row],
            "ci_high": accuracy.high[row],
            "n": outcomes.shape[1],
            **f1[row],
            "accuracy_unseen": unseen[row],
            "n_unseen": int(scored.unseen.sum()),
            **_gain("synergy", outcomes[row], _own_sources(scored, approach), scored, confidence),
            **_gain(
                "gain",
                outcomes[row],
                None if best is None or not merged else outcomes[best],
                scored,
                confidence,
            ),
            "normalised": (
                np.nan
                if own is None or not accuracy.score[own]
                else accuracy.score[row] / accuracy.score[own]
            ),
        }


def share_draws(
    items: Mapping[str, Sequence[str]], rounds: int, seed: int
) -> dict[str, ItemResampling]:
    """Draw the items of all locales together: an item that two of them have is drawn in both.

    Args:
        items: locale -> ids of its test items, in the order of its outcomes.
        rounds: of the bootstrap.
        seed: of the draws.
    """
    union = sorted({identifier for own in items.values() for identifier in own})
    places = {identifier: place for place, identifier in enumerate(union)}
    drawn = resample_items(union, rounds=rounds, generator=np.random.default_rng(seed))
    return {
        locale: take_items(drawn, np.array([places[one] for one in own], np.intp))
        for locale, own in items.items()
    }


def _macro_f1(scored: Scored, confidence: float) -> list[dict[str, float]]:
    weights = np.vstack([scored.drawn.shares[None], scored.drawn.weights])
    found = []
    for approach in scored.approaches:
        if approach.predicted is None:
            found.append({"macro_f1": np.nan, "f1_ci_low": np.nan, "f1_ci_high": np.nan})
            continue
        [draws] = macro_f1(approach.predicted[None], scored.target.gold, weights)
        error = np.sqrt(np.mean(np.square(draws[1:] - draws[0]), keepdims=True))
        low, high = proportion_interval(draws[:1], error, scored.drawn.independent, confidence)
        found.append({"macro_f1": draws[0], "f1_ci_low": low[0], "f1_ci_high": high[0]})
    return found


def _own_sources(scored: Scored, approach: Approach) -> Floats | None:
    """Give the mean outcome of the sources of a merge; None of what is no merge."""
    if approach.method in BASELINES or not approach.sources:
        return None
    return average_sources(scored.target, approach.sources, "", approach.weights).outcomes


def _gain(
    name: str,
    outcomes: Floats,
    reference: Floats | None,
    scored: Scored,
    confidence: float,
) -> dict[str, float]:
    if reference is None:
        return {name: np.nan, f"{name}_ci_low": np.nan, f"{name}_ci_high": np.nan}
    found = compare_items(outcomes[None], reference, scored.drawn, confidence)
    return {
        name: float(found.score[0]),
        f"{name}_ci_low": float(found.low[0]),
        f"{name}_ci_high": float(found.high[0]),
    }
