from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.merge_report import write_report
from tests.figures.merge_examples import make_study, massive_locales, read_locales
from tests.pipelines.reporting.merge_pages import (
    AVERAGE,
    BEST,
    MERGED,
    PARAMETERS,
    TIES,
    make_comparisons,
    make_failures,
    make_inputs,
    make_results,
    make_summary,
    make_weights,
)


def sections(**others: Any) -> dict[str, str]:
    """Give the text below every heading; the first stands below its own text."""
    parts = ("\n" + write_report(make_inputs(**others))).split("\n## ")
    titles = ["", *(part.split("\n", 1)[0] for part in parts[1:])]
    return dict(
        zip(titles, [parts[0], *(part.split("\n", 1)[1] for part in parts[1:])], strict=True)
    )


def rows(section: str) -> list[list[str]]:
    """Give the cells of all tables in a section."""
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_says_what_was_done_with_what() -> None:
    text = sections()[""]
    assert "# Merging classifiers of intents: MiniLM\n" in text
    assert "**One seed, English encoder, sample written for this project.**" in text
    assert "- Intents: corpus `sample`, 40 test items a locale" in text
    assert "- Locales: 3 (de-DE, en-US, sw-KE)" in text
    assert "- Shown apart, as the encoder cannot spell them: 1 more" in text
    assert "- Ways of merging: 3" in text
    assert "docs/methods/merging.md" in text
    plain = sections(
        corpus="massive", parameters=PARAMETERS.model_copy(update={"english_models": ()})
    )
    assert "**One seed.**" in plain[""]


def test_means_with_intervals_and_gains_over_every_baseline() -> None:
    found = rows(sections(summary=make_summary(low=0.02))["Means over locales"])
    assert found[0] == ["not merged", "accuracy"]
    assert ["own model", ".80 [.70, .90]"] in found
    assert ["pivot's model, zero-shot", ".35 [.25, .45] (2 locales)"] in found
    merged = [row for row in found if row[0].startswith(("merge", "TIES"))]
    assert merged[0] == ["merge: average", ".42 [.32, .52]", *["**+.12 [.02, .22]**"] * 6]
    heads = next(row for row in found if row[0] == "one model, merged")
    assert heads[2:] == [
        "gain over its own sources",
        "gain over the nearest source",
        "gain over the mean of all sources",
        "gain over the best source",
        "gain over the pivot's model",
        "gain over the own model",
    ]
    assert ["mean of probabilities: average", ".52 [.42, .62]"] == found[-1][:2]


def test_bold_is_what_is_told_from_0_and_nothing_else() -> None:
    assert "**" not in sections()["Means over locales"]
    said = sections(summary=make_summary(low=0.02))["Means over locales"]
    assert "one in 20 excludes 0 by chance, and there are 24." in said
    unsure = sections(confidence=0.9)["Means over locales"]
    assert "90% intervals" in unsure
    assert "one in 10" in unsure


def test_a_row_a_locale_with_merges_in_the_order_of_the_plan() -> None:
    section = sections(comparisons=make_comparisons(p=0.01))["Locale by locale"]
    found = rows(section)
    assert found[0] == [
        "locale", "items", "own model", "pivot's model", "best source (by own dev)",
        "most frequent class", "nearest source", "merge: average", "TIES: average",
    ]  # fmt: skip
    assert found[2:] == [
        ["de-DE German", "40", ".80", ".50", ".50", ".12", ".45", "**.60**", "**.55**"],
        ["en-US English", "40", ".90", "–", ".25", ".12", ".30", "**.55**", "**.75**"],
        ["sw-KE Swahili", "40", ".70", ".20", ".20", ".12", ".15", "**.10**", "**.30**"],
    ]
    assert "2 more merges and ensembles are in `merge_table.csv`." in section
    below = make_comparisons(p=0.01)
    below.loc[below["baseline"] == "nearest_source", "difference"] = -0.1
    assert "*.60*" in rows(sections(comparisons=below)["Locale by locale"])[2]
    assert "seen no label of the target" in section
    assert "**" not in "".join(map(str, rows(sections()["Locale by locale"]))), "p = .2"


def test_locales_that_cannot_be_spelled_stand_apart() -> None:
    section = sections(comparisons=make_comparisons(p=0.01))[
        "Locales that the encoder cannot spell"
    ]
    assert rows(section)[2] == [
        "ja-JP Japanese",
        "40",
        "85%",
        ".30",
        ".10",
        ".10",
        ".12",
        ".10",
        ".20",
        ".20",
    ]
    results = make_results()
    spelled = sections(results=results[results["spelled"]])
    assert "Locales that the encoder cannot spell" not in spelled


