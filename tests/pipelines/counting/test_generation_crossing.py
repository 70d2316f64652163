from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from isogloss.pipelines.counting.generation_crossing import pair_cells
from isogloss.pipelines.counting.generation_plan import Cell, plan_cells
from isogloss.pipelines.counting.systematic_lists import Composer, ConceptList
from tests.pipelines.counting.small_words import CATEGORIES
from tests.pipelines.counting.test_systematic_lists import COUNTS, LENGTHS, small_lexicon


@pytest.fixture(scope="module")
def crossed() -> tuple[list[tuple[ConceptList, ConceptList]], int]:
    lexicon = small_lexicon()
    generator = np.random.default_rng(0)
    cells = plan_cells(CATEGORIES, LENGTHS, COUNTS, 30, generator)
    composer = Composer(lexicon, cells, (2, 12), 0.5, generator)
    pairs, alone = pair_cells(cells, lexicon.disjoint, generator)
    made = [composer.compose_pair(*pair, 20) for pair in pairs]
    return [one for one in made if one is not None], len(alone)


def test_nearly_all_lists_are_asked_for_two_categories(
    crossed: tuple[list[tuple[ConceptList, ConceptList]], int],
) -> None:
    made, alone = crossed
    assert 2 * len(made) + alone == 180
    assert alone <= 8
    lexicon = small_lexicon()
    for one, two in made:
        assert one.concepts == two.concepts
        assert one.cell.count != two.cell.count
        assert two.cell.category in lexicon.disjoint[one.cell.category]
        for own in (one, two):
            assert len(set(own.concepts)) == own.cell.length
            assert sum(own.members) == own.cell.count
            for concept, member in zip(own.concepts, own.members, strict=True):
                assert (concept.category == own.cell.category) == member
                assert member or concept.category in lexicon.disjoint[own.cell.category]


def test_what_ignores_the_category_is_right_for_half_of_the_lists_at_most(
    crossed: tuple[list[tuple[ConceptList, ConceptList]], int],
) -> None:
    hits, lists = Counter[str](), 0
    for pair in crossed[0]:
        kinds = Counter(concept.category for concept in pair[0].concepts)
        for one in pair:
            lists += 1
            hits["largest"] += max(kinds.values()) == one.cell.count
            hits["oracle"] += max(two.cell.count for two in pair) == one.cell.count
    assert hits["oracle"] == lists / 2
    assert hits["largest"] <= 0.45 * lists


def test_words_and_places_do_not_tell_their_role(
    crossed: tuple[list[tuple[ConceptList, ConceptList]], int],
) -> None:
    members, every = Counter[str](), Counter[str]()
    for pair in crossed[0]:
        for one in pair:
            for concept, member in zip(one.concepts, one.members, strict=True):
                every[str(concept)] += 1
                members[str(concept)] += member
    shares = [members[one] / every[one] for one in every]
    assert len(every) == 72
    assert max(shares) - min(shares) < 0.2
    for length in LENGTHS:
        own = [one.members for pair in crossed[0] for one in pair if one.cell.length == length]
        assert np.ptp(np.array(own).sum(axis=0)) <= 3


def test_pairs_fit_into_one_list_and_what_does_not_is_left() -> None:
    disjoint = {"a": frozenset("b"), "b": frozenset("a")}
    cells = [Cell("a", 6, 4), Cell("b", 6, 3), Cell("b", 6, 2), Cell("a", 6, 2), Cell("b", 7, 1)]
    pairs, alone = pair_cells(cells, disjoint, np.random.default_rng(0))
    assert {frozenset(pair) for pair in pairs} == {
        frozenset((Cell("a", 6, 4), Cell("b", 6, 2))),
        frozenset((Cell("b", 6, 3), Cell("a", 6, 2))),
    }
    assert alone == [Cell("b", 7, 1)]
    assert pair_cells([], disjoint, np.random.default_rng(0)) == ([], [])
