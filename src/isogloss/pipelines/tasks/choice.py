"""Which formulation stands for a model: the best on development items of the pivot."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from isogloss.errors import Refusal

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.tasks.parameters import TaskParameters

logger = logging.getLogger(__name__)

AUTOMATIC = "auto"
WRITTEN = "generated"
FEW_ITEMS = 100
"""Development items below which the choice is little better than a guess."""


class Choice(NamedTuple):
    """A formulation with its normalisation."""

    formulation: str
    normalisation: str


def choose_formulation(item_scores: pd.DataFrame, pivot: str, parameters: TaskParameters) -> Choice:
    """Choose the formulation and normalisation that stand for a model.

    One for all tasks and languages, by accuracy on the development items of the pivot, averaged
    over the tasks; where several are equal, by the mean probability of the right option, then the
    first. Choosing by the items that are reported, or for each language by itself, would favour
    noise. Written answers stand for a model only where nothing else was measured.

    Args:
        item_scores: of one model, all tasks and languages.
        pivot: the language in which to choose.
        parameters: may fix formulation, normalisation or both.

    Raises:
        Refusal: if what is fixed was not measured, or there are no development items.
    """
    scored = item_scores.drop_duplicates(["formulation", "normalisation"])
    found = [Choice(*pair) for pair in scored[["formulation", "normalisation"]].to_numpy()]
    measured = [choice for choice in found if choice.formulation != WRITTEN] or found
    wanted = [
        choice
        for choice in measured
        if parameters.formulation in (AUTOMATIC, choice.formulation)
        and parameters.normalisation in (AUTOMATIC, choice.normalisation)
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
    # Tasks count equally, however many development items they have.
    by_task = gold.groupby(["task", "formulation", "normalisation"])[["chosen", "probability"]]
    quality = by_task.mean().groupby(["formulation", "normalisation"]).mean()
    means = zip(quality.index, quality.to_numpy(float), strict=True)
    shares = {Choice(*map(str, key)): tuple(row) for key, row in means}
    best = max(wanted, key=lambda choice: shares[choice])
    items = len(rows.drop_duplicates(["task", "item_id"]))
    logger.log(
        logging.WARNING if items < FEW_ITEMS else logging.INFO,
        "%s: the formulation %s (%s) was chosen on %d development items in '%s'; it has "
        "%.0f %% right, as a mean over tasks.%s",
        rows["model"].iloc[0],
        *best,
        items,
        pivot,
        100 * shares[best][0],
        " So few say little: set tasks.formulation to fix it." if items < FEW_ITEMS else "",
    )
    return best
