from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.mediation.cell_means import (
    add_sum_of_roles,
    align_effects,
    average_cells,
    without_each,
)
from isogloss.pipelines.mediation.cell_tests import assess_cells, null_band
from isogloss.pipelines.mediation.gates import (
    AS_NULL,
    NEVER_NEGATIVE,
    NO_NULL,
    NOT_ABOVE_NULL,
    NOTHING,
    REVERSED,
    Direction,
    find_direction,
    open_gate,
)
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.effect_tables import make_effects

PARAMETERS = SummaryParameters(rounds=400)
NAMES = [f"c{number}" for number in range(10)]


def test_effects_are_turned_by_the_sign_of_their_pair() -> None:
    effects = make_effects("count_swap", 0.8, noise=0, spread=0)
    aligned = align_effects(effects)
    assert np.allclose(aligned["total"], 0.8)
    assert (align_effects(effects.assign(outcome="flip"))["total"] == effects["total"]).all()


def exact_effects() -> pd.DataFrame:
    return make_effects("count_swap", 1.0, noise=0, spread=0, outcomes=("log_odds",))


def test_categories_weigh_alike_however_many_pairs_they_have() -> None:
    effects = align_effects(
        make_effects("count_swap", 1.0, noise=0, spread=0, outcomes=("log_odds",))
    )
    more = effects[effects["category"] == "c00"]
    extra = pd.concat(
        [more.assign(pair_id=more["pair_id"] + f"_{copy}", total=9.0) for copy in range(5)]
    )
    means = average_cells(pd.concat([effects, extra]))
    expected = (1.0 * 4 + 9.0 * 20) / 24
    assert means.total[0] == pytest.approx(expected)
    assert means.total[1:].tolist() == pytest.approx([1.0] * 11)
    assert means.n_pairs == 48 + 20


def test_sum_of_roles_counts_no_token_twice() -> None:
    effects = align_effects(
        make_effects("count_swap", 1.0, noise=0, spread=0, outcomes=("log_odds",))
    )
    with_sum = add_sum_of_roles(effects)
    everywhere = with_sum[with_sum["role"] == "all"]
    assert len(everywhere) == 48 * 7
    assert np.allclose(everywhere["noising"], 1.0), "1 - depth + 0 + depth, `swapped` left out"
    assert np.allclose(everywhere["direct"], everywhere["total"] - everywhere["denoising"])


def test_sum_of_roles_holds_a_word_whose_tokens_have_no_roles_of_their_own() -> None:
    effects = align_effects(
        make_effects("count_swap", 1.0, noise=0, spread=0, outcomes=("log_odds",))
    )
    of_tokens = effects["role"].isin(["swapped_first", "swapped_last"])
    with_sum = add_sum_of_roles(effects[~of_tokens])
    assert np.allclose(with_sum.loc[with_sum["role"] == "all", "noising"], 1.0)


def test_single_heads_have_no_sum_of_roles() -> None:
    effects = align_effects(make_effects("count_swap", 1.0, noise=0, outcomes=("log_odds",)))
    heads = effects[effects["role"].isin(["final", "swapped"])].assign(component="head", head=2)
    both = add_sum_of_roles(pd.concat([effects, heads], ignore_index=True))
    everywhere = both[both["role"] == "all"]
    alone = add_sum_of_roles(effects)
    assert set(everywhere["component"]) == {"residual"}
    assert everywhere["noising"].tolist() == alone.loc[alone["role"] == "all", "noising"].tolist()
    assert set(add_sum_of_roles(heads)["role"]) == {"final", "swapped"}


def test_interval_is_over_categories_and_p_by_turning_their_signs() -> None:
    generator = np.random.default_rng(0)
    means = generator.normal(0.5, 0.2, size=(3, 10))
    means[2, 4:] = np.nan
    found = assess_cells(means, PARAMETERS)
    np.testing.assert_allclose(found.error[:2], means[:2].std(axis=1, ddof=1) / np.sqrt(10))
    assert found.n_categories.tolist() == [10, 10, 4]
    assert np.isnan(found.p[2])
    assert not np.isnan(found.low[2]), "four categories have an interval but are not tested"
    assert found.p[0] == 2.0**-9
    chosen = assess_cells(means, PARAMETERS, np.array([False, True, True]))
    assert np.isnan(chosen.p).tolist() == [True, False, True]


