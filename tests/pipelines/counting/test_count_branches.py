from __future__ import annotations

import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_branches import (
    STOPS,
    Branch,
    Text,
    list_branches,
    list_texts,
)
from isogloss.pipelines.counting.count_questions import Form

END = 9
FORMS = [
    *(Form(number, "digits", str(number)) for number in range(21)),
    *(Form(number, "word", word) for number, word in ((1, "one"), (6, "six"), (16, "sixteen"))),
    Form(20, "word", "twenty"),
]


def test_every_form_is_followed_by_every_end() -> None:
    texts = list_texts(FORMS, BenchmarkParameters(largest=2, forms=("digits",), stops="every"))
    assert [one.number for one in texts] == [0] * 7 + [1] * 7 + [2] * 7
    assert [one.text for one in texts[7:14]] == ["1", *(f"1{stop}" for stop in STOPS)]
    assert [one.closed for one in texts[7:14]] == [True] + [False] * 6
    assert not any(one.open for one in texts)


def test_without_stops_longer_numerals_are_known_and_articles_are_closed() -> None:
    texts = list_texts(FORMS, BenchmarkParameters(largest=9, stops="needed"))
    scored = {one.text for one in texts if one.scored and one.open}
    assert scored == {*map(str, range(10)), "six"}
    # What begins like no candidate need not be taken off: twenty.
    beyond = {one.text for one in texts if not one.scored}
    # Off each number in digits is taken whatever goes on in digits, not 10 to 20 alone.
    assert beyond == {*map(str, range(10, 100)), *(f"0{one}" for one in range(10)), "sixteen"}
    assert [one.text for one in texts if not one.open] == ["one", *(f"one{s}" for s in STOPS)]


def test_one_line_break_is_part_of_two() -> None:
    texts = [Text(3, "3", closed=True), *(Text(3, f"3{stop}") for stop in ("n", "nn", "."))]
    found = list_branches(texts, [(5,), (5, 1), (5, 1, 1), (5, 2)], [END])
    assert found == [Branch(3, (5, END), 1), Branch(3, (5, 1), 1), Branch(3, (5, 2), 1)]


def test_a_number_and_a_longer_one_are_told_apart_by_what_ends_them() -> None:
    texts = [Text(1, "1", closed=True), Text(1, "1."), Text(10, "10", closed=True), Text(10, "10.")]
    found = list_branches(texts, [(4,), (4, 8), (4, 0), (4, 0, 8)], [END, 7])
    assert sorted((one.number, one.tokens) for one in found) == [
        (1, (4, 7)), (1, (4, 8)), (1, (4, 9)), (10, (4, 0, 7)), (10, (4, 0, 8)), (10, (4, 0, 9)),
    ]  # fmt: skip
    assert all(one.sign == 1 for one in found)


def test_longer_numbers_are_taken_off_the_ones_that_they_begin_with() -> None:
    texts = [
        Text(1, "1", open=True),
        Text(10, "10", open=True),
        Text(11, "11", open=True, scored=False),
        Text(100, "100", open=True, scored=False),
        Text(2, "2", open=True),
    ]
    found = list_branches(texts, [(1,), (1, 0), (1, 1), (1, 0, 0), (2,)], [END])
    assert sorted(found) == sorted(
        [
            Branch(1, (1,), 1),
            Branch(1, (1, 0), -1),
            Branch(1, (1, 1), -1),
            Branch(2, (2,), 1),
            Branch(10, (1, 0), 1),
            # 100 begins with 10, which is taken off 1 with all that follows it.
            Branch(10, (1, 0, 0), -1),
        ]
    )


def test_of_two_forms_of_a_number_the_shorter_one_holds_the_longer() -> None:
    texts = [Text(1, "ein", open=True), Text(1, "eins", open=True), Text(11, "einself", open=True)]
    found = list_branches(texts, [(1,), (1, 2), (1, 2, 3)], [END])
    assert set(found) == {Branch(1, (1,), 1), Branch(1, (1, 2, 3), -1), Branch(11, (1, 2, 3), 1)}


def test_numbers_of_the_same_tokens_are_refused() -> None:
    with pytest.raises(Refusal, match="answers 1 and 2 cannot be told apart"):
        list_branches([Text(1, "a."), Text(2, "a..")], [(4, 8), (4, 8, 8)], [END])
    with pytest.raises(Refusal, match="answers 1 and 2 cannot be told apart"):
        list_branches([Text(1, "a", open=True), Text(2, "b", open=True)], [(4,), (4,)], [END])
    with pytest.raises(Refusal, match="answers 1 and 2 cannot be told apart"):
        list_branches([Text(1, "a", open=True), Text(2, "ab", closed=True)], [(4,), (4, 5)], [END])


def test_forms_that_are_only_read_are_no_answers() -> None:
    texts = list_texts([*FORMS, Form(0, "read", "none")], BenchmarkParameters(largest=2))
    assert "none" not in {one.text for one in texts}


def test_digits_of_any_script_are_taken_off_every_number_alike() -> None:
    forms = [Form(number, "native", "०१२३४५६७८९"[number]) for number in range(10)]
    texts = list_texts(forms, BenchmarkParameters(largest=9, stops="needed"))
    beyond = [one.text for one in texts if not one.scored]
    assert len(beyond) == 100
    assert {"३०", "३९"} <= set(beyond)
    continuations = [tuple(map(ord, one.text)) for one in texts]
    branches = list_branches(texts, continuations, [END])
    taken = {number: 0 for number in range(10)}
    for branch in branches:
        taken[branch.number] += branch.sign < 0
    assert set(taken.values()) == {10}
