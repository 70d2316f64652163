"""Takes out lists that cannot stay, and makes others of the same category, length and count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from isogloss.pipelines.counting.generation_drafts import join_drafts
from isogloss.pipelines.counting.generation_pruning import find_faults
from isogloss.pipelines.counting.generation_report import (
    DRAFTED,
    FAILED,
    MISSING,
    PRUNED,
    STANDING,
    report_cells,
    report_lists,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.pipelines.counting.generation_making import Made
    from isogloss.pipelines.counting.generation_panels import Panel
    from isogloss.pipelines.counting.generation_parameters import CountingParameters
    from isogloss.pipelines.counting.generation_plan import Cell

    Make = Callable[[Panel, Sequence[Cell], pd.DataFrame, int], Made]
    Validate = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]


class Refilled(NamedTuple):
    """What stands in the end.

    Attributes:
        items: lists that stand.
        validation: what was decided on all lists that were made on the way.
        names: of all categories, invented ones included.
        report: what became of lists, round by round.
    """

    items: pd.DataFrame
    validation: pd.DataFrame
    names: pd.DataFrame
    report: pd.DataFrame


def refill(
    first: Made,
    validation: pd.DataFrame,
    panels: Sequence[Panel],
    make: Make,
    validate: Validate,
    parameters: CountingParameters,
) -> Refilled:
    """Prune and replace until all that was planned stands, or the rounds are used up.

    Args:
        first: lists, and the names of all categories.
        validation: what was decided on them.
        panels: what was planned.
        make: makes lists of a panel: cells, lists that stand, number of the round.
        validate: decides on lists, given the names of all categories.
        parameters: rounds, and what may stay.
    """
    standing, names = join_drafts([]), first.names
    decided, steps = [validation], []
    fresh = first.drafts
    for attempt in range(parameters.rounds + 1):
        faults = find_faults(fresh, decided[-1], standing, parameters)
        bad = faults != ""
        steps.append(report_lists(fresh[bad], PRUNED, attempt, faults[bad]))
        standing = join_drafts([standing, fresh[~bad]])
        lost = [(panel, cells) for panel in panels if (cells := panel.lost(standing))]
        if attempt == parameters.rounds or not lost:
            break
        made = [(panel, make(panel, cells, standing, attempt + 1)) for panel, cells in lost]
        fresh = join_drafts([one.drafts for _, one in made])
        names = join_names([names, *(one.names for _, one in made)])
        steps.append(report_lists(fresh, DRAFTED, attempt + 1))
        steps += [report_cells(panel, one.failures, FAILED, attempt + 1) for panel, one in made]
        decided.append(validate(fresh, names))
    steps.append(report_lists(standing, STANDING, attempt))
    steps += [
        report_cells(panel, [(cell, "") for cell in cells], MISSING, attempt)
        for panel, cells in lost
    ]
    return Refilled(
        standing,
        pd.concat(decided, ignore_index=True),
        names,
        pd.concat(steps, ignore_index=True),
    )


def join_names(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put names of categories below each other; of several names the first one stays.

    Args:
        tables: category, language, counted, number_of.
    """
    joined = pd.concat([table for table in tables if len(table)], ignore_index=True)
    return joined.drop_duplicates(["category", "language"], ignore_index=True)
