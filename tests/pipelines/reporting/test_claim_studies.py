from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.claim_alignment import claim_alignment, claim_tasks
from isogloss.pipelines.reporting.claim_counting import claim_counting, claim_mediation
from isogloss.pipelines.reporting.claim_cross_study import claim_cross_study
from isogloss.pipelines.reporting.claim_rows import judge_claims, read_further
from isogloss.pipelines.reporting.claim_studies import (
    GAIN,
    SYNERGY,
    claim_culture,
    claim_merging,
)
from isogloss.pipelines.reporting.claim_told import Names
from isogloss.pipelines.reporting.claim_wording import render
from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters
from isogloss.scoreboard_columns import DIFFERS, NOT_SEPARABLE, NOT_TESTED, SHOWN, TESTED
from isogloss.scoreboard_schemas import CrossStudy, StudyClaims
from isogloss.statistics.intervals import p_of_interval, student_interval
from tests.figures.counting_examples import make_counting_scores
from tests.figures.culture_tables import make_demo
from tests.figures.task_examples import make_task_scores
from tests.pipelines.reporting.merge_pages import make_results, make_summary
from tests.scoreboard_tables import QUESTION, rows

PARAMETERS, SETTINGS = ReportingParameters(), ScoreboardParameters()
NOTHING = pd.DataFrame()
LAYERS = pd.DataFrame(
    columns=[
        *("model", "pooling", "metric", "selected", "tied_with_selected", "layer"),
        *("layer_first", "layer_last"),
    ]
)


def test_p_and_interval_agree() -> None:
    error, n = np.array([0.1, 0.1]), 12
    estimate = np.array([0.25, 0.2])
    low, high = student_interval(estimate, error, n)
    p = p_of_interval(estimate, low, high, [n, n])
    assert (p <= 0.05).tolist() == (low > 0).tolist() == [True, False]
    # an end that was cut off does not make it surer
    assert p_of_interval([0.9], [0.6], [1.0], [n])[0] == pytest.approx(
        p_of_interval([0.9], [0.6], [1.2], [n])[0]
    )
    assert np.isnan(p_of_interval([0.1, 0.1], [np.nan, 0.1], [0.2, 0.1], [n, n])).all()


def test_merging_claims_synergy_and_gain_of_the_declared_merge() -> None:
    results = make_results()
    claims = StudyClaims.validate(
        claim_merging(results, make_summary(low=0.05), "sample", 0.95, SETTINGS, PARAMETERS)
    )
    assert claims["subject"].tolist() == [SYNERGY, GAIN]
    assert claims["estimate"].tolist() == pytest.approx([0.15, 0.15])
    assert (claims["unit"] == "locales").all()
    assert read_further(claims.iloc[0].to_dict())["cautions"] == "one seed, synthetic sample"


def test_of_several_seeds_the_largest_p_counts() -> None:
    results = pd.concat([make_results(0), make_results(1)])
    sure, vague = make_summary(0, low=0.09), make_summary(1, low=-0.05)
    both = claim_merging(results, pd.concat([sure, vague]), "x", 0.95, SETTINGS, PARAMETERS)
    alone = claim_merging(results, vague, "x", 0.95, SETTINGS, PARAMETERS)
    assert both["p"].iloc[0] == alone["p"].iloc[0]


def test_nothing_was_merged_without_labels() -> None:
    seen = make_results()
    seen = seen[seen["supervision"] == "target_dev"]
    assert claim_merging(seen, make_summary(), "x", 0.95, SETTINGS, PARAMETERS).empty


def test_counting_claims_the_gap_to_the_best_baseline() -> None:
    scores = make_counting_scores(
        {"all": 0.5, "eng": 0.5, "deu": 0.5}, p_above_baseline_adjusted=0.01
    )
    [claim] = StudyClaims.validate(claim_counting(scores)).to_dict("records")
    assert claim["estimate"] == pytest.approx(0.3)
    assert (claim["p"], claim["wording"]) == (0.01, TESTED)
    assert set(read_further(claim)["baselines"]) == {"constant", "length", "uniform"}
    [untested] = claim_counting(make_counting_scores()).to_dict("records")
    assert untested["wording"] == NOT_TESTED


