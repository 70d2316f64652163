"""Which sources are merged for which target: by every feature, number and rule asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.errors import Refusal
from isogloss.pipelines.merging.weights import broken_ties, choose_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.merging.parameters import MergingParameters
    from isogloss.pipelines.merging.similarity import Similarity

NAMED = 5
"""Pairs of locales that a message names."""


class Remark(NamedTuple):
    """What was left out, or decided by a rule rather than by the data.

    Attributes:
        what: kind of remark.
        name: of the locale, the recipe or the choice of sources.
        n: how many locales, recipes or seeds.
        detail: why, in words.
    """

    what: str
    name: str
    n: int
    detail: str


@dataclass(frozen=True)
class Choice:
    """The sources that are chosen by one similarity, in every seed.

    Attributes:
        features: what the similarity is of.
        k: number of sources.
        include_target: whether the target's own source is one of them.
        keep_ties: whether all that tie for the last place are taken.
        similarities: of every seed, between the locales that the features tell of.
        chosen: bool [targets, sources] of every seed.
    """

    features: str
    k: int
    include_target: bool
    keep_ties: bool
    similarities: tuple[Similarity, ...]
    chosen: tuple[NDArray[np.bool_], ...]


def list_choices(
    parameters: MergingParameters,
    locales: Sequence[str],
    sources: Sequence[str],
    similarities: Mapping[tuple[str, int], Similarity],
) -> tuple[list[Choice], list[Remark]]:
    """List every choice of sources that the experiments `similarity` and `average` need.

    Args:
        parameters: of the room.
        locales: targets.
        sources: locales with a classifier that can be merged.
        similarities: (features, seed) -> similarity between locales.

    Returns:
        The choices, and what was left out, lowered or decided by name.

    Raises:
        Refusal: if a similarity that is needed is not known.
    """
    choices: list[Choice] = []
    remarks: list[Remark] = []
    for features in parameters.features:
        known, lost = _known(
            [similarities[features, seed].among(locales, sources) for seed in parameters.seeds],
            parameters,
        )
        remarks += lost
        for include in parameters.include_target:
            ks, lowered = _possible_k(parameters.k, known[0], include=include)
            remarks += lowered
            choices += _choices(parameters, features, known, ks, include=include)
    return choices, list(dict.fromkeys([*remarks, *_tie_remarks(choices)]))


def _choices(
    parameters: MergingParameters,
    features: str,
    known: Sequence[Similarity],
    ks: Sequence[int],
    *,
    include: bool,
) -> Iterator[Choice]:
    for k in ks:
        for keep_ties in sorted({name == "sinkhorn" for name in parameters.normalisations}):
            chosen = [_choose(each, k, include=include, keep_ties=keep_ties) for each in known]
            yield Choice(features, k, include, keep_ties, tuple(known), tuple(chosen))


def _known(
    similarities: Sequence[Similarity], parameters: MergingParameters
) -> tuple[list[Similarity], list[Remark]]:
    """Leave out the locales that the features say nothing of, in any seed; refuse other gaps."""
    features = similarities[0].features
    lost = {name: why for each in similarities for name, why in each.unknown.items()}
    if lost and parameters.missing_similarity == "refuse":
        reasons = "; ".join(f"{name} ({why})" for name, why in lost.items())
        raise Refusal(
            f"There is no similarity by '{features}' for {len(lost)} of the locales: {reasons}. "
            "Leave them out of intents.locales, mend the table, or set "
            "merging.missing_similarity to leave_out."
        )
    known = [
        each.among(
            [name for name in each.targets if name not in lost],
            [name for name in each.sources if name not in lost],
        )
        for each in similarities
    ]
    for each in known:
        _require_numbers(each, own=any(parameters.include_target))
    return known, [
        Remark("locale left out", name, 1, f"{features}: {why}") for name, why in lost.items()
    ]


def _require_numbers(similarity: Similarity, *, own: bool) -> None:
    gaps = np.isnan(similarity.values)
    if not own:
        gaps &= ~similarity.own
    if not gaps.any():
        return
    remedy = "Leave these locales out of intents.locales, or choose other features."
    if gaps[similarity.own].any():
        remedy = (
            "Not every measure tells how similar a locale is to itself, which "
            f"merging.include_target needs. {remedy}"
        )
    raise Refusal(
        f"The similarity by '{similarity.features}' is not a number for {gaps.sum()} pairs "
        f"(target from source): {name_pairs(similarity, gaps)}. {remedy}"
    )


def _possible_k(
    asked: Sequence[int], similarity: Similarity, *, include: bool
) -> tuple[list[int], list[Remark]]:
    """Bring every k down to the number of sources that a target can have."""
    candidates = np.ones_like(similarity.own) if include else ~similarity.own
    most = int(candidates.sum(axis=1).max(initial=0))
    lowered = [
        Remark("k lowered", f"{similarity.features}, k {k}", 1, f"a target has {most} sources")
        for k in asked
        if k > most
    ]
    return [k for k in dict.fromkeys(min(k, most) for k in asked) if k], lowered


def _choose(similarity: Similarity, k: int, *, include: bool, keep_ties: bool) -> NDArray[np.bool_]:
    chosen = choose_sources(similarity, k, include_target=include, keep_ties=keep_ties)
    # Without its own classifier among the sources, a target has no merge that includes it.
    return chosen & similarity.own.any(axis=1, keepdims=True) if include else chosen


def _tie_remarks(choices: Sequence[Choice]) -> Iterator[Remark]:
    for choice in choices:
        if choice.keep_ties:
            continue
        ties = {
            target: f"{target}: {taken}, not {left}"
            for similarity, chosen in zip(choice.similarities, choice.chosen, strict=True)
            for target, taken, left in broken_ties(similarity, chosen)
        }
        if ties:
            detail = f"equal similarity, the first name is taken: {'; '.join(ties.values())}"
            yield Remark("tie broken", f"{choice.features}, k {choice.k}", len(ties), detail)


def name_pairs(similarity: Similarity, where: NDArray[np.bool_]) -> str:
    """Name the first pairs of locales for a message: `sw-KE from en-US, …`."""
    found = [
        f"{similarity.targets[row]} from {similarity.sources[column]}"
        for row, column in np.argwhere(where)[:NAMED]
    ]
    more = int(where.sum()) - len(found)
    return ", ".join(found) + (f" and {more} more" if more else "")
