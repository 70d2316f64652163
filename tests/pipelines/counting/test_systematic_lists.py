from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from isogloss.pipelines.counting.generation_duplicates import jaccard
from isogloss.pipelines.counting.generation_lexicon import Concept, Lexicon, build_lexicon
from isogloss.pipelines.counting.generation_plan import Cell, plan_cells
from isogloss.pipelines.counting.systematic_lists import Composer, ConceptList
from tests.pipelines.counting.small_words import CATEGORIES, LANGUAGES, relations, word_lists

LENGTHS, COUNTS = (6, 7, 8, 9, 10), (0, 1, 2, 3, 4, 5)


def small_lexicon(extra: Sequence[tuple[str, ...]] | None = None, members: int = 12) -> Lexicon:
    words = word_lists(members=members)
    added = pd.DataFrame(extra or [], columns=words.columns)
    return build_lexicon(pd.concat([words, added]), relations(), LANGUAGES)[0]


def compose_all(
    lexicon: Lexicon, per_category: int, seed: int = 0, groups: tuple[int, ...] = (2, 12)
) -> list[ConceptList]:
    generator = np.random.default_rng(seed)
    cells = plan_cells(CATEGORIES, LENGTHS, COUNTS, per_category, generator)
    composer = Composer(lexicon, cells, groups, 0.5, generator)
    made = [composer.compose(cell, 20) for cell in cells]
    return [one for one in made if one is not None]


def test_lists_are_what_was_planned() -> None:
    lexicon = small_lexicon()
    lists = compose_all(lexicon, 30)
    assert len(lists) == 180
    for one in lists:
        assert len(one.concepts) == len(set(one.concepts)) == one.cell.length
        assert sum(one.members) == one.cell.count
        for concept, member in zip(one.concepts, one.members, strict=True):
            if member:
                assert concept.category == one.cell.category
            else:
                assert concept.category in lexicon.disjoint[one.cell.category]


def test_every_word_is_used_as_often_in_either_role() -> None:
    lists = compose_all(small_lexicon(), 30)
    members, others = Counter[Concept](), Counter[Concept]()
    for one in lists:
        for concept, member in zip(one.concepts, one.members, strict=True):
            (members if member else others)[concept] += 1
    # 30 lists of 2.5 members of 12 words: 6.25 times each; other words 13.75 times.
    assert set(members.values()) <= {6, 7}
    assert len(members) == len(others) == 72
    shares = [members[one] / (members[one] + others[one]) for one in members]
    assert max(shares) - min(shares) < 0.08
    by_category = Counter(concept.category for concept in others.elements())
    assert max(by_category.values()) - min(by_category.values()) <= 8


def test_members_stand_everywhere_equally_often() -> None:
    lists = compose_all(small_lexicon(), 60)
    for length in LENGTHS:
        own = np.array([one.members for one in lists if one.cell.length == length])
        assert np.ptp(own.sum(axis=0)) <= 2


def test_no_two_lists_are_near_duplicates() -> None:
    lists = compose_all(small_lexicon(members=6), 30)
    worst = max(
        jaccard(one.concepts, two.concepts)
        for place, one in enumerate(lists)
        for two in lists[:place]
    )
    assert 0.3 < worst <= 0.5


def test_distractors_come_from_few_categories_and_from_many_in_turn() -> None:
    lists = compose_all(small_lexicon(), 30)
    kinds = Counter(
        len(
            {
                one.category
                for one, role in zip(made.concepts, made.members, strict=True)
                if not role
            }
        )
        for made in lists
        if made.cell.length - made.cell.count >= 5
    )
    many = sum(number for size, number in kinds.items() if size >= 4)
    assert set(kinds) <= {2, 4, 5}
    assert abs(kinds[2] - many) <= 6


def test_words_of_one_spelling_never_meet() -> None:
    extra = [
        ("tools", "plane", "eng", "plane", ""),
        ("tools", "plane", "deu", "Hobel", ""),
        ("sports", "glide", "eng", "gliding", ""),
        ("sports", "glide", "deu", "HOBEL", ""),
    ]
    lexicon = small_lexicon(extra, members=5)
    one, two = Concept("tools", "plane"), Concept("sports", "glide")
    lists = compose_all(lexicon, 30)
    assert sum(one in made.concepts for made in lists) > 5
    assert sum(two in made.concepts for made in lists) > 5
    assert not any({one, two} <= set(made.concepts) for made in lists)


def test_lists_follow_the_seed_alone() -> None:
    lexicon = small_lexicon()
    assert compose_all(lexicon, 10) == compose_all(lexicon, 10)
    assert compose_all(lexicon, 10) != compose_all(lexicon, 10, seed=1)


def test_what_cannot_be_made_is_none() -> None:
    lexicon = small_lexicon(members=3)
    generator = np.random.default_rng(0)
    cell = Cell("birds", 3, 3)
    composer = Composer(lexicon, [cell], (2,), 0.5, generator)
    assert composer.compose(cell, 5) is not None
    assert composer.compose(cell, 5) is None  # the same three words again
    assert composer.compose(Cell("birds", 6, 4), 5) is None  # there are but three


def test_lists_made_before_count_as_used() -> None:
    lexicon = small_lexicon()
    generator = np.random.default_rng(0)
    cell = Cell("birds", 6, 6)
    composer = Composer(lexicon, [cell, cell], (2,), 0.5, generator)
    first = tuple(lexicon.members["birds"][:6])
    composer.account_for(ConceptList(cell, first, (True,) * 6))
    second = composer.compose(cell, 5)
    assert second is not None
    assert not set(second.concepts) & set(first)