def test_values_claim_a_contrast_that_is_adjusted_over_languages() -> None:
    study = make_demo()
    truth = study.truth.assign(synthetic=False)
    alignment = study.alignment.assign(synthetic=False)
    contrasts = study.contrasts.assign(synthetic=False)
    claims = StudyClaims.validate(
        claim_culture(study.scores, truth, alignment, contrasts, "joint", 0.95)
    )
    assert claims["subject"].tolist() == ["distinctive_agreement", "reference_country"]
    shown, tested = claims.to_dict("records")
    assert shown["wording"] == SHOWN
    assert shown["reference"] == "all who answered in the language"
    lone = alignment[alignment["level"] == "country"]
    alone = claim_culture(study.scores, truth, lone, contrasts.iloc[:0], "joint", 0.95)
    assert alone["reference"].tolist() == ["the only country where the language is the main one"]
    own = contrasts[(contrasts["part"] == "distinctive") & (contrasts["metric"] == "spearman")]
    assert tested["p"] in set(own["p_adjusted"])
    assert tested["wording"] == TESTED


def test_a_closed_gate_of_mediation_is_counted_and_claims_nothing() -> None:
    keys = {"model": "m", "language": "eng", "kind": "count_swap", "named": "first",
            "separators": "usual", "part": "all", "subset": "all",
            "outcome": "log_odds"}  # fmt: skip
    gates = rows({
        **keys, "n_pairs": 8, "n_categories": 8, "total": 1.0, "total_ci_low": 0.5,
        "total_ci_high": 1.5, "gate": "closed", "remark": "counts no better than one answer",
    }, {}, {"kind": "null_swap"}, {"subset": "both_correct"})  # fmt: skip
    summary = rows(
        {**keys, "component": "", "effect": "total", "p": 0.001}, {}, {"component": "residual"}
    )
    [claim] = judge_claims([claim_mediation(gates, summary, 0.9)]).to_dict("records")
    assert claim["p_adjusted"] == 0.001
    assert claim["confidence"] == 0.9
    assert claim["wording"] == NOT_SEPARABLE


def test_tasks_claim_the_language_with_the_smallest_p() -> None:
    scores = make_task_scores("gemma", ("eng", "deu", "swh"))
    p = {"eng": 0.02, "deu": 0.001, "swh": 0.5}
    scores = scores.assign(p_above_chance_adjusted=scores["language"].map(p), floor=15.0)
    claims = StudyClaims.validate(claim_tasks(scores, "eng"))
    assert claims["study"].tolist() == ["reading", "knowledge", "translation"]
    assert set(claims["language"]) == {"deu"}
    assert set(claims["p"]) == {0.001}
    assert read_further(claims.iloc[0].to_dict())["highest"][0] == "eng"


def test_reading_knows_what_matching_words_gets_in_the_language_of_the_claim() -> None:
    scores = make_task_scores("gemma", ("eng", "deu"))
    known = {"eng": 0.3, "deu": 0.28}
    matched = scores["language"].map(known).where(scores["task"] == "belebele")
    scores = scores.assign(p_above_chance_adjusted=0.01, word_match=matched)
    claims = {row["study"]: row for row in claim_tasks(scores, "eng").to_dict("records")}
    reading = claims["reading"]
    assert read_further(reading)["word_match"] == known[reading["language"]]
    assert "word_match" not in read_further(claims["knowledge"])


def test_translations_are_tested_by_chrf_also_where_comet_is_shown() -> None:
    scores = make_task_scores("gemma", ("eng", "deu"), comet=True)
    scores.loc[scores["metric"] == "comet", "selected"] = True
    scores = scores.assign(p_above_chance_adjusted=0.01, floor=15.0)
    claims = claim_tasks(scores, "eng")
    found = claims[claims["study"] == "translation"].iloc[0]
    assert read_further(found.to_dict())["metric"] == "chrf"


