"""Probes: how well the running count is read from activations, beyond what tells it anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.ratios import fieller_interval
from isogloss.statistics.ridge import RidgeDesign, fit_ridge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.pipelines.mediation.counted_lists import CountedList

Floats = NDArray[np.float64]
ALL_FOLDS = "all"
LEAST_ROWS = 10
"""Rows to train on; folds with fewer are left out."""


@dataclass(frozen=True)
class ProbeData:
    """What is known of every item of every list; arrays over rows.

    Attributes:
        targets: float64 [rows, 1 + shuffles], the running count, then those of made-up members.
        known: float64 [rows, ...], item index and its square, length of the list, membership.
        bag: float64 [rows, units], sum of the static embeddings of all tokens so far.
        categories: label of each row's list.
        words: of the rows.
        lists: number of each row's list.
    """

    targets: Floats
    known: Floats
    bag: Floats
    categories: NDArray[np.str_]
    words: NDArray[np.str_]
    lists: NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    """Rows to train on and rows to try: a category, and words, that the former do not hold.

    Attributes:
        category: that is tried.
        train: places of rows.
        test: places of rows.
    """

    category: str
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def gather_data(
    lists: Sequence[CountedList],
    embeddings: Sequence[NDArray[np.float32]],
    shuffled: Sequence[Sequence[NDArray[np.intp]]],
) -> ProbeData:
    """Put all items of all lists below each other.

    Args:
        lists: of one language.
        embeddings: a list: [tokens of its items, units], static embeddings.
        shuffled: of each shuffle, the made-up running counts of each list.
    """
    targets, known, bags = [], [], []
    for number, (one, static) in enumerate(zip(lists, embeddings, strict=True)):
        counts = [one.running, *(own[number] for own in shuffled)]
        targets.append(np.stack(counts, axis=1).astype(np.float64))
        index = np.arange(1, len(one.words) + 1, dtype=np.float64)
        length = np.full(len(index), float(len(index)))
        members = np.array(one.members, np.float64)
        known.append(np.stack([index, index**2, length, members], axis=1))
        ends = np.cumsum([len(own) for own in one.tokens]) - 1
        bags.append(np.cumsum(static.astype(np.float64), axis=0)[ends])
    sizes = [len(one.words) for one in lists]
    return ProbeData(
        np.concatenate(targets),
        np.concatenate(known),
        np.concatenate(bags),
        np.repeat([one.category for one in lists], sizes),
        np.array([word for one in lists for word in one.words]),
        np.repeat(np.arange(len(lists)), sizes),
    )


def split_folds(data: ProbeData) -> Iterator[Fold]:
    """Hold out each category in turn, and from training all words that its lists hold."""
    for category in np.unique(data.categories):
        tried = data.categories == category
        seen = np.isin(data.words, data.words[tried])
        train = np.flatnonzero(~tried & ~seen)
        if len(train) >= LEAST_ROWS:
            yield Fold(str(category), train, np.flatnonzero(tried))


@dataclass(frozen=True)
class Baseline:
    """What item index, length, membership and embeddings tell of one fold.

    Attributes:
        fold: whose.
        known: the known columns of all rows, scaled.
        designs: the known columns, and the bag of embeddings, to be regressed on.
        left: float64 [train rows, targets], what they leave, each row predicted without itself.
        predicted: float64 [test rows, targets].
        errors: float64 [targets], sum of squares that they leave on the test rows.
        totals: float64 [targets], sum of squares about the training mean.
    """

    fold: Fold
    known: Floats
    designs: tuple[RidgeDesign, RidgeDesign]
    left: Floats
    predicted: Floats
    errors: Floats
    totals: Floats


def fit_baseline(data: ProbeData, fold: Fold) -> Baseline:
    """Fit what is known without activations: first the known columns, then the bag of embeddings.

    Args:
        data: of the lists.
        fold: to train and try on.
    """
    train, test = fold.train, fold.test
    known = _scaled(data.known, train)
    designs = RidgeDesign(known[train]), RidgeDesign(data.bag[train])
    left, predicted = _explain(data, fold, known, designs, data.targets[train])
    goal = data.targets[test]
    return Baseline(
        fold,
        known,
        designs,
        left,
        predicted,
        np.square(goal - predicted).sum(axis=0),
        np.square(goal - data.targets[train].mean(axis=0)).sum(axis=0),
    )


def _explain(
    data: ProbeData,
    fold: Fold,
    known: Floats,
    designs: tuple[RidgeDesign, RidgeDesign],
    values: Floats,
) -> tuple[Floats, Floats]:
    """Regress training values on what is known; give what is left of them, and test predictions."""
    simple = designs[0].fit(values)
    bag = designs[1].fit(values - simple.left_out)
    left = values - simple.left_out - bag.left_out
    return left, simple.predict(known[fold.test]) + bag.predict(data.bag[fold.test])


def _scaled(columns: Floats, train: NDArray[np.intp]) -> Floats:
    spread = columns[train].std(axis=0)
    return np.asarray((columns - columns[train].mean(axis=0)) / np.where(spread > 0, spread, 1))


def try_probe(
    data: ProbeData, baseline: Baseline, states: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Fit a probe to activations of one layer, by itself and beyond the baseline.

    Beyond the baseline, what it leaves of the targets is regressed on what it leaves of the
    activations (Frisch and Waugh 1933, Econometrica 1, p. 387).

    Args:
        data: of the lists.
        baseline: of the fold.
        states: [rows, units].

    Returns:
        sums of squares left on the test rows, [targets]: by the probe alone, and by baseline and
        probe together.
    """
    fold, goal = baseline.fold, data.targets[baseline.fold.test]
    train, test = (np.asarray(states[rows], np.float64) for rows in (fold.train, fold.test))
    alone = fit_ridge(train, data.targets[fold.train]).predict(test)
    left, expected = leave_unexplained(data, baseline, states)
    beyond = fit_ridge(left, baseline.left).predict(test - expected)
    return (
        np.square(goal - alone).sum(axis=0),
        np.square(goal - baseline.predicted - beyond).sum(axis=0),
    )


