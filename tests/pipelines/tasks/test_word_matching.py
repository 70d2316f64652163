import numpy as np
import pandas as pd

from isogloss.pipelines.tasks.word_matching import match_beside, match_words


def item(answer: int, *options: str, passage: str = "The red door is open.") -> dict[str, object]:
    names = {f"option_{n}": text for n, text in enumerate(options, start=1)}
    return {
        **{"language": "eng", "item_id": f"i{answer}"},
        **{"passage": passage, "answer": answer, **names},
    }


def test_the_option_that_the_passage_holds_is_chosen() -> None:
    items = [
        item(2, "blue sky", "RED  DOOR", "wet", "cold"),
        item(1, "blue sky", "red door", "wet", "cold"),
        # both are within the passage: each counts one half
        item(3, "blue", "red", "door", "cold"),
    ]
    found = match_words(pd.DataFrame(items))
    assert dict(zip(found["item_id"], found["word_match"], strict=True)) == {
        "i2": 1.0,
        "i1": 0.0,
        "i3": 0.5,
    }


def test_scripts_without_blanks_are_matched_too() -> None:
    items = [item(1, "红色的门", "蓝天", "湿", "冷", passage="红色的门开着。")]
    assert match_words(pd.DataFrame(items))["word_match"].iloc[0] == 1.0


def test_matching_is_of_the_items_of_the_score_that_it_stands_beside() -> None:
    matching = pd.DataFrame(
        {"language": ["eng"] * 4, "item_id": list("abcd"), "word_match": [1.0, 0.0, 0.5, 1.0]}
    )
    # d was not asked; a served to choose the way of asking
    asked = pd.DataFrame(
        {
            "language": "eng",
            "item_id": ["a", "a", "b", "b", "c", "c"],
            "split": ["dev", "dev", "test", "test", "test", "test"],
            "option": [1, 2, 1, 2, 1, 2],
        }
    )
    rows = pd.DataFrame(
        {"language": ["eng", "eng", "deu"], "subset": ["", "held_out", ""]}, index=[7, 8, 9]
    )
    found = match_beside(rows, asked, matching)
    assert found.loc[[7, 8]].tolist() == [0.5, 0.25]
    assert np.isnan(found.loc[9])
