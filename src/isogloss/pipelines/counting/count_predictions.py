"""What a model answered to every list, whichever way it was asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from isogloss.errors import Refusal
from isogloss.statistics.calibration import brier_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.pipelines.counting.benchmark_parameters import Scoring

CANDIDATES: Scoring = "candidates"
GENERATED: Scoring = "generated"
ASKING = ["language", "position", "framing", "shots"]
KNOWN = ["category", "length", "count", "method", "list_id", "largest_group"]
PREDICTION_COLUMNS = (
    *ASKING,
    "scoring",
    "item_id",
    *KNOWN,
    "answer",
    "expected_count",
    "p_count",
    "confidence",
    "brier",
    "candidate_mass",
    "reason",
)


def predict_from_candidates(answers: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Take the likeliest number as the answer, and the probabilities of all as how sure it is.

    Args:
        answers: see `count_candidates.score_candidates`.
        items: language, item_id, category, length, count, method, list_id, concepts.

    Returns:
        one row a list and way of asking: the keys, what is known of the list, scoring, answer
        (of equally likely numbers the smallest), expected_count (mean of the numbers), p_count (of
        the right number), confidence (of the answer), brier; all of these of probabilities that
        sum to 1 over the numbers; candidate_mass (what they summed to before), reason (empty).
    """
    ordered = answers.sort_values([*ASKING, "item_id", "candidate"], kind="stable")
    numbers = ordered["candidate"].max() + 1
    rows = _join(ordered[ordered["candidate"] == 0], items)
    likely = ordered["log_likelihood"].to_numpy(np.float64).reshape(len(rows), numbers)
    total = scipy.special.logsumexp(likely, axis=1)
    p = np.exp(likely - total[:, None])
    right = rows["count"].to_numpy(np.intp)
    table = rows.assign(
        scoring=CANDIDATES,
        answer=pd.array(likely.argmax(axis=1), "Int64"),
        expected_count=p @ np.arange(numbers),
        p_count=p[np.arange(len(rows)), right],
        confidence=p.max(axis=1),
        brier=brier_scores(p, right),
        # In half precision the rest of the vocabulary is rounded, and the sum may exceed 1.
        candidate_mass=np.minimum(np.exp(total), 1.0),
        reason="",
    )
    return table[list(PREDICTION_COLUMNS)]


def predict_from_responses(responses: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Take the number that was read from what a model wrote; nothing is known of how sure it is.

    Args:
        responses: see `count_writing.write_counts`.
        items: language, item_id, category, length, count, method, list_id, concepts.

    Returns:
        as `predict_from_candidates`; answer is empty and reason says why where no number was read.
    """
    rows = _join(responses.sort_values([*ASKING, "item_id"], kind="stable"), items)
    answer = rows["extracted"].astype("Int64")
    table = rows.assign(
        scoring=GENERATED,
        answer=answer,
        expected_count=answer.astype("Float64").to_numpy(np.float64, na_value=np.nan),
        p_count=np.nan,
        confidence=np.nan,
        brier=np.nan,
        candidate_mass=np.nan,
    )
    return table[list(PREDICTION_COLUMNS)]


def _join(rows: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    groups = pd.array([_largest_group(one) for one in items["concepts"]], "Int64")
    known = items.assign(largest_group=groups)[["language", "item_id", *KNOWN]]
    joined = rows.merge(known, on=["language", "item_id"], how="left", indicator=True)
    if len(lost := joined[joined["_merge"] == "left_only"]):
        raise Refusal(
            f"{len(lost)} answers belong to lists that are no longer there, such as "
            f"{lost['item_id'].iloc[0]} in {lost['language'].iloc[0]}. Run the pipeline counting "
            "again: it asks only what is missing."
        )
    return joined


def _largest_group(concepts: Sequence[str]) -> int | None:
    """Give how many words of a list are of the kind of which there are most; None if not known."""
    kinds = Counter(str(one).split("/", 1)[0] for one in concepts)
    return max(kinds.values(), default=None)


def count_answers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count how often each answer was given to lists of each count and length.

    Args:
        predictions: with `model`.

    Returns:
        model, the way of asking, scoring, count, length, answer (empty where there was none), n.
    """
    keys = ["model", *ASKING, "scoring", "count", "length", "answer"]
    return predictions.groupby(keys, dropna=False, sort=True).size().rename("n").reset_index()
