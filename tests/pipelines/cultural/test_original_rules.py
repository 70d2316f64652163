"""The original's rules, against a reference written from their description alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth
from tests.pipelines.cultural.small_surveys import LANGUAGES, QUESTIONS, parameters, survey

HIGHEST = {
    "C001": 3,
    "C001_01": 5,
    "D059": 4,
    "E035": 10,
    "E233A": 10,
    "F028": 8,
    "F120": 10,
    "H010": 4,
    "B999": 11,
    "C777": 7,
    "D888": 2,
}
LEFT_OUT = {"E228": 10, "E028": 3, "F034": 3, "B008": 3, "E265_WVS7": 4, "E266_EVS5": 4, "A165": 2}
TOO_LOW, TOO_HIGH = "F050", "F025A"


def answers() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    n = 3000
    table = pd.DataFrame(
        {
            "cntry_AN": generator.choice(["US", "GB", "DK", "DE", "NA"], n),
            "gwght": generator.lognormal(0, 0.5, n),
            "study": generator.choice([1, 2], n),
        }
    )
    table["pwght"] = table["cntry_AN"].map({"US": 9.0, "GB": 3.0, "DK": 0.5, "DE": 4.0, "NA": 1.0})
    home = table["cntry_AN"].map({"US": "en", "GB": "en", "DK": "da", "DE": "de", "NA": "en"})
    table["lnge_iso"] = np.where(generator.random(n) < 0.1, "nl", home)
    for name, highest in {**HIGHEST, **LEFT_OUT, TOO_LOW: 1, TOO_HIGH: 12}.items():
        codes = generator.integers(1, highest, n, endpoint=True)
        codes[:12] = highest
        table[name] = np.where(generator.random(n) < 0.1, generator.integers(-5, 0, n), codes)
    return table


def reference(table: pd.DataFrame, keys: list[str]) -> pd.Series[float]:
    """Score as section 1 of the description of the original says, row by row in long form."""
    long = table.melt([*keys, "gwght", "pwght"], list(HIGHEST), "question", "code")
    highest = long.groupby("question")["code"].transform("max")
    pro = long["code"] <= highest // 2
    pro = pro.mask(highest == 3, long["code"] == 1).mask(highest == 10, long["code"] > 5)
    pro = pro ^ long["question"].str.startswith("E035")
    long = long.assign(weight=long["gwght"] * long["pwght"], pro=pro)[long["code"] > 0]
    long["for_it"] = long["weight"] * long["pro"]
    sums = long.groupby([*keys, "question"])[["for_it", "weight"]].sum()
    return sums["for_it"] / sums["weight"]


def measure(**settings: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    truth, _, spoken, _ = measure_ground_truth(
        survey({str(name): column.tolist() for name, column in answers().items()}),
        QUESTIONS,
        LANGUAGES,
        parameters(rules="original", group={"rounds": 0}, **settings),
    )
    return truth, spoken


@pytest.mark.parametrize(
    ("level", "keys"), [("country", ["cntry_AN"]), ("language", ["lnge_iso"]), ("global", [])]
)
def test_scores_are_those_of_the_original(level: str, keys: list[str]) -> None:
    truth, _ = measure()
    own = truth[truth["level"] == level]
    expected = reference(answers(), keys)
    assert len(own) == len(expected)
    names = {"da": "dan", "de": "deu", "en": "eng", "nl": "nld"}
    for keys_of, score in expected.items():
        *where, question = keys_of if isinstance(keys_of, tuple) else (keys_of,)
        group = names.get(str(where[0]), where[0]) if where else "all"
        row = own[(own["group"] == group) & (own["question"] == str(question).lower())]
        assert row["pro_score"].tolist() == pytest.approx([score], abs=1e-12)
    assert set(own["rules"]) == {"original"}


def test_the_highest_code_is_that_of_anybody() -> None:
    table = answers()
    rare = table["D059"].eq(4)
    rows = {str(name): column.tolist() for name, column in table.items()}
    rows["gwght"] = np.where(rare, -1, table["gwght"]).tolist()
    truth, *_ = measure_ground_truth(
        survey(rows), QUESTIONS, LANGUAGES, parameters(rules="original", group={"rounds": 0})
    )
    own = truth[(truth["question"] == "d059") & (truth["level"] == "global")]
    # codes 1 and 2 of four, not 1 of three
    valid = table[(table["D059"] > 0) & ~rare]
    weights = valid["gwght"] * valid["pwght"]
    expected = weights[valid["D059"] <= 2].sum() / weights.sum()
    assert own["pro_score"].tolist() == pytest.approx([expected])


def test_it_keeps_the_questions_of_the_original() -> None:
    truth, _ = measure()
    assert set(truth["question"]) == {name.lower() for name in HIGHEST}


def test_only_countries_of_the_languages_asked_for_are_kept() -> None:
    truth, spoken = measure(languages="dan eng nld por")
    assert spoken["country"].tolist() == ["DK", "GB", "NA", "US"]
    assert set(truth.loc[truth["level"] == "language", "group"]) == {"dan", "eng", "nld"}
    # Everyone's score keeps everyone, and a country's keeps whoever was interviewed elsewise.
    everywhere, _ = measure()
    for level, group in (("global", "all"), ("country", "US"), ("language", "eng")):
        where = {"level": level, "group": group}
        same = [
            table[(table[list(where)] == pd.Series(where)).all(axis=1)]["pro_score"].tolist()
            for table in (truth, everywhere)
        ]
        assert same[0] == same[1]


def test_it_chooses_questions_by_itself() -> None:
    with pytest.raises(ValueError, match="the original chooses its questions by itself"):
        parameters(rules="original", questions="f120")
