"""Which lists are planned in which languages, and by which method."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.pipelines.counting.generation_drafts import MODEL, SYSTEMATIC
from isogloss.pipelines.counting.generation_plan import (
    INVENTED,
    INVENTED_PREFIX,
    Cell,
    generator_for,
    plan_cells,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from isogloss.pipelines.counting.generation_parameters import CountingParameters


@dataclass(frozen=True)
class Panel:
    """Lists that are planned together.

    Attributes:
        method: `systematic` or `model`.
        languages: in which each of them is to stand.
        cells: what they are to be like.
    """

    method: str
    languages: tuple[str, ...]
    cells: tuple[Cell, ...]

    def own(self, drafts: pd.DataFrame) -> pd.DataFrame:
        """Give the rows of a table of lists that belong to this panel."""
        mine = (drafts["method"] == self.method) & drafts["language"].isin(self.languages)
        return drafts[mine]

    def lost(self, standing: pd.DataFrame) -> list[Cell]:
        """Give what was planned and does not stand, in planned order.

        Args:
            standing: lists that stand; of all panels.
        """
        own = self.own(standing)
        one = own[own["language"] == self.languages[0]]
        there = Counter(
            Cell(as_planned(category), int(length), int(count))
            for category, length, count in zip(
                one["category"], one["length"], one["count"], strict=True
            )
        )
        lost = []
        for cell in self.cells:
            if there[cell]:
                there[cell] -= 1
            else:
                lost.append(cell)
        return lost


def as_planned(category: str) -> str:
    """Give a category as it stands in a plan, where invented ones have no name yet.

    Args:
        category: as it stands in a table of lists.
    """
    return INVENTED if category.startswith(INVENTED_PREFIX) else category


def plan_panels(
    languages: Sequence[str], categories: Sequence[str], parameters: CountingParameters
) -> list[Panel]:
    """Plan all lists: systematic ones, the same in all languages or not, and a model's.

    Args:
        languages: of the lists.
        categories: of the word lists, that are asked for.
        parameters: how many of what.
    """
    together = [tuple(languages)] if parameters.parallel else [(one,) for one in languages]
    panels = [
        Panel(SYSTEMATIC, group, _plan(SYSTEMATIC, group, categories, parameters))
        for group in together
    ]
    panels += [
        Panel(MODEL, (one,), _plan(MODEL, (one,), categories, parameters)) for one in languages
    ]
    return [panel for panel in panels if panel.cells]


def _plan(
    method: str, languages: Sequence[str], categories: Sequence[str], parameters: CountingParameters
) -> tuple[Cell, ...]:
    generator = generator_for(parameters.seed, "plan", method, *languages)
    written = parameters.written
    invented = round(parameters.writing.invented * written)
    numbers = (
        [(categories, parameters.per_category - written)]
        if method == SYSTEMATIC
        else [(categories, written - invented), ([INVENTED], invented * len(categories))]
    )
    return tuple(
        cell
        for names, number in numbers
        for cell in plan_cells(names, parameters.lengths, parameters.counts, number, generator)
    )
