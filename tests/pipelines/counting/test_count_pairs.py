from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.count_score_schemas import CountingScores
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_scores import score_predictions
from tests.pipelines.counting.test_count_scores import ASKED, find

PARAMETERS = BenchmarkParameters(rounds=300)
KINDS = tuple("abcdefghijklmn")


def make_predictions(answer: Any, languages: tuple[str, ...] = ("eng",)) -> pd.DataFrame:
    """Lists of eight words, each asked for two of its kinds; every kind has each count once."""
    rows = []
    pairs = [(0, 5), (1, 4), (2, 3), (3, 0), (4, 2), (5, 1)]
    for place in range(len(KINDS)):
        for step, counts in enumerate(pairs[place % 2 :: 2]):
            two = (place + 1 + 2 * step) % len(KINDS)
            rest = 8 - sum(counts)
            for own, count in zip((place, two), counts, strict=True):
                rows += [
                    {
                        "language": language,
                        "item_id": f"{place:08x}{step:07x}{int(own == place)}",
                        "list_id": f"{place:08x}{step:08x}",
                        "category": KINDS[own],
                        "length": 8,
                        "count": count,
                        "largest_group": max(*counts, rest if step % 2 else 1),
                    }
                    for language in languages
                ]
    table = pd.DataFrame(rows)
    answers = np.asarray(answer(table), np.float64)
    return table.assign(
        model="tiny",
        **ASKED,
        scoring="candidates",
        method="systematic",
        answer=pd.Series(answers).astype("Int64"),
        expected_count=answers,
        p_count=0.5,
        confidence=0.75,
        brier=0.5,
        candidate_mass=0.9,
        last_shown=pd.array([1] * len(table), "Int64"),
        reason="",
    ).astype({"largest_group": "Int64"})


def score(answer: Any, languages: tuple[str, ...] = ("eng",)) -> pd.DataFrame:
    scores = score_predictions(make_predictions(answer, languages), PARAMETERS)
    return CountingScores.validate(scores)


def test_whoever_ignores_the_category_is_not_said_to_count() -> None:
    """Answers the size of the largest of the two groups: right for half of the lists."""
    larger = make_predictions(lambda own: own["count"]).groupby("list_id")["count"].max()
    scores = score(lambda own: own["list_id"].map(larger))
    row, order = find(scores, "accuracy"), find(scores, "pair_order")
    assert row["value"] == 0.5
    # By far above the best baseline, were the category not heeded.
    assert row["gap_ci_low"] > 0
    assert order["value"] == 0.5
    assert not row["above_baseline"]
    assert not order["above_baseline"]
    assert find(scores, "pair_accuracy")["value"] == 0


def test_the_largest_group_is_a_baseline() -> None:
    groups = make_predictions(lambda own: own["count"])["largest_group"].astype(float)
    scores = score(lambda own: groups)
    row = find(scores, "accuracy")
    assert row["value"] == pytest.approx(
        find(scores, "accuracy", answered_by="largest_group")["value"]
    )
    assert row["value"] > find(scores, "accuracy", answered_by="constant")["value"]
    assert (row["baseline"], row["gap"]) == ("largest_group", pytest.approx(0))
    assert not row["above_baseline"]


def test_a_favourite_answer_of_each_category_is_not_said_to_count() -> None:
    favourite = {kind: place % 6 for place, kind in enumerate(KINDS)}
    scores = score(lambda own: own["category"].map(favourite))
    assert find(scores, "accuracy")["value"] < 0.35
    assert not find(scores, "accuracy")["above_baseline"]


def test_a_perfect_counter_is_above_all_that_needs_no_counting() -> None:
    scores = score(lambda own: own["count"], ("eng", "deu"))
    for language in ("eng", "deu", "all"):
        row = find(scores, "accuracy", language=language)
        assert row["above_baseline"]
        assert row["value"] == find(scores, "pair_accuracy", language=language)["value"] == 1
        order = find(scores, "pair_order", language=language)
        assert order[["value", "gap", "baseline"]].tolist() == [1, 0.5, "category_blind"]
        assert order["above_baseline"]
    # The same list in two languages is drawn as one.
    one, both = (find(scores, "pair_order", language=code) for code in ("eng", "all"))
    assert both["clusters"] == one["clusters"]
    assert both["n"] == 2 * one["n"]


def test_shuffled_answers_are_seldom_above() -> None:
    generator = np.random.default_rng(2)
    found = [
        find(score(lambda own: generator.permutation(own["count"])), "accuracy")["above_baseline"]
        for _ in range(20)
    ]
    assert sum(map(bool, found)) <= 1


def test_what_could_have_been_seen_shrinks_with_the_number_of_lists() -> None:
    generator = np.random.default_rng(3)

    def often(own: pd.DataFrame) -> Any:
        return np.where(generator.random(len(own)) < 0.5, own["count"], 9)

    row = find(score(often), "accuracy")
    assert 0.05 < row["gap_seen"] < 0.35
    assert row["gap_seen"] == pytest.approx(
        (row["gap_ci_high"] - row["gap"]) * (1.771 + 0.870) / 2.160, rel=0.01
    )
