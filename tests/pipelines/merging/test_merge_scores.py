from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss.pipelines.merging.merge_scores import score_locale, share_draws
from isogloss.statistics.classification_scores import macro_f1
from tests.pipelines.merging.planted_locales import make_locales, row_of


def score(merged: float = 0.8, other: float = 0.5) -> pd.DataFrame:
    [scored, *_] = make_locales(merged, other)
    return pd.DataFrame(score_locale(scored, 0.95)).set_index("recipe")


def test_scores_are_those_of_the_answers() -> None:
    [scored, *_] = make_locales()
    table = pd.DataFrame(score_locale(scored, 0.95)).set_index("recipe")
    gold, answers = scored.target.gold, scored.target.answers
    own = (answers["de-DE"] == gold).mean()
    others = [(answers[one] == gold).mean() for one in scored.target.others]
    merged = scored.approaches[-1]
    assert table["accuracy"]["own"] == pytest.approx(own)
    assert table["accuracy"]["mean_source"] == pytest.approx(np.mean(others))
    row = row_of(table, "linear-average")
    assert row["accuracy"] == pytest.approx(merged.outcomes.mean())
    assert row["accuracy_unseen"] == pytest.approx(merged.outcomes[scored.unseen].mean())
    assert (row["n"], row["n_unseen"], row["n_sources"]) == (200, 180, 4)
    assert (row["weighting"], row["k"]) == ("average", 4)
    assert row["source"] == "", "several"
    assert table["source"]["own"] == "de-DE"
    [best_source] = [one for one in scored.approaches if one.recipe == "best_source-source_dev"]
    assert (table["source"][best_source.recipe],) == best_source.sources
    assert row["synergy"] == pytest.approx(merged.outcomes.mean() - np.mean(others))
    best = table["accuracy"]["best_source-source_dev"]
    assert row["gain"] == pytest.approx(merged.outcomes.mean() - best)
    assert row["normalised"] == pytest.approx(merged.outcomes.mean() / own)
    assert (table["ci_low"] < table["accuracy"]).all()
    assert (table["accuracy"] < table["ci_high"]).all()


def test_baselines_have_no_gain() -> None:
    table = score().drop(index="linear-average")
    assert table[["synergy", "gain"]].isna().all(axis=None)


def test_intervals_of_gains_say_whether_there_is_one() -> None:
    planted = row_of(score(merged=0.85, other=0.4), "linear-average")
    assert planted["synergy_ci_low"] > 0
    assert planted["gain_ci_low"] > 0
    none = row_of(score(merged=0.5, other=0.5), "linear-average")
    assert none["gain_ci_low"] < 0 < none["gain_ci_high"]


def test_macro_f1_of_a_constant_answer() -> None:
    table = score()
    [scored, *_] = make_locales()
    share = (scored.target.gold == scored.target.majority).mean()
    assert table["macro_f1"]["majority"] == pytest.approx(2 * share / (1 + share) / 5)
    assert np.isnan(table["macro_f1"]["mean_source"])
    row = row_of(table, "linear-average")
    assert row["f1_ci_low"] < row["macro_f1"] < row["f1_ci_high"]


def test_macro_f1_has_the_interval_of_its_draws_distance_from_it() -> None:
    [scored, *_] = make_locales(items=40)
    approach = scored.approaches[-1]
    assert approach.predicted is not None
    table = pd.DataFrame(score_locale(scored, 0.95)).set_index("recipe")
    row = table.loc[approach.recipe]
    weights = scored.drawn.weights.astype(float)
    draws = [macro_f1(approach.predicted[None], scored.target.gold, one[None]) for one in weights]
    squared = np.mean((np.ravel(draws) - row["macro_f1"]) ** 2)
    share = stats.t.ppf(0.975, 39) ** 2 * squared / (row["macro_f1"] * (1 - row["macro_f1"]))
    middle = (row["macro_f1"] + share / 2) / (1 + share)
    assert (row["f1_ci_low"] + row["f1_ci_high"]) / 2 == pytest.approx(middle)


def test_the_macro_f1_of_all_right_answers_is_not_certain() -> None:
    [scored, *_] = make_locales(items=40)
    gold = scored.target.gold
    right = replace(scored.approaches[-1], outcomes=np.ones(40), predicted=gold)
    [row] = score_locale(replace(scored, approaches=[right]), 0.95)
    quantile = stats.t.ppf(0.975, 39)
    assert (row["macro_f1"], row["f1_ci_high"]) == (1, 1)
    assert row["f1_ci_low"] == pytest.approx(1 / (1 + quantile**2 / 40))


@pytest.mark.slow
@pytest.mark.parametrize("skill", [0.6, 0.95])
def test_intervals_of_macro_f1_cover(skill: float) -> None:
    [scored, *_] = make_locales(items=60)
    generator = np.random.default_rng(2)
    classes = int(scored.target.gold.max()) + 1

    def answer(gold: np.ndarray[tuple[int], np.dtype[np.intp]]) -> np.ndarray:
        others = generator.integers(0, classes, len(gold))
        return np.where(generator.random(len(gold)) < skill, gold, others)

    many = np.tile(scored.target.gold, 5000)
    [[truth]] = macro_f1(answer(many)[None], many, np.ones((1, len(many))))
    covered = []
    for _ in range(200):
        one = replace(scored.approaches[-1], predicted=answer(scored.target.gold))
        [row] = score_locale(replace(scored, approaches=[one]), 0.95)
        covered.append(row["f1_ci_low"] <= truth <= row["f1_ci_high"])
    assert np.mean(covered) > 0.93


def test_without_unseen_items() -> None:
    [scored, *_] = make_locales()
    scored.unseen[:] = False
    table = pd.DataFrame(score_locale(scored, 0.95))
    assert table["accuracy_unseen"].isna().all()
    assert (table["n_unseen"] == 0).all()


def test_locales_share_the_draws_of_common_items() -> None:
    drawn = share_draws({"a": ["1", "2", "3"], "b": ["3", "2", "1"], "c": ["2", "9"]}, 50, 0)
    np.testing.assert_allclose(drawn["a"].weights, drawn["b"].weights[:, ::-1])
    both = drawn["a"].weights[:, 1] > 0
    assert (drawn["c"].weights[both, 0] > 0).all()
    np.testing.assert_allclose(drawn["c"].weights.sum(axis=1), 1)


def test_a_merge_that_copies_one_of_its_sources_has_no_synergy() -> None:
    [scored, *_] = make_locales()
    copied = scored.target.answers["en-US"]
    merge = replace(
        scored.approaches[-1],
        outcomes=(copied == scored.target.gold).astype(float),
        predicted=copied,
        sources=("en-US", "fr-FR"),
        weights=(1.0, 0.0),
    )
    scored = replace(scored, approaches=[*scored.approaches[:-1], merge])
    row = row_of(pd.DataFrame(score_locale(scored, 0.95)).set_index("recipe"), "linear-average")
    assert row["synergy"] == 0
    assert -0.02 < row["synergy_ci_low"] < 0 < row["synergy_ci_high"] < 0.02