def leave_unexplained(
    data: ProbeData, baseline: Baseline, states: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Give what the baseline leaves of activations on training rows, and expects on test rows.

    Args:
        data: of the lists.
        baseline: of the fold.
        states: [rows, units].
    """
    values = np.asarray(states[baseline.fold.train], np.float64)
    return _explain(data, baseline.fold, baseline.known, baseline.designs, values)


def score_probe(
    baselines: Sequence[Baseline],
    errors: Sequence[tuple[Floats, Floats]],
    confidence: float,
) -> Iterator[dict[str, Any]]:
    """Give R^2 of every fold and of all, against the mean and beyond the baseline.

    r2 = 1 - SS(probe) / SS(mean), r2_baseline = 1 - SS(baseline) / SS(mean), partial_r2 =
    1 - SS(baseline and probe) / SS(baseline), all on held-out rows; of all folds sums are divided,
    and the interval of partial_r2 is Fieller's over categories.

    Args:
        baselines: of the folds.
        errors: of `try_probe`, of each fold.
        confidence: of the interval.
    """
    totals = np.array([one.totals for one in baselines])
    base = np.array([one.errors for one in baselines])
    alone, both = (np.array(one) for one in zip(*errors, strict=True))
    sizes = [len(one.fold.test) for one in baselines]
    for place, one in enumerate(baselines):
        own = slice(place, place + 1)
        row = _scores(totals[own], base[own], alone[own], both[own])
        yield {"fold": one.fold.category, "n": sizes[place], "n_categories": 1, **row}
    found = fieller_interval(both[:, 0][None], base[:, 0], confidence)
    yield {
        "fold": ALL_FOLDS,
        "n": sum(sizes),
        "n_categories": len(baselines),
        **_scores(totals, base, alone, both),
        "partial_ci_low": float(1 - found.high[0]),
        "partial_ci_high": float(1 - found.low[0]),
    }


def _scores(totals: Floats, base: Floats, alone: Floats, both: Floats) -> dict[str, float]:
    """Divide sums over folds [folds, targets]; the first target is the running count."""
    r2 = 1 - alone.sum(axis=0) / totals.sum(axis=0)
    baseline = 1 - base.sum(axis=0) / totals.sum(axis=0)
    partial = 1 - both.sum(axis=0) / base.sum(axis=0)
    return {
        "r2": float(r2[0]),
        "r2_baseline": float(baseline[0]),
        "partial_r2": float(partial[0]),
        "r2_shuffled": float(r2[1:].mean()),
        "partial_r2_shuffled": float(partial[1:].mean()),
        "partial_ci_low": np.nan,
        "partial_ci_high": np.nan,
    }
