from __future__ import annotations

import pytest

from benchmarks.mediation import ONE, Round, Tally, compare, share_with_effect
from isogloss.language_models.patching.sites import PatchPair


def make_round(theirs: float) -> Round:
    tallies = {ONE: Tally(1.0, 10), "isogloss, both directions": Tally(2.0, 20)}
    return Round(tallies | {"peer": Tally(theirs, 10)}, block_tokens=5, attribution=2.0)


def test_positions_before_the_swap_can_have_no_effect() -> None:
    assert share_with_effect(PatchPair((1, 2, 3, 4), (1, 9, 3, 4), (5, 6))) == 0.75


def test_every_ratio_knows_the_share_that_can_have_an_effect() -> None:
    found = compare([make_round(16.0)], {"peer": "peer 1"}, 100, {"peer": 3.0}, part=0.75)
    assert [one.value.median for one in found] == pytest.approx([16, 16, 80])
    rest = [one.of_part for one in found]
    assert [one.value.median for one in rest if one] == pytest.approx([12, 12, 60])
    assert [one.verdict for one in (found[0], rest[0]) if one] == ["met", "missed"]
