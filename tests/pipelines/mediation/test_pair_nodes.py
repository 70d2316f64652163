from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.language_pairs import NO_OTHER
from isogloss.pipelines.mediation.pair_nodes import make_pairs
from isogloss.pipelines.mediation.pair_parameters import PairParameters
from isogloss.pipelines.mediation.pair_tables import split_categories
from tests.pipelines.mediation.word_tables import (
    WORDS,
    category_names,
    category_relations,
    counting_phrases,
    rows_of,
    word_lists,
)

CONTROL = {"eng": {"text": "List: {list}.\nLast item:"}}
MEMBERS = {name: set(words.split()) for name, words in WORDS.items()}


def make(
    lm: LanguageModel,
    words: pd.DataFrame | None = None,
    effects: EffectParameters | None = None,
    screen: ScreenParameters | None = None,
    **settings: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    parameters = PairParameters.model_validate(
        {"pairs": 10, "shots": 1, "lengths": (5, 7), "control_phrases": CONTROL, **settings}
    )
    return make_pairs(
        lm,
        word_lists() if words is None else words,
        category_names(),
        category_relations(),
        counting_phrases(),
        parameters,
        effects or EffectParameters(),
        screen or ScreenParameters(),
    )


@pytest.fixture(scope="module")
def made(tiny_lm: LanguageModel) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return make(tiny_lm, named=("first", "last"))


def decode(lm: LanguageModel, ids: Any) -> str:
    return str(lm.tokenizer().decode(list(ids)))


def count(words: list[str], asked: str) -> int:
    return sum(word in MEMBERS[asked] for word in words)


def test_counts_are_those_of_the_words(made: tuple[pd.DataFrame, ...]) -> None:
    pairs = made[0]
    for row in rows_of(pairs[pairs["kind"] != "control"]):
        assert count(row.words, row.asked) == row.count
        assert count(row.donor_words, row.asked) == row.donor_count
        assert row.members == [word in MEMBERS[row.asked] for word in row.words]
        assert len(set(row.words)) == row.length == len(row.donor_words)


def test_every_kind_differs_as_it_says(made: tuple[pd.DataFrame, ...]) -> None:
    pairs = made[0]
    for row in rows_of(pairs):
        changed = [
            at
            for at, (one, two) in enumerate(zip(row.words, row.donor_words, strict=True))
            if one != two
        ]
        moved = row.kind.endswith(("relocation", "reordering"))
        assert changed == ([row.place, row.other_place] if moved else [row.place])
        if moved:
            assert row.words[row.place] == row.donor_words[row.other_place]
        own, new = row.words[row.place], row.donor_words[row.place]
        if row.kind == "count_swap":
            assert row.donor_count - row.count == row.sign
        if row.kind == "null_swap":
            both = {word in MEMBERS[row.asked] for word in (own, new)}
            assert both == {row.swapped == "member"}
        if row.kind.startswith("irrelevant"):
            assert row.asked != row.category
            assert not {own, new} & MEMBERS[row.asked]
            assert (new if row.sign > 0 else own) in MEMBERS[row.category]


@pytest.mark.parametrize(
    ("kind", "source"), [("irrelevant", "count_swap"), ("irrelevant_relocation", "relocation")]
)
def test_irrelevant_pairs_ask_the_same_lists_for_another_category(
    made: tuple[pd.DataFrame, ...], kind: str, source: str
) -> None:
    pairs = made[0]
    for named in ("first", "last"):
        own = pairs[(pairs["kind"] == kind) & (pairs["named"] == named)]
        theirs = pairs[(pairs["kind"] == source) & (pairs["named"] == named)]
        assert len(own) >= 0.8 * len(theirs) > 0
        twins = theirs.set_index("lists_id")
        assert twins.index.is_unique
        for row in rows_of(own):
            twin = twins.loc[row.lists_id]
            for name in ("category", "place", "other_place", "length", "sign"):
                assert getattr(row, name) == twin[name]
            for name in ("words", "donor_words", "contrast"):
                assert list(getattr(row, name)) == list(twin[name])
            assert row.asked != twin["asked"]
            assert row.before == count(row.words[: row.place], row.asked)
        assert own["count"].gt(0).mean() > 0.5, "there is something to count"


def test_lists_that_cannot_be_asked_otherwise_are_counted(tiny_lm: LanguageModel) -> None:
    settings: dict[str, Any] = {"kinds": ("count_swap", "irrelevant"), "categories": ("mammals",)}
    pairs, attrition, _ = make(tiny_lm, **settings)
    lost = attrition[(attrition["kind"] == "irrelevant") & (attrition["stage"] == "pairs")]
    assert set(pairs["kind"]) == {"count_swap"}
    assert lost.groupby("reason")["n"].sum()[NO_OTHER] == len(pairs)
    assert lost["n"].sum() == 10
    with pytest.raises(ValidationError, match="irrelevant asks the lists of count_swap"):
        PairParameters(kinds=("null_swap", "irrelevant"))


def test_tokens_outside_the_swapped_words_are_the_same(made: tuple[pd.DataFrame, ...]) -> None:
    for row in rows_of(made[0]):
        assert len(row.base_ids) == len(row.donor_ids) == len(row.roles)
        differing = {
            role
            for role, one, two in zip(row.roles, row.base_ids, row.donor_ids, strict=True)
            if one != two
        }
        assert differing
        assert all(role.startswith(("swapped_", "other_")) for role in differing)
        assert not any(role.endswith("separator") for role in differing)


def test_answers_follow_the_prompt_as_one_token(
    made: tuple[pd.DataFrame, ...], tiny_lm: LanguageModel
) -> None:
    tokenizer = tiny_lm.tokenizer()
    counting = made[0][made[0]["kind"] != "control"]
    for row in rows_of(counting)[:4]:
        text = decode(tiny_lm, row.base_ids)
        assert text.endswith(f"Number of {row.asked}:")
        for digit, token in enumerate(row.answers):
            assert tokenizer(f"{text} {digit}")["input_ids"] == [*row.base_ids, token]
    control = rows_of(made[0][made[0]["kind"] == "control"])[0]
    donor = decode(tiny_lm, [*control.donor_ids, control.answers[0]])
    assert f" {control.donor_words[-1]}".startswith(donor.rpartition(":")[2])
    assert list(control.contrast) == [1, -1]
    signs = made[0].loc[made[0]["kind"] == "control", "sign"]
    assert (signs == 1).all(), "the contrast is the donor's word's already"


def test_contrast_is_of_the_two_counts(made: tuple[pd.DataFrame, ...]) -> None:
    pairs = made[0]
    for row in rows_of(pairs[pairs["kind"] == "count_swap"]):
        low = min(row.count, row.donor_count)
        weights = np.zeros(10)
        weights[[low, low + 1]] = -1, 1
        assert list(row.contrast) == list(weights)
    nulls = rows_of(pairs[pairs["kind"] == "null_swap"])
    assert {row.sign for row in nulls} == {-1, 1}
    for row in nulls:
        low = min(max(row.count - (row.sign < 0), 0), 8)
        weights = np.zeros(10)
        weights[[low, low + 1]] = -1, 1
        assert list(row.contrast) == list(weights)
    for row in rows_of(pairs[pairs["kind"] == "relocation"]):
        if 0 < row.count < 9:
            assert row.contrast[row.count + 1] == 0.5
            assert row.contrast[row.count - 1] == -0.5
    assert all(abs(sum(row)) < 1e-12 for row in pairs["contrast"])


def test_category_may_be_named_behind_the_list(
    made: tuple[pd.DataFrame, ...], tiny_lm: LanguageModel
) -> None:
    pairs = made[0]
    last = pairs[pairs["named"] == "last"]
    assert set(last["kind"]) == set(pairs["kind"]) - {"control"}
    row = rows_of(last)[0]
    text = decode(tiny_lm, row.base_ids).rpartition("List: ")[2]
    assert text.startswith(row.words[0])
    roles = list(row.roles)
    assert roles.index("category") > roles.index("list_end")


def test_two_runs_give_equal_tables(made: tuple[pd.DataFrame, ...], tiny_lm: LanguageModel) -> None:
    again = make(tiny_lm, named=("first", "last"))
    for one, two in zip(made, again, strict=True):
        pd.testing.assert_frame_equal(one, two)
    other = make(tiny_lm, named=("first", "last"), seed=1)[0]
    assert not set(other["pair_id"]) & set(made[0]["pair_id"])


def test_what_is_lost_is_counted(made: tuple[pd.DataFrame, ...]) -> None:
    pairs, attrition, _ = made
    asked = attrition[attrition["stage"] == "pairs"].groupby(["kind", "named"])["n"].sum()
    assert set(asked) == {10}
    kept = attrition[(attrition["stage"] == "pairs") & (attrition["reason"] == "")]
    found = kept.set_index(["kind", "named"])["n"]
    assert found.sort_index().to_dict() == pairs.groupby(["kind", "named"]).size().to_dict()
    assert pairs["pair_id"].is_unique


def test_balance_is_reported(made: tuple[pd.DataFrame, ...]) -> None:
    balance = made[2].set_index(["kind", "named", "measure"])["value"]
    assert balance["count_swap", "first", "word_length_difference"] <= 2
    assert balance["count_swap", "first", "categories"] == 10
    assert abs(balance["count_swap", "first", "correlation_place_running_count"]) < 0.6


def test_words_of_examples_stand_in_no_list(tiny_lm: LanguageModel) -> None:
    pairs = make(tiny_lm, kinds=("count_swap",), pairs=8)[0]
    shot = decode(tiny_lm, rows_of(pairs)[0].base_ids).partition(".")[0]
    reserved = {word.strip() for word in shot.partition(": ")[2].split(",")}
    assert len(reserved) == 6
    assert not reserved & {word for words in pairs["words"] for word in words}


def of_categories(number: int) -> pd.DataFrame:
    names = [f"c{at:02d}" for at in range(number)]
    rows = product(("eng", "deu"), ("count_swap", "null_swap"), names, range(3))
    return pd.DataFrame(rows, columns=["language", "kind", "category", "copy"])


def test_share_of_categories_may_be_kept_for_confirmation() -> None:
    pairs = of_categories(20)
    pairs = pairs[(pairs["language"] == "eng") | (pairs["category"] < "c18")]
    parameters = PairParameters(confirmation=0.5)
    pairs["part"] = split_categories(pairs, parameters)
    parts = pairs.groupby(["language", "category"])["part"].unique()
    assert parts.map(len).eq(1).all(), "no category is in both"
    found = parts.str[0].unstack("language")
    assert found["eng"].value_counts().to_dict() == {"discovery": 10, "confirmation": 10}
    assert found["deu"].value_counts().to_dict() == {"discovery": 9, "confirmation": 9}
    assert (found["eng"] == found["deu"]).sum() >= 16
    assert split_categories(pairs, parameters) == list(pairs["part"])
    other = parameters.model_copy(update={"seed": 1})
    assert split_categories(pairs, other) != list(pairs["part"])
    assert split_categories(pairs, PairParameters()) == ["all"] * len(pairs)


def test_too_few_categories_confirm_nothing(tiny_lm: LanguageModel) -> None:
    with pytest.raises(Refusal, match=r"keeps 7 of the 15 categories in deu apart.*at least 8"):
        split_categories(of_categories(15), PairParameters(confirmation=0.45))
    with pytest.raises(Refusal, match=r"keeps 5 of the 10 categories in eng apart"):
        make(tiny_lm, kinds=("count_swap",), pairs=20, confirmation=0.5)


def test_model_whose_digits_are_no_single_tokens_is_refused_with_the_reason(
    tiny_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.pipelines.mediation import pairs as module

    monkeypatch.setattr(module, "DIGITS", tuple(f"{digit}{digit}" for digit in range(10)))
    with pytest.raises(Refusal, match=r"No pair.*not one token each"):
        make(tiny_lm, kinds=("count_swap",))
    pairs, attrition, _ = make(tiny_lm, kinds=("count_swap", "control"))
    assert set(pairs["kind"]) == {"control"}
    lost = attrition[(attrition["kind"] == "count_swap") & (attrition["stage"] == "pairs")]
    assert lost["reason"].str.contains("not one token each").all()
    assert lost["n"].sum() == 10


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"languages": "deu"}, r"no words in 'deu'.*word_tables has: eng"),
        ({"categories": "tree"}, r"no words of 'tree' in eng. Did you mean trees"),
        (
            {"languages": "all", "control": "first", "control_phrases": {}},
            r"asks for the first item of a list in eng\. Add mediation_pairs.control_phrases.eng",
        ),
        ({"framing": "chat"}, r"no chat template"),
    ],
)
def test_what_is_not_there_is_refused(
    tiny_lm: LanguageModel, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        make(tiny_lm, **settings)
