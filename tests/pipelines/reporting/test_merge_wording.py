from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.merge_wording import TOLD, describe
from tests.pipelines.reporting.merge_pages import (
    AGAINST,
    BEST,
    MERGED,
    PARAMETERS,
    make_failures,
    make_results,
    make_spelling,
    make_summary,
)

NOTHING = make_failures()


def write(
    results: pd.DataFrame,
    summary: pd.DataFrame,
    spelling: pd.DataFrame | None = None,
    failures: pd.DataFrame = NOTHING,
    corpus: str = "sample",
) -> list[str]:
    spelled = make_spelling() if spelling is None else spelling
    text = describe(results, summary, spelled, failures, corpus, 0.95, PARAMETERS)
    return text.splitlines()


def row(label: str, score: str) -> str:
    return f"  {label:<36}  {score}{'':<12}" + f"{'+.12*':>15}" * 4


def test_an_encoder_says_what_was_compared_and_what_merging_gained() -> None:
    assert write(make_results(), make_summary(low=0.02)) == [
        "Merging: one classifier of intents a locale, merged for other locales",
        "",
        "MiniLM: 3 locales, 40 test items each; one seed, English encoder, sample written for this "
        "project",
        "  own model .80 [.70, .90]; pivot's, zero-shot .35 [.25, .45] (2 locales); mean of "
        "sources .32 [.22, .42]; best source (by own dev) .32 [.22, .42]; most frequent class .12 "
        "[.02, .23]; nearest source .30 [.20, .40]",
        "  mean over locales                     accuracy        gain over:    its sources    "
        "nearest one    best source  pivot's model",
        row("merge: average", ".42 [.32, .52]"),
        row("TIES: average", ".53 [.43, .63]"),
        row("merge: average (target's dev labels)", ".47 [.37, .57]"),
        "  not spelled, shown apart (share of unknown tokens): ja-JP 85%",
        "",
        "Brackets: 95% intervals over items and locales; they speak of other locales like these, "
        "not of another training.",
        "* told from 0: the interval of the mean gain excludes 0. Each is taken by itself: where "
        "merging changes nothing, one in 20 excludes 0 by chance, and 12 are looked at. Without *: "
        "not told from 0.",
    ]


def marks(lines: list[str]) -> list[bool]:
    """Say of every gain in the table whether it is marked."""
    rows = [line for line in lines if re.match(r"  (merge|TIES): ", line)]
    return [gain.endswith(TOLD) for row in rows for gain in re.findall(r"[+-]?\.\d\d\*?", row)[3:]]


def test_a_gain_whose_interval_holds_0_is_never_told_from_it() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        summary = make_summary()
        gains = summary["baseline"] != ""
        low, high = -generator.random(gains.sum()), generator.random(gains.sum())
        summary.loc[gains, "ci_low"], summary.loc[gains, "ci_high"] = low, high
        summary.loc[gains, "mean"] = generator.uniform(low, high)
        found = marks(write(make_results(), summary))
        assert found == [False] * 12


@pytest.mark.parametrize(("low", "told"), [(0.001, True), (-0.21, True), (0.0, False)])
def test_a_gain_or_loss_whose_interval_excludes_0_is_told(low: float, told: bool) -> None:
    assert marks(write(make_results(), make_summary(low=low))) == [told] * 12


def test_without_an_interval_nothing_is_told() -> None:
    summary = make_summary(low=0.2).assign(ci_low=np.nan, ci_high=np.nan, n_locales=1)
    lines = write(make_results(), summary)
    assert lines[5].split() == ["merge:", "average", ".42", *["+.30"] * 4]
    assert "*" not in "".join(lines)
    assert "Brackets" not in "".join(lines), "there are none"


def test_every_seed_must_tell() -> None:
    results = pd.concat([make_results(), make_results(seed=1)])
    both = pd.concat([make_summary(low=0.05), make_summary(seed=1, low=0.01)])
    assert all(marks(write(results, both)))
    for other in (-0.05, -0.25):
        mixed = pd.concat([make_summary(low=0.05), make_summary(seed=1, low=other)])
        lines = write(results, mixed)
        assert not any(marks(lines))
        assert "one seed" not in lines[2]
        assert "Of several seeds the means, of bounds too." in lines[-2]


def test_an_encoder_takes_few_lines_whatever_is_merged() -> None:
    one = make_results()
    many = [one]
    settings = make_summary(low=0.05)
    means = [settings]
    for k in range(3, 40):
        rows = one[one["recipe"] == MERGED[0]].assign(recipe=f"average-geo-k{k}", k=k)
        many.append(rows)
        gains = settings[settings["recipe"] == MERGED[0]]
        means.append(gains.assign(recipe=f"average-geo-k{k}"))
    failures = make_failures(("merge", "x-0", "no memory"), ("classifier", "de-DE-0", "no labels"))
    lines = write(pd.concat(many), pd.concat(means), failures=failures)
    own = lines[2 : lines.index("", 2)]
    assert len(own) == 14
    assert own[-3:] == [
        "  and 32 more merges: see its merging.md",
        "  not spelled, shown apart (share of unknown tokens): ja-JP 85%",
        "  failed: merge x-0, classifier de-DE-0; reasons: see its merging.md",
    ]
    assert "32 are looked at" in lines[-1], "those that are shown"


def test_encoders_follow_each_other() -> None:
    results = pd.concat([make_results(), make_results(encoder="xlmr")])
    summary = pd.concat([make_summary(), make_summary(encoder="xlmr", low=0.05)])
    spelling = pd.concat([make_spelling(), make_spelling("xlmr").assign(spelled=True)])
    lines = write(results, summary, spelling, corpus="massive")
    assert lines[2] == "MiniLM: 3 locales, 40 test items each; one seed, English encoder"
    assert lines[10] == "XLM-R: 3 locales, 40 test items each; one seed"
    assert marks(lines) == [False] * 12 + [True] * 12
    assert sum("not spelled" in line for line in lines) == 1


def test_nothing_merged_or_nothing_spelled_is_said() -> None:
    results = make_results()
    alone = results[~results["recipe"].isin(MERGED)]
    summary = make_summary()
    lines = write(alone, summary[~summary["recipe"].isin(MERGED)])
    assert lines[4] == "  nothing was merged"
    assert len(lines) == 6, "no footnote on gains"
    unspelled = write(results.assign(spelled=False), summary.iloc[:0])
    assert unspelled[2].startswith("MiniLM: 0 locales, 40 test items each")
    assert unspelled[3] == "  no locale that the encoder can spell has a score"
    assert unspelled[5].split() == ["merge:", "average", "–"]


def test_a_baseline_that_no_merge_has_is_no_column() -> None:
    summary = make_summary(low=0.05)
    lines = write(
        make_results(), summary[~summary["baseline"].isin(["pivot", "nearest_source", BEST])]
    )
    assert lines[4].endswith("gain over:    its sources")
    assert len(AGAINST) == 6
