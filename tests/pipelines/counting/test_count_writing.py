from __future__ import annotations

from isogloss.pipelines.counting.count_extraction import Extraction
from isogloss.pipelines.counting.count_questions import Form
from isogloss.pipelines.counting.count_writing import make_reader


def test_words_for_none_give_way_to_numbers_and_numerals_for_zero_do_not() -> None:
    reader = make_reader([Form(0, "word", "zero"), Form(0, "read", "no"), Form(3, "digits", "3")])
    assert reader.read("no") == Extraction(0, "")
    assert reader.read("no, 3") == Extraction(3, "")
    assert reader.read("zero, 3").number is None
