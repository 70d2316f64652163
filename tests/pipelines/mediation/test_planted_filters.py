"""Category swaps tell a head that looks for what is asked from items that know it already."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.counting_prompts import Part
from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.designs import Design
from isogloss.pipelines.mediation.effect_nodes import measure_effects, measure_outcomes
from isogloss.pipelines.mediation.effect_parameters import EffectParameters
from isogloss.pipelines.mediation.pairs import contrast_weights
from isogloss.pipelines.mediation.roles import name_roles
from isogloss.pipelines.mediation.tokens import Encoded
from tests.pipelines.mediation.planted_filter import DIGITS, ITEMS, VOCABULARY, Filter, save_filter

LISTS = ("a0 u1 b2 b3 b4", "a0 a1 a2 b3 u4", "u0 b1 u2 b3 u4", "a0 a1 u2 a3 a4", "b0 a1 b2 a3 b4")
WAYS: tuple[tuple[Filter, str], ...] = (("lazy", "first"), ("lazy", "last"), ("eager", "first"))
SETTINGS = EffectParameters(components=("residual", "head", "query"))


def pair(listed: str, asked: str, named: str) -> dict[str, Any]:
    """Make a row of `mediation_pairs`: a list of five words, asked for A and B, or B and A."""
    words = listed.split()
    parts = [Part("item", "_", at) for at in range(ITEMS)]
    parts.insert(0 if named == "first" else ITEMS, Part("category", "_"))
    prompts = []
    for one in asked:
        shown = [one if part.name == "category" else words[part.item] for part in parts]
        prompts.append([VOCABULARY[word] for word in ("<s>", *shown, "?")])
    parts = [Part("template", "_"), *parts, Part("answer_prefix", "_")]
    spans = tuple((at, at + 1) for at in range(len(parts)))
    encoded = Encoded(tuple(prompts[0]), spans, (False,) * len(parts))
    counts = [sum(word.startswith(one.lower()) for word in words) for one in asked]
    sign = 1 if counts[1] > counts[0] else -1
    design = Design("category_swap", ITEMS, -1, -1, 0, 0, counts[0], sign, "", counts[1])
    return {
        "pair_id": f"{listed} {asked} {named}", "language": "eng", "kind": "category_swap",
        "named": named, "separators": "usual", "category": asked[0], "part": "all",
        "lists_id": listed, "sign": sign, "count": counts[0], "donor_count": counts[1],
        "base_ids": prompts[0], "donor_ids": prompts[1],
        "roles": list(name_roles(parts, encoded, -1)),
        "answers": [VOCABULARY[digit] for digit in DIGITS], "contrast": contrast_weights(design),
    }  # fmt: skip


def planted_pairs(named: str) -> pd.DataFrame:
    return pd.DataFrame([pair(one, asked, named) for one in LISTS for asked in ("AB", "BA")])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[Filter, LanguageModel]:
    folder = tmp_path_factory.mktemp("filters")
    return {
        "lazy": save_filter(folder / "lazy", "lazy"),
        "eager": save_filter(folder / "eager", "eager"),
    }


@pytest.fixture(scope="module")
def measured(models: dict[Filter, LanguageModel]) -> dict[tuple[str, str], pd.DataFrame]:
    """Working and place of the name -> effects on the expected count and the log-odds."""
    found: dict[tuple[str, str], pd.DataFrame] = {}
    for working, named in WAYS:
        parts = measure_effects(models[working], planted_pairs(named), SETTINGS)
        tables = [own for _, own in parts.compute(list(parts.items))]
        found[working, named] = align_effects(pd.concat(tables))
    return found


def on_count(effects: pd.DataFrame) -> pd.DataFrame:
    return effects[effects["outcome"] == "expected_count"]


def of_site(effects: pd.DataFrame, component: str, layer: int, head: int) -> pd.DataFrame:
    """Give the effects of one site at the final token, a row a pair."""
    keys = {"component": component, "layer": layer, "head": head, "role": "final"}
    return effects[(effects[list(keys)] == list(keys.values())).all(axis=1)]


@pytest.mark.parametrize(("working", "named"), WAYS)
def test_both_find_the_members(
    models: dict[Filter, LanguageModel],
    measured: dict[tuple[str, str], pd.DataFrame],
    working: Filter,
    named: str,
) -> None:
    pairs = planted_pairs(named)
    outcomes = measure_outcomes(models[working], pairs, SETTINGS)
    assert outcomes["correct"].all()
    np.testing.assert_allclose(outcomes["expected_count"], outcomes["answer"], atol=0.15)
    effects = measured[working, named]
    gaps = (pairs["donor_count"] - pairs["count"]).abs().set_axis(pairs["pair_id"])
    totals = on_count(effects).drop_duplicates("pair_id").set_index("pair_id")["total"]
    np.testing.assert_allclose(totals, gaps[totals.index], atol=0.15)
    assert effects.loc[effects["outcome"] == "log_odds", "total"].min() > 1


@pytest.mark.parametrize("named", ["first", "last"])
def test_query_of_a_lazy_filter_carries_the_whole_effect(
    measured: dict[tuple[str, str], pd.DataFrame], named: str
) -> None:
    effects = on_count(measured["lazy", named])
    for effect in ("noising", "denoising"):
        for component in ("query", "head"):
            found = of_site(effects, component, 2, 1)
            np.testing.assert_allclose(found[effect], found["total"], atol=0.01)
        for layer, head in ((1, 0), (1, 1), (2, 0)):
            assert of_site(effects, "query", layer, head)[effect].abs().max() < 0.01
        found = of_site(effects, "head", 1, 0)
        np.testing.assert_allclose(found[effect], found["total"], atol=0.01)
        items = effects[effects["role"].str.startswith("item_")]
        assert len(items) == (0 if named == "last" else len(LISTS) * 2 * 3 * ITEMS)
        assert np.abs(items[effect].to_numpy(float)).max(initial=0) < 0.01


def test_marked_items_carry_what_no_query_does(
    measured: dict[tuple[str, str], pd.DataFrame],
) -> None:
    effects = on_count(measured["eager", "first"])
    queries = effects[effects["component"] == "query"]
    assert set(queries["role"]) == {"final"}
    assert queries[["noising", "denoising"]].abs().to_numpy().max() < 0.01
    found = of_site(effects, "head", 2, 1)
    np.testing.assert_allclose(found["denoising"], found["total"], atol=0.01)
    marked = effects[(effects["component"] == "residual") & (effects["layer"] == 1)]
    wide = marked.pivot(index="pair_id", columns="role", values="noising")
    for pair_id, own in wide.iterrows():
        words, asked = str(pair_id).split()[:ITEMS], str(pair_id).split()[ITEMS].lower()
        counts = [sum(word.startswith(one) for word in words) for one in asked]
        sign = np.sign(counts[1] - counts[0])
        change = {asked[0]: -sign, asked[1]: sign, "u": 0}
        expected = [change[word[0]] for word in words]
        got = own[[f"item_{at:+d}" for at in range(1, ITEMS + 1)]]
        np.testing.assert_allclose(got.to_numpy(float), expected, atol=0.15)


def test_items_in_front_of_the_difference_are_not_patched() -> None:
    row = pair(LISTS[0], "AB", "last")
    assert row["roles"] == ["template", *(f"item_+{at}" for at in range(1, 6)), "category", "final"]
    assert (row["count"], row["donor_count"], row["sign"]) == (1, 3, 1)
    assert np.flatnonzero(row["contrast"]).tolist() == [1, 3]
