"""Which combinations of template and phrasing are asked, and which countries are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.partitions import digest
from isogloss.pipelines.cultural.prompt_tables import PromptTableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.cultural.prompt_parameters import Named

RELATION_OF: Mapping[Named, str] = {"congruent": "native", "incongruent": "other"}


class Combination(NamedTuple):
    """A template with a phrasing of the topic."""

    template: str
    phrasing: int


def generator_for(seed: int, *names: str) -> np.random.Generator:
    """Give the generator of the draws for something, which no other name changes.

    So a further question, language or country leaves the prompts of the others as they are, and
    their responses need not be paid for again.

    Args:
        seed: of the study.
        *names: for what is drawn.
    """
    return np.random.default_rng(int(digest(seed, *names), 16))


def draw_combinations(
    available: Collection[Combination], wanted: int | None, generator: np.random.Generator
) -> list[Combination]:
    """Draw combinations without replacement, spread evenly over templates and phrasings.

    The one is taken next whose template, then whose phrasing, has been taken least often; ties go
    by lot. A larger number begins with the same combinations.

    Args:
        available: those that there are.
        wanted: how many; None or more than there are takes all.
        generator: of the lots.
    """
    waiting = sorted(available)
    lots = generator.permutation(len(waiting))
    waiting = [waiting[place] for place in lots]
    drawn: list[Combination] = []
    while waiting and (wanted is None or len(drawn) < wanted):
        chosen = min(
            waiting,
            key=lambda one: (
                sum(one.template == other.template for other in drawn),
                sum(one.phrasing == other.phrasing for other in drawn),
            ),
        )
        waiting.remove(chosen)
        drawn.append(chosen)
    return drawn


def assign_countries(
    countries: pd.DataFrame,
    language: str,
    named: Named,
    number: int,
    generator: np.random.Generator,
) -> list[str]:
    """Give each of a number of prompts a country, all of them about equally often.

    A larger number begins with the same countries.

    Args:
        countries: as `read_countries` gives them.
        language: of the prompts.
        named: congruent takes countries in which the language is native, incongruent those in
            which it is neither native nor official.
        number: of prompts.
        generator: of the order.

    Raises:
        PromptTableError: if there is no such country.
    """
    own = countries[countries["language"] == language]
    codes = sorted(own.loc[own["relation"] == RELATION_OF[named], "country"])
    if not codes:
        raise PromptTableError(
            f"No country in the table of countries has a sentence in '{language}' with relation "
            f"'{RELATION_OF[named]}', which `countries: {named}` takes. Add one, or leave out the "
            "language."
        )
    return _cycle(codes, number, generator)


def _cycle(codes: Sequence[str], number: int, generator: np.random.Generator) -> list[str]:
    order: list[str] = []
    while len(order) < number:
        order += [codes[place] for place in generator.permutation(len(codes))]
    return order[:number]
