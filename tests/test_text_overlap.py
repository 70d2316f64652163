from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from isogloss.text_overlap import find_overlap, normalise_text, overlapping_ids, text_overlap

PASSAGE = 'It rained.  "Stay,"\u00a0she said. The cafe\u0301 was open!'


@pytest.mark.parametrize(
    ("sentence", "lies_there"),
    [
        ("It rained.", True),
        ("“Stay,” she said.", True),
        ("The café was open!", True),
        ("she said. The café", True),
        ("It rain", False),
        ("ained.", False),
        ("It rained!", False),
        ("it rained.", False),
        ("open! It rained.", False),
        ("", False),
    ],
)
def test_a_sentence_lies_in_a_text_whatever_its_blanks_and_quotation_marks(
    sentence: str, lies_there: bool
) -> None:
    assert find_overlap([sentence], [PASSAGE, PASSAGE]) == [lies_there]


def test_a_later_place_counts_where_the_first_one_cuts_a_word() -> None:
    assert find_overlap(["No"], ["Nobody. No."]) == [True]
    assert find_overlap(["No"], ["Nobody. Noon."]) == [False]


def test_no_sentence_is_made_of_the_ends_of_two_texts() -> None:
    assert find_overlap(["one. Two"], ["Number one.", "Two go."]) == [False]


def test_languages_without_blanks_are_compared_too() -> None:
    assert find_overlap(["天气很好。", "很好。"], ["他说：“天气很好。”我们走吧。"]) == [True, False]


def test_the_share_is_that_of_the_sentences() -> None:
    assert text_overlap(["a.", "b.", "c.", "d."], ["x a. b.", "c"]) == 0.5
    assert text_overlap(["a."], []) == 0
    assert math.isnan(text_overlap([], ["a."]))


def test_quotation_marks_and_widths_are_made_alike() -> None:
    assert normalise_text("„Ａ“\u3000 «b»\n") == "A b"


def test_each_language_is_compared_with_its_own_texts() -> None:
    sentences = pd.DataFrame(
        {
            "language": ["eng", "eng", "deu", "deu"],
            "sentence_id": ["0", "1", "0", "1"],
            "text": ["One.", "Two.", "Eins.", "Two."],
        }
    )
    assert overlapping_ids(sentences, {"eng": ["Two."], "deu": ["So: Eins."]}) == {
        "deu": ["0"],
        "eng": ["1"],
    }
    assert overlapping_ids(sentences, {"fra": ["Two."]}) == {}


def test_flores_lies_in_belebele(flores101: Path) -> None:
    """768 of 1012 are found with quotation marks as they are, 49 more without them."""
    items = flores101.parent / "belebele" / "eng_Latn.jsonl"
    if not items.exists():
        pytest.skip("Belebele is not beside FLORES-101")
    rows = [json.loads(row) for row in items.read_text(encoding="utf-8").splitlines()]
    passages = {row["flores_passage"] for row in rows}
    sentences = (flores101 / "devtest" / "eng.devtest").read_text(encoding="utf-8").split("\n")[:-1]
    found = find_overlap(sentences, passages)
    assert (len(passages), sum(found), sum(found[:100])) == (488, 817, 98)
    plain = [any(sentence in passage for passage in passages) for sentence in sentences]
    assert (sum(plain), sum(plain[:100])) == (768, 88)
    assert all(ours for ours, theirs in zip(found, plain, strict=True) if theirs)
