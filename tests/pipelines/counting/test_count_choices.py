from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from isogloss.pipelines.counting.count_choices import (
    CountedList,
    assign_sets,
    choose_lists,
    choose_shots,
)
from isogloss.pipelines.counting.generation_crossing import pair_cells
from isogloss.pipelines.counting.generation_lexicon import build_lexicon
from isogloss.pipelines.counting.generation_plan import plan_cells
from isogloss.pipelines.counting.systematic_lists import Composer
from tests.pipelines.counting.small_words import relations, word_lists

CATEGORIES = tuple(f"kind{letter}" for letter in "abcdefghijklmn")


@pytest.fixture(scope="module")
def made() -> list[CountedList]:
    """Lists of a study of the usual size: 14 categories, 18 lists of each."""
    words = word_lists(CATEGORIES, ("eng",), members=24)
    lexicon = build_lexicon(words, relations(CATEGORIES), ("eng",))[0]
    generator = np.random.default_rng(0)
    cells = plan_cells(CATEGORIES, (6, 7, 8, 9, 10), range(6), 18, generator)
    composer = Composer(lexicon, cells, (2, 12), 0.5, generator)
    pairs, alone = pair_cells(cells, lexicon.disjoint, generator)
    found = [one for pair in pairs for one in composer.compose_pair(*pair, 20) or ()]
    found += [one for cell in alone if (one := composer.compose(cell, 20))]
    return [
        CountedList(
            f"{one.cell.category} {' '.join(map(str, one.concepts))}",
            one.cell.category,
            tuple(map(str, one.concepts)),
            one.cell.count,
            "systematic",
            " ".join(map(str, one.concepts)),
            tuple(map(str, one.concepts)),
        )
        for one in found
    ]


def test_in_what_is_scored_no_category_and_no_length_tells_the_count(
    made: list[CountedList],
) -> None:
    sets = choose_shots(made, 4, 6, 0)
    shown = {one.group for own in sets for one in own}
    scored = choose_lists([one for one in made if one.group not in shown], 6, sets, 0)
    by_category = Counter((one.category, one.count) for one in scored)
    numbers = Counter(one.category for one in scored)
    assert set(numbers) == set(CATEGORIES)
    assert set(numbers.values()) <= {5, 6, 7}
    # Each count once a category, but for a few that their pairs do not allow.
    wrong = sum(abs(by_category[name, count] - 1) for name in CATEGORIES for count in range(6))
    assert wrong <= 12
    lengths = Counter(len(one.words) for one in scored)
    assert max(lengths.values()) - min(lengths.values()) <= 4
    # Nearly all are asked for two of their categories.
    groups = Counter(one.group for one in scored)
    assert sum(number for number in groups.values() if number == 2) >= 0.9 * len(scored)


def test_no_word_of_a_list_is_in_its_examples(made: list[CountedList]) -> None:
    sets = choose_shots(made, 4, 6, 0)
    shown = {one.group for own in sets for one in own}
    scored = choose_lists([one for one in made if one.group not in shown], 6, sets, 0)
    assigned = assign_sets(scored, sets)
    words = [{word for one in own for word in one.concepts} for own in sets]
    leaks = sum(
        len(words[place] & set(one.concepts)) for one, place in zip(scored, assigned, strict=True)
    )
    assert leaks <= 0.005 * sum(len(one.words) for one in scored)
    uses = Counter(assigned)
    assert set(uses) == set(range(6))
    by_group: dict[str, set[int]] = {}
    for one, place in zip(scored, assigned, strict=True):
        by_group.setdefault(one.group, set()).add(place)
    assert {len(places) for places in by_group.values()} == {1}


def test_every_count_is_shown_equally_often_and_last_once(made: list[CountedList]) -> None:
    sets = choose_shots(made, 4, 6, 0)
    assert Counter(one.count for own in sets for one in own) == dict.fromkeys(range(6), 4)
    assert sorted(own[-1].count for own in sets) == [0, 1, 2, 3, 4, 5]
    for own in sets:
        assert len({one.category for one in own}) == len({one.group for one in own}) == 4
    assert len({one.item_id for own in sets for one in own}) == 24
    assert sets == choose_shots(made[::-1], 4, 6, 0)
    assert sets != choose_shots(made, 4, 6, 1)


def test_few_lists_give_few_sets(made: list[CountedList]) -> None:
    assert choose_shots(made[:20], 0, 6, 0) == ((),)
    assert len(choose_shots(made[:40], 4, 6, 0)) == 2
    assert len(choose_shots(made[:8], 4, 6, 0)) == 1