def test_failures_and_what_is_missing_are_listed() -> None:
    assert sections()["Failed or missing"].strip() == (
        "Nothing failed. Every merge of the plan has a score."
    )
    results = make_results()
    lost = (results["recipe"] == TIES) & (results["locale"].isin(["de-DE", "sw-KE"]))
    lost |= (results["recipe"] == "own") & (results["locale"] == "sw-KE")
    section = sections(
        results=results[~lost],
        failures=make_failures(("merge", f"{TIES}-0", "no memory\nleft")),
    )["Failed or missing"]
    assert section.strip().splitlines() == [
        f"- failed: merge `{TIES}-0`: no memory left",
        f"- no score: `{TIES}` for de-DE (seed 0), sw-KE (seed 0)",
        "- no model of their own: sw-KE",
    ]


def test_remarks_are_listed() -> None:
    title = "Left out, or decided by a rule"
    assert sections()[title].strip() == "Nothing was left out, and no rule had to decide."
    remarks = pd.DataFrame(
        {"what": ["tie broken"], "name": ["geo, k 2"], "n": [1], "detail": ["de-DE:\nfr-FR"]}
    )
    assert sections(remarks=remarks)[title].strip() == "- tie broken, geo, k 2 (1): de-DE: fr-FR"


def test_what_has_seen_labels_is_named() -> None:
    notes = sections()["How to read this"]
    assert "**Train labels of the target** went into own model, most frequent class:" in notes
    assert "sources of merge: average (target's dev labels)." in notes
    assert "Test labels" not in notes
    assert "Of 3 locales it is the model of en-US for 2, sw-KE for 1." in notes
    assert "McNemar" in notes
    assert "max-T" in notes


def test_seeds() -> None:
    assert "- **One seed**: " in sections()["How to read this"]
    two = sections(
        results=pd.concat([make_results(), make_results(seed=1)]),
        summary=pd.concat([make_summary(low=0.1), make_summary(seed=1, low=-0.1)]),
        comparisons=pd.concat([make_comparisons(p=0.01), make_comparisons(seed=1, p=0.2)]),
        weights=pd.concat([make_weights(), make_weights(seed=1)]),
    )
    assert "- **2 seeds**: " in two["How to read this"]
    heads, _, *means = rows(two["Means over locales"])[:4]
    assert heads[:3] == ["not merged", "accuracy", "SD over seeds"]
    assert means[0][2] == ".00", "both seeds score alike"
    assert "SD over seeds" not in sections()["Means over locales"]
    assert "One seed" not in two[""]
    assert "- Seeds of the classifiers: 0, 1" in two[""]
    assert "+.10 [.00, .20]" in two["Means over locales"]
    assert "**" not in two["Means over locales"] + "".join(map(str, rows(two["Locale by locale"])))


def test_every_name_leads_to_its_recipe() -> None:
    names = sections()["What the names stand for"].splitlines()
    assert f"- merge: average: `{AVERAGE}`" in names
    assert f"- best source (by own dev): `{BEST}`" in names


def test_baselines_alone_and_locales_that_none_can_spell() -> None:
    results, summary = make_results(), make_summary()
    alone = sections(
        results=results[~results["recipe"].isin(MERGED)],
        summary=summary[~summary["recipe"].isin(MERGED)],
        comparisons=make_comparisons().iloc[:0],
        weights=make_weights().iloc[:0],
    )
    assert [row[0] for row in rows(alone["Means over locales"])][:2] == ["not merged", "---"]
    assert len(rows(alone["Locale by locale"])[0]) == 7
    assert "Bold" not in alone["Means over locales"] + alone["Locale by locale"]
    nobody = sections(
        results=results.assign(spelled=False), summary=summary.iloc[:0], comparisons=pd.DataFrame()
    )
    assert "there are no means" in nobody["Means over locales"]
    assert nobody["Locale by locale"].strip() == "None."


def test_fifty_locales_stay_readable() -> None:
    study = make_study(massive_locales(), unspelled=("ja-JP", "th-TH"))
    text = write_report(
        make_inputs(
            results=study.results, comparisons=study.comparisons.assign(p_mcnemar=np.nan),
            summary=study.summary, weights=study.weights, transfer=study.transfer,
            spelling=study.spelling, locales=read_locales(),
        )
    )  # fmt: skip
    assert len(text.splitlines()) < 160
    assert "nan" not in text
    assert max(len(row) for row in rows(text)) <= 12
    table = text.split("## Locale by locale")[1].split("## ")[0]
    assert len(rows(table)) == 2 + 50


@pytest.mark.parametrize("name", ["results", "comparisons", "summary"])
def test_the_page_changes_nothing(name: str) -> None:
    inputs = make_inputs()
    before = inputs[name].copy()  # type: ignore[literal-required]
    write_report(inputs)
    pd.testing.assert_frame_equal(inputs[name], before)  # type: ignore[literal-required]
