"""Pairs in which two words that are alike in membership change places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.mediation_schemas import MediationPairs
from tests.pipelines.mediation.test_pair_nodes import MEMBERS, make
from tests.pipelines.mediation.word_tables import rows_of


@pytest.fixture(scope="module")
def pairs(tiny_lm: LanguageModel) -> pd.DataFrame:
    made = make(tiny_lm, kinds=("reordering", "relocation"), pairs=24, lengths=(5, 8))[0]
    return made[made["kind"] == "reordering"]


def test_running_count_is_the_same_at_every_item(pairs: pd.DataFrame) -> None:
    assert set(pairs["swapped"]) == {"member", "other"}
    for row in rows_of(pairs):
        one, two = (
            np.cumsum([word in MEMBERS[row.asked] for word in words])
            for words in (row.words, row.donor_words)
        )
        assert one.tolist() == two.tolist()
        assert row.count == row.donor_count == one[-1]


def test_two_words_alike_in_membership_change_places(pairs: pd.DataFrame) -> None:
    for row in rows_of(pairs):
        both = [row.words[row.place], row.words[row.other_place]]
        assert [row.donor_words[row.other_place], row.donor_words[row.place]] == both
        assert {word in MEMBERS[row.asked] for word in both} == {row.swapped == "member"}
        assert sorted(row.words) == sorted(row.donor_words)
        assert row.other_place - row.place >= 2


def test_they_are_read_and_named_as_relocations_are(pairs: pd.DataFrame) -> None:
    MediationPairs.validate(pairs)
    for row in rows_of(pairs):
        assert {"gap_1", "swapped_last", "other_last", "item_+1"} <= set(row.roles)
        if 0 < row.count < 9:
            assert row.contrast[row.count + 1] == 0.5
            assert row.contrast[row.count - 1] == -0.5
