"""Merged models against every baseline: locale by locale as one family, and on average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.classifier_names import JOINT
from isogloss.merge_columns import BASELINES, CHOICE
from isogloss.pipelines.merging.baselines import NEAREST, average_sources
from isogloss.pipelines.merging.merge_scores import REFERENCE
from isogloss.pipelines.merging.parameters import ACCURACY
from isogloss.statistics.classification_scores import compare_right_answers
from isogloss.statistics.clustered import resampled_scores
from isogloss.statistics.contrasts import assess_contrasts, mean_over_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.merging.baselines import Approach
    from isogloss.pipelines.merging.merge_scores import Scored

    Floats = NDArray[np.float64]

OWN_SOURCES, AVERAGE, LINEAR = "own_sources", "average", "linear"
"""Baselines that differ from merge to merge: the mean of its own sources, weighted as in the merge,
so that the gain is synergy; the average of the sources that a similarity merge weighs; the linear
merge with the weights of one that is not linear."""
AGAINST = (
    OWN_SOURCES,
    AVERAGE,
    LINEAR,
    NEAREST,
    "mean_source",
    REFERENCE,
    "best_source-pivot_dev",
    "pivot",
    "own",
    JOINT,
    "majority",
)


def compare_with_baselines(
    locales: Sequence[Scored], confidence: float
) -> Iterator[dict[str, Any]]:
    """Compare every merge with every baseline on the same items of every locale.

    The locales of a merge and a baseline are one family: intervals hold for all of them at once and
    `p_adjusted` is max-T over them (`assess_contrasts`). `p_mcnemar` is McNemar's exact test of
    a locale alone, where both give single answers.

    Args:
        locales: those that the encoder can spell, with shared draws.
        confidence: of each family of intervals.

    Yields:
        rows of `merge_comparisons`, without encoder and seed.
    """
    for recipe, baseline, pairs in _families(locales):
        gaps = [_gap(first, second) for _, first, second in pairs]
        found = assess_contrasts(gaps, [scored.drawn for scored, _, _ in pairs], confidence)
        for row, (scored, first, second) in enumerate(pairs):
            yield {
                "recipe": recipe,
                "baseline": baseline,
                "locale": scored.target.locale,
                "difference": found.difference[row],
                "ci_low": found.low[row],
                "ci_high": found.high[row],
                "p": found.p[row],
                "p_adjusted": found.adjusted[row],
                "p_mcnemar": _mcnemar(first, second),
                "family": len(pairs),
                "n": len(gaps[row]),
            }


def average_over_locales(
    locales: Sequence[Scored], confidence: float, seed: int
) -> Iterator[dict[str, Any]]:
    """Average accuracies, and gains over every baseline, over locales.

    Intervals speak of other items and other locales like these (`mean_over_groups`).

    Args:
        locales: those that the encoder can spell, with shared draws.
        confidence: of each interval.
        seed: of the draws of locales.

    Yields:
        rows of `merge_summary`, without encoder and seed; `baseline` is empty for accuracies.
    """
    by_recipe: dict[str, list[tuple[Scored, Floats]]] = {}
    for scored in locales:
        for approach in scored.approaches:
            by_recipe.setdefault(approach.recipe, []).append((scored, approach.outcomes))
    for recipe, cells in by_recipe.items():
        yield {"recipe": recipe, "baseline": "", **_average(cells, 0.0, confidence, seed)}
    for recipe, baseline, pairs in _families(locales):
        gaps = [(scored, _gap(first, second)) for scored, first, second in pairs]
        yield {"recipe": recipe, "baseline": baseline, **_average(gaps, -1.0, confidence, seed)}


def _average(
    cells: Sequence[tuple[Scored, Floats]], least: float, confidence: float, seed: int
) -> dict[str, float]:
    """Average over locales; the interval ends at the least and at the largest mean there can be."""
    scores = np.array([values.mean() for _, values in cells])
    draws = np.stack([resampled_scores(values[None], scored.drawn)[0] for scored, values in cells])
    found = mean_over_groups(
        scores, draws, confidence=confidence, generator=np.random.default_rng(seed)
    )
    return {
        "mean": found.score,
        "ci_low": float(np.clip(found.low, least, 1)),
        "ci_high": float(np.clip(found.high, least, 1)),
        "sd": float(scores.std(ddof=1)) if len(scores) > 1 else float("nan"),
        "lowest": float(scores.min()),
        "highest": float(scores.max()),
        "n_locales": len(scores),
    }


def _families(
    locales: Sequence[Scored],
) -> Iterator[tuple[str, str, list[tuple[Scored, Approach, Approach]]]]:
    """Give every merge with every baseline, and the locales that have both."""
    named = [{one.recipe: one for one in scored.approaches} for scored in locales]
    recipes = dict.fromkeys(
        name for own in named for name, one in own.items() if one.method not in BASELINES
    )
    for recipe in recipes:
        for baseline in AGAINST:
            pairs = [
                (scored, own[recipe], second)
                for scored, own in zip(locales, named, strict=True)
                if recipe in own
                and (second := _baseline(scored, own, own[recipe], baseline)) is not None
            ]
            if pairs:
                yield recipe, baseline, pairs


def _baseline(
    scored: Scored, named: Mapping[str, Approach], approach: Approach, baseline: str
) -> Approach | None:
    """Find what a merge is compared with; None where there is no such thing."""
    if baseline == OWN_SOURCES:
        if not approach.sources:
            return None
        return average_sources(scored.target, approach.sources, baseline, approach.weights)
    if baseline == NEAREST:
        return _nearest(named, str(approach.settings.get("features") or ""))
    if baseline in (AVERAGE, LINEAR):
        return next((one for one in named.values() if _is(baseline, one, approach)), None)
    return named.get(baseline)


def _nearest(named: Mapping[str, Approach], features: str) -> Approach | None:
    """Give the nearest source by the features of a merge, or of one without by the first there is.

    By accuracy on the target's dev items it is the best source on these.
    """
    if features == ACCURACY:
        return named.get("best_source-target_dev")
    if features:
        return named.get(f"{NEAREST}-{features}")
    return next((one for one in named.values() if one.method == NEAREST), None)


def _is(baseline: str, one: Approach, merge: Approach) -> bool:
    """Tell whether an approach is the average or linear merge that a merge is compared with."""
    if baseline == AVERAGE:
        wanted: dict[str, object] = {"weighting": "average"}
        fits = merge.settings.get("weighting") == "similarity" and one.method == merge.method
        same = (*CHOICE, "lambda", "density")
    else:
        wanted = {"weighting": merge.settings.get("weighting")}
        fits = merge.method in ("ties", "task_arithmetic") and one.method == "linear"
        same = (*CHOICE, "normalisation", "temperature")
    return (
        fits
        and all(one.settings.get(name) == value for name, value in wanted.items())
        and all(str(one.settings.get(name)) == str(merge.settings.get(name)) for name in same)
    )


def _gap(first: Approach, second: Approach) -> Floats:
    return first.outcomes - second.outcomes


def _mcnemar(first: Approach, second: Approach) -> float:
    if first.predicted is None or second.predicted is None:
        return float("nan")
    return compare_right_answers(first.outcomes, second.outcomes).p
