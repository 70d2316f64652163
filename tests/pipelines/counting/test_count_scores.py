from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.count_score_schemas import CountingConfusion, CountingScores, CountPredictions
from isogloss.errors import Refusal
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_estimates import list_metrics
from isogloss.pipelines.counting.count_predictions import (
    count_answers,
    predict_from_candidates,
    predict_from_responses,
)
from isogloss.pipelines.counting.count_scores import score_predictions
from tests.pipelines.counting.benchmark_examples import make_items

PARAMETERS = BenchmarkParameters(rounds=300)
ASKED: dict[str, Any] = {"position": "first", "framing": "few_shot", "shots": 4}


def make_answers(probabilities: dict[str, list[float]], language: str = "eng") -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "language": language,
                "item_id": item,
                "candidate": number,
                "log_likelihood": np.log(p),
                **ASKED,
            }
            for item, own in probabilities.items()
            for number, p in enumerate(own)
        ]
    )


def known(counts: dict[str, int], language: str = "eng") -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "language": language,
                "item_id": item,
                "category": "birds",
                "length": 6,
                "count": count,
                "method": "systematic",
                "list_id": item,
                "concepts": ["birds/owl", "birds/jay", "tools/saw"],
            }
            for item, count in counts.items()
        ]
    )


def predict(answer: Any, items: pd.DataFrame | None = None, **more: Any) -> pd.DataFrame:
    """Predictions of a model that is asked for the lists of `make_items`."""
    own = make_items() if items is None else items
    own = own[["language", "item_id", "list_id", "category", "length", "count", "method"]]
    answers = pd.Series(answer(own), index=own.index).astype("Int64")
    return own.assign(
        model="tiny",
        **ASKED,
        scoring="candidates",
        answer=answers,
        expected_count=answers.fillna(0).astype(float),
        p_count=0.5,
        confidence=0.75,
        brier=0.5,
        candidate_mass=0.9,
        largest_group=(own["count"] + 1).astype("Int64"),
        last_shown=pd.array([2] * len(own), "Int64"),
        reason="",
    ).assign(**more)


def find(scores: pd.DataFrame, metric: str, **keys: Any) -> pd.Series:
    wanted = {"answered_by": "model", "by": "all", "group": "all", "language": "eng", **keys}
    rows = scores[scores["metric"] == metric]
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_likeliest_number_is_the_answer_and_probabilities_sum_to_one() -> None:
    answers = make_answers({"b" * 16: [0.1, 0.4, 0.3], "a" * 16: [0.2, 0.1, 0.1]})
    found = predict_from_candidates(answers, known({"a" * 16: 1, "b" * 16: 2}))
    assert found["item_id"].tolist() == ["a" * 16, "b" * 16]
    assert found["answer"].tolist() == [0, 1]
    assert found["count"].tolist() == [1, 2]
    assert found["largest_group"].tolist() == [2, 2]
    assert found["p_count"].tolist() == pytest.approx([0.25, 0.375])
    assert found["confidence"].tolist() == pytest.approx([0.5, 0.5])
    assert found["expected_count"].tolist() == pytest.approx([0.75, 1.25])
    assert found["candidate_mass"].tolist() == pytest.approx([0.4, 0.8])
    assert found["brier"].tolist() == pytest.approx(
        [0.5**2 + 0.75**2 + 0.25**2, 0.125**2 + 0.5**2 + 0.625**2]
    )
    assert (
        CountPredictions.validate(
            found.assign(model="tiny", last_shown=pd.array([None] * len(found), "Int64"))
        )
        is not None
    )


def test_more_than_all_probability_is_rounding() -> None:
    found = predict_from_candidates(make_answers({"a" * 16: [0.9, 0.2]}), known({"a" * 16: 1}))
    assert found["candidate_mass"].tolist() == [1.0]


def test_answers_to_lists_that_are_gone_are_refused() -> None:
    with pytest.raises(Refusal, match="1 answers belong to lists that are no longer there"):
        predict_from_candidates(make_answers({"a" * 16: [0.9, 0.1]}), known({"b" * 16: 1}))


