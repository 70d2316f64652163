"""Which lists probes and interventions read, and where."""

from __future__ import annotations

import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.counted_lists import read_lists
from tests.pipelines.mediation.test_pair_nodes import make


@pytest.fixture(scope="module")
def pairs(tiny_lm: LanguageModel) -> pd.DataFrame:
    return make(tiny_lm, pairs=6, named=("first", "last"))[0]


def test_every_list_is_read_once_and_for_its_own_category(pairs: pd.DataFrame) -> None:
    kinds = ("count_swap", "null_swap", "relocation", "reordering")
    for named in ("first", "last"):
        those = pairs[pairs["named"] == named]
        lists, own = read_lists(those), those[those["kind"].isin(kinds)]
        assert {one.list_id for one in lists} == set(own["pair_id"])
        assert len({one.words for one in lists}) == len(lists) == len(own)
        asked = own.set_index("pair_id")["category"]
        assert all(asked[one.list_id] == one.category for one in lists)
    assert {"irrelevant", "irrelevant_relocation", "control"} <= set(pairs["kind"])


def test_list_that_two_pairs_have_is_read_once(pairs: pd.DataFrame) -> None:
    own = pairs[pairs["kind"] == "count_swap"]
    again = own.assign(kind="null_swap", pair_id=own["pair_id"].str[::-1])
    assert read_lists(pd.concat([own, again])) == read_lists(own)


def test_running_count_and_spots_of_a_list(pairs: pd.DataFrame) -> None:
    by_id = pairs.set_index("pair_id")
    for one in read_lists(pairs[pairs["named"] == "first"]):
        row = by_id.loc[one.list_id]
        assert one.running[-1] == row["count"]
        roles = list(row["roles"])
        behind = [roles[token] for token in one.spots("separator")]
        assert all("separator" in role for role in behind[:-1])
        assert behind[-1] == "list_end"
