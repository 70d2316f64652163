"""Examples in front of a list: the same for all lists of a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.counting_prompts import Example, Names
from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.mediation.words import Lexicon, WordUse

LENGTH = 6
"""Items of an example."""


def choose_examples(
    lexicon: Lexicon, names: Mapping[str, Names], number: int, use: WordUse
) -> tuple[Example, ...]:
    """Choose example lists of different categories, their counts spread from 0 to all items.

    Args:
        lexicon: the words of the language.
        names: of the categories.
        number: of examples.
        use: gives out the words.

    Raises:
        Refusal: if there are too few words.
    """
    generator = use.generator
    named = [one for one in lexicon.categories if one in names]
    categories = [named[at] for at in generator.permutation(len(named))]
    counts = generator.permutation(np.linspace(0, LENGTH, max(number, 2)).round().astype(int))
    examples: list[Example] = []
    taken: list[str] = []
    for place in range(number):
        asked, count = categories[place % len(categories)], int(counts[place])
        members = [word.text for word in use.take(lexicon.members(asked), count, taken)]
        others = [word.text for word in use.take(lexicon.others(asked), LENGTH - count, taken)]
        words = [*members, *others]
        if len(words) < LENGTH:
            raise Refusal(
                f"There are too few words in {lexicon.language} for an example list of "
                f"{asked}: {len(words)} of {LENGTH}. Add words to word_tables, or set "
                "mediation_pairs.shots to 0."
            )
        shown = tuple(words[at] for at in generator.permutation(LENGTH))
        taken += shown
        examples.append(Example(shown, names[asked], str(count)))
    return tuple(examples)


def ask_for_item(examples: Sequence[Example], place: int) -> tuple[Example, ...]:
    """Turn examples of counting into examples of naming one item.

    Args:
        examples: of `choose_examples`.
        place: of the item, -1 for the last.
    """
    return tuple(Example(one.words, Names(), one.words[place]) for one in examples)
