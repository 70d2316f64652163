"""Probes: how well the running count is read from activations, beyond what tells it anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.ratios import fieller_interval
from isogloss.statistics.ridge import RidgeDesign, fit_ridge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.pipelines.mediation.probe_data import Fold, ProbeData

Floats = NDArray[np.float64]
ALL_FOLDS = "all"
REFERENCES = ("baseline", "known", "mean")
CONTROLS = ("r2_seen", "partial_r2_seen", "r2_shuffled", "partial_r2_shuffled")


@dataclass(frozen=True)
class Baseline:
    """What is told of one fold without activations.

    Attributes:
        data: of the lists.
        fold: whose.
        known: the known columns of all rows, scaled.
        bag: float64 [test rows, units], what they leave of the sums of embeddings.
        designs: the known columns, and what they leave of the sums, to be regressed on.
        left: float64 [train rows], what they leave, each row predicted without its group.
        simple: float64 [test rows], predicted by the known columns alone.
        predicted: float64 [test rows], by both.
    """

    data: ProbeData
    fold: Fold
    known: Floats
    bag: Floats
    designs: tuple[RidgeDesign, RidgeDesign]
    left: Floats
    simple: Floats
    predicted: Floats


class Errors(NamedTuple):
    """Sums of squares that are left on the test rows of a fold.

    Attributes:
        mean: by the mean of the training rows.
        known: by the known columns: index, length, membership.
        baseline: by these and the bag of embeddings.
        alone: by the probe alone.
        both: by baseline and probe together.
    """

    mean: float
    known: float
    baseline: float
    alone: float
    both: float


def fit_baseline(data: ProbeData, fold: Fold) -> Baseline:
    """Fit what is known without activations: the known columns, then what they leave of the bag.

    Args:
        data: of the lists.
        fold: to train and try on.
    """
    train, test = fold.train, fold.test
    spread = data.known[train].std(axis=0)
    known = (data.known - data.known[train].mean(axis=0)) / np.where(spread > 0, spread, 1)
    first = RidgeDesign(known[train], fold.groups)
    bag, target = first.fit(data.bag[train]), first.fit(data.target[train, None])
    second = RidgeDesign(data.bag[train] - bag.left_out, fold.groups)
    unseen = data.bag[test] - bag.predict(known[test])
    rest = data.target[train, None] - target.left_out
    summed = second.fit(rest)
    simple = target.predict(known[test])[:, 0]
    predicted = simple + summed.predict(unseen)[:, 0]
    left = (rest - summed.left_out)[:, 0]
    return Baseline(data, fold, known, unseen, (first, second), left, simple, predicted)


def leave_unexplained(baseline: Baseline, states: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Give what the baseline leaves of activations on training rows, and expects on test rows.

    Args:
        baseline: of the fold.
        states: [rows, units].
    """
    fold = baseline.fold
    values = np.asarray(states[fold.train], np.float64)
    simple = baseline.designs[0].fit(values)
    bag = baseline.designs[1].fit(values - simple.left_out)
    expected = simple.predict(baseline.known[fold.test])
    expected += bag.predict(baseline.bag)
    return values - simple.left_out - bag.left_out, expected


def try_probe(baseline: Baseline, states: NDArray[np.float32]) -> Errors:
    """Fit a probe to activations of one layer, by itself and beyond the baseline.

    Beyond the baseline, what it leaves of the target is regressed on what it leaves of the
    activations (Frisch and Waugh 1933, Econometrica 1, p. 387).

    Args:
        baseline: of the fold.
        states: [rows, units].
    """
    fold, target = baseline.fold, baseline.data.target
    goal, counted = target[fold.test], target[fold.train]
    train, test = (np.asarray(states[rows], np.float64) for rows in (fold.train, fold.test))
    alone = fit_ridge(train, counted[:, None], fold.groups).predict(test)[:, 0]
    left, expected = leave_unexplained(baseline, states)
    beyond = fit_ridge(left, baseline.left[:, None], fold.groups).predict(test - expected)[:, 0]
    predictions = (
        np.full(len(goal), counted.mean()),
        baseline.simple,
        baseline.predicted,
        alone,
        baseline.predicted + beyond,
    )
    return Errors(*(float(np.square(goal - one).sum()) for one in predictions))


