"""The published analyses, piece by piece, against statsmodels' formulas and listed pairs."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.original_capability import FORMULAS, fit_mixed_model
from isogloss.pipelines.cultural.original_cells import Rounds, agree_in_rounds
from isogloss.pipelines.cultural.original_consistency import cross_languages, plot_consistency
from isogloss.pipelines.cultural.original_nodes import reproduce_published_analyses
from isogloss.pipelines.cultural.original_responses import (
    RANDOM,
    JoinedResponses,
    published_scores,
    with_random_baseline,
)
from isogloss.pipelines.cultural.original_us_bias import regress_us_bias
from tests.pipelines.cultural.planted_study import PlantedStudy, validate

STUDY = PlantedStudy(questions=12, models={"alpha": "US", "beta": ""}, seed=1)
SCORES, TRUTH = STUDY.survey_scores(), STUDY.ground_truth()
COUNTRIES = TRUTH[TRUTH["level"] == "country"]
NOTHING = pd.DataFrame()


def test_a_response_is_joined_with_every_group_that_was_asked() -> None:
    joined = JoinedResponses.of(SCORES, COUNTRIES)
    assert len(joined.rows) == len(SCORES) * 5
    # equal answers cannot be told apart
    assert len(joined.observations) < len(joined.rows)
    assert joined.counts().sum() == len(joined.rows)


def test_rows_of_the_whole_table_are_drawn() -> None:
    joined = JoinedResponses.of(SCORES, COUNTRIES)
    everything = np.ones(len(joined.observations), np.bool_)
    drawn = joined.draw(everything, 300, np.random.default_rng(0))
    assert (drawn.sum(axis=1) == len(joined.rows)).all()
    expected = joined.counts()[0]
    assert drawn.mean(axis=0) == pytest.approx(expected, abs=5 * np.sqrt(expected.max() / 300))
    some = np.arange(len(joined.observations)) < 200
    # what is drawn does not depend on what is looked at
    assert (joined.draw(some, 300, np.random.default_rng(0)) == drawn[:, :200]).all()


def test_agreement_is_spearman_over_the_drawn_rows() -> None:
    joined = JoinedResponses.of(SCORES, COUNTRIES)
    kept = (joined.observations["group"] == "US").to_numpy()
    drawn = joined.draw(kept, 2, np.random.default_rng(1))
    found = agree_in_rounds(joined, kept, drawn)
    rows = joined.observations[kept].reset_index(drop=True)
    for number, cell in enumerate(found.cells.to_dict("records")):
        own = (rows["model"] == cell["model"]) & (rows["language"] == cell["language"])
        for counts, values in ((joined.counts()[0, kept], found.once), (drawn[1], found.drawn[1])):
            x, y = (
                stats.rankdata(np.repeat(rows.loc[own, one].to_numpy(), counts[own]))
                for one in ("pro_score", "truth")
            )
            assert values[number] == pytest.approx(np.corrcoef(x, y)[0, 1])
        assert cell["n"] == 72


def made_up_rounds(rounds: int, models: list[str], languages: dict[str, list[str]]) -> Rounds:
    generator = np.random.default_rng(3)
    cells = pd.DataFrame(
        [
            {"model": model, "family": "f", "language": language, "group": group}
            for model in models
            for language, groups in languages.items()
            for group in groups
        ]
    )
    drawn = generator.normal(0.5, 0.1, size=(rounds, len(cells))) + np.arange(len(cells)) / 20
    return Rounds(cells, drawn[0], drawn)


def test_the_regression_of_bias_is_that_of_statsmodels() -> None:
    languages = {"dan": ["DK", "US"], "eng": ["AU", "GB", "US"], "por": ["BR", "PT", "US"]}
    rounds = made_up_rounds(4, [RANDOM, "alpha", "beta"], languages)
    terms = regress_us_bias(rounds, "US", rounds.drawn)
    assert terms is not None
    found = terms.set_index("term")
    table = rounds.cells.loc[rounds.cells.index.repeat(4)].assign(
        y=rounds.drawn.T.ravel(), us=lambda one: one["group"] == "US"
    )
    fitted = smf.ols("y ~ us * model:language", table).fit()
    assert len(found) == len(fitted.params) == 2 * 3 * 3
    for name, value in fitted.params.items():
        parts = str(name).replace("us[T.True]", "us").replace("Intercept", "")
        for old in ("model[T.", "language[T.", "language[", "]"):
            parts = parts.replace(old, "")
        row = found.loc[parts or "Intercept"]
        assert row["coefficient"] == pytest.approx(value, abs=1e-10)
        assert row["error"] == pytest.approx(fitted.bse[name])
        assert row["p"] == pytest.approx(fitted.pvalues[name], abs=1e-10)
        low, high = fitted.conf_int().loc[name]
        assert row["ci_low"] == pytest.approx(low)
        assert row["ci_high"] == pytest.approx(high)
    row = found.iloc[0]
    assert row["n"] == fitted.nobs
    assert row["r_squared"] == pytest.approx(fitted.rsquared)
    assert row["r_squared_adjusted"] == pytest.approx(fitted.rsquared_adj)
    assert row["log_likelihood"] == pytest.approx(fitted.llf)


def test_a_combination_without_responses_leaves_nothing_to_compare() -> None:
    rounds = made_up_rounds(2, [RANDOM, "alpha"], {"dan": ["DK", "US"], "eng": ["US"]})
    assert regress_us_bias(rounds, "US", rounds.drawn) is None


def test_rounds_in_which_nothing_is_defined_are_no_rows() -> None:
    rounds = made_up_rounds(5, [RANDOM, "alpha"], {"dan": ["DK", "US"], "eng": ["GB", "US"]})
    gaps = rounds.drawn.copy()
    gaps[0] = np.nan
    found, shorter = (regress_us_bias(rounds, "US", one) for one in (gaps, rounds.drawn[1:]))
    assert found is not None
    assert shorter is not None
    pd.testing.assert_frame_equal(found, shorter)
    assert regress_us_bias(rounds, "US", rounds.drawn[:1]) is None


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_mixed_model_is_that_of_statsmodels(formula: str) -> None:
    generator = np.random.default_rng(5)
    table = pd.DataFrame(
        [
            {"model": model, "family": model[0], "language": language, "round": number}
            for model in ("a1", "a2", "b1", "b2", "b3")
            for language in ("dan", "eng")
            for number in range(12)
        ]
    )
    table["consistency"] = generator.uniform(0.2, 0.8, len(table))
    table["multilingual"] = generator.uniform(0.2, 0.8, len(table))
    own = np.repeat(generator.normal(0, 0.2, 5), 24)
    table["alignment"] = 0.5 * table["consistency"] + 0.3 * table["multilingual"] + own
    table["alignment"] += generator.normal(0, 0.05, len(table))
    terms = fit_mixed_model(table, formula)
    assert terms is not None
    found = terms.set_index("term")
    fitted = smf.mixedlm(FORMULAS[formula], table, groups="model").fit()
    for name, value in fitted.fe_params.items():
        parts = str(name)
        for old in ("language[", "family[", "]"):
            parts = parts.replace(old, "")
        assert found.loc[parts, "coefficient"] == pytest.approx(value, rel=1e-4)
        assert found.loc[parts, "error"] == pytest.approx(fitted.bse[name], rel=1e-4)
    variance = found.loc["model variance", "coefficient"]
    assert variance == pytest.approx(float(fitted.cov_re.iloc[0, 0]), rel=1e-3)
    assert found["scale"].iloc[0] == pytest.approx(fitted.scale, rel=1e-4)
    assert found["log_likelihood"].iloc[0] == pytest.approx(fitted.llf)
    fixed = np.var(fitted.model.exog @ fitted.fe_params.to_numpy())
    whole = fixed + variance + fitted.scale
    assert found["r_squared"].iloc[0] == pytest.approx(fixed / whole, rel=1e-3)
    assert found["r_squared_conditional"].iloc[0] == pytest.approx(
        (fixed + variance) / whole, rel=1e-3
    )


def test_pairs_across_languages_are_those_of_a_self_join() -> None:
    found = cross_languages(SCORES, 50, np.random.default_rng(0)).set_index(["model", "kind"])
    joined = SCORES.merge(SCORES, on=["model", "question"])
    for model, own in joined.groupby("model"):
        same = own["language_x"] == own["language_y"]
        values = {}
        for kind, pairs in (("within", own[same]), ("between", own[~same])):
            r = stats.pearsonr(pairs["pro_score_x"], pairs["pro_score_y"]).statistic
            values[kind] = r / 0.955
            assert found.loc[(model, kind), "value_once"] == pytest.approx(values[kind])
            assert found.loc[(model, kind), "value"] == pytest.approx(values[kind], abs=0.02)
            assert found.loc[(model, kind), "n"] == len(pairs)
        gap = values["within"] - values["between"]
        assert found.loc[(model, "difference"), "value_once"] == pytest.approx(gap)


def test_the_plotted_consistency_is_that_of_a_self_join() -> None:
    table = plot_consistency(SCORES, 20, np.random.default_rng(0))
    rows: dict[Any, Any] = table.set_index(["model", "language"]).to_dict("index")
    own = SCORES[(SCORES["model"] == "beta") & (SCORES["language"] == "nld")].reset_index()
    pairs = own.merge(own, on="question")
    pairs = pairs[pairs["index_x"] != pairs["index_y"]]
    r = stats.spearmanr(pairs["pro_score_x"], pairs["pro_score_y"]).statistic
    found = rows["beta", "nld"]
    assert found["value_once"] == pytest.approx(r / 0.955)
    # pairs of a response with itself
    assert found["value"] > r / 0.955


def test_a_published_draw_of_random_answers_is_kept() -> None:
    published = pd.concat([SCORES, SCORES[:5].assign(model=RANDOM, family="Baseline")])
    kept, drawn = with_random_baseline(published, np.random.default_rng(0))
    assert not drawn
    assert len(kept) == len(SCORES) + 5
    found, drawn = with_random_baseline(SCORES, np.random.default_rng(0))
    rows = found[found["model"] == RANDOM]
    assert drawn
    assert len(rows) == (SCORES["model"] == "alpha").sum()
    assert 0.4 < rows["pro_score"].mean() < 0.6


def test_only_open_answers_in_the_language_asked_were_published() -> None:
    table = SCORES[:4].assign(
        elicitation=["open", "closed", "open", "open"],
        response_language=["dan", "dan", "eng", "dan"],
        country=["", "", "", "DK"],
    )
    assert published_scores(table).index.size == 1
    assert published_scores(table, named=True)["country"].tolist() == ["DK"]


@pytest.fixture(scope="module")
def benchmarks() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {"model": model, "family": model[0], "benchmark": "x", "language": language}
            for model in STUDY.models
            for language in ("dan", "eng", "nld")
        ]
    ).assign(score=lambda table: generator.uniform(0.3, 0.7, len(table)))


def test_all_tables_are_made_and_marked(
    benchmarks: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        tables = reproduce_published_analyses(
            SCORES, TRUTH, benchmarks, AnalysisParameters(original=True, original_rounds=20)
        )
    assert "one is drawn" in caplog.text
    names = ("OriginalCells", "OriginalUsBias", "OriginalCapability", "OriginalConsistency")
    for name, table in zip(names, tables, strict=True):
        validate(name, table)
        assert len(table)
        assert table["synthetic"].all(), name
    cells, bias, capability, consistency = tables
    assert set(cells["level"]) == {"country", "language"}
    assert set(bias["rounds"]) == {0, 20}
    assert set(capability["formula"]) == set(FORMULAS)
    assert set(consistency["analysis"]) == {"self_consistency", "covariate", "cross_effects"}


def test_languages_that_cannot_be_compared_are_left_out_of_the_regression(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lacking = SCORES[~((SCORES["model"] == "beta") & (SCORES["language"] == "nld"))]
    with caplog.at_level(logging.WARNING):
        _, bias, _, _ = reproduce_published_analyses(
            lacking, TRUTH, NOTHING, AnalysisParameters(original=True, original_rounds=5)
        )
    assert "leaves out nld" in caplog.text
    assert set(bias["language"]) == {"", "dan", "eng"}


def test_draws_do_not_depend_on_the_order_of_rows() -> None:
    parameters = AnalysisParameters(original=True, original_rounds=5)
    tables = [
        reproduce_published_analyses(
            SCORES.sample(frac=1, random_state=seed),
            TRUTH.sample(frac=1, random_state=seed),
            NOTHING,
            parameters,
        )
        for seed in (1, 2)
    ]
    for number in (0, 3):
        first, second = (one[number] for one in tables)
        pd.testing.assert_frame_equal(first, second)


def test_too_few_cells_have_no_mixed_model() -> None:
    table = pd.DataFrame(
        {
            "model": ["a", "b"],
            "family": ["f", "f"],
            "language": ["eng", "eng"],
            "alignment": [0.1, 0.2],
            "consistency": [0.5, 0.6],
            "multilingual": [0.5, 0.4],
        }
    )
    assert fit_mixed_model(table, "interaction") is None


def test_nothing_is_made_unless_it_is_asked_for(benchmarks: pd.DataFrame) -> None:
    names = ("OriginalCells", "OriginalUsBias", "OriginalCapability", "OriginalConsistency")
    tables = reproduce_published_analyses(SCORES, TRUTH, benchmarks, AnalysisParameters())
    for name, table in zip(names, tables, strict=True):
        assert table.empty
        validate(name, table)
