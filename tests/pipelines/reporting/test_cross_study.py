from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy import stats

from isogloss.errors import Refusal
from isogloss.pipelines.reporting.cross_gates import Evidence
from isogloss.pipelines.reporting.cross_inputs import join_sides
from isogloss.pipelines.reporting.cross_within import associate_within_models
from isogloss.pipelines.reporting.parameters import CrossStudyParameters
from tests.pipelines.reporting.cross_tables import (
    CONFIRMATORY,
    METRICS,
    QUICK,
    make_everything,
    make_outcome,
    make_predictor,
    make_profiles,
    plain,
    run,
    spread,
)

Floats = NDArray[np.float64]


def test_a_planted_association_is_found_and_no_other() -> None:
    found = plain(run(*make_everything(30, 3, ("knowledge", "merging"))))
    assert found.loc[["knowledge", "merging"], "verdict"].tolist() == ["associated"] * 2
    others = ["reading", "culture", "counting", "translation"]
    assert set(found.loc[others, "verdict"]) == {"not separable"}
    row = found.loc["knowledge"]
    assert 0.8 < row["ci_low"] < row["estimate"] < row["ci_high"] < 1
    assert row["p_adjusted"] == pytest.approx(1 / 2000)
    assert row["without_family_low"] <= row["estimate"] <= row["without_family_high"]
    assert row["n"] == 30
    assert found.loc["translation", "confirmatory"] == np.False_
    assert found["confirmatory"].sum() == 5
    assert set(found["confidence"]) == {0.95}


def test_values_are_those_of_scipy() -> None:
    predictor, scoreboard = make_everything(12, 8, ("reading",))
    row = plain(run(predictor, scoreboard)).loc["reading"]
    y = scoreboard[(scoreboard["study"] == "reading") & (scoreboard["language"] != "eng")]
    rho, p = stats.spearmanr(predictor["value"], y["value"])
    assert row["estimate"] == pytest.approx(rho)
    assert row["p"] == pytest.approx(p, abs=0.003)
    # Intervals are read as those of Student's t with 99 degrees.
    error = 0.02 * 1.959964 / stats.t.ppf(0.975, 99)
    expected = 1 - error**2 / predictor["value"].var()
    assert row["reliability_predictor"] == pytest.approx(expected)
    # Five tests in the family: Student's r at .01.
    t = stats.t.isf(0.005, 10)
    assert row["needed_r"] == pytest.approx(t / np.sqrt(t**2 + 10))


def test_p_of_five_languages_is_exact() -> None:
    open_ = QUICK.model_copy(update={"least_languages": 4})
    generator = np.random.default_rng(0)
    x, y = spread(generator, 5), spread(generator, 5)
    table = run(make_predictor(x), make_outcome(y, "reading"), parameters=open_)
    row = plain(table).loc["reading"]

    def statistic(values: Floats) -> float:
        return abs(float(stats.spearmanr(values, y)[0]))

    every = stats.permutation_test(
        (x,), statistic, permutation_type="pairings", n_resamples=10_000, alternative="greater"
    )
    assert row["p"] == pytest.approx(every.pvalue)
    assert row["p_adjusted"] == pytest.approx(every.pvalue)


def test_fewer_languages_than_an_interval_takes_are_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 10"):
        CrossStudyParameters(least_languages=9)


def test_a_perfect_order_is_associated_and_not_certain() -> None:
    x = spread(np.random.default_rng(2), 12)
    row = plain(run(make_predictor(x), make_outcome(x, "reading"))).loc["reading"]
    assert (row["estimate"], row["ci_high"]) == pytest.approx((1, 1))
    assert 0.9 < row["ci_low"] < 0.99
    assert row["verdict"] == "associated"
    backwards = plain(run(make_predictor(x), make_outcome(1 - x, "reading"))).loc["reading"]
    assert backwards["ci_high"] == pytest.approx(-row["ci_low"])


@pytest.mark.slow
def test_without_any_association_few_tables_claim_one() -> None:
    """Of 300 tables of five outcomes that have noise in common, none with alignment."""
    quick = CrossStudyParameters(permutations=999)
    x = spread(np.random.default_rng(0), 14)
    scoreboard = pd.concat([make_outcome(x, study, error=0.005) for study in CONFIRMATORY])
    joined = join_sides(make_predictor(x, error=0.005), scoreboard, "eng", quick)
    wrong = 0
    for round_ in range(300):
        generator = np.random.default_rng([round_, 77])
        common = spread(generator, 14)
        y = [0.5 * common + 0.5 * spread(generator, 14) for _ in CONFIRMATORY]
        own = joined.assign(x=np.tile(spread(generator, 14), 5), y=np.concatenate(y))
        rows = associate_within_models(own, None, {}, quick.model_copy(update={"seed": round_}))
        p = [row["p_adjusted"] for row in rows]
        assert len(p) == 5
        wrong += min(p) <= 0.05
    assert wrong / 300 <= 0.06


