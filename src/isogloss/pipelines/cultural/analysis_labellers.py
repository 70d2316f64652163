"""Whether two labellers find the same opinions in the same responses."""

from __future__ import annotations

import logging
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.deletion import deletion_error, deletion_weights
from isogloss.statistics.intervals import student_interval
from isogloss.statistics.krippendorff import interval_alpha, nominal_alpha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

Floats = NDArray[np.float64]

STATEMENT, RESPONSE = "statement", "response"
READ = ("labelled", "repaired")
"""Labels that a labeller gave; others are failures."""
ALL = "all"
KEY = ["model", "prompt_id", "sample"]
FEWEST = 3
_ROUNDING = 1e-9

logger = logging.getLogger(__name__)


def compare_labellers(
    labels: pd.DataFrame, prompts: pd.DataFrame, confidence: float
) -> Iterator[dict[str, Any]]:
    """Give Krippendorff's alpha of every two labellers, of each model and language and of all.

    `response`: of the share of pro opinions, as numbers. `statement`: of the single opinions, as
    categories, which go together by position and so only where both labellers found as many; how
    many responses that is, is told by n_units and in the log. Intervals are over questions, whose
    responses and opinions are alike: the jackknife with whole questions left out. Where all labels
    agree there is none.

    Args:
        labels: `stance_labels` of some models.
        prompts: prompt_id, question, language.
        confidence: of the intervals.

    Yields:
        rows of `labeller_agreement`.
    """
    known = labels[labels["status"].isin(READ)]
    if len(known) < len(labels):
        logger.info(
            "%d of %d labels are not there or cannot be read; they are compared with nothing.",
            len(labels) - len(known),
            len(labels),
        )
    told = known.merge(prompts[["prompt_id", "question", "language"]], on="prompt_id")
    if len(told) < len(known):
        logger.warning(
            "%d of %d labels are of prompts that survey_prompts does not hold; they are compared "
            "with nothing. Label the responses to these prompts anew.",
            len(known) - len(told),
            len(known),
        )
    for first, second in combinations(sorted(known["labeller"].unique()), 2):
        one, other = (told[told["labeller"] == name] for name in (first, second))
        pair = one.merge(other, on=[*KEY, "question", "language"])
        _name_lone(len(pair), {first: len(one), second: len(other)})
        if pair.empty:
            continue
        _name_unequal(pair, first, second)
        for model, language, own in _parts(pair):
            key = {"labeller_a": first, "labeller_b": second, "model": model, "language": language}
            for unit, (x, y, questions) in _units(own).items():
                measure = interval_alpha if unit == RESPONSE else nominal_alpha
                yield key | {"unit": unit, **_assess(measure, x, y, questions, confidence)}


def _parts(pair: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield ALL, ALL, pair
    for (model, language), own in pair.groupby(["model", "language"]):
        yield str(model), str(language), own


def _units(
    pair: pd.DataFrame,
) -> dict[str, tuple[NDArray[np.generic], NDArray[np.generic], NDArray[np.generic]]]:
    """Give what both labellers say of each response, and of each statement, and its question."""
    shares = {side: _share(pair, side) for side in ("x", "y")}
    decided = ~np.isnan(shares["x"] + shares["y"])
    question = pair["question"].to_numpy(object)
    lists = zip(*(pair[f"opinions_{side}"].str.split(";") for side in ("x", "y")), strict=True)
    found = [
        (first, second, code)
        for (one, two), code in zip(lists, question, strict=True)
        if len(one) == len(two)
        for first, second in zip(one, two, strict=True)
    ]
    statements = np.array(found, np.str_).reshape(-1, 3).T
    return {
        RESPONSE: (shares["x"][decided], shares["y"][decided], question[decided]),
        STATEMENT: (statements[0], statements[1], statements[2]),
    }


def _share(pair: pd.DataFrame, side: str) -> Floats:
    pro, con = (pair[f"{name}_{side}"].to_numpy(np.float64) for name in ("pro", "con"))
    total = pro + con
    found: Floats = np.full(total.shape, np.nan)
    np.divide(pro, total, out=found, where=total > 0)
    return found


def _assess(
    measure: Callable[..., Floats],
    x: NDArray[np.generic],
    y: NDArray[np.generic],
    questions: NDArray[np.generic],
    confidence: float,
) -> dict[str, Any]:
    n = len(np.unique(questions.astype(str)))
    counts = {"n": n, "n_units": len(x)}
    if n < FEWEST:
        return {**dict.fromkeys(("krippendorff_alpha", "ci_low", "ci_high"), np.nan), **counts}
    found = measure(x, y, deletion_weights(questions.astype(str)))
    # No error is to be seen where all agree, as few questions can by chance.
    seen = found[0] < 1 - _ROUNDING
    error = np.asarray(deletion_error(found[1:])) if seen else np.array(np.nan)
    low, high = student_interval(np.asarray(found[0]), error, n, confidence)
    return {
        "krippendorff_alpha": float(found[0]),
        "ci_low": float(low),
        "ci_high": float(np.minimum(high, 1.0)),
        **counts,
    }


def _name_lone(common: int, labelled: dict[str, int]) -> None:
    """Say how many responses have the labels of one labeller alone."""
    lone = [f"{count - common} by {name} alone" for name, count in labelled.items()]
    if max(labelled.values()) > common:
        logger.info(
            "%d responses were labelled by both %s; %s are compared with nothing.",
            common,
            " and ".join(labelled),
            " and ".join(lone),
        )


def _name_unequal(pair: pd.DataFrame, first: str, second: str) -> None:
    sizes = [pair[f"opinions_{side}"].str.count(";") for side in ("x", "y")]
    unequal = int((sizes[0] != sizes[1]).sum())
    if unequal:
        logger.info(
            "%s and %s found different numbers of opinions in %d of %d responses; these are "
            "compared by their share of pro opinions only.",
            first,
            second,
            unequal,
            len(pair),
        )
