"""Lists whose items are parted otherwise than is usual."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss import mediation_schemas
from isogloss.counting_prompts import (
    CHAT,
    FEW_SHOT,
    Example,
    Frame,
    Names,
    Phrase,
    render_parts,
)
from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.counted_lists import choose_spots, read_lists
from isogloss.pipelines.mediation.effect_nodes import split_pairs
from isogloss.pipelines.mediation.intervention_nodes import steer_counts
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.summary_nodes import summarise_effects
from tests.pipelines.mediation.effect_tables import make_outcomes, store
from tests.pipelines.mediation.summarised import NOT_ASKED, PARAMETERS, cell, make_tables
from tests.pipelines.mediation.test_pair_nodes import count, decode, make
from tests.pipelines.mediation.word_tables import PHRASES, rows_of, word_lists

BETWEEN = {"usual": ", ", "line": "\n", "blank": " ", "semicolon": "; "}
KINDS = ("count_swap", "irrelevant", "reordering", "control")
Made = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def made(tiny_lm: LanguageModel) -> Made:
    return make(tiny_lm, kinds=KINDS, pairs=6, separators=tuple(BETWEEN))


def test_items_and_examples_are_parted_alike(made: Made, tiny_lm: LanguageModel) -> None:
    for row in rows_of(made[0]):
        text = decode(tiny_lm, row.base_ids)
        between = BETWEEN[row.separators]
        assert between.join(row.words) in text
        shot = text.partition("list: " if row.kind != "control" else "List: ")[2].partition(".")[0]
        assert len(shot.split(between)) == 6
        if row.kind != "control":
            assert count(row.words, row.asked) == row.count


def test_every_separator_has_pairs_whose_tokens_fit(made: Made) -> None:
    for table, schema in zip(
        made,
        (
            mediation_schemas.MediationPairs,
            mediation_schemas.PairAttrition,
            mediation_schemas.PairBalance,
        ),
        strict=True,
    ):
        schema.validate(table)
    kept = made[0].groupby(["kind", "separators"]).size().unstack()
    assert kept.loc["count_swap"].to_dict() == dict.fromkeys(BETWEEN, 6)
    assert kept.notna().all(axis=None)
    asked = made[1][made[1]["stage"] == "pairs"].groupby(["kind", "separators"])["n"].sum()
    assert set(asked) == {6}


def test_a_blank_is_part_of_a_word_so_that_there_is_no_token_between(made: Made) -> None:
    for row in rows_of(made[0][made[0]["kind"] == "count_swap"]):
        apart = [role for role in row.roles if "separator" in role]
        assert bool(apart) == (row.separators != "blank")
    for name, own in made[0].groupby("separators"):
        spots = choose_spots(read_lists(own), ("item", "separator"))
        assert spots == (["item"] if name == "blank" else ["item", "separator"])


def test_further_separators_leave_the_usual_pairs_as_they_are(
    made: Made, tiny_lm: LanguageModel
) -> None:
    alone = make(tiny_lm, kinds=KINDS, pairs=6)[0]
    own = made[0][made[0]["separators"] == "usual"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone)


def test_usual_separators_have_no_ending_in_names_of_partitions(made: Made) -> None:
    assert set(split_pairs(made[0])) == {
        f"eng__{kind}{ending}"
        for kind in KINDS
        for ending in ("", "__line", "__blank", "__semicolon")
    }
    last = made[0].assign(named="last")
    assert "eng__count_swap__last__line" in split_pairs(last)
    assert "eng__count_swap__last" in split_pairs(last)


def test_words_of_several_words_are_left_out_of_lists_parted_by_blanks(
    tiny_lm: LanguageModel, caplog: pytest.LogCaptureFixture
) -> None:
    words = word_lists()
    words["word"] = words["word"].replace({"truck": "fire truck", "oak": "red oak"})
    some: dict[str, Any] = {"kinds": ("null_swap",), "pairs": 20}
    with caplog.at_level(logging.INFO):
        blank = make(tiny_lm, words, separators=("usual", "blank"), **some)[0]
    assert "2 words in eng are left out, since they hold a blank" in caplog.text
    used = {word for words in blank["words"] for word in words}
    assert not {word for word in used if " " in word}
    usual = make(tiny_lm, words, **some)[0]
    assert "fire truck" in {word for words in usual["words"] for word in words}


@pytest.mark.parametrize("framing", [FEW_SHOT, CHAT])
def test_items_in_lines_are_found_in_a_chat_too(
    tokenizers: Callable[..., Any], framing: Any
) -> None:
    tokenizer = tokenizers("byte_level", chat=True)
    names = Names("trees", "trees")
    frame = Frame(Phrase(PHRASES["first"], "\n"), (Example(("oak", "tin"), names, "1"),), framing)
    parts = render_parts(frame, ["oak", "tin", "cat"], names, tokenizer)
    assert [part.text for part in parts if part.name == "separator"] == ["\n", "\n"]
    assert "".join(part.text for part in parts).count("\noak\ntin") == 0
    assert "list: oak\ntin\ncat." in "".join(part.text for part in parts)


def test_lists_are_steered_separator_by_separator(made: Made, tiny_lm: LanguageModel) -> None:
    wanted = made[0][made[0]["separators"].isin(["usual", "blank"])]
    steered = steer_counts(tiny_lm, wanted, InterventionParameters(every=3, steps=(1,), draws=1))
    spots = steered.groupby("separators")["spot"].unique().map(set).to_dict()
    assert spots == {"usual": {"item", "separator"}, "blank": {"item"}}
    by_id = wanted.set_index("pair_id")["separators"]
    assert (steered["separators"] == steered["list_id"].map(by_id)).all()


def test_effects_are_judged_by_pairs_of_the_same_separators() -> None:
    usual, blank = make_tables(0.8), make_tables(0.0)
    other = {
        f"{name}__blank": own.assign(separators="blank", pair_id=own["pair_id"] + "_blank")
        for name, own in blank.items()
    }
    outcomes = pd.concat(
        [make_outcomes(usual, 0.6), make_outcomes(other, 0.1).assign(separators="blank")]
    )
    summary, gates = summarise_effects(store(usual | other), outcomes, NOT_ASKED, PARAMETERS)
    mediation_schemas.MediationSummary.validate(summary)
    found = {name: cell(gates, kind="count_swap", separators=name) for name in ("usual", "blank")}
    assert (found["usual"]["gate"], found["blank"]["gate"]) == ("open", "closed")
    assert found["usual"]["accuracy"] > 0.5
    assert found["blank"]["accuracy"] < 0.2
    assert np.isclose(found["usual"]["total"], 0.8, atol=0.1)
