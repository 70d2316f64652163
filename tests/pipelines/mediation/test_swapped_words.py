"""Pairs whose swapped words the model knows are a subset of their own."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.mediation_schemas import MediationSummary
from isogloss.pipelines.mediation.effect_parameters import EffectParameters
from isogloss.pipelines.mediation.gates import NOTHING
from isogloss.pipelines.mediation.knowledge_nodes import ask_swapped_words
from isogloss.pipelines.mediation.summary_nodes import summarise_effects
from isogloss.pipelines.mediation.swapped_words import find_known_pairs, list_swapped_words
from isogloss.word_knowledge_schemas import SwappedKnowledge
from tests.pipelines.mediation import word_tables
from tests.pipelines.mediation.effect_tables import make_outcomes, store
from tests.pipelines.mediation.summarised import PARAMETERS, cell, make_tables

WORDS = (word_tables.word_lists(), word_tables.category_relations())
QUESTIONS = word_tables.membership_questions()
ON = EffectParameters(word_questions=True)
PAIRS = pd.DataFrame(
    [
        ("p1", "count_swap", "mammals", ["dog", "tin", "saw"], ["dog", "cat", "saw"]),
        ("p2", "irrelevant", "drinks", ["dog", "tin", "saw"], ["dog", "cat", "saw"]),
        ("p3", "relocation", "mammals", ["dog", "tin", "saw"], ["saw", "tin", "dog"]),
        ("p4", "null_swap", "vehicles", ["car", "plane"], ["car", "tram"]),
        ("p5", "control", "mammals", ["dog", "tin"], ["dog", "saw"]),
    ],
    columns=["pair_id", "kind", "asked", "words", "donor_words"],
).assign(language="eng", framing="few_shot")


def test_swapped_words_belong_to_the_category_that_is_asked_for_or_do_not() -> None:
    found = list_swapped_words(PAIRS, *WORDS)
    told = {
        pair: dict(zip(own["word"], own["member"], strict=True))
        for pair, own in found.groupby("pair_id")
    }
    assert told == {
        "p1": {"tin": False, "cat": True},
        "p2": {"tin": False, "cat": False},
        "p3": {"dog": True, "saw": False},
        # A plane is listed under tools, too.
        "p4": {"plane": True, "tram": True},
    }


def test_model_is_asked_only_where_that_is_wanted(
    tiny_lm: LanguageModel, caplog: pytest.LogCaptureFixture
) -> None:
    off = ask_swapped_words(tiny_lm, PAIRS, *WORDS, QUESTIONS, EffectParameters())
    SwappedKnowledge.validate(off)
    assert off.empty
    none = ask_swapped_words(tiny_lm, PAIRS, *WORDS, QUESTIONS.iloc[:0], ON)
    assert none.empty
    assert "swapped words of 4 pairs in eng" in caplog.text
    found = ask_swapped_words(tiny_lm, PAIRS, *WORDS, QUESTIONS, ON)
    SwappedKnowledge.validate(found)
    assert found["pair_id"].tolist() == ["p1", "p1", "p2", "p2", "p3", "p3", "p4", "p4"]
    assert (found["known"] == (found["answer"] == found["member"])).all()
    assert (found["answer"] == (found["log_odds"] > found["threshold"])).all()
    # Of mammals dog and cat, and not tin and saw, in two pairs; each word counts once.
    assert found["members_share"].tolist() == [0.5, 0.5, 0.0, 0.0, 0.5, 0.5, 1.0, 1.0]


def knowledge(tables: dict[str, pd.DataFrame], **unknown: int) -> pd.DataFrame:
    """Two words a pair; of the first so many pairs of a kind the second is not known."""
    rows: list[dict[str, Any]] = []
    for table in tables.values():
        kind = str(table["kind"].iloc[0])
        for number, pair in enumerate(table["pair_id"].unique()):
            rows += [
                {"pair_id": pair, "known": True},
                {"pair_id": pair, "known": number >= unknown.get(kind, 0)},
            ]
    return pd.DataFrame(rows)


def test_pairs_are_known_if_all_their_words_are() -> None:
    table = pd.DataFrame({"pair_id": ["a", "a", "b", "b"], "known": [True, True, True, False]})
    assert find_known_pairs(table) == {"a"}
    assert find_known_pairs(table.astype({"known": object})) == {"a"}


def test_known_pairs_are_summarised_beside_all_and_open_no_gate_that_is_closed_to_them() -> None:
    tables = make_tables(0.8)
    own = tables["eng__count_swap"]
    # Of the pairs with an unknown word the effect is the reverse: together there is none.
    reverse = own["pair_id"].str.split("_").str[-1].astype(int) < 24
    numbers = ["total", "noising", "denoising", "direct", "interaction"]
    own.loc[reverse, numbers] *= -1
    outcomes = make_outcomes(tables, 0.6)
    known = knowledge(tables, count_swap=24, null_swap=12)
    summary, gates = summarise_effects(store(tables), outcomes, known, PARAMETERS)
    MediationSummary.validate(summary)
    whole = cell(gates, kind="count_swap")
    assert (whole["gate"], whole["remark"]) == ("closed", NOTHING)
    chosen = {"kind": "count_swap", "subset": "words_known"}
    gate = cell(gates, **chosen)
    assert (gate["gate"], gate["remark"], gate["n_pairs"]) == ("closed", NOTHING, 24)
    assert min(gate[f"{name}_ci_low"] for name in ("total", "less_null", "less_irrelevant")) > 0
    total = cell(summary, effect="total", **chosen)
    assert total["mean"] == pytest.approx(0.8, abs=0.2)
    assert cell(gates, kind="null_swap", subset="words_known")["n_pairs"] == 36
    assert "control" not in set(gates.loc[gates["subset"] == "words_known", "kind"])
    assert cell(gates, kind="count_swap", subset="both_correct")["gate"] == "closed"
    _, gates = summarise_effects(store(make_tables(0.8)), outcomes, known, PARAMETERS)
    assert cell(gates, **chosen)["gate"] == "open"


def test_known_pairs_are_compared_with_null_swaps_of_known_words() -> None:
    tables = make_tables(0.8)
    null = tables["eng__null_swap"]
    first = null["pair_id"].str.split("_").str[-1].astype(int) < 24
    # By the sign of each pair, so that they still add up once effects are aligned.
    for name in ("total", "noising", "denoising"):
        null.loc[first, name] += 5.0 * null.loc[first, "sign"]
    known = knowledge(tables, null_swap=24)
    _, gates = summarise_effects(store(tables), make_outcomes(tables, 0.6), known, PARAMETERS)
    less = {
        subset: cell(gates, kind="count_swap", subset=subset)["less_null"]
        for subset in ("all", "words_known")
    }
    assert less["all"] == pytest.approx(0.8 - 2.5, abs=0.2)
    assert less["words_known"] == pytest.approx(0.8, abs=0.2)


def test_without_the_question_there_is_no_such_subset() -> None:
    tables = make_tables(0.8)
    empty = knowledge(tables).iloc[:0]
    _, gates = summarise_effects(store(tables), make_outcomes(tables, 0.6), empty, PARAMETERS)
    assert set(gates["subset"]) == {"all", "both_correct"}
