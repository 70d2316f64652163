from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.patching.sites import PatchSite
from isogloss.pipelines.mediation import effect_nodes
from isogloss.pipelines.mediation.effect_nodes import (
    choose_sites,
    measure_effects,
    measure_outcomes,
)
from isogloss.pipelines.mediation.effect_parameters import EffectParameters
from isogloss.pipelines.mediation.effects import group_tokens
from isogloss.progress import ProgressReport, progress
from tests.pipelines.mediation.naive import naive_logits
from tests.pipelines.mediation.test_pair_nodes import make
from tests.pipelines.mediation.word_tables import rows_of

OUTCOMES = ("log_odds", "expected_count", "up", "down", "divergence", "flip")


@pytest.fixture(scope="module")
def pairs(tiny_lm: LanguageModel) -> pd.DataFrame:
    return make(tiny_lm, pairs=3, lengths=(5, 5), shots=0)[0]


@pytest.fixture(scope="module")
def effects(tiny_lm: LanguageModel, pairs: pd.DataFrame) -> pd.DataFrame:
    parts = measure_effects(tiny_lm, pairs, EffectParameters(outcomes=OUTCOMES))
    return pd.concat([table for _, table in parts.compute(list(parts.items))])


def at(effects: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    kept = np.ones(len(effects), bool)
    for name, value in wanted.items():
        kept &= (effects[name] == value).to_numpy()
    return effects[kept]


def test_partitions_are_a_language_and_kind(tiny_lm: LanguageModel) -> None:
    made = make(tiny_lm, pairs=2, named=("first", "last"), kinds=("count_swap", "control"))[0]
    parts = measure_effects(tiny_lm, made, EffectParameters())
    assert list(parts.items) == ["eng__count_swap", "eng__count_swap__last", "eng__control"]
    other = measure_effects(tiny_lm, made, EffectParameters(roles=("final",)))
    assert parts.items["eng__control"] != other.items["eng__control"]
    assert parts.fingerprint == other.fingerprint


def test_effects_are_those_of_whole_passes_with_hooks(
    tiny_lm: LanguageModel, pairs: pd.DataFrame, effects: pd.DataFrame
) -> None:
    generator = np.random.default_rng(0)
    with tiny_lm.open() as loaded:
        for place in generator.permutation(len(effects))[:40]:
            cell = effects.iloc[place]
            if cell["outcome"] != "log_odds":
                continue
            pair = pairs[pairs["pair_id"] == cell["pair_id"]].iloc[0]
            base, donor = tuple(pair["base_ids"]), tuple(pair["donor_ids"])
            groups = group_tokens(list(pair["roles"]), 0, ("all",))
            site, tokens = (cell["component"], int(cell["layer"])), groups[cell["role"]]
            contrast, answers = np.array(pair["contrast"]), list(pair["answers"])
            plain, moved, kept, goal = (
                float(naive_logits(loaded.model, ids, other, site, tokens)[answers] @ contrast)
                for ids, other in product((base, donor), repeat=2)
            )
            assert cell["total"] == pytest.approx(goal - plain, abs=1e-4)
            assert cell["noising"] == pytest.approx(moved - plain, abs=1e-4)
            assert cell["denoising"] == pytest.approx(goal - kept, abs=1e-4)


def test_total_is_direct_plus_denoising(effects: pd.DataFrame) -> None:
    own = effects[~effects["outcome"].isin(["divergence", "flip"])]
    np.testing.assert_allclose(own["direct"] + own["denoising"], own["total"], atol=1e-12)
    np.testing.assert_allclose(own["denoising"] - own["noising"], own["interaction"], atol=1e-12)


def test_embeddings_of_the_swapped_word_carry_everything_and_others_nothing(
    effects: pd.DataFrame,
) -> None:
    bottom = at(effects, component="residual", layer=0)
    for kind in ("count_swap", "null_swap", "irrelevant", "control"):
        swapped = at(bottom, role="swapped", kind=kind, outcome="log_odds")
        assert len(swapped)
        np.testing.assert_allclose(swapped["noising"], swapped["total"], atol=1e-5)
        np.testing.assert_allclose(swapped["denoising"], swapped["total"], atol=1e-5)
    rest = bottom[~bottom["role"].str.startswith(("swapped", "other"))]
    assert (rest["noising"] == 0).all()
    assert (rest["denoising"] == 0).all()


def test_behind_the_last_layer_the_final_token_carries_everything(effects: pd.DataFrame) -> None:
    top = at(effects, component="residual", layer=3)
    final = at(top, role="final")
    compared = ~final["outcome"].isin(["divergence", "flip"])
    np.testing.assert_allclose(
        final.loc[compared, "noising"], final.loc[compared, "total"], atol=1e-5
    )
    rest = top[top["role"] != "final"]
    assert (rest[["noising", "denoising"]] == 0).all(axis=None)


def test_nothing_in_front_of_the_swap_is_patched(effects: pd.DataFrame) -> None:
    roles = set(effects["role"])
    assert not any(role.startswith(("item_-", "separator_-", "instruction")) for role in roles)
    assert {"swapped_last", "item_+1", "final", "list_end", "category_again"} <= roles


def test_roles_whose_tokens_are_several_are_patched_together(
    pairs: pd.DataFrame, effects: pd.DataFrame
) -> None:
    prefix = at(effects, role="answer_prefix", outcome="log_odds", component="residual", layer=1)
    counted = {row.pair_id: list(row.roles).count("answer_prefix") for row in rows_of(pairs)}
    assert (prefix["tokens"] == prefix["pair_id"].map(counted)).all()
    assert (prefix["tokens"] > 1).any()


def test_outcomes_that_are_not_defined_have_no_rows(effects: pd.DataFrame) -> None:
    assert set(at(effects, kind="control")["outcome"]) == {"log_odds", "divergence", "flip"}
    assert "log_odds" not in set(at(effects, kind="relocation")["outcome"])
    assert not effects[["total", "noising", "denoising"]].isna().any(axis=None)


def test_sites_may_be_thinned(tiny_lm: LanguageModel) -> None:
    some = choose_sites(EffectParameters(components=("residual",), every=2), 3, 4)
    assert [site.layer for site in some] == [0, 2, 3], "the last layer is always there"
    one = choose_sites(EffectParameters(components=("head",), layers=(2,), every=3), 3, 4)
    assert one == [PatchSite("head", 2, head) for head in range(4)]
    with pytest.raises(Refusal, match=r"no layer 7.*0 \(embeddings\) to 3"):
        choose_sites(EffectParameters(layers=(7,)), 3, 4)


def test_roles_that_no_token_can_have_are_refused() -> None:
    there = "swapped_middle item_-3 item_+12_part separator_-1 gap_3_part gap_separator_4 all"
    assert EffectParameters.model_validate({"roles": there}).roles == tuple(there.split())
    for wrong in ("swaped", "item_1", "gap_+1", "item_+1_parts"):
        with pytest.raises(ValidationError, match=re.escape(f"there is no role '{wrong}'")):
            EffectParameters.model_validate({"head_roles": wrong})


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, list[int]]]:
    """Collect how many patches there are in all, and those that were told of."""
    made: list[tuple[int, list[int]]] = []

    @contextmanager
    def watch(*args: Any, **others: Any) -> Iterator[ProgressReport]:
        told: list[int] = []
        made.append((others["work_total"], told))
        with progress(*args, **others) as report:
            monkeypatch.setattr(report, "worked", told.append)
            yield report

    monkeypatch.setattr(effect_nodes, "progress", watch)
    return made