def test_written_answers_keep_why_there_is_no_number() -> None:
    responses = pd.DataFrame(
        [
            {"language": "eng", "item_id": "b" * 16, "extracted": None, "reason": "empty", **ASKED},
            {"language": "eng", "item_id": "a" * 16, "extracted": 7, "reason": "", **ASKED},
        ]
    )
    found = predict_from_responses(responses, known({"a" * 16: 1, "b" * 16: 2}))
    assert found["answer"].isna().tolist() == [False, True]
    assert found["expected_count"].tolist() == pytest.approx([7, float("nan")], nan_ok=True)
    assert found["reason"].tolist() == ["", "empty"]
    assert found["scoring"].unique().tolist() == ["generated"]
    CountPredictions.validate(
        found.assign(model="tiny", last_shown=pd.array([None] * len(found), "Int64"))
    )


def test_scores_by_hand_in_all_groups() -> None:
    predictions = predict(lambda own: own["count"].where(own["category"] != "birds", 9))
    scores = score_predictions(predictions, PARAMETERS)
    CountingScores.validate(scores)
    assert find(scores, "accuracy")["value"] == 0.75
    assert find(scores, "accuracy")["n"] == 24
    assert find(scores, "accuracy")["clusters"] == 4
    assert find(scores, "accuracy")["unit"] == "category"
    birds = find(scores, "accuracy", by="category", group="birds")
    assert (birds["value"], birds["n"], birds["unit"]) == (0, 6, "item")
    assert 0 < birds["ci_high"] < 0.6
    counts = predictions.loc[
        (predictions["category"] == "birds") & (predictions["language"] == "eng"), "count"
    ]
    off = find(scores, "mae", by="category", group="birds")["value"]
    assert off == pytest.approx((9 - counts).mean())
    assert find(scores, "bias")["value"] == pytest.approx((9 - counts).sum() / 24)
    assert find(scores, "overconfidence")["value"] == pytest.approx(0)
    assert find(scores, "ece")["value"] == pytest.approx(0)
    assert find(scores, "candidate_mass")["value"] == pytest.approx(0.9)
    assert find(scores, "accuracy", language="all")["n"] == 48
    assert find(scores, "accuracy", by="count", group="2")["value"] == pytest.approx(
        1 - (counts == 2).sum() / (predictions["count"] == 2).sum() * 2
    )
    for by in ("length", "method"):
        assert (scores["by"] == by).any()


def test_a_constant_answer_is_not_above_the_best_constant_one() -> None:
    scores = score_predictions(predict(lambda own: np.full(len(own), 3)), PARAMETERS)
    row, constant = find(scores, "accuracy"), find(scores, "accuracy", answered_by="constant")
    assert row["value"] <= constant["value"]
    assert row["gap"] == pytest.approx(row["value"] - constant["value"])
    assert row["baseline"] == "constant"
    assert row["gap_ci_low"] <= row["gap"] <= row["gap_ci_high"]
    assert row["above_baseline"] is np.False_ or not row["above_baseline"]
    assert np.isnan(find(scores, "r")["value"])
    others = scores[(scores["metric"] != "accuracy") | (scores["answered_by"] != "model")]
    assert others["above_baseline"].isna().all()


def test_a_model_that_counts_is_above_it_in_every_language() -> None:
    scores = score_predictions(predict(lambda own: own["count"]), PARAMETERS)
    for language in ("eng", "deu", "all"):
        assert find(scores, "accuracy", language=language)["above_baseline"]
        assert find(scores, "mae", language=language)["value"] == 0
        assert find(scores, "r", language=language)["value"] == pytest.approx(1)


def test_p_is_adjusted_over_the_languages_alone() -> None:
    generator = np.random.default_rng(1)

    def sometimes(own: pd.DataFrame) -> Any:
        right = generator.random(len(own)) < 0.5
        return np.where(right, own["count"], (own["count"] + 1) % 6)

    scores = score_predictions(predict(sometimes), PARAMETERS)
    rows = scores[scores["p_above_baseline"].notna()].set_index("language")
    p, adjusted = rows["p_above_baseline"], rows["p_above_baseline_adjusted"]
    assert adjusted["all"] == p["all"]
    smaller, larger = sorted(["eng", "deu"], key=lambda code: float(p[code]))
    assert adjusted[smaller] == pytest.approx(min(2 * p[smaller], 1))
    assert adjusted[larger] == pytest.approx(max(p[larger], adjusted[smaller]))