def test_closed_gates_say_what_is_lacking() -> None:
    predictor, scoreboard = make_everything(5, 1)
    found = plain(run(predictor, scoreboard))
    row = found.loc["reading"]
    assert row["verdict"] == "not testable"
    assert row["reason"].startswith(
        "not testable here: n = 5 languages (10 needed), no r would pass"
    )
    assert "reliability .9" in row["reason"]
    assert np.isnan(row["estimate"])
    assert np.isnan(row["needed_r"])
    alone = plain(run(predictor, scoreboard[scoreboard["study"] == "reading"])).loc["reading"]
    assert "r of 1.00 needed" in alone["reason"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"error": 0.3}, "of the outcome (.50 needed)"),
        ({"above_chance": False}, "outcome above chance in 0% of languages (50% needed)"),
        ({"above_chance": pd.NA, "chance": 0.8}, "outcome above chance in 0% of languages"),
        ({"text_overlap": 0.76}, "76% of alignment's sentences stand in the texts of the outcome"),
        ({"ci_low": np.nan}, "of alignment and unknown of the outcome (.50 needed)"),
    ],
)
def test_one_thing_lacking_closes_the_gate(changes: dict[str, Any], said: str) -> None:
    generator = np.random.default_rng(2)
    x = spread(generator, 20)
    table = run(make_predictor(x), make_outcome(x, "reading", **changes))
    row = plain(table).loc["reading"]
    assert row["gate"] == "closed"
    assert said in row["reason"]
    assert "n = 20 languages," in row["reason"]


def test_outcomes_without_a_level_of_chance_need_not_be_above_it() -> None:
    x = spread(np.random.default_rng(2), 20)
    row = plain(run(make_predictor(x), make_outcome(x, "merging"))).loc["merging"]
    assert row["verdict"] == "associated"
    assert np.isnan(row["above_chance_share"])


def test_an_untested_outcome_is_above_chance_where_its_interval_is() -> None:
    x = spread(np.random.default_rng(2), 20)
    scoreboard = make_outcome(x, "culture", chance=0.6)
    assert scoreboard["above_chance"].isna().all()
    row = plain(run(make_predictor(x), scoreboard)).loc["culture"]
    assert row["above_chance_share"] == (scoreboard["ci_low"].iloc[1:] > 0.6).mean()
    assert 0 < row["above_chance_share"] < 1


def test_shared_text_may_be_allowed() -> None:
    x = spread(np.random.default_rng(2), 20)
    scoreboard = make_outcome(x, "reading", text_overlap=0.76)
    allowed = CrossStudyParameters(permutations=999, allow_text_overlap=True)
    row = plain(run(make_predictor(x), scoreboard, parameters=allowed)).loc["reading"]
    assert row["verdict"] == "associated"
    assert not row["confirmatory"]
    assert row["family"] == "exploratory, level 1"


def test_another_checkpoint_is_shown_and_never_tested() -> None:
    x = spread(np.random.default_rng(2), 30)
    parameters = CrossStudyParameters(permutations=999, proxies={"gpt_4o": "gemma"})
    scoreboard = make_outcome(x, "culture", "gpt_4o")
    assert run(make_predictor(x), scoreboard).empty
    [row] = run(make_predictor(x), scoreboard, parameters=parameters).itertuples()
    assert row.proxy
    assert row.predictor == "mexa_at_100 of gemma"
    assert row.verdict == "not testable"
    assert "different checkpoints" in str(row.reason)
    assert not row.confirmatory


def test_covariates_take_languages_of_their_own() -> None:
    for n, gates in ((14, ["closed", "closed"]), (16, ["open", "closed"]), (26, ["open", "open"])):
        x = spread(np.random.default_rng(n), n)
        table = run(make_predictor(x), make_outcome(x, "reading"), profiles=make_profiles(n))
        partial = table[(table["level"] == 1) & (table["covariates"] != "")]
        assert partial["covariates"].tolist() == [
            "information_parity",
            "information_parity token_parity",
        ]
        assert partial["gate"].tolist() == gates
        assert not partial["confirmatory"].any()


def test_a_covariate_that_causes_both_sides_leaves_nothing() -> None:
    generator = np.random.default_rng(3)
    parity = generator.uniform(0.3, 0.9, 40)
    x, y = (parity + 0.05 * generator.normal(size=40) for _ in range(2))
    profiles = make_profiles(40).assign(information_parity=parity)
    table = run(make_predictor(x), make_outcome(y, "reading"), profiles=profiles)
    verdicts = table[table["level"] == 1]["verdict"].tolist()
    assert verdicts == ["associated", "not separable", "not separable"]
    row = table[table["covariates"] == "information_parity"].iloc[0]
    ranks = [stats.rankdata(values) for values in (x, y, parity)]
    r = np.atleast_2d(np.corrcoef(ranks))
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert row["estimate"] == pytest.approx(expected)


def test_a_language_may_have_an_outcome_once() -> None:
    x = spread(np.random.default_rng(2), 12)
    twice = pd.concat([make_outcome(x, "reading")] * 2)
    with pytest.raises(Refusal, match="several rows for model='gemma', outcome='reading'"):
        run(make_predictor(x), twice)


