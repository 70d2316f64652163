from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from isogloss.pipelines.mediation.designs import Design, plan_designs, take_turns

CATEGORIES = tuple(f"c{number}" for number in range(12))


def plan(kind: str, number: int = 96, control: str = "last") -> list[Design]:
    generator = np.random.default_rng(0)
    turns = take_turns(CATEGORIES, number, generator)
    return plan_designs(kind, turns, (6, 10), control, generator)  # type: ignore[arg-type]


def test_place_and_running_count_are_nearly_uncorrelated() -> None:
    designs = plan("count_swap")
    places = [design.place for design in designs]
    before = [design.before for design in designs]
    assert abs(np.corrcoef(places, before)[0, 1]) < 0.15
    lengths, counts = [d.length for d in designs], [d.count for d in designs]
    assert abs(np.corrcoef(lengths, counts)[0, 1]) < 0.1


def test_thirds_counts_and_signs_are_flat() -> None:
    designs = plan("count_swap")
    assert max(Counter(design.third for design in designs).values()) <= 36
    counts = Counter(design.count for design in designs)
    assert set(counts) == set(range(10)), "0 and 9 are counts too"
    assert max(counts.values()) <= 12
    assert 43 <= sum(design.sign > 0 for design in designs) <= 53


@pytest.mark.parametrize("sign", [1, -1])
def test_count_swap_changes_the_count_by_the_sign(sign: int) -> None:
    design = Design("count_swap", 6, 2, -1, 1, 0, 2, sign)
    assert design.fillers == 3
    assert sorted([design.count, design.donor_count]) == [3, 4]
    assert design.donor_count - design.count == sign


@pytest.mark.parametrize(
    "kind", ["null_swap", "irrelevant", "relocation", "irrelevant_relocation", "reordering"]
)
def test_other_kinds_keep_the_count(kind: str) -> None:
    assert all(design.count == design.donor_count for design in plan(kind, 48))


def test_members_that_are_swapped_or_moved_count() -> None:
    swapped = Design("null_swap", 6, 2, -1, 1, 0, 1, 1, "member")
    assert swapped.count == 3
    assert Design("null_swap", 6, 2, -1, 1, 0, 1, 1, "other").count == 2
    assert Design("relocation", 6, 1, 3, 0, 1, 1, 1).count == 3
    assert Design("irrelevant_relocation", 6, 1, 3, 0, 1, 1, 1).count == 2


def test_design_of_the_same_lists_asked_for_another_category() -> None:
    flags = [True, False, False, True, False, True]
    one = Design("count_swap", 6, 1, -1, 0, 0, 3, -1).ask_otherwise("irrelevant", flags)
    assert one == Design("irrelevant", 6, 1, -1, 1, 0, 2, -1)
    two = Design("relocation", 6, 1, 4, 0, 0, 0, 1).ask_otherwise("irrelevant_relocation", flags)
    assert two == Design("irrelevant_relocation", 6, 1, 4, 1, 1, 1, 1)
    assert two.count == two.donor_count == 3


def test_reorderings_leave_room_for_two_members() -> None:
    designs = plan("reordering")
    counts = Counter(design.count for design in designs)
    assert set(counts) == set(range(10))
    assert max(counts.values()) <= 14
    kinds = Counter((design.swapped, design.sign) for design in designs)
    assert set(kinds) == {(name, sign) for name in ("member", "other") for sign in (1, -1)}
    assert max(kinds.values()) <= 30
    assert Design("reordering", 6, 1, 3, 0, 1, 1, 1, "member").count == 4
    assert Design("reordering", 6, 1, 3, 0, 1, 1, 1, "other").count == 2
    places = [design.place for design in designs]
    assert abs(np.corrcoef(places, [design.before for design in designs])[0, 1]) < 0.2


@pytest.mark.parametrize("kind", ["relocation", "reordering"])
def test_relocations_have_items_between_and_behind(kind: str) -> None:
    for design in plan(kind, 48):
        assert design.other_place - design.place >= 2
        assert design.other_place < design.length - 1
        assert design.before <= design.place
        assert design.between <= design.other_place - design.place - 1


def test_a_control_swaps_the_item_that_it_asks_for() -> None:
    assert all(design.place == design.length - 1 for design in plan("control", 24))
    assert all(design.place == 0 for design in plan("control", 24, "first"))


def test_every_category_has_its_turn() -> None:
    turns = take_turns(CATEGORIES, 30, np.random.default_rng(1))
    assert set(Counter(turns).values()) == {2, 3}
