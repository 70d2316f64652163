from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.reporting.cross_gates import Evidence
from isogloss.pipelines.reporting.cross_inputs import join_sides
from isogloss.pipelines.reporting.cross_losses import add_covariates
from isogloss.pipelines.reporting.cross_over import link
from isogloss.statistics.panel import Panel, fit_mixed, standardise
from tests.pipelines.reporting.cross_tables import (
    QUICK,
    make_panel,
    run,
)


def test_models_together_find_a_planted_slope() -> None:
    predictor, scoreboard, profiles = make_panel(0.9)
    table = run(predictor, scoreboard, profiles=profiles)
    [row] = table[table["level"] == 2].to_dict("records")
    assert row["verdict"] == "associated"
    assert row["model"] == ""
    assert row["n"] == 24
    assert row["unit"] == "languages in each of 4 models"
    assert row["delta_r2"] > 0.1
    assert row["covariates"] == "information_parity token_parity"
    assert row["without_family_low"] < row["estimate"] < row["without_family_high"]
    joined = add_covariates(
        join_sides(predictor, scoreboard, "eng", QUICK),
        profiles,
        ["information_parity", "token_parity"],
    ).sort_values(["model", "language"])
    wide = {
        name: joined.pivot(index="model", columns="language", values=name).to_numpy()
        for name in ("x", "y", "information_parity", "token_parity")
    }
    corrected = (wide["y"] - 0.25) / 0.75
    families = np.array([f"family {place % 6}" for place in range(24)], object)
    panel = Panel(
        np.log(corrected / (1 - corrected)),
        standardise(wide["x"]),
        np.stack([wide["information_parity"], wide["token_parity"]]),
        families,
    )
    assert row["estimate"] == pytest.approx(fit_mixed(panel).value)


def test_models_together_find_nothing_where_there_is_nothing() -> None:
    predictor, scoreboard, profiles = make_panel(0.0)
    table = run(predictor, scoreboard, profiles=profiles)
    assert set(table["verdict"]) <= {"not separable", "not testable"}
    assert (table.loc[table["level"] == 2, "gate"] == "open").all()


def test_few_models_or_languages_are_not_tested_together() -> None:
    predictor, scoreboard, profiles = make_panel(0.9, models=3)
    table = run(predictor, scoreboard, profiles=profiles)
    reason = table[table["level"] == 2]["reason"].item()
    assert reason == "not testable here: 3 models (4 needed), n = 24 languages"
    predictor, scoreboard, profiles = make_panel(0.9, n=19)
    table = run(predictor, scoreboard, profiles=profiles)
    assert "4 models, n = 19 languages (20 needed)" in table[table["level"] == 2]["reason"].item()


def test_models_are_not_tested_together_without_their_profiles() -> None:
    predictor, scoreboard, profiles = make_panel(0.9)
    table = run(predictor, scoreboard, profiles=profiles.assign(token_parity=np.nan))
    assert table[table["level"] == 2]["reason"].item() == (
        "not testable here: of no language token parity is known"
    )


def test_levels_are_adjusted_for_each_other() -> None:
    table = run(*make_panel(0.9)[:2], profiles=make_panel(0.9)[2])
    own = table[table["confirmatory"]]
    assert set(own["level"]) == {1, 2}
    # Each at the least p of its level, twice for the two levels.
    assert own["p_adjusted"].min() == pytest.approx(2 / 2000)


def test_link_holds_shares_within_half_an_item() -> None:
    found = link(np.array([0.25, 0.625, 1.0]), np.full(3, 0.25), np.full(3, 20.0))
    np.testing.assert_allclose(found, [np.log(0.025 / 0.975), 0, np.log(0.975 / 0.025)], atol=1e-12)


def test_only_models_with_the_same_metric_are_taken_together() -> None:
    predictor, scoreboard, profiles = make_panel(0.9)
    quality = scoreboard.assign(study="translation", metric="comet", chance=np.nan)
    by_chrf = quality["model"].isin(["model2", "model3"])
    quality.loc[by_chrf, "metric"] = "chrf"
    bounds = ["value", "ci_low", "ci_high"]
    quality.loc[by_chrf, bounds] *= 100
    table = run(predictor, quality, profiles=profiles)
    pooled = table[table["level"] == 2].set_index("outcome_metric")
    assert set(pooled.index) == {"comet", "chrf"}
    assert (pooled["reason"].str.startswith("not testable here: 2 models (4 needed)")).all()


def test_accuracies_are_one_kind_whatever_the_way_of_asking() -> None:
    predictor, scoreboard, profiles = make_panel(0.9)
    scoreboard.loc[scoreboard["model"] == "model0", "metric"] = "accuracy_text"
    table = run(predictor, scoreboard, profiles=profiles)
    [row] = table[table["level"] == 2].to_dict("records")
    assert row["outcome_metric"] == "accuracy_label, accuracy_text"
    assert row["unit"] == "languages in each of 4 models"
    assert row["verdict"] == "associated"


def test_no_r_is_promised_over_models() -> None:
    # Residuals of several models are not as many units as languages, nor as rows.
    predictor, scoreboard, profiles = make_panel(0.9)
    own = run(predictor, scoreboard, profiles=profiles)
    assert own.loc[own["level"] == 2, "needed_r"].isna().all()


def test_half_an_item_is_half_of_one_question() -> None:
    predictor, scoreboard, profiles = make_panel(0.9)
    bounds = ["value", "ci_low", "ci_high"]
    scoreboard[bounds] -= 0.35  # some below chance, where a share is held
    tables = [
        run(predictor, scoreboard.assign(error=0.01, **counts), profiles=profiles)
        for counts in ({"n": 20, "items": 900}, {"n": 900, "items": 900}, {"n": 20, "items": 20})
    ]
    estimates = [table.loc[table["level"] == 2, "estimate"].item() for table in tables]
    assert estimates[0] == pytest.approx(estimates[1])
    assert estimates[0] > estimates[2] + 0.1


def test_a_model_without_covariates_is_named() -> None:
    predictor, scoreboard, profiles = make_panel(0.9)
    lacking = profiles["model"].isin(["model0", "model1"])
    table = run(predictor, scoreboard, profiles=profiles[~lacking])
    assert table[table["level"] == 2]["reason"].item() == (
        "not testable here: 2 models (4 needed), n = 24 languages, "
        "information parity of model0 and model1 is not known, "
        "token parity of model0 and model1 is not known"
    )


def test_levels_of_models_make_nothing_reliable() -> None:
    predictor, scoreboard, _ = make_panel(0.9)
    joined = join_sides(predictor, scoreboard, "eng", QUICK)
    found = Evidence.of_rows(joined.assign(y=joined["y"] + joined["model"].str[-1].astype(int)))
    centred = joined["y"] - joined.groupby("model")["y"].transform("mean")
    variance = np.square(centred).sum() / (len(joined) - 4)
    assert found.reliability_outcome == pytest.approx(
        1 - (joined["y_error"] ** 2).mean() / variance
    )
