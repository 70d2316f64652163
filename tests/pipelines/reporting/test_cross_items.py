from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from isogloss.statistics.multiple_testing import adjust_holm
from tests.pipelines.reporting.cross_tables import (
    make_items,
    make_outcome,
    make_predictor,
    run,
    spread,
)


@pytest.mark.parametrize(("slope", "verdict"), [(0.3, "associated"), (0.0, "not separable")])
def test_items(slope: float, verdict: str) -> None:
    x = spread(np.random.default_rng(2), 12)
    items = make_items(slope, models=("gemma", "llama"))
    predictor = pd.concat([make_predictor(x, model) for model in ("gemma", "llama")])
    scoreboard = pd.concat([make_outcome(x, "reading", model) for model in ("gemma", "llama")])
    table = run(predictor, scoreboard, items=items)
    own = table[table["level"] == 3].set_index("model")
    assert own.index.tolist() == ["gemma", "llama", ""]
    assert own.loc["", "verdict"] == verdict
    assert own.loc["", "n"] == 2 * 12 * 60
    assert not own["confirmatory"].any()
    np.testing.assert_allclose(own["p_adjusted"], adjust_holm(own["p"]))
    row = own.loc[""]
    assert row["ci_low"] < slope < row["ci_high"]
    # By dummies for items and for languages of models, errors from two-way clusters.
    groups = items["model"] + items["language"]
    dummies = pd.concat(
        [pd.get_dummies(groups), pd.get_dummies(items["item_id"]).iloc[:, 1:]], axis=1
    )
    design = np.column_stack([items["aligned"], dummies.to_numpy(float)])
    clusters = np.column_stack([items[name].factorize()[0] for name in ("language", "cluster")])
    reference = sm.OLS(items["right"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "df_correction": False}
    )
    assert row["estimate"] == pytest.approx(reference.params[0])
    width = row["ci_high"] - row["estimate"]
    error = width / stats.t.ppf(0.975, 11)
    # statsmodels corrects for the number of coefficients and observations, too.
    expected = np.sqrt(np.asarray(reference.cov_params())[0, 0])
    assert error == pytest.approx(expected, rel=0.1)


def test_items_take_languages_passages_and_answers_above_chance() -> None:
    x = spread(np.random.default_rng(2), 12)
    sides = make_predictor(x), make_outcome(x, "reading")
    table = run(*sides, items=make_items(0.3, languages=9, passages=8))
    reason = table[table["level"] == 3]["reason"].item()
    assert reason == (
        "not testable here: 9 languages (10 needed), 8 passages (10 needed), "
        "3 of 12 languages without alignment of items: laj, lak, lal"
    )
    gaps = make_items(0.3, passages=8)
    gaps = gaps[(gaps["language"] != "laa") | (gaps["item_id"] != "p0#0")]
    table = run(*sides, items=gaps)
    assert table[table["level"] == 3]["reason"].item() == (
        "not testable here: 12 languages, 8 passages (10 needed), "
        "1 of 16 items are not known in every language"
    )
    guessing = make_outcome(x, "reading", above_chance=False)
    table = run(sides[0], guessing, items=make_items(0.3))
    assert "12 languages, 30 passages, outcome above chance in 0% of languages (50% needed)" in (
        table[table["level"] == 3]["reason"].item()
    )
    flat = make_items(0.3).assign(aligned=0.5)
    table = run(*sides, items=flat)
    assert "varies in neither" in table[table["level"] == 3]["reason"].item()
