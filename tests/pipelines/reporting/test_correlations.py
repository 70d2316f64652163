from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from isogloss.correlation_schemas import (
    Correlations,
    LanguageCorrelations,
    PartialCorrelations,
)
from isogloss.errors import Refusal
from isogloss.pipelines.reporting.correlations import (
    correlate,
    correlate_over_models,
    correlate_partially,
)
from isogloss.pipelines.reporting.parameters import CorrelationParameters
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.task_schemas import TaskScores
from tests.sessions import session

PARAMETERS = CorrelationParameters(permutations=999)
FOUR = {"deu": 1.0, "fra": 2.0, "swh": 3.0, "yor": 4.0}
CODES = "afr ara ben bul cat ces cym dan deu ell est fin fra gle heb hin".split()


def alignment(scores: Mapping[str, float], **keys: Any) -> pd.DataFrame:
    """Alignment of languages with English, the pair in its usual order."""
    defaults = {"model": "m", "metric": "mexa", "pooling": "mean", "sample": 0}
    rows = [
        {**defaults, "aggregation": "mean", **keys, "language_a": a, "language_b": b, "score": v}
        for language, v in scores.items()
        for a, b in [sorted(("eng", language))]
    ]
    return pd.DataFrame(rows)


def tasks(scores: Mapping[str, float], **keys: Any) -> pd.DataFrame:
    defaults = {"model": "m", "task": "belebele", "metric": "accuracy_label"}
    return pd.DataFrame(
        [{**defaults, **keys, "language": code, "score": v} for code, v in scores.items()]
    )


def stack(*tables: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)


def drawn(count: int, seed: int) -> dict[str, float]:
    values = np.random.default_rng(seed).normal(size=count)
    return dict(zip(CODES[:count], values.tolist(), strict=True))


