"""The published self-consistency, agreement across languages, and prompts that name a country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.original_cells import (
    RELIABILITY,
    Rounds,
    agree_in_rounds,
    be_consistent_in_rounds,
    describe_rounds,
)
from isogloss.pipelines.cultural.original_responses import VOICE, JoinedResponses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SUMS = ("count", "x", "y", "xx", "yy", "xy")


def plot_consistency(
    scores: pd.DataFrame, rounds: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Give the self-consistencies that the published bars show, of all questions.

    Spearman's rho over the self-join of rows drawn with replacement, divided by `RELIABILITY`.

    Args:
        scores: responses of models, without baselines.
        rounds: of the bootstrap.
        generator: the source of randomness.

    Returns:
        rows of `original_consistency`.
    """
    joined = JoinedResponses.put_together(scores, [*VOICE, "question", "pro_score"])
    everything = np.ones(len(joined.observations), np.bool_)
    found = be_consistent_in_rounds(joined, joined.draw(everything, rounds, generator))
    return consistency_rows("self_consistency", found, RELIABILITY)


def consistency_rows(analysis: str, rounds: Rounds, divisor: float) -> pd.DataFrame:
    """Describe consistencies of models and languages as rows of `original_consistency`."""
    scaled = Rounds(rounds.cells, rounds.once / divisor, rounds.drawn / divisor)
    return describe_rounds(scaled).assign(analysis=analysis, kind="within")


def cross_languages(
    scores: pd.DataFrame, rounds: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Compare pairs of responses to a question in one language with those in two.

    Pearson's r over all ordered pairs, divided by `RELIABILITY`, as published: every response is
    also paired with itself, which raises agreement within a language only, and the bootstrap draws
    pairs as if they were independent.

    Args:
        scores: responses of models, without baselines.
        rounds: of the bootstrap.
        generator: the source of randomness.

    Returns:
        rows of `original_consistency` of kind within, between and difference, language empty.
    """
    pairs = _count_pairs(scores)
    # a model that answers in one language has nothing between languages
    pairs = pairs[pairs["model"].isin(pairs.loc[~pairs["same"], "model"])].reset_index(drop=True)
    if pairs.empty:
        return pd.DataFrame()
    cells, once, drawn = _pair_correlations(pairs, rounds, generator)
    tables = []
    same = cells["same"].to_numpy(np.bool_)
    for kind, chosen in (("within", same), ("between", ~same)):
        own = cells[chosen].drop(columns="same").reset_index(drop=True)
        found = Rounds(own, once[chosen] / RELIABILITY, drawn[:, chosen] / RELIABILITY)
        tables.append((kind, found))
    within, between = (found for _, found in tables)
    gap = Rounds(within.cells, within.once - between.once, within.drawn - between.drawn)
    described = [
        describe_rounds(found).assign(kind=kind) for kind, found in [*tables, ("difference", gap)]
    ]
    return pd.concat(described, ignore_index=True).assign(analysis="cross_effects", language="")


def name_countries(
    scores: pd.DataFrame, natives: pd.Series[str], rounds: int, generator: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Repeat the published analysis of prompts that name a country.

    Responses are compared with the truth of their *language*, whichever country was named, and set
    apart by whether that country speaks the language.

    Args:
        scores: responses to prompts with a country, with `published_truth`.
        natives: country -> its language.
        rounds: of the bootstrap.
        generator: the source of randomness.

    Returns:
        rows of `original_cells`, group being `congruent` or `incongruent`, and of
        `original_consistency` (Pearson's r, not divided).
    """
    congruent = scores["country"].map(natives) == scores["language"]
    table = scores.assign(
        group=np.where(congruent, "congruent", "incongruent"), truth=scores["published_truth"]
    )
    columns = [*VOICE, "group", "question", "pro_score", "truth"]
    joined = JoinedResponses.put_together(table, columns)
    everything = np.ones(len(joined.observations), np.bool_)
    drawn = joined.draw(everything, rounds, generator)
    agreement = describe_rounds(agree_in_rounds(joined, everything, drawn))
    found = be_consistent_in_rounds(joined, drawn, ranked=False)
    return agreement, consistency_rows("named_countries", found, 1.0)


def _count_pairs(scores: pd.DataFrame) -> pd.DataFrame:
    """Count pairs of equal values: model, family, same (language), x, y, count."""
    keys = ["model", "family", "question", "language", "pro_score"]
    values = scores.groupby(keys).size().rename("times").reset_index()
    pairs = values.merge(values, on=["model", "family", "question"])
    pairs = pairs.assign(
        same=pairs["language_x"] == pairs["language_y"],
        count=pairs["times_x"] * pairs["times_y"],
    ).rename(columns={"pro_score_x": "x", "pro_score_y": "y"})
    counted = pairs.groupby(["model", "family", "same", "x", "y"])["count"].sum()
    return counted.reset_index()


def _pair_correlations(
    pairs: pd.DataFrame, rounds: int, generator: np.random.Generator
) -> tuple[pd.DataFrame, Floats, Floats]:
    """Correlate pairs of each model, within and between languages, once and in every round."""
    keys = ["model", "family", "same"]
    groups = pairs.groupby(keys, sort=True)
    numbers = np.asarray(groups.ngroup(), np.intp)
    count = pairs["count"].to_numpy(np.int64)
    drawn = generator.multinomial(int(count.sum()), count / count.sum(), size=rounds)
    x, y = pairs["x"].to_numpy(np.float64), pairs["y"].to_numpy(np.float64)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    found = [
        np.add.reduceat(np.concatenate([count[None], drawn]) * values, starts, axis=1)
        for values in (np.ones(len(x)), x, y, x * x, y * y, x * y)
    ]
    n, sums = found[0], dict(zip(SUMS[1:], found[1:], strict=True))
    covariance = sums["xy"] / n - sums["x"] * sums["y"] / n**2
    spread = (sums["xx"] / n - (sums["x"] / n) ** 2) * (sums["yy"] / n - (sums["y"] / n) ** 2)
    varies = spread > 0
    correlation = np.full_like(covariance, np.nan)
    np.divide(covariance, np.sqrt(np.where(varies, spread, 1)), out=correlation, where=varies)
    cells = groups["count"].sum().rename("n").reset_index()
    return cells, correlation[0], correlation[1:]