def score_probe(
    baselines: Sequence[Baseline], errors: Sequence[Errors], confidence: float
) -> Iterator[dict[str, Any]]:
    """Give R^2 of every fold and of all, against the mean and beyond the baseline.

    r2 = 1 - SS(probe) / SS(mean), likewise r2_known and r2_baseline; partial_r2 = 1 - SS(baseline
    and probe) / SS(reference), all on held-out rows. The reference is what predicts best of all
    folds: the baseline, its known columns, or the mean, so that a probe gains nothing by a baseline
    that misleads. Of all folds sums are divided; the interval is Fieller's over folds.

    Args:
        baselines: of the folds.
        errors: of `try_probe`, of each fold.
        confidence: of the interval.
    """
    whole = add_errors(errors)
    reference = choose_reference(whole)
    for one, own in zip(baselines, errors, strict=True):
        row = {"fold": one.fold.name, "n": len(one.fold.test), "n_categories": 1}
        yield {**row, "reference": reference, **score_errors(own, reference)}
    both, base = (np.array([getattr(one, name) for one in errors]) for name in ("both", reference))
    found = fieller_interval(both[None], base, confidence)
    yield {
        "fold": ALL_FOLDS,
        "n": sum(len(one.fold.test) for one in baselines),
        "n_categories": len(baselines),
        "reference": reference,
        **score_errors(whole, reference),
        "partial_ci_low": float(1 - found.high[0]),
        "partial_ci_high": float(1 - found.low[0]),
    }


def add_errors(errors: Sequence[Errors]) -> Errors:
    """Add up the errors of some folds.

    Args:
        errors: of `try_probe`.
    """
    return Errors(*np.sum(errors, axis=0).tolist())


def choose_reference(errors: Errors) -> str:
    """Name what predicts best without activations: the baseline, its known columns, or the mean.

    Args:
        errors: of all folds.
    """
    return min(REFERENCES, key=lambda name: float(getattr(errors, name)))


def score_errors(errors: Errors, reference: str) -> dict[str, float]:
    """Give the shares of the sum of squares that are explained; see `score_probe`.

    Args:
        errors: of one fold or of all.
        reference: that the probe has to add to.
    """
    return {
        "r2": 1 - errors.alone / errors.mean,
        "r2_known": 1 - errors.known / errors.mean,
        "r2_baseline": 1 - errors.baseline / errors.mean,
        "partial_r2": 1 - errors.both / float(getattr(errors, reference)),
    }


def score_control(errors: Sequence[Sequence[Errors]]) -> dict[str, float]:
    """Give R^2 on other lists of words that are known, of real members and of made-up ones.

    A probe that reads no count but knows words by heart finds made-up members as well as real ones.

    Args:
        errors: of the real members, then of each set of made-up ones, of each fold of
            `probe_data.hold_out_lists`.

    Returns:
        r2_seen, partial_r2_seen, r2_shuffled and partial_r2_shuffled, the latter two means over
        the made-up sets; NaN without folds.
    """
    if not errors or not errors[0]:
        return dict.fromkeys(CONTROLS, float("nan"))
    sums = [add_errors(own) for own in errors]
    real, *made_up = [score_errors(one, choose_reference(one)) for one in sums]
    return {
        "r2_seen": real["r2"],
        "partial_r2_seen": real["partial_r2"],
        "r2_shuffled": float(np.mean([one["r2"] for one in made_up])),
        "partial_r2_shuffled": float(np.mean([one["partial_r2"] for one in made_up])),
    }
