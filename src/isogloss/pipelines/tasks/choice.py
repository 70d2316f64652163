"""Which formulation stands for a model: the best on development items of the pivot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from isogloss.errors import Refusal

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.tasks.parameters import TaskParameters

AUTOMATIC = "auto"
GENERATED_ONLY = ("generated", "none")


class Choice(NamedTuple):
    """A formulation with its normalisation."""

    formulation: str
    normalisation: str


def choose_formulation(item_scores: pd.DataFrame, pivot: str, parameters: TaskParameters) -> Choice:
    """Choose the formulation and normalisation that stand for a model in a task.

    One for all languages, by accuracy on the development items of the pivot; where several are
    equal, by the mean probability of the right option, then the first. Choosing by the items that
    are reported, or for each language by itself, would favour noise.

    Args:
        item_scores: of one model and task, all languages.
        pivot: the language in which to choose.
        parameters: may fix formulation, normalisation or both.

    Raises:
        Refusal: if what is fixed was not measured, or there are no development items.
    """
    scored = item_scores.drop_duplicates(["formulation", "normalisation"])
    found = [Choice(*pair) for pair in scored[["formulation", "normalisation"]].to_numpy()]
    wanted = [
        choice
        for choice in found
        if parameters.formulation in (AUTOMATIC, choice.formulation)
        and parameters.normalisation in (AUTOMATIC, choice.normalisation)
        and (choice != GENERATED_ONLY or len(found) == 1)
    ]
    if not wanted:
        listed = ", ".join(f"{one.formulation} {one.normalisation}" for one in found)
        raise Refusal(
            f"tasks.formulation = {parameters.formulation} and tasks.normalisation = "
            f"{parameters.normalisation} were not measured. There are: {listed}."
        )
    return wanted[0] if len(wanted) == 1 else _best(item_scores, wanted, pivot)


def _best(item_scores: pd.DataFrame, wanted: list[Choice], pivot: str) -> Choice:
    rows = item_scores[(item_scores["language"] == pivot) & (item_scores["split"] == "dev")]
    if rows.empty:
        raise Refusal(
            f"There are no development items in '{pivot}' to choose a formulation by. Set "
            "tasks.formulation and tasks.normalisation."
        )
    gold = rows[rows["gold"]]
    quality = gold.groupby(["formulation", "normalisation"])[["chosen", "probability"]].mean()
    shares = {
        Choice(*map(str, key)): tuple(row)
        for key, row in zip(quality.index, quality.to_numpy(float), strict=True)
    }
    return max(wanted, key=lambda choice: shares[choice])