def test_means_without_each_category() -> None:
    without, rests = without_each(np.array([[1.0, 2.0, 6.0], [1.0, np.nan, 3.0]]))
    assert without[:, 0].tolist() == [4.0, 3.5, 1.5]
    assert without[[0, 2], 1].tolist() == [3.0, 1.0]
    assert rests.T.tolist() == [[True, True, True], [True, False, True]]


def test_null_band_is_what_random_signs_reach() -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(0, 0.4, size=(60, 1))
    codes = np.arange(60) % 10
    reach, pairs = null_band(values, codes, SummaryParameters(rounds=4000))
    assert reach[0] == pytest.approx(1.96 * 0.4 / np.sqrt(60), rel=0.15)
    assert pairs[0] == 60
    values[:30] = np.nan
    fewer, left = null_band(values, codes, SummaryParameters(rounds=4000))
    assert fewer[0] == pytest.approx(1.96 * 0.4 / np.sqrt(30), rel=0.25)
    assert left[0] == 30


def gate(
    total: np.ndarray,
    null: np.ndarray | None,
    compared: bool = True,
    direction: Direction = "positive",
) -> tuple[bool, str]:
    against = None if null is None else (null, NAMES[: len(null)])
    names = NAMES[: len(total)]
    found = open_gate(total, names, against, compared, PARAMETERS, direction=direction)
    return found.is_open, found.remark


def test_gate_opens_only_to_an_effect_that_null_swaps_do_not_have() -> None:
    generator = np.random.default_rng(5)
    strong, weak = generator.normal(1, 0.2, 10), generator.normal(0, 0.2, 10)
    null = generator.normal(0, 0.2, 10)
    assert gate(strong, null) == (True, "")
    assert gate(weak, null) == (False, NOTHING)
    assert gate(strong, strong + null) == (False, NOT_ABOVE_NULL.format("null swaps"))
    assert gate(strong, None) == (False, NO_NULL)
    assert gate(strong, None, compared=False) == (True, "")
    assert gate(strong[:7], null[:7])[1].startswith("fewer than 8 categories")
    assert gate(strong, null[:7]) == (False, NO_NULL)


def test_member_is_carried_one_way_and_what_changes_places_either() -> None:
    generator = np.random.default_rng(8)
    reverse, null = generator.normal(-1, 0.2, 10), generator.normal(0, 0.2, 10)
    assert gate(reverse, null) == (False, REVERSED)
    assert gate(reverse, null, direction="either") == (True, "")
    assert gate(-reverse, null - 2 * reverse) == (False, NOT_ABOVE_NULL.format("null swaps"))
    assert gate(-reverse, null - 2 * reverse, direction="either") == (True, "")
    as_null = AS_NULL.format("null swaps")
    assert gate(reverse, reverse + null, direction="either") == (False, as_null)
    assert gate(reverse, None, compared=False) == (False, REVERSED)


@pytest.mark.parametrize(
    ("kind", "outcome", "direction"),
    [
        ("count_swap", "log_odds", "positive"),
        ("irrelevant", "up", "positive"),
        ("irrelevant", "down", "either"),
        ("control", "log_odds", "positive"),
        ("relocation", "expected_count", "either"),
        ("irrelevant_relocation", "up", "either"),
        ("null_swap", "log_odds", "either"),
        ("control", "divergence", "unsigned"),
    ],
)
def test_direction_is_that_of_what_is_carried(kind: str, outcome: str, direction: str) -> None:
    assert find_direction(kind, outcome) == direction


def test_effect_that_is_never_negative_has_to_exceed_that_of_null_swaps() -> None:
    generator = np.random.default_rng(7)
    as_null = NOT_ABOVE_NULL.format("null swaps")
    some, more = generator.uniform(0.1, 0.2, 10), generator.uniform(0.5, 0.7, 10)
    assert gate(more, some, direction="unsigned") == (True, "")
    assert gate(some, some[::-1], direction="unsigned") == (False, as_null)
    assert gate(some, more, direction="unsigned") == (False, as_null)
    assert gate(some, None, compared=False, direction="unsigned") == (False, NEVER_NEGATIVE)


def test_gate_seldom_opens_to_nothing() -> None:
    generator = np.random.default_rng(6)
    parameters = SummaryParameters(rounds=200)
    opened = sum(
        open_gate(
            generator.normal(0, 1, 8), NAMES[:8], (generator.normal(0, 1, 8), NAMES[:8]), True,
            parameters,
        ).is_open
        for _ in range(300)
    )  # fmt: skip
    assert opened / 300 < 0.05
