"""Claims and their opposites: on simulated counters that hold little, and adders that leak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.mediation.hypothesis_parameters import Expects, HypothesisParameters
from isogloss.pipelines.mediation.hypothesis_sides import Sides, compare_sides, take_one_side
from isogloss.pipelines.mediation.hypothesis_values import Chosen, Measured, Patched
from isogloss.pipelines.mediation.hypothesis_verdicts import judge_language
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.hypothesis_tables import shipped_hypotheses

PARAMETERS = SummaryParameters(rounds=400, flips=1024)
CATEGORIES, LAST_LAYER = 14, 18
Held = Callable[[str, int, float], float]


def last_item(role: str, behind: int, total: float) -> float:
    """Hold the count at the last item alone, as a true counter may."""
    return total if role == (f"item_+{behind}" if behind else "swapped") else 0.0


def leak(role: str, behind: int, total: float) -> float:
    """Hold the count at the word until the end, and let a hundredth of it into each later token."""
    return 0.95 * total if role == "swapped" else 0.01 * total


def simulate(kind: str, size: float, held: Held) -> pd.DataFrame:
    """Make aligned effects of lists of six to ten items, swapped anywhere."""
    generator, rows = np.random.default_rng(1), []
    for number in range(4 * CATEGORIES):
        behind = int(generator.integers(generator.integers(6, 11)))
        total = size * (1 + generator.normal(0, 0.3))
        roles = ["swapped", *(f"item_+{at}" for at in range(1, behind + 1))]
        roles += [f"separator_+{at}" for at in range(1, behind)]
        keys = {
            "pair_id": f"{kind}{number}", "kind": kind, "category": f"c{number % CATEGORIES}",
            "part": "all", "lists_id": str(number), "component": "residual", "head": -1,
            "outcome": "expected_count", "total": total, "denoising": 0.0,
        }  # fmt: skip
        rows += [
            {**keys, "layer": layer, "role": role, "noising": held(role, behind, total)}
            for layer in range(3, LAST_LAYER + 1, 3)
            for role in roles
        ]
    return pd.DataFrame(rows)


def judge(size: float, held: Held) -> dict[str, Any]:
    stated = {
        name: one for name, one in shipped_hypotheses().stated.items()
        if one.kind == "count_swap" and name != "separator_holds_count"
    }  # fmt: skip
    tables = {
        ("count_swap", "first"): simulate("count_swap", size, held),
        ("irrelevant", "first"): simulate("irrelevant", 0.0, held),
    }
    gate = {"kind": "count_swap", "outcome": "expected_count", "named": "first", "part": "all"}
    gates = pd.DataFrame([{**gate, "gate": "open", "remark": ""}])
    rows = judge_language(HypothesisParameters(stated=stated), Patched(tables), gates, PARAMETERS)
    return {row["name"]: row["verdict"] for row in rows}


@pytest.mark.parametrize("size", [1.0, 0.03])
def test_a_counter_is_told_however_little_a_member_moves_the_answer(size: float) -> None:
    assert judge(size, last_item) == {
        "items_behind_hold_count": "supported",
        "items_behind_exceed_word": "supported",
        "word_keeps_count": "contradicted",
        "items_behind_hold_nothing": "contradicted",
    }


def test_an_adder_that_leaks_holds_nothing_behind_the_word() -> None:
    assert judge(0.5, leak) == {
        "items_behind_hold_count": "contradicted",
        "items_behind_exceed_word": "contradicted",
        "word_keeps_count": "supported",
        "items_behind_hold_nothing": "supported",
    }


def measure(
    layers: list[float], margin: float = 0.5, noise: float = 0.2, seed: int = 0
) -> Measured:
    """Make a pair of each of twelve categories, with so much in each layer."""
    generator = np.random.default_rng(seed)
    categories = pd.Index([f"c{number}" for number in range(12)])
    values = pd.DataFrame(generator.normal(layers, noise, (12, len(layers))), categories)
    margins = margin * generator.normal(1, 0.1, 12)
    pairs = pd.DataFrame({"category": categories, "margin": margins}, categories)
    return Measured("all", pairs, values, 12, Chosen([], [], [], values), None)


def compare(expects: Expects, layers: list[float], **own: Any) -> Sides:
    return compare_sides(expects, measure(layers, **own), PARAMETERS)


def test_nothing_has_to_be_in_every_layer() -> None:
    # On average over the layers there is .3, less than the margin; in one there is more.
    spread = compare("none", [0.0, 0.0, 0.9])
    assert compare("less", [0.0, 0.0, 0.9]).claim.holds
    assert not spread.claim.holds
    assert spread.claim.p > 0.9
    assert spread.low < 0
    assert spread.high > 0.9
    flat = compare("none", [0.0, 0.1, -0.1])
    assert flat.claim.holds
    assert flat.claim.p == 2 * 2.0**-12, "the largest of all layers and sides"
    assert -flat.margin < flat.low < flat.mean < flat.high < flat.margin


@pytest.mark.parametrize("sign", [1, -1])
def test_nothing_is_contradicted_on_either_side(sign: int) -> None:
    found = compare("none", [sign * 0.9, sign * 1.1])
    assert found.opposite.holds
    assert found.opposite.p == 2 * 2.0**-12
    assert min(abs(found.low), abs(found.high)) > found.margin
    assert found.low < found.mean < found.high


def test_intervals_lie_beyond_the_margin_where_that_is_told() -> None:
    more, less = (compare(expects, [1.0]) for expects in ("greater", "less"))
    assert more.claim.holds
    assert less.opposite.holds
    assert more.low == less.low > more.margin
    assert (more.claim, more.opposite) == (less.opposite, less.claim)
    assert not compare("greater", [0.55], noise=0.5).claim.holds


def test_something_and_nothing_are_never_both_told() -> None:
    told = {"greater": 0, "none": 0}
    for seed in range(40):
        layers = list(np.random.default_rng([seed, 1]).uniform(-0.2, 1.2, 2))
        some, none = (compare(one, layers, seed=seed) for one in ("greater", "none"))
        assert not (some.claim.holds and none.claim.holds)
        told = {
            "greater": told["greater"] + some.claim.holds,
            "none": told["none"] + none.claim.holds,
        }
    assert min(told.values()) > 2


def test_a_share_needs_something_to_share() -> None:
    assert compare("none", [0.0]).margin_exceeds_zero
    assert not compare("none", [0.0], margin=0.0).margin_exceeds_zero


def test_p_is_of_one_side() -> None:
    assert take_one_side(0.02, 0.3, "greater") == 0.01
    assert take_one_side(0.02, 0.3, "less") == 0.99
    assert take_one_side(0.02, -0.3, "less") == 0.01
    assert take_one_side(1.0, 0.0, "greater") == 1.0