def test_single_heads_are_patched_at_roles_of_their_own(
    tiny_lm: LanguageModel, pairs: pd.DataFrame, counted: list[tuple[int, list[int]]]
) -> None:
    swaps = pairs[pairs["kind"] == "count_swap"]
    settings = EffectParameters(
        components=("mlp", "head", "query"),
        layers=(2, 3),
        roles=("swapped", "final"),
        outcomes=("log_odds",),
    )
    [(_, found)] = measure_effects(tiny_lm, swaps, settings).compute(["eng__count_swap"])
    roles = found.groupby("component")["role"].unique().map(set).to_dict()
    assert roles == {"mlp": {"swapped", "final"}, "head": {"final"}, "query": {"final"}}
    sizes = found.groupby("component").size()
    assert sizes.to_dict() == {"mlp": 3 * 2 * 2, "head": 3 * 2 * 4, "query": 3 * 2 * 4}
    [(total, told)] = counted
    assert total == sum(told) == 2 * sizes.sum()
    every = settings.model_copy(update={"components": ("head",), "head_roles": ("all",)})
    [(_, wide)] = measure_effects(tiny_lm, swaps, every).compute(["eng__count_swap"])
    assert {"swapped_last", "list_end", "final"} <= set(wide["role"])
    keys = ["pair_id", "component", "layer", "head", "role"]
    both = found.merge(wide, on=keys, suffixes=("", "_wide"))
    assert len(both) == 3 * 2 * 4
    np.testing.assert_allclose(both["noising"], both["noising_wide"], atol=1e-5)
    assert both["noising"].abs().max() > 1e-4


def test_outcomes_of_both_prompts(
    tiny_lm: LanguageModel, pairs: pd.DataFrame, effects: pd.DataFrame
) -> None:
    outcomes = measure_outcomes(tiny_lm, pairs, EffectParameters())
    assert len(outcomes) == 2 * len(pairs)
    assert outcomes["candidate_mass"].between(0, 1).all()
    wide = outcomes.pivot(index="pair_id", columns="run", values="y")
    totals = at(effects, outcome="log_odds").drop_duplicates("pair_id").set_index("pair_id")
    gap = (wide["donor"] - wide["base"])[totals.index]
    np.testing.assert_allclose(gap, totals["total"], atol=1e-5)
    known = pairs.set_index("pair_id")
    for row in rows_of(outcomes[outcomes["kind"] != "control"]):
        answer = known.loc[row.pair_id, "count" if row.run == "base" else "donor_count"]
        assert row.answer == answer
        assert row.correct == (row.argmax == answer)