def both(summary: pd.DataFrame, scores: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    table = correlate(summary, scores, "eng", PARAMETERS.model_copy(update=changes))
    return Correlations.validate(table)


def averaged(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["sample"] == -1].reset_index(drop=True)


def test_by_hand_from_the_smallest_tables() -> None:
    # Deviations -1.5 -.5 .5 1.5 and -.5 -1.5 1.5 .5: r = 3 / 5; ranks are the values themselves.
    # Of 24 orders of 1 2 3 4, |r| is at least .6 for 10: 2 with 1, 6 with .8, 2 with .6.
    summary = stack(alignment(FOUR), alignment({"deu": 9.0}).replace("eng", "ita"))
    found = both(summary, tasks({"deu": 20, "fra": 10, "swh": 40, "yor": 30, "eng": 99}))
    row = averaged(found).iloc[0]
    assert row[["pearson_r", "spearman_rho"]].tolist() == pytest.approx([0.6, 0.6])
    p_values = row[["pearson_p", "spearman_p", "p_adjusted"]].tolist()
    assert p_values == pytest.approx([10 / 24] * 3)
    assert row["n"] == 4
    assert row["languages"] == "deu fra swh yor"
    assert (row["p_method"], row["permutations"]) == ("exact permutation", 24)
    assert (row["pivot"], row["p_family"], row["reason"]) == ("eng", "all", "")
    assert row[["pearson_ci_low", "spearman_ci_high"]].isna().all()
    assert row["caution"] == "too few"
    assert "n_pool" not in found
    assert found["direction"].unique().tolist() == [""]


def test_as_scipy_with_intervals_from_ten_languages_on() -> None:
    x, y = drawn(10, 1), drawn(10, 2)
    row = averaged(both(alignment(x), tasks(y))).iloc[0]
    pairs = list(x.values()), list(y.values())
    pearson, spearman = stats.pearsonr(*pairs), stats.spearmanr(*pairs)
    assert row["pearson_r"] == pytest.approx(pearson.statistic)
    assert row["spearman_rho"] == pytest.approx(spearman.statistic)
    interval = pearson.confidence_interval(0.95)
    expected = (interval.low, interval.high)
    assert row[["pearson_ci_low", "pearson_ci_high"]].tolist() == pytest.approx(expected)
    half = 1.959964 * np.sqrt((1 + spearman.statistic**2 / 2) / 7)
    assert row["spearman_ci_low"] == pytest.approx(np.tanh(np.arctanh(spearman.statistic) - half))
    assert (row["p_method"], row["permutations"], row["caution"]) == (
        "drawn permutations",
        1000,
        "",
    )
    assert row["pearson_p"] == pytest.approx(pearson.pvalue, abs=0.05)


def test_alignment_is_averaged_over_samples_where_all_have_the_language(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = {**FOUR, "zul": 9.0}, {"deu": 3.0, "fra": 2.0, "swh": 1.0, "yor": 8.0}
    summary = stack(alignment(first), alignment(second, sample=1))
    scores = {"deu": 1.0, "fra": 5.0, "swh": 2.0, "yor": 3.0, "zul": 0.0}
    with caplog.at_level(logging.WARNING):
        found = both(summary, tasks(scores))
    row = averaged(found).iloc[0]
    assert row["languages"] == "deu fra swh yor"
    # means 2 2 2 6
    assert row["pearson_r"] == pytest.approx(np.corrcoef([2, 2, 2, 6], [1, 5, 2, 3])[0, 1])
    assert "1 of 5 alignment scores are left out" in caplog.text
    assert found.set_index("sample")["n"].to_dict() == {-1: 4, 0: 5, 1: 4}


def test_averages_made_elsewhere_are_taken_as_they_are() -> None:
    found = both(alignment(FOUR, sample=-1), tasks(FOUR))
    assert found["sample"].tolist() == [-1]
    assert found["pearson_r"].item() == pytest.approx(1)


def test_scores_of_unequal_pools_are_never_mixed() -> None:
    summary = stack(
        alignment(drawn(4, 1), n_pool=60),
        alignment(dict(list(drawn(9, 2).items())[4:]), n_pool=100),
    )
    found = averaged(both(summary, tasks(drawn(9, 3))))
    assert found.set_index("n_pool")["n"].to_dict() == {60: 4, 100: 5}
    assert (found["pearson_r"].abs() < 1).all()


def test_only_selected_scores_and_translations_into_the_pivot_count() -> None:
    other = {"deu": 1.0, "fra": 4.0, "swh": 2.0, "yor": 2.0}
    translation = {"task": "translation", "metric": "chrf"}
    scores = stack(
        tasks(FOUR, selected=True, direction="", formulation="cloze"),
        tasks(other, selected=False, direction="", formulation="label"),
        tasks(FOUR, selected=True, direction="from_pivot", formulation="", **translation),
        tasks(other, selected=True, direction="to_pivot", formulation="", **translation),
    )
    found = both(alignment(FOUR), scores)
    default = averaged(found).set_index(["task", "direction", "formulation"])["pearson_r"]
    r = np.corrcoef(list(FOUR.values()), list(other.values()))[0, 1]
    assert default.to_dict() == pytest.approx(
        {("belebele", "", "cloze"): 1, ("translation", "to_pivot", ""): r}
    )
    single = found[found["sample"] == 0].set_index(["task", "direction"])["pearson_r"]
    mean = np.mean([list(FOUR.values()), list(other.values())], axis=0)
    assert single.to_dict() == pytest.approx(
        {
            ("belebele", ""): 1,
            ("translation", "from_pivot"): 1,
            ("translation", "to_pivot"): r,
            ("translation", "both"): np.corrcoef(list(FOUR.values()), mean)[0, 1],
        }
    )


def test_without_anything_that_stands_for_a_model_only_original_rows_are_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scores = tasks(FOUR, direction="from_pivot")
    found = both(alignment(FOUR), scores)
    assert found["sample"].tolist() == [0]
    assert "nothing to correlate but the original rows" in caplog.text
    assert both(alignment(FOUR), scores.assign(selected=False)).empty


def test_original_rows_have_classical_values_and_holm() -> None:
    x, y = [drawn(11, seed) for seed in (1, 2)], drawn(11, 3)
    summary = stack(alignment(x[0]), alignment(x[1], sample=1))
    found = both(summary, tasks(y))
    single = found[found["sample"] >= 0].sort_values("sample")
    references = [stats.pearsonr(list(own.values()), list(y.values())) for own in x]
    assert single["pearson_p"].tolist() == pytest.approx([one.pvalue for one in references])
    assert single["p_adjusted"].tolist() == pytest.approx(adjust_holm(single["pearson_p"]).tolist())
    assert single["pearson_ci_high"].iloc[0] == pytest.approx(
        references[0].confidence_interval(0.95).high
    )
    assert set(single["p_method"]) == {"student"}
    assert set(single["p_family"]) == {"original"}
    assert (both(summary, tasks(y), original_rows=False)["sample"] == -1).all()


@pytest.mark.parametrize(
    ("x", "y", "n", "reason"),
    [
        (FOUR, {"deu": 1.0, "fra": 2.0}, 2, "2 languages have all that it takes; needed are 3"),
        (FOUR, {"ita": 1.0, "fra": np.nan}, 0, "0 languages have all"),
        (dict.fromkeys(FOUR, 0.1 + 0.2), FOUR, 4, "alignment is the same in all languages"),
        (FOUR, dict.fromkeys(FOUR, 0.25), 4, "task scores are the same in all languages"),
    ],
)
def test_what_is_undefined_is_missing_with_a_reason(
    x: dict[str, float], y: dict[str, float], n: int, reason: str
) -> None:
    found = both(alignment(x), tasks(y))
    numbers = ["pearson_r", "pearson_p", "spearman_rho", "spearman_p", "p_adjusted"]
    assert found[numbers].isna().all(axis=None)
    assert (found["n"] == n).all()
    assert found["reason"].str.startswith(reason).all()
    assert (found["p_method"] == "").all()


def test_models_are_tested_jointly_and_sets_of_languages_by_holm() -> None:
    x, y = [drawn(6, seed) for seed in (1, 2)], [drawn(6, seed) for seed in (3, 4)]
    summary = stack(*[alignment(own, model=f"m{i}") for i, own in enumerate(x)])
    knowledge = {code: value for code, value in drawn(6, 5).items() if code != "afr"}
    scores = stack(
        *[tasks(own, model=f"m{i}") for i, own in enumerate(y)],
        tasks(knowledge, model="m0", task="mmlu"),
    )
    found = averaged(both(summary, scores)).set_index(["model", "task"])
    largest = [
        max(
            abs(np.corrcoef(list(a.values()), np.array(list(b.values()))[list(order)])[0, 1])
            for a, b in zip(x, y, strict=True)
        )
        for order in permutations(range(6))
    ]
    within = {
        ("m0", "belebele"): np.mean(np.array(largest) >= abs(found["pearson_r"].iloc[0]) - 1e-9),
        ("m1", "belebele"): np.mean(np.array(largest) >= abs(found["pearson_r"].iloc[2]) - 1e-9),
        ("m0", "mmlu"): found.loc[("m0", "mmlu"), "pearson_p"],
    }
    assert found.index.tolist() == [("m0", "belebele"), ("m0", "mmlu"), ("m1", "belebele")]
    ordered = sorted(within, key=lambda key: float(within[key]))
    lowest = 0.0
    for position, key in enumerate(ordered):
        left = len({task for _, task in ordered[position:]})
        lowest = max(lowest, min(1.0, left * float(within[key])))
        assert found.loc[key, "p_adjusted"] == pytest.approx(lowest)
    alone = averaged(both(summary, scores, family=("task", "model")))
    assert alone["p_adjusted"].tolist() == pytest.approx(alone["pearson_p"].tolist())
    assert alone["p_family"].tolist()[1] == "task=mmlu, model=m0"
    ranks = averaged(both(summary, scores, family=("task", "model"), adjusted_statistic="spearman"))
    assert ranks["p_adjusted"].tolist() == pytest.approx(ranks["spearman_p"].tolist())


def test_what_forbids_to_call_it_a_finding() -> None:
    scores = tasks(drawn(10, 2)).assign(
        above_chance=[True] * 4 + [False] * 6, text_overlap=[0.5, 0.7] * 5
    )
    row = averaged(both(alignment(drawn(10, 1)), scores)).iloc[0]
    assert (row["caution"], row["above_chance"]) == ("at chance, same text", 0.4)
    assert row["text_overlap"] == pytest.approx(0.6)
    few = averaged(both(alignment(drawn(4, 1)), scores)).iloc[0]
    assert (few["caution"], few["above_chance"]) == ("too few, same text", 1)
    disjoint = averaged(both(alignment(drawn(10, 1)), scores.assign(text_overlap=0.0)))
    assert disjoint["caution"].item() == "at chance"


def test_two_runs_are_equal_and_the_seed_decides() -> None:
    tables = alignment(drawn(12, 1)), tasks(drawn(12, 2))
    one, same = both(*tables), both(*tables)
    pd.testing.assert_frame_equal(one, same)
    assert one["pearson_p"].iloc[0] != both(*tables, seed=1)["pearson_p"].iloc[0]


def test_keys_of_the_tasks_are_kept_and_tell_rows_apart() -> None:
    scores = stack(tasks(FOUR, shots=0, subset="x"), tasks(drawn(4, 1), shots=5, subset=None))
    found = averaged(both(alignment({**FOUR, **drawn(4, 2)}), scores))
    assert found[["shots", "subset", "n"]].values.tolist() == [[0, "x", 4], [5, "", 4]]


@pytest.mark.parametrize(
    ("summary", "scores", "message"),
    [
        (alignment(FOUR), tasks(FOUR, model="other"), "no model in common: m there, other here"),
        (stack(alignment(FOUR), alignment(FOUR)), tasks(FOUR), "alignment_summary has several"),
        (
            alignment(FOUR),
            stack(tasks(FOUR), tasks({"deu": 2.0})),
            r"task_scores has several .*language='deu' \(2 such rows.*model, task, task_metric, d",
        ),
        (alignment(FOUR), tasks(FOUR).drop(columns="metric"), "task_scores lacks .* metric"),
        (
            alignment(FOUR).replace("eng", "ita"),
            tasks(FOUR),
            r"no pair with the pivot 'eng' \(its languages: deu, fra, ita, swh, yor\)",
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    summary: pd.DataFrame, scores: pd.DataFrame, message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        both(summary, scores)


def test_who_stands_on_one_side_only_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        both(
            stack(alignment(FOUR), alignment(FOUR, model="encoder")),
            tasks({**FOUR, "zul": 1.0}),
        )
    assert "Without correlations, for want of one side: encoder." in caplog.text
    assert "with belebele leave out 1 languages that stand on one side only: zul." in caplog.text


FAMILIES = pd.DataFrame({"language": CODES, "family": ["a"] * 4 + ["b"] * 6 + ["c"] * 6})


def test_scores_in_the_pivot_alone_leave_nothing_to_correlate(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Items in English alone, such as MMLU as released, end no run that also aligns languages.
    asked = tasks({"eng": 0.4})
    with caplog.at_level(logging.WARNING):
        assert both(alignment(FOUR), asked).empty
    assert caplog.messages == [
        "task_scores has no language but the pivot: there is nothing to correlate it with."
    ]
    table = correlate_over_models(alignment(FOUR), asked, "eng", PARAMETERS)
    assert LanguageCorrelations.validate(table).empty
    assert PartialCorrelations.validate(partially(alignment(FOUR), asked, profiles())).empty


def profiles(count: int = 16, **columns: Any) -> pd.DataFrame:
    parity = np.exp(np.random.default_rng(9).normal(size=count))
    table = pd.DataFrame({"model": "m", "language": CODES[:count], "token_parity": parity})
    given: dict[str, Any] = {"data_share": np.nan, **columns}
    return table.assign(**given)


def partially(
    summary: pd.DataFrame, scores: pd.DataFrame, profile: pd.DataFrame, **changes: Any
) -> pd.DataFrame:
    parameters = PARAMETERS.model_copy(update=changes)
    table = correlate_partially(summary, scores, profile, FAMILIES, "eng", parameters)
    return PartialCorrelations.validate(table)


def test_token_parity_is_held_constant_as_its_logarithm() -> None:
    x, y, profile = drawn(16, 1), drawn(16, 2), profiles()
    found = partially(alignment(x), tasks(y), profile)
    assert found["covariates"].tolist() == ["", "token_parity"]
    without, controlled = (found.iloc[row] for row in range(2))
    plain = averaged(both(alignment(x), tasks(y))).iloc[0]
    same = ["n", "pearson_r", "pearson_p", "spearman_rho", "p_adjusted", "pearson_ci_low"]
    assert without[same].tolist() == pytest.approx(plain[same].tolist())
    z = np.log(profile["token_parity"].to_numpy())
    (_, xy, xz), (_, _, yz), _ = np.corrcoef([list(x.values()), list(y.values()), z])
    r = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert controlled["pearson_r"] == pytest.approx(r)
    high = np.tanh(np.arctanh(r) + 1.959964 / np.sqrt(16 - 1 - 3))
    assert controlled["pearson_ci_high"] == pytest.approx(high)
    t = r * np.sqrt(13 / (1 - r**2))
    assert controlled["pearson_p"] == pytest.approx(2 * stats.t.sf(abs(t), 13), abs=0.05)


def test_r_without_one_family_at_a_time() -> None:
    x, y = drawn(16, 1), drawn(16, 2)
    row = partially(alignment(x), tasks(y), profiles()).iloc[0]
    pairs = np.array([list(x.values()), list(y.values())])
    groups = FAMILIES["family"].to_numpy()
    without = [np.corrcoef(pairs[:, groups != name])[0, 1] for name in "abc"]
    assert row["pearson_r_without_family_low"] == pytest.approx(min(without))
    assert row["pearson_r_without_family_high"] == pytest.approx(max(without))
    assert (row["families"], row["n_without_family"]) == (3, 10)
    single = partially(alignment(drawn(4, 1)), tasks(y), profiles()).iloc[0]
    assert np.isnan(single["pearson_r_without_family_low"])
    assert single["families"] == 0


def test_a_covariate_takes_eight_languages_and_two_take_sixteen() -> None:
    profile = profiles(data_share=np.linspace(0, 0.3, 16))
    found = partially(alignment(drawn(16, 1)), tasks(drawn(16, 2)), profile)
    assert found["covariates"].tolist() == ["", "token_parity", "token_parity data_share"]
    # a share of 0 has no logarithm, so the first language is as good as unknown
    assert found["n"].tolist() == [16, 16, 15]
    assert found["reason"].tolist() == [
        "",
        "",
        "15 languages have all that it takes; needed are 16",
    ]
    seven = partially(alignment(drawn(7, 1)), tasks(drawn(7, 2)), profiles())
    assert seven["reason"].tolist() == ["", "7 languages have all that it takes; needed are 8"]
    assert np.isnan(seven["pearson_r"].iloc[1])


def test_covariates_that_say_nothing() -> None:
    tables = alignment(drawn(16, 1)), tasks(drawn(16, 2))
    constant = partially(*tables, profiles().assign(token_parity=2.0))
    assert constant["reason"].iloc[1].startswith("a covariate is the same in all languages")
    other = partially(*tables, profiles().assign(model="other"))
    assert other["n"].tolist() == [16, 0]
    classes = profiles(resource_class=["1", "3"] * 8)
    found = partially(*tables, classes, covariates=("resource_class", "data_share"))
    assert found["covariates"].tolist() == ["", "resource_class"]
    assert found["reason"].tolist() == ["", ""]
    with pytest.raises(Refusal, match="several rows for model 'm' and language 'afr'"):
        partially(*tables, stack(profiles(), profiles()))


def over_models(count: int, **changes: Any) -> pd.DataFrame:
    generator = np.random.default_rng(count)
    values = generator.normal(size=(2, count, 4)).tolist()
    x, y = ([dict(zip(FOUR, row, strict=True)) for row in side] for side in values)
    summary = stack(*[alignment(own, model=f"m{i}") for i, own in enumerate(x)])
    scores = stack(*[tasks(own, model=f"m{i}") for i, own in enumerate(y)])
    parameters = PARAMETERS.model_copy(update=changes)
    table = LanguageCorrelations.validate(correlate_over_models(summary, scores, "eng", parameters))
    first = pd.DataFrame({"x": [own["deu"] for own in x], "y": [own["deu"] for own in y]})
    expected = first.corr().iloc[0, 1]
    if count >= parameters.least_models:
        assert table["pearson_r"].iloc[0] == pytest.approx(expected)
    return table


def test_over_models_it_takes_eight() -> None:
    few, enough = over_models(7), over_models(9)
    assert few["language"].tolist() == enough["language"].tolist() == list(FOUR)
    assert few["pearson_r"].isna().all()
    assert set(few["reason"]) == {"7 models have all that it takes; needed are 8"}
    assert (enough["n"] == 9).all()
    assert (enough["p_adjusted"] >= enough["pearson_p"]).all()
    assert enough["models"].iloc[0] == " ".join(f"m{i}" for i in range(9))
    assert over_models(5, least_models=5)["p_method"].tolist() == ["exact permutation"] * 4


def asked(models: Mapping[str, str], **keys: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Alignment and scores of models that are best asked by letters or by texts."""
    metrics = {"label": "accuracy_label", "cloze": "accuracy_text"}
    pairs, rows = [], []
    for seed, (model, best) in enumerate(models.items()):
        pairs.append(alignment(drawn(4, seed), model=model))
        for way, metric in metrics.items():
            own = {"model": model, "formulation": way, "normalisation": "none", **keys}
            values = drawn(4, 100 + seed + 50 * (way != best))
            chosen = {"selected": way == best, "subset": ""}
            rows.append(tasks(values, metric=metric, **{**own, **chosen}))
            rows.append(tasks(values, metric="p_correct", **{**own, **chosen}))
    return stack(*pairs), stack(*rows)


WAYS = {f"m{i}": "label" if i % 2 else "cloze" for i in range(10)}


def test_over_models_accuracies_are_one_whatever_way_was_chosen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    summary, scores = asked(WAYS)
    table = LanguageCorrelations.validate(correlate_over_models(summary, scores, "eng", PARAMETERS))
    found = table[table["task_metric"] == "accuracy"]
    assert found["n"].tolist() == [10] * 4
    assert set(found["formulation"]) == set(found["normalisation"]) == {""}
    x = summary[summary["language_a"] == "afr"].set_index("model")["score"]
    chosen = scores["selected"] & (scores["language"] == "afr") & (scores["metric"] != "p_correct")
    y = scores[chosen].set_index("model")["score"]
    r = found.set_index("language")["pearson_r"]["afr"]
    assert r == pytest.approx(x.corr(y))
    # probabilities of letters and of texts are not on one scale
    probabilities = table[table["task_metric"] == "p_correct"]
    assert (probabilities["n"] == 5).all()
    assert not caplog.text
    own = correlate(summary, scores, "eng", PARAMETERS)
    assert {"accuracy_text", "accuracy_label"} < set(own["task_metric"])


def test_over_models_held_out_items_stand_beside_all_items() -> None:
    summary, scores = asked(WAYS)
    cloze = scores["selected"] & (scores["formulation"] == "cloze")
    scores = stack(
        scores.assign(selected=scores["selected"] & ~cloze),
        scores[cloze].assign(subset="held_out"),
    )
    found = correlate_over_models(summary, scores, "eng", PARAMETERS)
    assert found.loc[found["task_metric"] == "accuracy", "n"].tolist() == [10] * 4


def test_over_models_several_ways_of_a_model_are_kept_apart(
    caplog: pytest.LogCaptureFixture,
) -> None:
    summary, scores = asked(WAYS)
    unmarked = scores[scores["metric"] != "p_correct"].drop(columns="selected")
    found = correlate_over_models(summary, unmarked, "eng", PARAMETERS)
    assert set(found["formulation"]) == {"label", "cloze"}
    assert (found["n"] == 10).all()
    assert "Several accuracies of belebele stand for a model" in caplog.text


def test_held_out_items_are_correlated_where_they_are_selected() -> None:
    x, y = drawn(10, 1), drawn(10, 2)
    scores = stack(
        tasks(drawn(10, 3), subset="", selected=False),
        tasks(y, subset="held_out", selected=True),
    )
    found = both(alignment(x), scores)
    assert found["sample"].tolist() == [-1, 0]
    assert found["subset"].tolist() == ["held_out"] * 2
    r = np.corrcoef(list(x.values()), list(y.values()))[0, 1]
    assert found["pearson_r"].tolist() == pytest.approx([r, r])


def test_tables_made_elsewhere_are_all_that_a_session_needs(tmp_path: Path) -> None:
    folder = tmp_path / "07_model_output"
    folder.mkdir()
    alignment(drawn(9, 1), model="theirs").to_parquet(folder / "alignment_summary.parquet")
    tasks(drawn(9, 2), model="theirs").to_parquet(folder / "task_scores.parquet")
    with session("test", data_root=str(tmp_path), correlation={"permutations": 999}) as opened:
        opened.run(
            pipeline_names=["reporting"],
            from_inputs=["alignment_summary", "task_scores"],
            to_outputs=["correlations"],
        )
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    records = {name for name in made if "/run" in name}
    assert made - records == {
        "07_model_output/alignment_summary.parquet",
        "07_model_output/task_scores.parquet",
        "08_reporting/correlations.parquet",
    }
    found = pd.read_parquet(tmp_path / "08_reporting" / "correlations.parquet")
    assert found["sample"].tolist() == [-1, 0]
    expected = stats.pearsonr(list(drawn(9, 1).values()), list(drawn(9, 2).values())).statistic
    assert found["pearson_r"].tolist() == pytest.approx([expected, expected])


def test_scores_that_are_no_numbers(caplog: pytest.LogCaptureFixture) -> None:
    infinite = tasks({**FOUR, "yor": np.inf})
    with pytest.raises(Refusal, match="1 of 4 scores in task_scores are infinite"):
        correlate(alignment(FOUR), infinite, "eng", PARAMETERS)
    with pytest.raises(Refusal, match="1 of 4 scores in alignment_summary are infinite"):
        correlate(alignment({**FOUR, "yor": -np.inf}), tasks(FOUR), "eng", PARAMETERS)
    with caplog.at_level(logging.WARNING):
        found = correlate(alignment(FOUR), tasks({**FOUR, "yor": np.nan}), "eng", PARAMETERS)
    assert "1 of 4 scores in task_scores are NaN" in caplog.text
    assert set(found["n"]) == {3}


def test_scores_may_be_whole_numbers() -> None:
    whole = tasks({code: int(value) for code, value in FOUR.items()})
    assert TaskScores.validate(whole)["score"].dtype == float
    found = correlate(alignment(FOUR), whole, "eng", PARAMETERS)
    assert found["pearson_r"].iloc[0] == pytest.approx(1)