def test_guessing_is_known_exactly_and_baselines_have_their_metrics() -> None:
    scores = score_predictions(predict(lambda own: own["count"]), PARAMETERS)
    row = find(scores, "accuracy", answered_by="uniform")
    assert row["value"] == row["ci_low"] == row["ci_high"] == pytest.approx(1 / 6)
    metrics = scores.groupby("answered_by")["metric"].agg(set)
    assert metrics["model"] == set(list_metrics("candidates"))
    assert not (scores["metric"].str.startswith("pair_")).any()
    known = {"accuracy", "macro_accuracy", "within_1", "mae", "bias"}
    assert metrics["uniform"] == known | {"brier"}
    assert metrics["length"] == metrics["largest_group"] == known
    # Even probabilities of the six counts that occur.
    assert find(scores, "brier", answered_by="uniform")["value"] == pytest.approx(5 / 6)
    assert metrics["constant"] == known - {"bias"}


def test_answers_that_are_no_numbers_count_as_wrong_and_are_told() -> None:
    predictions = predict(
        lambda own: own["count"].where(own["category"] != "birds", pd.NA),
        scoring="generated",
        brier=np.nan,
        confidence=np.nan,
    )
    predictions["expected_count"] = np.asarray(
        predictions["answer"].astype("Float64").to_numpy(float, na_value=np.nan)
    )
    scores = score_predictions(predictions, PARAMETERS)
    CountingScores.validate(scores)
    assert find(scores, "accuracy")["value"] == 0.75
    assert find(scores, "invalid_rate")["value"] == 0.25
    assert (find(scores, "mae")["value"], find(scores, "mae")["n"]) == (0, 18)
    birds = find(scores, "mae", by="category", group="birds")
    assert np.isnan(birds["value"])
    assert birds["n"] == 0
    metrics = set(scores.loc[scores["answered_by"] == "model", "metric"])
    assert metrics == set(list_metrics("generated"))


def test_two_runs_give_equal_scores_and_one_language_has_no_rows_of_all() -> None:
    predictions = predict(lambda own: own["length"] - 3, make_items(languages=("eng",)))
    first, second = (score_predictions(predictions, PARAMETERS) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert set(first["language"]) == {"eng"}


def test_answers_are_counted_by_true_count() -> None:
    predictions = predict(lambda own: own["count"].where(own["category"] != "birds", pd.NA))
    table = count_answers(predictions)
    CountingConfusion.validate(table)
    assert table["n"].sum() == 48
    missing = table[table["answer"].isna()]
    assert missing["n"].sum() == 12
    given = table.dropna(subset=["answer"])
    assert (given["answer"] == given["count"]).all()


def test_categories_count_equally_in_the_macro_average() -> None:
    own = predict(lambda rows: rows["count"] + (rows["category"] != "birds"))
    scores = score_predictions(
        own[(own["category"] == "birds") | own.index.isin([12, 14])], PARAMETERS
    )
    whole = find(scores, "macro_accuracy")
    assert whole["value"] == pytest.approx(0.5)
    assert find(scores, "accuracy")["value"] > 0.5
    assert whole["clusters"] == 2
    assert whole["ci_low"] <= 0.5 <= whole["ci_high"]


def test_distances_are_never_below_zero() -> None:
    own = predict(lambda rows: rows["count"] + 3 * (rows["category"] == "birds"))
    found = find(score_predictions(own, PARAMETERS), "mae")
    assert found["value"] == 0.75
    assert found["ci_low"] == 0


def test_limits_lie_where_values_can() -> None:
    own = predict(lambda rows: rows["count"] + 6 * (rows["category"] == "birds"))
    scores = score_predictions(own, PARAMETERS)
    bias = scores[scores["metric"] == "bias"]
    assert bias[["ci_low", "ci_high"]].abs().to_numpy(float).max() <= PARAMETERS.largest
    assert scores.loc[scores["metric"] == "mae", "ci_high"].max() <= PARAMETERS.largest


def test_few_lists_of_a_category_have_no_scores_of_their_own() -> None:
    own = predict(lambda rows: rows["count"], make_items(5))
    assert "category" not in set(score_predictions(own, PARAMETERS)["by"])
    shown = score_predictions(own, PARAMETERS)
    assert set(shown.loc[shown["by"] == "last_shown", "group"]) == {"2"}
    none = score_predictions(
        own.assign(last_shown=pd.array([pd.NA] * len(own), "Int64")), PARAMETERS
    )
    assert "last_shown" not in set(none["by"])
