from __future__ import annotations

import re

import numpy as np

from isogloss.pipelines.reporting.report.language_tree import grow_tree, palette
from tests.pipelines.reporting.report.report_pages import READERS, ranking


def test_languages_hang_below_their_branch_and_family() -> None:
    tree = grow_tree(ranking(), READERS)
    assert tree["pivot"] == "English"
    assert tree["metric"] == "MEXA, pool of 60"
    leaves = {
        (family["name"], branch["name"]): [one["language"] for one in branch["languages"]]
        for family in tree["families"]
        for branch in family["branches"]
    }
    assert leaves == {
        ("Atlantic-Congo", "Bantu"): ["swh"],
        ("Indo-European", "Germanic"): ["deu"],
        ("Turkic", "Oghuz"): ["tur"],
    }


def test_a_leaf_has_value_interval_n_and_colour() -> None:
    (swahili,) = grow_tree(ranking(), READERS)["families"][0]["branches"][0]["languages"]
    (score,) = swahili["scores"]
    assert (score["value"], score["interval"], score["n"]) == (".00", "[.00, .06]", 60)
    assert score["model"] == "Gemma, 4-bit"
    assert not score["above"]
    assert score["share"] == 0
    assert score["colour"] == palette()[0]


def test_a_leaf_at_chance_is_not_above_it_whatever_random_pairings_find() -> None:
    families = grow_tree(ranking().assign(above_random_pairing=True), READERS)["families"]
    above = {
        language["language"]: score["above"]
        for family in families
        for branch in family["branches"]
        for language in branch["languages"]
        for score in language["scores"]
    }
    assert above == {"swh": False, "deu": True, "tur": True}


def test_a_score_that_is_not_known_is_not_0() -> None:
    table = ranking()
    table.loc[table["language"] == "swh", "score"] = np.nan
    table["above_random_pairing"] = table["above_random_pairing"].astype(object)
    table.loc[table["language"] == "deu", "above_random_pairing"] = np.nan
    tree = grow_tree(table, READERS)
    assert [family["name"] for family in tree["families"]] == ["Indo-European", "Turkic"]
    (german,) = tree["families"][0]["branches"][0]["languages"]
    assert german["scores"][0]["above"] is False
    assert grow_tree(table.assign(score=np.nan), READERS) == {}


def test_without_branches_languages_hang_below_their_family() -> None:
    bare = {**READERS, "languages": READERS["languages"].drop(columns="genus")}
    tree = grow_tree(ranking(), bare)  # type: ignore[arg-type]
    assert [branch["name"] for family in tree["families"] for branch in family["branches"]] == [
        "", "", "",
    ]  # fmt: skip


def test_colours_go_from_light_to_dark() -> None:
    colours = palette()
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
    brightness = [sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in colours]
    assert brightness == sorted(brightness, reverse=True)
