"""One row a task, language, formulation and metric: scores, intervals, tests against chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.tasks.answers import SHOTLESS
from isogloss.pipelines.tasks.choice import AUTOMATIC, Choice
from isogloss.pipelines.tasks.letter_bias import LABEL_BIAS, bias_rows
from isogloss.pipelines.tasks.options import CLOZE
from isogloss.pipelines.tasks.prompts import OPTIONS
from isogloss.pipelines.tasks.questions import TEST
from isogloss.statistics.clustered import (
    Average,
    ItemResampling,
    compare_items,
    resample_items,
    score_items,
)
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.tasks.parameters import TaskParameters

    Floats = NDArray[np.float64]

CHANCE = 1 / OPTIONS
HELD_OUT = "held_out"
"""Subset: the items on which nothing was chosen."""
P_CORRECT = "p_correct"
ACCURACIES = {
    "label": "accuracy_label",
    "cloze": "accuracy_text",
    "generated": "accuracy_generated",
}
CALIBRATED = "accuracy_calibrated"
CLUSTERED = "clustered_wilson"


@dataclass(frozen=True)
class Answered:
    """What a model answered in one formulation and normalisation of a task.

    Attributes:
        choice: formulation and normalisation.
        languages: in the order of the rows below.
        hits: float64 [languages, items], 1 where the right option was chosen.
        probabilities: float64 [languages, items] of the right option; NaN where it was written.
        invalid: float64 [languages, items], 1 where none was chosen.
        truncated: float64 [languages, items], 1 where the prompt was cut.
    """

    choice: Choice
    languages: Sequence[str]
    hits: Floats
    probabilities: Floats
    invalid: Floats
    truncated: Floats

    @property
    def by_place(self) -> bool:
        """Whether an answer is a place among the options rather than a text."""
        return self.choice.formulation != CLOZE

    @property
    def accuracy(self) -> str:
        """The name of its accuracy as a metric."""
        calibrated = self.choice.normalisation == "contextual"
        return CALIBRATED if calibrated else ACCURACIES[self.choice.formulation]


@dataclass(frozen=True)
class _Part:
    """Items that are scored together.

    `subset` is empty for all, else `held_out`, a subject or what the source marks items as;
    `constant` is what always giving one and the same letter gets right at best.
    """

    subset: str
    average: Average
    members: NDArray[np.intp]
    drawn: ItemResampling
    constant: float


def score_task(
    item_scores: pd.DataFrame,
    letter_choices: pd.DataFrame,
    pivot: str,
    choice: Choice,
    parameters: TaskParameters,
) -> pd.DataFrame:
    """Score a model in one task.

    Accuracies and `p_correct`, the mean probability of the right option among the four, have
    intervals by resampling passages, or items within subjects (`statistics.clustered`); the same
    draws serve all languages, so that `gap`, the difference from the pivot, is paired. Accuracies
    are tested against guessing (one-sided exact binomial test; Holm over the languages). What is
    chosen on some of the items stands for the model on the others.

    Args:
        item_scores: of one model and task; see `item_scores.score_items`.
        letter_choices: likewise; see `item_scores.letter_choices`.
        pivot: the language to compare with.
        choice: the formulation that stands for the model; if it was chosen on development items
            that are reported too, its rows without these (subset `held_out`) are the selected ones.
        parameters: of the room.

    Returns:
        rows of `task_scores`, without model, data and how it was asked.
    """
    task = str(item_scores["task"].iloc[0])
    fixed = AUTOMATIC not in (parameters.formulation, parameters.normalisation)
    reported = item_scores
    if task not in SHOTLESS:
        reported = item_scores[item_scores["split"] != "dev"]
    items = reported.drop_duplicates("item_id").sort_values("item_id")
    answers = reported[reported["gold"]].drop_duplicates("item_id").sort_values("item_id")
    parts = list(_parts(items, answers["option"].to_numpy(), parameters))
    ways = [
        _arrange(Choice(*map(str, key)), own)
        for key, own in reported.groupby(["formulation", "normalisation"], sort=False)
    ]
    rows = [
        row for way in ways for part in parts for row in _score_part(way, part, pivot, parameters)
    ]
    if len(letter_choices):
        rows += bias_rows(letter_choices, list(items["item_id"]), parts[0].drawn, parameters)
    table = pd.DataFrame(rows).assign(task=task, confidence=parameters.confidence)
    held_out = (table["subset"] == HELD_OUT).any() and not fixed
    main = (table["subset"] == (HELD_OUT if held_out else "")) & (table["average"] == "micro")
    chosen = (table["formulation"] == choice.formulation) & (
        table["normalisation"] == choice.normalisation
    )
    return table.assign(selected=main & chosen & (table["metric"] != LABEL_BIAS))


def _parts(
    items: pd.DataFrame, answers: NDArray[np.integer], parameters: TaskParameters
) -> Iterator[_Part]:
    """Give all items, those held out, each marked subset and subject; micro and macro."""
    strata = items["stratum"].to_numpy()
    everything = np.arange(len(items))
    test = items["split"].to_numpy() == TEST
    subsets = {"": everything}
    if 0 < test.sum() < len(test):
        subsets[HELD_OUT] = everything[test]
    for column in ("subset", "stratum"):
        values = items[column].to_numpy()
        subsets |= {str(one): everything[values == one] for one in sorted(set(values) - {""})}
    for subset, members in subsets.items():
        averages: tuple[Average, ...] = ("micro", "macro")
        several = len(set(strata[members])) > 1
        constant = np.bincount(answers[members]).max() / len(members)
        for average in averages if several else averages[:1]:
            drawn = resample_items(
                items["cluster"].to_numpy()[members],
                strata[members],
                average=average,
                rounds=parameters.rounds,
                generator=np.random.default_rng(parameters.seed),
            )
            yield _Part(subset, average, members, drawn, float(constant))


def _arrange(choice: Choice, rows: pd.DataFrame) -> Answered:
    gold = rows[rows["gold"]]
    chosen = rows.groupby(["language", "item_id"], sort=True)["chosen"].any().unstack()
    hits = gold.pivot(index="language", columns="item_id", values="chosen")
    probabilities = gold.pivot(index="language", columns="item_id", values="probability")
    return Answered(
        choice,
        [str(language) for language in hits.index],
        hits.to_numpy(np.float64),
        probabilities.to_numpy(np.float64),
        1.0 - chosen.to_numpy(np.float64),
        gold.pivot(index="language", columns="item_id", values="truncated").to_numpy(np.float64),
    )


def _score_part(
    answered: Answered, part: _Part, pivot: str, parameters: TaskParameters
) -> Iterator[dict[str, Any]]:
    metrics = {answered.accuracy: answered.hits}
    if np.isfinite(answered.probabilities).all():
        metrics[P_CORRECT] = answered.probabilities
    invalid = answered.invalid[:, part.members] @ part.drawn.shares
    tested = _test_guessing(answered, part, 1 - parameters.confidence)
    for metric, outcomes in metrics.items():
        values = outcomes[:, part.members]
        scores = score_items(values, part.drawn, parameters.confidence)
        gaps = compare_items(
            values, values[answered.languages.index(pivot)], part.drawn, parameters.confidence
        )
        for place, language in enumerate(answered.languages):
            own = language == pivot
            yield {
                "metric": metric,
                "language": language,
                "formulation": answered.choice.formulation,
                "normalisation": answered.choice.normalisation,
                "subset": part.subset,
                "average": part.average,
                "score": scores.score[place],
                "n": len(part.members),
                "clusters": part.drawn.clusters,
                "ci_low": scores.low[place],
                "ci_high": scores.high[place],
                "ci_method": CLUSTERED,
                "chance": CHANCE,
                "best_constant": part.constant if answered.by_place else np.nan,
                **(tested[place] if metric != P_CORRECT else {}),
                "above_chance": tested[place]["above_chance"],
                "gap": 0.0 if own else gaps.score[place],
                "gap_ci_low": 0.0 if own else gaps.low[place],
                "gap_ci_high": 0.0 if own else gaps.high[place],
                "invalid_rate": invalid[place],
                "truncated_rate": answered.truncated[place, part.members].mean(),
            }


def _test_guessing(answered: Answered, part: _Part, level: float) -> list[dict[str, Any]]:
    """Test each language against guessing: P(at least so many right by chance), Holm over them.

    Chance is 1/4; where an answer is a place among the options, it is what the best constant place
    gets right, if that is more: a favourite letter is no understanding. Only all items, or those
    held out, are tested: of many subjects some would seem to be told from chance.
    """
    hits = answered.hits[:, part.members]
    chance = max(CHANCE, part.constant) if answered.by_place else CHANCE
    if part.average != "micro" or part.subset not in ("", HELD_OUT):
        nothing = {"p_above_chance": np.nan, "p_above_chance_adjusted": np.nan}
        return [{**nothing, "above_chance": None} for _ in hits]
    found = [
        scipy.stats.binomtest(int(row.sum()), len(row), chance, alternative="greater").pvalue
        for row in hits
    ]
    return [
        {"p_above_chance": p, "p_above_chance_adjusted": adjusted, "above_chance": adjusted < level}
        for p, adjusted in zip(found, adjust_holm(found), strict=True)
    ]
