"""What a merged model is compared with: its own sources, the target's own model, no model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from isogloss.classifier_names import JOINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

NEAREST = "nearest_source"

Supervision = Literal["none", "target_dev", "target_train", "target_test"]
"""What of the target's labels an approach has seen; `target_test` is an oracle."""


@dataclass(frozen=True)
class Approach:
    """One way to classify a target's test items.

    Attributes:
        recipe: its name in all tables.
        method: own, pivot, nearest_source, best_source, mean_source, joint, majority, or how
            models are merged or vote.
        outcomes: float64 [items], 1 where it is right; of `mean_source` the share that is right.
        predicted: [items], classes; None for `mean_source`, which gives no single answer.
        supervision: what of the target's labels it has seen.
        selected_on: the dev items by which a source was chosen, or nothing.
        sources: locales of the models that take part.
        weights: how much of each; empty if all count alike.
        settings: how it is merged, such as k; see `recipes`.
    """

    recipe: str
    method: str
    outcomes: Floats
    predicted: Integers | None
    supervision: Supervision = "none"
    selected_on: str = ""
    sources: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """The items of a locale, and what every source says to them.

    Attributes:
        locale: whose items they are.
        pivot: locale whose model stands for training in one language only.
        gold: [items], right classes of the test items.
        majority: the class that most of its training items have.
        answers: source -> [items], its classes of the test items.
        dev_accuracy: source -> locale -> accuracy on that locale's dev items.
        joint: [items], what a classifier says that was trained on all locales together; None if
            there is none.
        nearest: features -> the other source that is most similar by them.
    """

    locale: str
    pivot: str
    gold: Integers
    majority: int
    answers: Mapping[str, Integers]
    dev_accuracy: Mapping[str, Mapping[str, float]]
    joint: Integers | None = None
    nearest: Mapping[str, str] = field(default_factory=dict)

    @property
    def others(self) -> list[str]:
        """The sources other than the target's own model."""
        return [source for source in self.answers if source != self.locale]


def list_baselines(target: Target) -> Iterator[Approach]:
    """Give every baseline of a locale that its sources allow.

    `own` is the target's own model, which has seen its training labels; `pivot` the pivot's model
    zero-shot; `mean_source` the mean of the other locales' models; `nearest_source` the most
    similar of these, which a merge of similar sources competes with; `best_source` one of them,
    chosen on the pivot's dev items, on its own, on the target's, or, as an oracle, on the test
    itself; `joint` a classifier trained on all locales together, the target's too; `majority`
    always gives the target's most frequent training class.
    """
    own = target.locale
    if own in target.answers:
        yield _single(target, own, "own", "own", "target_train")
    if target.pivot in target.others:
        yield _single(target, target.pivot, "pivot", "pivot")
    if target.others:
        yield average_sources(target, target.others, "mean_source")
        for features, source in target.nearest.items():
            nearest = _single(target, source, f"{NEAREST}-{features}", NEAREST)
            yield replace(nearest, settings={"features": features})
        yield from _best_sources(target)
    if target.joint is not None:
        right = _right(target, target.joint)
        yield Approach(JOINT, JOINT, right, target.joint, supervision="target_train")
    constant = np.full(len(target.gold), target.majority, np.intp)
    yield Approach(
        "majority", "majority", _right(target, constant), constant, supervision="target_train"
    )


def average_sources(
    target: Target, sources: Sequence[str], recipe: str, weights: Sequence[float] = ()
) -> Approach:
    """Average the outcomes of some sources: what one of them gets right on average.

    Args:
        target: whose items they answer.
        sources: their locales.
        recipe: what to call it.
        weights: how much each counts; all alike if empty.
    """
    right = np.stack([_right(target, target.answers[source]) for source in sources])
    outcomes = np.average(right, axis=0, weights=weights or None)
    return Approach(recipe, "mean_source", outcomes, None, sources=tuple(sources))


def _best_sources(target: Target) -> Iterator[Approach]:
    """Choose among the other locales' models; of equally good ones the first by name."""
    choices: list[tuple[str, Supervision, Mapping[str, float]]] = []
    sources = sorted(target.others)
    judges: list[tuple[str, Supervision, str]] = [("target_dev", "target_dev", target.locale)]
    if target.pivot != target.locale:
        judges.insert(0, ("pivot_dev", "none", target.pivot))
    for name, supervision, judge in judges:
        known = {one: target.dev_accuracy[one].get(judge, np.nan) for one in sources}
        # The pivot's own model has an advantage on the pivot's items, and is a baseline anyway.
        known = {one: value for one, value in known.items() if one != judge}
        choices.append((name, supervision, known))
    own_dev = {one: target.dev_accuracy[one].get(one, np.nan) for one in sources}
    choices.append(("source_dev", "none", own_dev))
    test = {one: float(_right(target, target.answers[one]).mean()) for one in sources}
    choices.append(("test", "target_test", test))
    for name, seen, values in choices:
        finite = {one: value for one, value in values.items() if np.isfinite(value)}
        if finite:
            best = max(finite, key=finite.__getitem__)
            yield _single(target, best, f"best_source-{name}", "best_source", seen, name)


def _single(
    target: Target,
    source: str,
    recipe: str,
    method: str,
    supervision: Supervision = "none",
    selected_on: str = "",
) -> Approach:
    answers = target.answers[source]
    return Approach(
        recipe, method, _right(target, answers), answers, supervision, selected_on, (source,)
    )


def _right(target: Target, answers: Integers) -> Floats:
    return np.asarray(answers == target.gold, np.float64)
