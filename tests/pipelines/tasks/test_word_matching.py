import pandas as pd
import pytest

from isogloss.pipelines.tasks.word_matching import match_words


def item(answer: int, *options: str, passage: str = "The red door is open.") -> dict[str, object]:
    names = {f"option_{n}": text for n, text in enumerate(options, start=1)}
    return {"language": "eng", "passage": passage, "answer": answer, **names}


def test_the_option_that_the_passage_holds_is_chosen() -> None:
    items = [
        item(2, "blue sky", "RED  DOOR", "wet", "cold"),
        item(1, "blue sky", "red door", "wet", "cold"),
        # both are within the passage: each counts one half
        item(3, "blue", "red", "door", "cold"),
    ]
    found = match_words(pd.DataFrame(items))
    assert found["word_match"].iloc[0] == pytest.approx((1 + 0 + 0.5) / 3)
    assert list(found["n"]) == [3]


def test_scripts_without_blanks_are_matched_too() -> None:
    items = [item(1, "红色的门", "蓝天", "湿", "冷", passage="红色的门开着。")]
    assert match_words(pd.DataFrame(items))["word_match"].iloc[0] == 1.0
