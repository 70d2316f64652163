from __future__ import annotations

import pandas as pd
import pytest

from isogloss.figures.mediation_statements import (
    describe_layers,
    explain_obstacles,
    list_layers,
    list_obstacles,
)
from isogloss.figures.task_tables import named_rows
from tests.figures.mediation_tables import make_hypotheses

NO_EFFECT, NO_SKILL = "no total effect to mediate", "the model counts no better"
NO_PAIRS = "there are no pairs of kind relocation: mediation_pairs.kinds"


def make_untested(*remarks: str, **own: str) -> pd.DataFrame:
    rows = make_hypotheses()[: len(remarks)]
    return rows.assign(verdict="not testable", remark=list(remarks), **own)


@pytest.mark.parametrize(
    ("cells", "layers", "meant", "whole", "short"),
    [
        ("final in 3 4", "middle", "3 4", "layers 3, 4 (the middle third)", "layers 3, 4"),
        ("final in 4", "4", "4", "layer 4", "layer 4"),
        (
            "swapped item_+1 in 9 12", "middle", "7 8 9 10 11 12",
            "layers 9, 12: of the middle third (7 to 12) no others were patched",
            "layers 9, 12 of 7 to 12",
        ),
        (
            "final in 3 6 9", "all", "1 2 3 4 5 6 7 8 9 10",
            "layers 3, 6, 9: of all layers below the last (1 to 10) no others were patched",
            "layers 3, 6, 9 of 1 to 10",
        ),
        (
            "final in 6", "early 5 6", "1 2 5 6",
            "layer 6: of 1, 2, 5, 6 no others were patched",
            "layer 6 of 1, 2, 5, 6",
        ),
    ],
)  # fmt: skip
def test_layers_are_named_beside_those_that_were_meant(
    cells: str, layers: str, meant: str, whole: str, short: str
) -> None:
    table = make_hypotheses()[:1].assign(cells=cells, layers=layers, layers_meant=meant)
    [row] = named_rows(table)
    assert describe_layers(row) == whole
    assert describe_layers(row, short=True) == short


def test_layers_at_equal_distances_are_named_by_their_step() -> None:
    assert list_layers([1, 2, 3, 4, 5]) == "1 to 5"
    assert list_layers([0, 3, 6, 9, 12]) == "0 to 12 in steps of 3"
    assert list_layers([0, 3, 6, 9, 11]) == "0, 3, 6, 9, 11"


def test_every_reason_stands_once_with_whom_it_concerns() -> None:
    remarks = (
        f"{NO_EFFECT}; {NO_SKILL}",
        f"{NO_EFFECT}; {NO_SKILL}",
        f"count swaps: {NO_EFFECT}; {NO_SKILL}; {NO_PAIRS}",
    )
    rows = make_untested(*remarks)
    assert list_obstacles(rows) == [
        (f"{NO_EFFECT}; {NO_SKILL}", ("hold", "exceed", "gap")),
        (NO_PAIRS, ("gap",)),
    ]
    assert explain_obstacles(rows) == [
        f"{NO_EFFECT}; {NO_SKILL} (all of them)",
        f"{NO_PAIRS} (gap)",
    ]
    assert list_obstacles(make_hypotheses()[:2]) == []


def test_a_reason_that_a_gate_and_the_pairs_share_is_one() -> None:
    rows = make_untested(f"count swaps: {NO_EFFECT}; {NO_EFFECT}", NO_SKILL, NO_SKILL)
    assert list_obstacles(rows) == [(NO_SKILL, ("exceed", "gap")), (NO_EFFECT, ("hold",))]
    assert explain_obstacles(rows) == [f"{NO_SKILL} (all but hold)", f"{NO_EFFECT} (hold)"]


def test_a_reason_says_which_pairs_it_is_about() -> None:
    rows = make_untested(NO_EFFECT, NO_EFFECT, f"{NO_EFFECT}; {NO_PAIRS}")
    rows["kind"] = ["count_swap", "control", "category_swap"]
    rows["named"] = ["last", "first", "first"]
    assert [reason for reason, _ in list_obstacles(rows)] == [
        f"category named behind the list: {NO_EFFECT}",
        f"control: {NO_EFFECT}",
        f"category swaps: {NO_EFFECT}; {NO_PAIRS}",
    ]