def test_sources_of_merges_are_another_outcome() -> None:
    x = spread(np.random.default_rng(2), 12)
    both = pd.concat([make_outcome(x, "merging"), make_outcome(x, "merging", role="source")])
    found = run(make_predictor(x), both)
    own = found[found["level"] == 1].set_index("outcome_metric")
    assert own["confirmatory"].to_dict() == {"synergy": True, "synergy as source": False}


def test_the_pivot_and_alignment_itself_are_no_outcome() -> None:
    x = spread(np.random.default_rng(2), 12)
    alignment = make_outcome(x, "reading").assign(study="alignment", metric="mexa")
    both = pd.concat([alignment, make_outcome(x, "reading")])
    joined = join_sides(make_predictor(x), both, "eng", QUICK)
    assert set(joined["outcome"]) == {"reading"}
    assert "eng" not in set(joined["language"])


def test_nothing_to_set_beside_alignment_is_an_empty_table() -> None:
    x = spread(np.random.default_rng(2), 12)
    assert run(make_predictor(x), make_outcome(x, "reading").iloc[:0]).empty


def test_evidence_over_the_languages_that_both_sides_have() -> None:
    x = spread(np.random.default_rng(2), 12)
    scoreboard = make_outcome(x, "reading").iloc[:9]
    joined = join_sides(make_predictor(x), scoreboard, "eng", QUICK)
    assert Evidence.of_rows(joined).n == 8
    assert METRICS["reading"][1] == joined["outcome_metric"].iloc[0]


def test_an_encoder_without_information_parity_keeps_its_rows() -> None:
    predictor, scoreboard = make_everything(12, 2)
    profiles = make_profiles(12)
    encoder = make_predictor(spread(np.random.default_rng(3), 12), "minilm")
    merging = make_outcome(spread(np.random.default_rng(4), 12), "merging", "minilm")
    unknown = make_profiles(12, ("minilm",)).assign(information_parity=np.nan)
    table = run(
        pd.concat([predictor, encoder]),
        pd.concat([scoreboard[scoreboard["study"] != "merging"], merging]),
        profiles=pd.concat([profiles, unknown]),
    )
    own = table[table["outcome"] == "merging"]
    within = own[(own["level"] == 1) & (own["covariates"] == "information_parity")]
    [given] = within.to_dict("records")
    assert (given["gate"], given["n"]) == ("closed", 0)
    assert given["reason"] == (
        "not testable here: n = 0 languages (15 needed), information parity of minilm is not known"
    )
    assert own.loc[own["level"] == 2, "reason"].item() == (
        "not testable here: 0 models (4 needed), n = 0 languages (20 needed), "
        "information parity of minilm is not known"
    )


def test_languages_that_a_join_loses_are_counted_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    predictor, scoreboard = make_everything(9, 2)
    profiles = make_profiles(9)
    profiles.loc[profiles["language"] == "lac", "information_parity"] = np.nan
    with caplog.at_level("INFO"):
        table = run(predictor[~predictor["language"].isin(["laa", "lab"])],
                    scoreboard[scoreboard["study"] == "reading"], profiles=profiles)  # fmt: skip
    plainly, given = table[table["level"] == 1]["reason"].tolist()[:2]
    assert plainly.endswith("2 languages lack alignment: laa, lab")
    assert given.startswith("not testable here: n = 6 languages (15 needed)")
    assert given.endswith("information parity of 1 language (lac) is not known")
    assert "reading (accuracy_label) of gemma: 2 languages lack alignment: laa, lab" in caplog.text
    assert "1 of 7 rows are left out" in caplog.text


def test_unknown_overlap_closes_the_gate_of_outcomes_that_rest_on_texts() -> None:
    x = spread(np.random.default_rng(2), 20)
    unknown = make_outcome(x, "reading", text_overlap=np.nan)
    row = plain(run(make_predictor(x), unknown)).loc["reading"]
    assert row["gate"] == "closed"
    assert row["reason"].endswith("stand in the texts of the outcome is not known")
    merging = plain(run(make_predictor(x), make_outcome(x, "merging"))).loc["merging"]
    assert merging["gate"] == "open"
    allowed = CrossStudyParameters(permutations=999, allow_text_overlap=True)
    row = plain(run(make_predictor(x), unknown, parameters=allowed)).loc["reading"]
    assert row["verdict"] == "associated"
    assert not row["confirmatory"]


def test_the_error_of_an_outcome_is_that_of_its_study() -> None:
    x = spread(np.random.default_rng(2), 20)
    source = make_outcome(x, "merging", role="source", n=3, error=0.02)
    exact = source.assign(error=0.02)
    derived, told = (
        float(plain(run(make_predictor(x), board))["reliability_outcome"].item())
        for board in (source.assign(error=np.nan), exact)
    )
    assert told == pytest.approx(1 - 0.02**2 / x.var(ddof=1))
    assert derived > told
