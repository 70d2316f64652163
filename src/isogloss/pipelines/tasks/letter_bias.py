"""Whether a model favours a letter: how unequal the letters' recalls are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from isogloss.pipelines.tasks.prompts import LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from isogloss.pipelines.tasks.parameters import TaskParameters
    from isogloss.statistics.clustered import ItemResampling

    Floats = NDArray[np.float64]

LABEL_BIAS = "label_bias"
BOOTSTRAP_ERROR = "bootstrap_error"
ROUNDING = 1e-9


def bias_rows(
    letter_choices: pd.DataFrame,
    items: Sequence[str],
    drawn: ItemResampling,
    parameters: TaskParameters,
) -> Iterator[dict[str, Any]]:
    """Give the letters' bias (RStd) of every language, with its interval.

    The interval is the bias -/+ z standard errors of the draws, not below 0: the draws themselves
    are more unequal than what they are drawn from, so that their quantiles may miss it.

    Args:
        letter_choices: of one model and task; see `item_scores.letter_choices`.
        items: ids of those that are reported.
        drawn: how they are resampled.
        parameters: confidence, rounds and seed.

    Yields:
        rows of `task_scores`; chance is the mean bias of a model without a favourite.
    """
    places = {item: place for place, item in enumerate(items)}
    for language, all_rows in letter_choices.groupby("language", sort=True):
        rows = all_rows[all_rows["item_id"].isin(places)]
        shown, right = (np.zeros((len(LETTERS), len(places))) for _ in range(2))
        letters = rows["letter"].map(LETTERS.index).to_numpy()
        columns = rows["item_id"].map(places).to_numpy()
        np.add.at(shown, (letters, columns), 1.0)
        np.add.at(right, (letters, columns), (rows["letter"] == rows["chosen"]).to_numpy(float))
        bias = float(_bias(shown, right, drawn.shares[None])[0])
        error = float(_bias(shown, right, drawn.weights).std(ddof=1))
        # Draws that are all alike, as of few items, say nothing of how far they might differ.
        reach = float(scipy.stats.norm.ppf((1 + parameters.confidence) / 2)) * error
        reach = reach if error > ROUNDING else np.nan
        yield {
            "metric": LABEL_BIAS,
            "language": str(language),
            "formulation": "label",
            "normalisation": "none",
            "subset": "",
            "average": "micro",
            "score": bias,
            "n": len(places),
            "clusters": drawn.clusters,
            "ci_low": float(np.maximum(0.0, bias - reach)),
            "ci_high": bias + reach,
            "ci_method": BOOTSTRAP_ERROR,
            "chance": _bias_by_chance(shown, right, parameters),
        }


def _bias(shown: Floats, right: Floats, weights: NDArray[np.floating]) -> Floats:
    """Give the standard deviation of the letters' recalls (RStd, Zheng et al. 2024), [rounds].

    A letter that is never right has no recall, and there is no bias to speak of then.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        recalls = (weights @ right.T) / (weights @ shown.T)
    return np.asarray(recalls.std(axis=1), np.float64)


def _bias_by_chance(shown: Floats, right: Floats, parameters: TaskParameters) -> float:
    """Give the mean bias of a model of the same accuracy that favours no letter."""
    counts = shown.sum(axis=1)
    if not counts.all():
        return float("nan")
    generator = np.random.default_rng(parameters.seed)
    share = right.sum() / shown.sum()
    drawn = generator.binomial(counts.astype(int), share, size=(parameters.rounds, len(counts)))
    return float((drawn / counts).std(axis=1).mean())
