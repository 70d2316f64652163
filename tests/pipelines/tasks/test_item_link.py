from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from isogloss.pipelines.tasks.item_link import LayerRange, link_items
from tests.pipelines.tasks.test_answer_consistency import scores_table

LAYERS = LayerRange(1, 6)
Rows = dict[Any, dict[str, Any]]


def _tables(
    right: NDArray[np.bool_], aligned: NDArray[np.float64]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make item_scores and item_alignment of languages x items; the first language is the pivot."""
    languages, items = right.shape
    names = ["eng", *(f"l{number:02}" for number in range(1, languages))]
    gold = np.arange(items) % 4 + 1
    scores = {name: np.eye(4)[(gold - 1 + ~right[row]) % 4] for row, name in enumerate(names)}
    table = scores_table(scores, gold)
    table["probability"] = np.where(table["chosen"], 0.7, 0.1)
    alignment = pd.DataFrame(
        {
            "task": "belebele",
            "language": np.repeat(names[1:], items),
            "item_id": np.tile([f"i{item:03}" for item in range(items)], languages - 1),
            "aligned_range": aligned[1:].ravel(),
            "aligned_middle": (aligned[1:] >= 0.5).astype(float).ravel(),
            "centred_range": 1 - aligned[1:].ravel(),
            "centred_middle": (aligned[1:] < 0.5).astype(float).ravel(),
            "untranslated": 0,
            "repeated": False,
        }
    )
    return table, alignment


def _link(table: pd.DataFrame, alignment: pd.DataFrame) -> Rows:
    found = link_items(table, alignment, LAYERS, rounds=2000)
    assert found["model"].eq("m").all()
    centred = found[found["vectors"] == "centred"]
    found = found[found["vectors"] == "aligned"]
    np.testing.assert_allclose(centred["difference"], -found["difference"], atol=1e-9)
    rows = found.set_index(["language", "outcome", "layers", "items"]).to_dict("index")
    return rows  # type: ignore[return-value]


RIGHT = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 1]], bool)
ALIGNED = np.array([[1] * 6, [1, 0.5, 0, 0, 1, 0.25], [0.5, 0, 0, 1, 1, 0]], np.float64)


def test_shares_by_hand() -> None:
    found = _link(*_tables(RIGHT, ALIGNED))
    assert {key[0] for key in found} == {"", "l01", "l02"}
    row = found["l01", "accuracy", "range", "all"]
    # Weights 1 .5 0 0 1 .25 of right answers 1 1 0 0 1 0.
    assert row["n_aligned"] == 2.75
    assert row["p_correct_aligned"] == pytest.approx(2.5 / 2.75)
    assert row["p_correct_not"] == pytest.approx(0.5 / 3.25)
    assert row["difference"] == pytest.approx(2.5 / 2.75 - 0.5 / 3.25)
    assert -1 <= row["ci_low"] < row["difference"] < row["ci_high"] <= 1
    assert (row["n"], row["clusters"], row["left_out"]) == (6, 3, 0)
    assert (row["layer_first"], row["layer_last"]) == (1, 6)
    row = found["l01", "accuracy", "middle", "all"]
    assert (row["p_correct_aligned"], row["p_correct_not"]) == pytest.approx((1, 0))
    assert (row["layer_first"], row["layer_last"]) == (3, 3)
    row = found["l02", "p_correct", "middle", "all"]
    # Aligned: items 0, 3, 4, of which 0 is right.
    assert row["p_correct_aligned"] == pytest.approx((0.7 + 0.1 + 0.1) / 3)
    assert row["p_correct_not"] == pytest.approx((0.1 + 0.7 + 0.7) / 3)


def test_the_pooled_slope_is_that_within_items_and_languages() -> None:
    found = _link(*_tables(RIGHT, ALIGNED))["", "accuracy", "range", "all"]
    # With two languages it is that of their differences, centred.
    x, y = ALIGNED[1] - ALIGNED[2], RIGHT[1].astype(float) - RIGHT[2]
    x, y = x - x.mean(), y - y.mean()
    assert found["difference"] == pytest.approx((x * y).sum() / (x * x).sum())
    assert np.isnan(found["p_correct_aligned"])
    assert found["n"] == 12


def test_items_that_nothing_can_tell_apart_are_left_out_and_untranslated_ones_counted() -> None:
    table, alignment = _tables(RIGHT, ALIGNED)
    own = alignment["language"] == "l01"
    alignment.loc[own & (alignment["item_id"] == "i000"), "repeated"] = True
    alignment.loc[own & (alignment["item_id"] == "i001"), "untranslated"] = 4
    lost = own & (alignment["item_id"] == "i002")
    found = _link(table, alignment[~lost])
    row = found["l01", "accuracy", "range", "all"]
    assert (row["n"], row["left_out"], row["untranslated"]) == (4, 2, 1)
    assert row["p_correct_aligned"] == pytest.approx(1.5 / 1.75)
    row = found["l01", "accuracy", "range", "translated"]
    assert (row["n"], row["left_out"], row["untranslated"]) == (3, 3, 0)
    assert found["", "accuracy", "range", "all"]["n"] == 8
    assert found["", "accuracy", "range", "translated"]["n"] == 6


@pytest.mark.parametrize(
    ("value", "reason"), [(0.0, "no item is aligned"), (1.0, "every item is aligned")]
)
def test_nothing_to_compare_says_why(value: float, reason: str) -> None:
    found = _link(*_tables(RIGHT, np.full(RIGHT.shape, value)))
    row = found["l01", "accuracy", "range", "all"]
    assert np.isnan([row["difference"], row["ci_low"], row["p_correct_aligned"]]).all()
    assert row["reason"] == reason
    row = found["", "accuracy", "range", "all"]
    assert np.isnan(row["difference"])
    assert "alignment varies" in row["reason"]


def test_a_single_aligned_item_has_a_difference_and_no_interval() -> None:
    found = _link(*_tables(RIGHT, np.tile([1.0, 0, 0, 0, 0, 0], (3, 1))))
    row = found["l01", "accuracy", "range", "all"]
    assert row["difference"] == pytest.approx(1 - 2 / 5)
    assert np.isnan([row["ci_low"], row["ci_high"]]).all()
    assert row["reason"] == (
        "no interval: one side rests on a single passage, or on hardly more than one item"
    )


def test_a_side_that_rests_on_hardly_more_than_one_item_has_no_interval() -> None:
    # Weights 1 .1 .1 in three passages are worth 1.4 items.
    found = _link(*_tables(RIGHT, np.tile([1.0, 0, 0.1, 0, 0.1, 0], (3, 1))))
    row = found["l01", "accuracy", "range", "all"]
    assert np.isnan([row["ci_low"], row["ci_high"]]).all()
    assert row["reason"].endswith("or on hardly more than one item")
    # Weights 1 .5 .5 are worth 2.7.
    found = _link(*_tables(RIGHT, np.tile([1.0, 0, 0.5, 0, 0.5, 0], (3, 1))))
    row = found["l01", "accuracy", "range", "all"]
    assert np.isfinite([row["ci_low"], row["ci_high"]]).all()
    assert row["reason"] == ""


def test_easy_items_and_good_languages_do_not_make_a_link_within() -> None:
    generator = np.random.default_rng(3)
    easy, good = generator.random(300), np.linspace(-0.1, 0.1, 12)[:, None]
    chance = np.clip(0.8 * easy + 0.1 + good, 0, 1)
    right = generator.random((12, 300)) < chance
    aligned = (generator.random((12, 300)) < chance).astype(float)
    found = _link(*_tables(right, aligned))
    within = [found[f"l{row:02}", "accuracy", "range", "all"] for row in range(3, 9)]
    assert np.mean([row["difference"] for row in within]) > 0.1
    pooled = found["", "accuracy", "range", "all"]
    assert pooled["ci_low"] < 0 < pooled["ci_high"]
    planted = right | (generator.random(right.shape) < 0.3 * aligned)
    pooled = _link(*_tables(planted, aligned))["", "accuracy", "range", "all"]
    assert pooled["ci_low"] > 0.05
