"""How far the score of a few respondents lies from that of all: what chance does to ten people.

A model asked to make up ten interviews is to be compared with ten people, not with a whole country:
of scores p over questions, ten people correlate with ten others of the same country by
var(p) / (var(p) + mean variance of the ten). The variance for other numbers of people follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from isogloss.pipelines.cultural.survey_questions import CON, MISSING, PRO
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.survey_answers import Labels
    from isogloss.pipelines.cultural.truth_parameters import GroupParameters

COUNTRY = "country"
"""The level whose groups are samples of their own."""


def draw_groups(
    population: int, size: int, rounds: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Draw groups without replacement, every set of members as likely as any other.

    R. W. Floyd's algorithm (Bentley and Floyd 1987, Communications of the ACM 30, p. 754), all
    rounds at once.

    Args:
        population: number of people.
        size: of a group, at most the population.
        rounds: groups to draw.
        generator: the source of randomness.

    Returns:
        int64 [size, rounds], numbers below `population`, none twice in a column.
    """
    members = np.empty((size, rounds), np.int64)
    for place in range(size):
        last = population - size + place
        drawn = generator.integers(0, last, rounds, endpoint=True)
        taken = (members[:place] == drawn).any(axis=0)
        members[place] = np.where(taken, last, drawn)
    return members


def group_variance(
    weights: NDArray[np.float64],
    sides: NDArray[np.int8],
    parameters: GroupParameters,
    generator: np.random.Generator,
) -> float:
    """Simulate the variance of the weighted score of a few respondents drawn at random.

    They are drawn from those with a valid answer: `alike`, without replacement, and their weights
    count in the score; or `by_weight`, with replacement, and all count alike in it. Neutral ones
    are left out of the score, and groups of neutral ones alone out of the variance. With equal
    weights, nobody neutral and N respondents it is p (1 - p) / size (N - size) / (N - 1);
    `by_weight`, with nobody neutral, p (1 - p) / size.

    Args:
        weights: float64 [respondents].
        sides: int8 [respondents], what their answers count as.
        parameters: how many are drawn, and how often.
        generator: the source of randomness.

    Returns:
        the variance; NaN with fewer respondents than a group has members.
    """
    answered = np.flatnonzero(sides != MISSING)
    if len(answered) < parameters.size:
        return float("nan")
    own, side = weights[answered], sides[answered]
    if parameters.draw == "alike":
        members = draw_groups(len(answered), parameters.size, parameters.rounds, generator)
    else:
        members = _draw_by_weight(own, parameters, generator)
        own = np.ones_like(own)
    pro = np.where(side == PRO, own, 0)[members].sum(axis=0)
    both = np.where((side == PRO) | (side == CON), own, 0)[members].sum(axis=0)
    decided = both > 0
    if decided.sum() < 2:
        return float("nan")
    return float(np.var(pro[decided] / both[decided], ddof=1))


def _draw_by_weight(
    weights: NDArray[np.float64], parameters: GroupParameters, generator: np.random.Generator
) -> NDArray[np.int64]:
    ends = np.cumsum(weights)
    draws = generator.random((parameters.size, parameters.rounds)) * ends[-1]
    return np.asarray(np.minimum(np.searchsorted(ends, draws, side="right"), len(ends) - 1))


def group_variances(
    weights: NDArray[np.float64],
    groups: Labels,
    sides: NDArray[np.int8],
    wanted: NDArray[np.bool_],
    keys: tuple[str, list[str]],
    parameters: GroupParameters,
) -> NDArray[np.float64]:
    """Simulate the variance for many groups and questions, each from a generator of its own.

    So the number for a country and question does not depend on which others there are. Drawn
    `alike`, people of several countries would not be as many as live there: only the level
    `country` is simulated then.

    Args:
        weights: float64 [respondents].
        groups: the group of each respondent.
        sides: int8 [questions, respondents].
        wanted: bool [groups, questions], where to simulate.
        keys: the level of the groups, and the questions' keys.
        parameters: how many are drawn, how often, and the seed.

    Returns:
        float64 [groups, questions], NaN where nothing is wanted or simulated.
    """
    found = np.full(wanted.shape, np.nan)
    level, questions = keys
    if not parameters.rounds or (parameters.draw == "alike" and level != COUNTRY):
        return found
    total = len(groups.names)
    with progress(f"Drawing people ({level})", total, "groups", "scores") as report:
        for place, members in _members(groups):
            for number in np.flatnonzero(wanted[place]):
                name = f"{level} {groups.names[place]} {questions[number]}"
                generator = np.random.default_rng([parameters.seed, crc32(name.encode())])
                found[place, number] = group_variance(
                    weights[members], sides[number, members], parameters, generator
                )
            report.worked(int(wanted[place].sum()))
            report.finished()
    return found


def _members(groups: Labels) -> Iterator[tuple[int, NDArray[np.int64]]]:
    order = np.argsort(groups.places, kind="stable")
    ends = np.searchsorted(groups.places[order], np.arange(len(groups.names) + 1))
    for place in range(len(groups.names)):
        yield place, order[ends[place] : ends[place + 1]]
