from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.mediation.intervention_summary import (
    NO_SHARES,
    summarise_exchanges,
    summarise_knockouts,
    summarise_steering,
)
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.word_tables import rows_of

SUMMARY = SummaryParameters(rounds=400)
CATEGORIES = [f"c{number}" for number in range(10)]


def lists_table(moved: Any, at_random: Any) -> pd.DataFrame:
    """Make steering whose directions, and random ones, move the count by so much at each layer."""
    generator = np.random.default_rng(1)
    slopes = {"probe": moved, "mean": moved, "random_probe": at_random, "random_mean": at_random}
    rows = [
        {
            "direction": direction, "draw": draw, "spot": "item", "layer": layer,
            "category": CATEGORIES[number % 10], "list_id": f"l{number}", "step": step,
            "change": slope(layer) * step + generator.normal(0, 0.05),
        }
        for number in range(40)
        for step in (-1, 1)
        for layer in (0, 1)
        for direction, slope in slopes.items()
        for draw in range(3 if direction.startswith("random") else 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def steering_of(moved: Any, at_random: Any, measure: str) -> dict[int, Any]:
    found = summarise_steering(lists_table(moved, at_random), SUMMARY)
    own = found[(found["measure"] == measure) & (found["name"] == "probe")]
    return {row.layer: row for row in rows_of(own)}


def test_steering_that_moves_the_count_is_told_from_noise() -> None:
    rows = steering_of(lambda layer: 0.8 * layer, lambda _: 0.0, "less_random")
    assert rows[1].mean == pytest.approx(0.8, abs=0.05)
    assert rows[1].p_adjusted < 0.01
    assert rows[0].ci_low < 0 < rows[0].ci_high
    assert rows[1].n == 40


def test_what_any_direction_does_is_no_steering() -> None:
    def moved(layer: int) -> float:
        return 0.5 * layer

    raw = steering_of(moved, moved, "change_per_member")[1]
    assert raw.ci_low > 0.4
    assert np.isnan(raw.p_adjusted), "only what goes beyond random directions is tested"
    less = steering_of(moved, moved, "less_random")[1]
    assert less.ci_low < 0 < less.ci_high
    assert less.p_adjusted > 0.05
    against = steering_of(moved, lambda layer: -0.1 * layer, "less_random")[1]
    assert against.mean == pytest.approx(0.6, abs=0.05)


def test_slope_of_exchanges_is_found_with_its_interval() -> None:
    generator = np.random.default_rng(2)
    n = 120
    gap = generator.integers(-3, 4, n)
    table = pd.DataFrame(
        {
            "spot": "item", "layer": np.arange(n) % 2, "running": 3, "source_running": 3 + gap,
            "category": np.array(CATEGORIES)[np.arange(n) // 2 % 10],
            "source_category": np.array(CATEGORIES)[np.arange(n) // 2 % 10 - 1],
        }
    )  # fmt: skip
    table["change"] = 0.4 + 0.7 * gap * table["layer"] + generator.normal(0, 0.3, n)
    found = rows_of(summarise_exchanges(table, SUMMARY))
    assert found[1].mean == pytest.approx(0.7, abs=0.1)
    assert found[1].ci_low < 0.7 < found[1].ci_high
    assert found[1].p_adjusted < 0.01
    assert found[0].ci_low < 0 < found[0].ci_high


def test_slope_that_rests_on_one_category_of_sources_is_uncertain() -> None:
    generator = np.random.default_rng(4)
    n = 200
    gap = generator.integers(-2, 3, n)
    source = np.arange(n) // 10 % 10
    table = pd.DataFrame(
        {
            "spot": "item", "layer": 1, "running": 3, "source_running": 3 + gap,
            "category": np.array(CATEGORIES)[np.arange(n) % 10],
            "source_category": np.array(CATEGORIES)[source],
            "change": 3.0 * gap * (source == 0) + generator.normal(0, 0.1, n),
        }
    )  # fmt: skip
    (found,) = rows_of(summarise_exchanges(table, SUMMARY))
    assert found.mean > 0.1
    assert found.ci_low < 0 < found.ci_high
    assert found.n_categories == 10


def test_shares_of_what_is_cut_are_given_through_open_gates_only() -> None:
    generator = np.random.default_rng(3)
    rows = [
        {
            "kind": "count_swap", "named": "first", "separators": "usual",
            "outcome": "log_odds", "edges": edges, "window": "all",
            "category": CATEGORIES[number % 10], "sign": sign,
            "total": sign * total, "left": sign * total * share,
        }
        for number in range(40)
        for sign in [1 if number % 3 else -1]
        for total in [1 + generator.normal(0, 0.1)]
        for edges, share in (("final_to_swapped", 0.9), ("later_to_swapped", 0.25))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    opened = summarise_knockouts(
        table, frozenset({("count_swap", "first", "usual", "log_odds")}), SUMMARY
    )
    left = opened[opened["measure"] == "left"].set_index("name")["ratio"]
    assert left["later_to_swapped"] == pytest.approx(0.25)
    assert opened[opened["measure"] == "lost"].set_index("name")["ratio"].to_dict() == {
        "final_to_swapped": pytest.approx(0.1),
        "later_to_swapped": pytest.approx(0.75),
    }
    shut = summarise_knockouts(table, frozenset(), SUMMARY)
    assert (shut["remark"] == NO_SHARES).all()
    assert "ratio" not in shut or shut["ratio"].isna().all()
