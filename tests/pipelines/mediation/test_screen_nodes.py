from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.effect_nodes import measure_effects
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.screen_nodes import check_estimates, estimate_effects
from isogloss.pipelines.mediation.screening import bound_missed
from tests.pipelines.mediation.test_pair_nodes import make

CELL = ["component", "layer", "head", "role"]
PARAMETERS = ScreenParameters(methods=("gradient", "integrated"), steps=8, top=4, sample=6)


@pytest.fixture(scope="module")
def pairs(tiny_lm: LanguageModel) -> pd.DataFrame:
    return make(tiny_lm, pairs=4, lengths=(5, 5), shots=0, kinds=("count_swap", "control"))[0]


@pytest.fixture(scope="module")
def estimates(tiny_lm: LanguageModel, pairs: pd.DataFrame) -> pd.DataFrame:
    return estimate_effects(tiny_lm, pairs, PARAMETERS)


def test_estimates_are_of_the_cells_that_are_patched(
    tiny_lm: LanguageModel, pairs: pd.DataFrame, estimates: pd.DataFrame
) -> None:
    parts = measure_effects(tiny_lm, pairs, EffectParameters(outcomes=("log_odds",)))
    exact = pd.concat([table for _, table in parts.compute(list(parts.items))])
    for method in PARAMETERS.methods:
        own = estimates[estimates["method"] == method]
        both = own.merge(exact, on=["pair_id", *CELL], suffixes=("_guess", ""))
        assert len(both) == len(own) == len(exact)
        np.testing.assert_allclose(both["total_guess"], both["total"], atol=1e-4)
        last = both[(both["component"] == "attention") & (both["layer"] == 3)]
        for effect in ("noising", "denoising"):
            # Behind the last attention little is left that is not linear.
            assert last[f"{effect}_guess"].corr(last[effect]) > 0.9
            if method == "integrated":
                assert both[f"{effect}_guess"].corr(both[effect]) > 0.8


def test_integrated_estimates_of_the_embeddings_sum_to_the_total(estimates: pd.DataFrame) -> None:
    bottom = estimates[
        (estimates["method"] == "integrated")
        & (estimates["component"] == "residual")
        & (estimates["layer"] == 0)
        & (estimates["role"] == "swapped")
    ]
    assert len(bottom)
    error = (bottom["noising"] - bottom["total"]).abs().mean()
    assert error < 0.1 * bottom["total"].abs().mean()


def test_top_and_random_cells_are_patched_exactly(
    tiny_lm: LanguageModel, pairs: pd.DataFrame, estimates: pd.DataFrame
) -> None:
    cells, check = check_estimates(tiny_lm, pairs, estimates, PARAMETERS)
    own = cells[(cells["kind"] == "count_swap") & (cells["method"] == "gradient")]
    assert own.groupby(["chosen", "effect"]).size().unique().tolist() == [6, 4]
    parts = measure_effects(tiny_lm, pairs, EffectParameters(outcomes=("log_odds",)))
    exact = dict(parts.compute(["eng__count_swap"]))["eng__count_swap"]
    aligned = exact.assign(denoising=exact["denoising"] * exact["sign"])
    means = aligned.groupby([*CELL, "category"])["denoising"].mean().groupby(CELL).mean()
    found = own[own["effect"] == "denoising"].set_index(CELL)["exact"]
    np.testing.assert_allclose(found, means[found.index], atol=1e-5)
    assert len(check) == 2 * 2 * 2
    assert (check["missed_share_high"] > 0).all(), "ten cells cannot prove that nothing is missed"
    rows = check[check["missed"] == 0]
    np.testing.assert_allclose(rows["missed_share_high"], 1 - 0.05 ** (1 / 6))


def test_cell_that_the_screen_misses_is_counted() -> None:
    cells = pd.DataFrame(
        {
            "effect": "noising",
            "chosen": ["top"] * 3 + ["random"] * 5,
            "estimate": [1.0, 0.9, 0.8, 0.0, 0.0, 0.1, 0.0, 0.2],
            "exact": [1.1, 0.7, 0.8, 0.0, -0.9, 0.1, 0.0, 0.2],
        }
    )
    [row] = bound_missed({"method": "gradient"}, cells, 50, PARAMETERS)
    assert row["threshold"] == 0.8
    assert row["missed"] == 1
    assert row["missed_share_high"] == pytest.approx(0.657, abs=0.001)
    assert row["missed_cells_high"] == pytest.approx(0.657 * 47, abs=0.05)
    assert row["same_sign"] == 1
