from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_questions import describe_shortage
from tests.pipelines.counting.benchmark_examples import (
    CATEGORIES,
    make_items,
    make_lists,
    make_numerals,
    make_phrases,
)

EVERY = BenchmarkParameters(per_category="all")


def test_shown_lists_spread_over_counts_and_categories_and_are_not_scored() -> None:
    for seed in range(5):
        own = make_lists(EVERY.model_copy(update={"seed": seed}))["eng"]
        (shown,) = own.sets
        assert sorted(one.count for one in shown) == [0, 2, 3, 5]
        assert len({one.category for one in shown}) == len(CATEGORIES)
        assert not set(shown) & set(own.lists)
        assert own.shots + len(own.lists) == 24
        assert set(own.last_shown.values()) == {shown[-1].count}
        assert set(own.last_shown) == {one.item_id for one in own.lists}


def test_shown_lists_are_the_same_in_all_languages_and_depend_on_the_seed() -> None:
    lists = make_lists(EVERY)
    assert [one.item_id for one in lists["eng"].sets[0]] == [
        one.item_id for one in lists["deu"].sets[0]
    ]
    chosen = {
        tuple(
            one.item_id
            for one in make_lists(EVERY.model_copy(update={"seed": seed}))["eng"].sets[0]
        )
        for seed in range(5)
    }
    assert len(chosen) > 1


def test_lists_that_a_model_wrote_are_shown_last() -> None:
    items = make_items()
    name = "f" + items["item_id"].str[1:]
    written = items.assign(method="model", item_id=name, list_id=name, category="birds")
    own = make_lists(EVERY, items=pd.concat([items, written]))["eng"]
    assert {one.method for shown in own.sets for one in shown} == {"systematic"}


def test_some_lists_of_each_category_are_even_and_the_same_in_all_languages() -> None:
    items = make_items(per_category=30)
    parameters = BenchmarkParameters(per_category=6, shots=0)
    lists = make_lists(parameters, items=items)
    assert [one.item_id for one in lists["eng"].lists] == [
        one.item_id for one in lists["deu"].lists
    ]
    own = lists["eng"].lists
    assert Counter(one.category for one in own) == dict.fromkeys(CATEGORIES, 6)
    # Of lists of four words none has five members: some categories have no list of that count.
    possible = items.groupby("category")["count"].nunique()
    found = Counter((one.category, one.count) for one in own)
    for category in CATEGORIES:
        numbers = [found[category, count] for count in range(6)]
        assert sorted(numbers) == [1] * 6 if possible[category] == 6 else max(numbers) <= 2
    every = make_lists(BenchmarkParameters(per_category=100), items=items)["eng"].lists
    assert every == make_lists(EVERY, items=items)["eng"].lists


def test_fewer_lists_than_were_asked_for_are_told() -> None:
    asked = make_lists(BenchmarkParameters(shots=1))
    told = describe_shortage(asked, BenchmarkParameters(shots=1))
    assert told.startswith(
        "counting_benchmark.per_category is 6, and fewer lists are scored in deu"
    )
    shown = {one.category for own in asked["eng"].sets for one in own}
    assert all(f"{category} " in told for category in shown)
    assert describe_shortage(asked, BenchmarkParameters(per_category=1)) == ""
    assert describe_shortage(asked, EVERY) == ""


def test_prompts_name_the_category_first_or_last_after_the_same_examples() -> None:
    parameters = BenchmarkParameters(per_category="all", shots=1)
    own = make_lists(parameters)["eng"]
    first, last = (own.prompts(position, "few_shot", None)[0] for position in ("first", "last"))
    (shown,), one = own.sets[own.assigned[0]], own.lists[0]
    assert first == (
        f"Count {shown.category}: {', '.join(shown.words)}. Number of {shown.category}: "
        f"{shown.count}\n\nCount {one.category}: {', '.join(one.words)}. "
        f"Number of {one.category}:"
    )
    assert last.endswith(f"\n\nList: {', '.join(one.words)}. Number of {one.category}:")


def test_what_is_missing_is_refused() -> None:
    with pytest.raises(Refusal, match="largest is 4: make it at least as large"):
        make_lists(BenchmarkParameters(largest=4))
    with pytest.raises(Refusal, match="24 lists in deu, and .*shots is 24: none is left"):
        make_lists(BenchmarkParameters(shots=24))
    with pytest.raises(Refusal, match="13 in deu.*numerals.csv in the folder word_tables"):
        make_lists(BenchmarkParameters(largest=14))
    with pytest.raises(Refusal, match=r"no numeral for 0 in deu \(digits, word, native\)"):
        make_lists(BenchmarkParameters(), numerals=make_numerals(("eng",)))
    with pytest.raises(Refusal, match="category last: .* phrases.csv in the folder word_tables"):
        own = make_phrases()
        first = own[(own["language"] == "eng") | (own["position"] == "first")]
        make_lists(BenchmarkParameters(positions=("last",)), phrases=first)
    with pytest.raises(
        Refusal, match="no name in deu: .* categories.csv in the folder word_tables"
    ):
        names = pd.DataFrame(
            [(one, code, one, one) for one in CATEGORIES for code in ("deu", "eng")],
            columns=["category", "language", "counted", "number_of"],
        )
        kept = (names["category"] != "metals") | (names["language"] == "eng")
        make_lists(BenchmarkParameters(), names=names[kept])
    with pytest.raises(Refusal, match="counting_benchmark.languages names 'fra'"):
        make_lists(BenchmarkParameters(languages=("fra",)))