def ranking() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": "m", "pooling": "mean", "metric": "mexa", "pivot": "eng",
            "language": ["deu", "swh"], "score": [0.5, 0.1], "ci_low": [0.4, 0.0],
            "ci_high": [0.6, 0.2], "confidence": 0.95, "n": 60, "n_pool": 60,
            "chance": [0.008, 0.008], "floor": [0.01, 0.02], "p_pairing_adjusted": [0.001, 0.3],
            "rank": [1, 2], "tied_with_best": [True, False], "tied_with_worst": [False, True],
            "difference_to_best": [0.0, -0.4], "difference_to_best_ci_low": [0.0, -0.5],
            "difference_to_best_ci_high": [0.0, -0.3],
        }
    )  # fmt: skip


def test_tables_of_earlier_versions_are_not_tested() -> None:
    claims = claim_alignment(LAYERS, ranking(), "sample", PARAMETERS)
    above, ends = claims.to_dict("records")
    assert (above["null"], above["wording"]) == (0.01, TESTED)
    assert (ends["estimate"], ends["ci_low"], ends["ci_high"]) == (0.4, 0.3, 0.5)
    assert ends["wording"] == NOT_TESTED


def test_a_language_below_chance_is_not_claimed_to_be_aligned() -> None:
    near = ranking().assign(
        score=[0.006, 0.002], ci_low=[0.004, 0.001], ci_high=[0.008, 0.003], chance=0.005,
        floor=0.001, p_pairing_adjusted=0.0005,
    )  # fmt: skip
    parts = [claim_alignment(LAYERS, near, "sample", PARAMETERS)]
    claim, _ = judge_claims(parts).to_dict("records")
    assert (claim["language"], claim["wording"]) == ("deu", NOT_SEPARABLE)
    parts = [claim_alignment(LAYERS, near.assign(ci_low=[0.0051, 0.001]), "sample", PARAMETERS)]
    claim, _ = judge_claims(parts).to_dict("records")
    assert (claim["language"], claim["wording"]) == ("deu", DIFFERS)
    assert read_further(claim)["above"] == ["deu"]


def test_across_studies_only_open_confirmatory_questions_are_tested() -> None:
    closed = {"gate": "closed", "verdict": "not testable", "reason": "n = 5"}
    questions = CrossStudy.validate(
        rows(
            QUESTION,
            {},
            {"outcome": "counting", **closed},
            {"outcome": "culture", "confirmatory": False},
            {"outcome": "merging", "proxy": True, **closed},
        )
    )
    claims = StudyClaims.validate(claim_cross_study(questions))
    assert claims["wording"].tolist() == [TESTED, NOT_TESTED, SHOWN, NOT_TESTED]
    assert claims["p"].tolist()[0] == 0.02
    assert claims["p"].isna().tolist() == [False, True, True, True]
    assert judge_claims([claims])["wording"].tolist()[0] == DIFFERS
    assert claim_cross_study(pd.DataFrame()).empty


def test_what_cannot_be_tested_is_claimed_once_an_outcome() -> None:
    closed = {"gate": "closed", "verdict": "not testable",
              "reason": "not testable here: n = 7 languages (10 needed)"}  # fmt: skip
    source = {"outcome": "merging", "outcome_metric": "synergy as source"}
    table = rows(
        QUESTION,
        closed,
        {**closed, **source},
        {**closed, "covariates": "token_parity"},
        {**closed, "level": 2, "model": ""},
        {"level": 3, "predictor": "item_alignment", "confirmatory": False},
    )
    claims = StudyClaims.validate(claim_cross_study(table))
    further = [read_further(row) for row in claims.to_dict("records")]
    assert [own["outcome"] for own in further] == ["reading", "merging as source", "reading"]
    assert further[0]["reason"] == "n = 7 languages (10 needed)"
    assert claims["wording"].tolist() == ["not tested", "not tested", "shown"]
    sentences = [render(row, Names()) for row in judge_claims([claims]).to_dict("records")]
    assert sentences[0].endswith(
        "goes with reading is not testable here: n = 7 languages (10 needed)."
    )
    assert "(items, one by one) of gemma with reading is exploratory" in sentences[2]
