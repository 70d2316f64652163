"""Pairs in which one list is asked for two categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.mediation_schemas import MediationPairs, PairBalance
from isogloss.pipelines.mediation.counted_lists import read_lists
from isogloss.pipelines.mediation.designs import plan_designs, take_turns
from isogloss.pipelines.mediation.effect_nodes import measure_effects
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.language_pairs import NO_PARTNER
from isogloss.pipelines.mediation.pair_nodes import make_pairs
from isogloss.pipelines.mediation.pair_parameters import PairParameters
from isogloss.pipelines.mediation.pairs import NAMED, UNEQUAL_NUMBER
from tests.pipelines.mediation.test_pair_nodes import MEMBERS, count, decode, make
from tests.pipelines.mediation.word_tables import (
    category_names,
    category_relations,
    counting_phrases,
    rows_of,
    word_lists,
)

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
OUTCOMES = ("log_odds", "expected_count", "up", "down", "divergence")
SETTINGS: dict[str, Any] = {"kinds": ("category_swap",), "named": ("first", "last"), "pairs": 20}


@pytest.fixture(scope="module")
def made(tiny_lm: LanguageModel) -> Tables:
    return make(tiny_lm, **SETTINGS)


def test_one_list_is_asked_for_two_categories_of_different_counts(made: Tables) -> None:
    assert len(made[0]) == 40
    for row in rows_of(made[0]):
        assert list(row.words) == list(row.donor_words)
        assert len(set(row.words)) == row.length
        assert row.category == row.asked != row.donor_asked
        assert {row.asked, row.donor_asked} != {"tools", "vehicles"}, "they share a word"
        assert count(row.words, row.asked) == row.count != row.donor_count
        assert count(row.words, row.donor_asked) == row.donor_count
        assert list(row.members) == [word in MEMBERS[row.asked] for word in row.words]
        assert row.sign == np.sign(row.donor_count - row.count)
        assert (row.place, row.other_place, row.before, row.swapped) == (-1, -1, 0, "")
        assert not MEMBERS[row.asked] & MEMBERS[row.donor_asked] & set(row.words)


def test_contrast_is_of_the_two_counts(made: Tables) -> None:
    for row in rows_of(made[0]):
        weights = np.zeros(10)
        weights[[row.count, row.donor_count]] = -row.sign, row.sign
        assert list(row.contrast) == list(weights)


def test_only_names_of_categories_differ(made: Tables, tiny_lm: LanguageModel) -> None:
    MediationPairs.validate(made[0])
    PairBalance.validate(made[2])
    for row in rows_of(made[0]):
        both = zip(row.roles, row.base_ids, row.donor_ids, strict=True)
        differing = {role for role, one, two in both if one != two}
        named = {"category", "category_again"} if row.named == "first" else {"category"}
        assert differing == named
        base, donor = (decode(tiny_lm, ids) for ids in (row.base_ids, row.donor_ids))
        shots, _, own = base.rpartition("\n\n")
        assert donor.rpartition("\n\n")[0] == shots, "examples are the same"
        assert own.replace(row.asked, row.donor_asked) == donor.rpartition("\n\n")[2]
        assert own.endswith(f"Number of {row.asked}:")


def test_items_are_counted_from_the_first(made: Tables) -> None:
    for row in rows_of(made[0]):
        items = [role for role in row.roles if role.startswith("item_") and "part" not in role]
        assert items == [f"item_+{at}" for at in range(1, row.length + 1)]
        roles = list(row.roles)
        ahead = roles.index("category") < roles.index("item_+1")
        assert ahead == (row.named == "first")
        assert not any(role.startswith(("swapped", "other", "gap")) for role in roles)


def test_designs_are_balanced() -> None:
    generator = np.random.default_rng(0)
    turns = take_turns([f"c{number}" for number in range(12)], 96, generator)
    designs = plan_designs("category_swap", turns, (6, 10), "last", generator)
    assert all(one.count + one.donor_count <= one.length for one in designs)
    changes = Counter(one.donor_count - one.count for one in designs)
    assert set(changes) == set(range(-9, 10)) - {0}
    assert max(changes.values()) <= 9
    assert abs(sum(one.donor_count - one.count for one in designs)) < 48
    signs = Counter(zip(turns, (one.sign for one in designs), strict=True))
    assert set(signs.values()) <= {3, 4, 5}
    for counts in ([one.count for one in designs], [one.donor_count for one in designs]):
        assert set(counts) == set(range(10))
    assert max(Counter(one.length for one in designs).values()) <= 24
    lengths, counts = [one.length for one in designs], [one.count for one in designs]
    assert abs(np.corrcoef(lengths, counts)[0, 1]) < 0.15


def test_categories_are_asked_equally_often(made: Tables) -> None:
    for _, own in made[0].groupby("named"):
        assert set(own["asked"].value_counts()) == {2}
        assert own["donor_asked"].value_counts().max() <= 3
    balance = made[2].set_index(["named", "measure"])["value"]
    assert balance["first", "donor_categories"] == 10
    own = made[0][made[0]["named"] == "first"]
    change = (own["donor_count"] - own["count"]).mean()
    assert balance["first", "count_change"] == pytest.approx(change)
    assert np.isnan(balance["first", "word_length_difference"]), "no word is swapped"


def make_named(lm: LanguageModel, names: dict[str, str], **settings: Any) -> Tables:
    """Make pairs with other names of categories."""
    tables = category_names()
    called = tables["category"].replace(names)
    tables = tables.assign(counted=called, number_of=called)
    parameters = PairParameters.model_validate(
        {"pairs": 10, "shots": 0, "lengths": (5, 7), "kinds": ("category_swap",), **settings}
    )
    return make_pairs(
        lm,
        word_lists(),
        tables,
        category_relations(),
        counting_phrases(),
        parameters,
        EffectParameters(),
        ScreenParameters(),
    )


def test_names_of_unequal_length_are_lost_and_counted(tiny_lm: LanguageModel) -> None:
    pairs, attrition, _ = make_named(tiny_lm, {"trees": "xylophonic quartz zyzzyva trees"})
    reason = UNEQUAL_NUMBER.format(NAMED)
    assert not {"trees"} & {*pairs["asked"], *pairs["donor_asked"]}
    lost = attrition[attrition["stage"] == "pairs"].set_index("reason")["n"]
    assert lost.to_dict() == {"": 9, reason: 1}
    assert set(attrition.loc[attrition["stage"] == "proposals", "reason"]) == {reason}


def test_category_without_another_is_lost_and_counted(tiny_lm: LanguageModel) -> None:
    with pytest.raises(Refusal, match=NO_PARTNER):
        make_named(tiny_lm, {}, categories=("trees",))


def test_other_kinds_stay_as_they_are(tiny_lm: LanguageModel) -> None:
    alone = make(tiny_lm, kinds=("count_swap",))[0]
    beside = make(tiny_lm, kinds=("count_swap", "category_swap"))[0]
    own = beside[beside["kind"] == "count_swap"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone)


def test_base_prompts_are_lists_that_are_counted(made: Tables) -> None:
    lists = read_lists(made[0][made[0]["named"] == "first"])
    assert len(lists) == 20
    for one in lists:
        assert len(one.tokens) == len(one.words)
        assert one.running[-1] == count(list(one.words), one.category)


def test_chat_names_categories_in_either_turn(
    tiny_lm: LanguageModel, tokenizers: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = tokenizers("byte_level", chat=True)
    monkeypatch.setattr(type(tiny_lm), "tokenizer", lambda _: tokenizer)
    pairs = make(tiny_lm, **SETTINGS | {"framing": "chat"})[0]
    MediationPairs.validate(pairs)
    assert set(pairs["named"]) == {"first", "last"}
    assert set(pairs["framing"]) == {"chat"}


def test_patches_read_both_counts_and_none_of_their_neighbours(
    made: Tables, tiny_lm: LanguageModel
) -> None:
    some = made[0].groupby("named").head(3)
    settings = EffectParameters(components=("residual", "query"), every=3, outcomes=OUTCOMES)
    parts = measure_effects(tiny_lm, some, settings)
    tables = dict(parts.compute(list(parts.items)))
    assert set(tables) == {"eng__category_swap", "eng__category_swap__last"}
    for table in tables.values():
        assert set(table["outcome"]) == {"log_odds", "expected_count", "divergence"}
        end = table[(table["layer"] == 3) & (table["role"] == "final")]
        whole = end[end["component"] == "residual"]
        np.testing.assert_allclose(whole["noising"], whole["total"], atol=1e-5)
    assert "item_+1" in set(tables["eng__category_swap"]["role"])
    behind = tables["eng__category_swap__last"]
    assert not behind["role"].str.startswith(("item", "separator", "list_end")).any()
    queries = behind[behind["component"] == "query"]
    assert set(queries["role"]) == {"final"}
    assert queries["noising"].abs().max() > 0
