from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from documentation.public_reading import (
    compare_outcomes,
    write_difference,
    write_paired,
    write_reading,
    write_score,
)
from isogloss.statistics.clustered import Estimates


def score(**changes: object) -> dict[str, object]:
    return {
        **{"metric": "accuracy_text", "formulation": "cloze", "normalisation": "character"},
        **{"subset": "", "n": 900.0, "clusters": 488, "score": 0.31, "ci_low": 0.28},
        **{"ci_high": 0.34, "p_above_chance": 0.0002, "above_chance": True, "selected": False},
        "best_constant": 0.2794,
        **changes,
    }


def test_reading_has_a_row_a_way_of_asking_and_the_one_that_was_chosen() -> None:
    scores = pd.DataFrame(
        [
            score(),
            score(subset="held_out", n=720, score=0.25, above_chance=False, p_above_chance=0.5),
            score(subset="held_out", n=720, score=0.32, p_above_chance=0.004, selected=True),
            score(metric="accuracy_label", formulation="label", normalisation="none", score=0.2),
            score(metric="p_correct"),
        ]
    )
    assert write_reading(scores).splitlines()[2:] == [
        "| texts of the options, per character | 900 | 488 | .31 [.28, .34] | < .001 |",
        "| letters | 900 | 488 | .20 [.28, .34] | < .001 |",
        "| texts of the options, per character, **held out** | 720 | 488 | .32 [.28, .34] | .004 |",
        "| always the same letter, no model | 900 |  | .279 |  |",
    ]


def item(number: int, normalisation: str, chosen: int, gold: int = 1) -> list[dict[str, object]]:
    return [
        {
            **{"item_id": f"i{number}", "cluster": f"p{number // 2}", "formulation": "cloze"},
            **{"split": "test" if number % 4 else "dev", "normalisation": normalisation},
            **{"option": option, "chosen": option == chosen, "gold": option == gold},
        }
        for option in (1, 2, 3, 4)
    ]


def question(number: int, passage: str, answer: int = 1) -> dict[str, object]:
    options = {"option_1": "rivers", "option_2": "zzz", "option_3": "yyy", "option_4": "xxx"}
    named = {"item_id": f"i{number}", "language": "eng", "question": "What?"}
    return {
        **named,
        "passage_id": f"p{number // 2}",
        "passage": passage,
        "answer": answer,
        **options,
    }


def test_ways_of_asking_and_trigrams_are_compared_item_by_item() -> None:
    scores = pd.DataFrame(
        [*item(0, "none", 1), *item(1, "none", 2), *item(0, "pmi", 3), *item(1, "pmi", 1)]
        + [{**row, "formulation": "label"} for row in item(0, "none", 4)]
    )
    items = pd.DataFrame([question(0, "On rivers."), question(1, "Nothing of all that")])
    found = compare_outcomes(scores, items).set_index("item_id")
    assert found["none"].tolist() == [1, 0]
    assert found["pmi"].tolist() == [0, 1]
    assert found["trigrams"].tolist() == [1, 0.25]  # of four equal options each counts 1/4
    assert found["split"].tolist() == ["dev", "test"]
    assert found["cluster"].tolist() == ["p0", "p0"]


def test_differences_are_given_for_each_part_of_the_items(tmp_path: Path) -> None:
    numbers = range(40)
    scores = pd.DataFrame(
        [row for number in numbers for row in item(number, "none", 1)]
        + [row for number in numbers for row in item(number, "pmi", 1 + number % 2)]
    )
    items = pd.DataFrame([question(number, "On rivers.") for number in numbers])
    (tmp_path / "07_model_output/gemma").mkdir(parents=True)
    (tmp_path / "03_primary").mkdir()
    scores.to_parquet(tmp_path / "07_model_output/gemma/item_scores.parquet")
    items.to_parquet(tmp_path / "03_primary/reading_items.parquet")
    rows = [line.split(" | ") for line in write_paired(tmp_path, "gemma").splitlines()]
    assert rows[0][1:] == [
        "all: 40 items, 20 passages",
        "development: 10 items, 10 passages",
        "held out: 30 items, 20 passages |",
    ]
    assert [row[0] for row in rows[2:]] == [
        "| texts less their prior",
        "| texts",
        "| character trigrams, no model",
        "| texts less their prior − texts",
        "| texts less their prior − character trigrams, no model",
        "| texts − character trigrams, no model",
    ]
    assert rows[3][1].startswith("1.000 [")
    assert rows[5][1].startswith("**-.500 [")
    assert rows[5][2].startswith(".000 [")
    assert rows[7][3].startswith(".000 [")


@pytest.mark.parametrize(
    ("value", "low", "high", "written"),
    [
        (0.05, 0.01, 0.09, "**+.050 [.010, .090]**"),
        (-0.05, -0.09, -0.0004, "**-.050 [-.090, .000]**"),
        (0.0001, -0.1, 0.1, ".000 [-.100, .100]"),
    ],
)
def test_what_differs_is_bold(value: float, low: float, high: float, written: str) -> None:
    found = Estimates(*(np.array([one]) for one in (value, 0.01, low, high)))
    assert write_difference(found) == written


def test_scores_that_are_not_above_chance_are_marked() -> None:
    row: dict[Hashable, Any] = {"score": 0.0041, "ci_low": 0.0026, "ci_high": 0.0064}
    assert write_score(row, known=False, decimals=3) == ".004° [.003, .006]"
    assert write_score(row, known="True") == ".00 [.00, .01]"
