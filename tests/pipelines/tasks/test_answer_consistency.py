from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.answer_consistency import measure_answer_consistency
from isogloss.statistics.agreement import chance_rank_consistency

Rows = dict[Any, dict[str, Any]]
Ints = NDArray[np.intp]


def scores_table(
    scores: dict[str, NDArray[np.float64]], gold: Ints, formulation: str = "cloze"
) -> pd.DataFrame:
    """Make item_scores of items in passages of two."""
    tables = []
    for language, values in scores.items():
        items, options = values.shape
        tables.append(
            pd.DataFrame(
                {
                    "model": "m",
                    "task": "belebele",
                    "data": "sample",
                    "language": language,
                    "item_id": np.repeat([f"i{item:03}" for item in range(items)], options),
                    "split": "test",
                    "cluster": np.repeat([f"p{item // 2}" for item in range(items)], options),
                    "stratum": "",
                    "formulation": formulation,
                    "normalisation": "none",
                    "option": np.tile(np.arange(1, options + 1), items),
                    "score": values.ravel(),
                    "chosen": (np.arange(options) == values.argmax(axis=1)[:, None]).ravel(),
                    "gold": (np.arange(1, options + 1) == gold[:, None]).ravel(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _measure(table: pd.DataFrame, *keys: str) -> Rows:
    found = measure_answer_consistency(table)
    rows = found.set_index(list(keys) or "items").to_dict("index")
    return rows  # type: ignore[return-value]


def _choices(*chosen: int) -> NDArray[np.float64]:
    return np.array([np.arange(4) == option - 1 for option in chosen], np.float64)


GOLD = np.array([1, 2, 3, 4, 1, 2])
TABLE = scores_table({"eng": _choices(1, 2, 3, 1, 2, 3), "deu": _choices(1, 2, 1, 1, 3, 2)}, GOLD)


def test_every_pair_has_its_parts_with_values_by_hand() -> None:
    found = _measure(TABLE)
    assert list(found) == ["all", "both_right", "both_wrong", "otherwise"]
    row = found["all"]
    assert (row["language_a"], row["language_b"]) == ("deu", "eng")
    assert (row["n"], row["clusters"], row["left_out"]) == (6, 3, 0)
    # Alike: items 0, 1, 3. deu 1 2 1 1 3 2, eng 1 2 3 1 2 3: E = (3·2 + 2·2 + 1·2) / 36.
    assert row["agreement"] == pytest.approx(1 / 2)
    assert row["agreement_expected"] == pytest.approx(12 / 36)
    assert row["kappa"] == pytest.approx((1 / 2 - 1 / 3) / (2 / 3))
    assert row["both_right"] == pytest.approx(2 / 6)
    assert row["both_wrong"] == pytest.approx(2 / 6)
    assert row["both_wrong_same"] == pytest.approx(1 / 2)
    assert row["both_wrong_same_chance"] == pytest.approx(1 / 3)
    assert row["rankc_chance"] == pytest.approx(chance_rank_consistency(4))
    assert row["rankc_reason"] == ""
    assert [row["n"] for row in found.values()] == [6, 2, 2, 2]
    assert [row["left_out"] for row in found.values()] == [0, 4, 4, 4]
    assert found["both_right"]["agreement"] == 1
    assert found["both_right"]["rankc"] == pytest.approx(1)
    assert np.isnan(found["both_right"]["kappa"])
    assert found["both_right"]["kappa_reason"] == "agreement follows from the choice of items"
    assert found["both_wrong"]["agreement"] == pytest.approx(1 / 2)
    for part in ("both_right", "both_wrong", "otherwise"):
        assert np.isnan([found[part][name] for name in ("kappa", "kappa_ci_low")]).all()
        assert np.isnan(found[part]["agreement_expected"])


def test_independent_wrong_answers_agree_by_chance_alone() -> None:
    generator = np.random.default_rng(8)
    gold = generator.integers(1, 5, 4000)
    one, two = ((gold + generator.integers(1, 4, 4000) - 1) % 4 + 1 for _ in range(2))
    found = _measure(scores_table({"eng": _choices(*one), "deu": _choices(*two)}, gold))
    row = found["both_wrong"]
    assert row["both_wrong_same"] == pytest.approx(row["both_wrong_same_chance"], abs=0.02)
    # Against the shares of the letters, a quarter, kappa were .11.
    assert np.isnan(row["kappa"])
    assert row["kappa_reason"].endswith("see both_wrong_same_chance")


def test_invalid_answers_and_development_items_are_left_out() -> None:
    invalid = TABLE.copy()
    first = (invalid["language"] == "deu") & (invalid["item_id"] == "i000")
    invalid.loc[first, "chosen"] = False
    found = _measure(invalid)["all"]
    assert (found["n"], found["left_out"]) == (5, 1)
    assert found["agreement"] == pytest.approx(2 / 5)
    development = TABLE.assign(split=np.where(TABLE["item_id"] == "i000", "dev", "test"))
    found = _measure(development)["all"]
    assert (found["n"], found["left_out"]) == (5, 0)


def test_written_answers_have_no_order() -> None:
    table = TABLE.assign(formulation="generated", score=np.nan)
    found = _measure(table)["all"]
    assert found["kappa"] == pytest.approx(0.25)
    assert np.isnan(found["rankc"])
    assert found["rankc_reason"] == "written answers rank no options"


def test_missing_parts_and_one_letter_say_why() -> None:
    gold = np.array([1, 1, 1, 2])
    table = scores_table({"eng": _choices(1, 1, 1, 1), "deu": _choices(1, 1, 1, 1)}, gold)
    found = _measure(table)
    assert found["all"]["kappa_reason"] == "all answers are the same option"
    assert found["otherwise"]["kappa_reason"] == "no such items"
    assert found["otherwise"]["rankc_reason"] == "no such items"
    assert found["otherwise"]["n"] == 0


def test_options_in_another_order_are_refused() -> None:
    other = scores_table({"deu": _choices(1, 2, 1, 1, 3, 2)}, np.roll(GOLD, 1))
    with pytest.raises(Refusal, match="item i000 has another right option.*as 6 have"):
        measure_answer_consistency(pd.concat([TABLE[TABLE["language"] == "eng"], other]))


def test_planted_consistency_is_found_in_many_languages() -> None:
    generator = np.random.default_rng(0)
    gold = generator.integers(1, 5, 400)
    common = generator.normal(size=(400, 4))
    scores = {
        language: share * common + (1 - share) * generator.normal(size=(400, 4))
        for language, share in (("aaa", 0.9), ("bbb", 0.8), ("ccc", 0.0))
    }
    found = _measure(scores_table(scores, gold), "language_a", "language_b", "items")
    close, far = found["aaa", "bbb", "all"], found["aaa", "ccc", "all"]
    assert close["kappa_ci_low"] > 0.5
    assert close["rankc_ci_low"] > 0.7
    assert far["kappa_ci_low"] < 0 < far["kappa_ci_high"]
    assert far["rankc_ci_low"] < far["rankc_expected"] < far["rankc_ci_high"]


def test_nothing_to_compare_gives_an_empty_table() -> None:
    assert measure_answer_consistency(TABLE[TABLE["language"] == "eng"]).empty
    assert measure_answer_consistency(TABLE.assign(split="dev")).empty
