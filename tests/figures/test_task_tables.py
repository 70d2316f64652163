from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.figures.correlation_tables import format_correlation, format_p
from isogloss.figures.task_captions import explain_bars, explain_held_out
from isogloss.figures.task_names import formulation_label, measure_of, order_tasks, outcome_label
from isogloss.figures.task_panels import highest_rate, split_panels
from isogloss.figures.task_tables import (
    choose_outcomes,
    complete,
    pick_model,
    select_scores,
    unify_accuracies,
)
from tests.figures.conftest import CODES
from tests.figures.task_examples import hold_out, make_options, make_task_scores, make_translation

MODEL = "gemma_270m_q4"


def test_only_what_stands_for_the_model_is_selected() -> None:
    table = make_task_scores(MODEL, CODES[:5])
    rows = select_scores(table)
    options = rows[rows["task"] != "translation"]
    assert set(options["metric"]) == {"accuracy_text"}
    assert set(options["normalisation"]) == {"character"}
    assert set(options["subset"]) == {""}
    assert set(options["average"]) == {"", "micro"}
    assert len(options) == 2 * 5
    translated = rows[rows["task"] == "translation"]
    assert set(translated["metric"]) == {"chrf"}
    assert set(translated["direction"]) == {"from_pivot", "to_pivot"}
    assert len(translated) == 2 * 4


def test_held_out_items_are_shown_where_they_are_selected() -> None:
    table = hold_out(make_task_scores(MODEL, CODES[:5]))
    rows = select_scores(table)
    reading = rows[rows["task"] == "belebele"]
    assert reading["subset"].tolist() == ["held_out"] * 5
    assert (reading["n"] == 80).all()
    assert set(rows.loc[rows["task"] != "belebele", "subset"]) == {""}
    panels = split_panels(rows)
    assert panels[0].axis_label().endswith("n = 80 held out")
    assert panels[1].axis_label().endswith("n = 100")
    assert explain_held_out(rows).startswith("Reading: only items")
    fixed = table.assign(selected=table["selected"] & (table["subset"] == ""))
    way = fixed[(fixed["normalisation"] == "character") & (fixed["task"] == "belebele")]
    shown = select_scores(way)
    assert shown["subset"].tolist() == [""] * 5
    assert explain_held_out(shown) == ""


def test_bars_are_over_what_is_drawn_again() -> None:
    table = hold_out(make_task_scores(MODEL, CODES[:5]))
    rows = select_scores(table)
    assert explain_bars(rows).endswith("over passages, items or sentences")
    reading = rows[rows["task"] == "belebele"]
    assert explain_bars(reading).endswith("over passages")
    assert explain_bars(complete(reading.drop(columns="clusters"))).endswith("over items")
    assert explain_bars(reading.assign(clusters=reading["n"])).endswith("over items")
    assert explain_bars(rows[rows["task"] == "translation"]).endswith("over sentences")
    assert explain_bars(rows.assign(ci_low=np.nan)) == ""


def test_bleu_and_means_over_subjects_serve_where_there_is_nothing_else() -> None:
    translation = make_translation(MODEL, CODES[:4])
    bleu = translation[translation["metric"] == "bleu"]
    assert set(select_scores(bleu)["metric"]) == {"bleu"}
    knowledge = make_options(MODEL, "mmlu", CODES[:4])
    macro = knowledge[(knowledge["average"] == "macro") & (knowledge["normalisation"] == "byte")]
    assert len(select_scores(macro)) == 4


def test_a_bare_table_is_completed() -> None:
    bare = pd.DataFrame(
        {"model": "m", "task": "belebele", "metric": "accuracy_generated", "language": ["eng"],
         "score": [0.5]}
    )  # fmt: skip
    row = select_scores(bare).iloc[0]
    assert (row["direction"], row["formulation"], row["told"]) == ("", "", True)
    assert np.isnan(row["ci_low"])


def test_only_a_test_that_was_made_can_fail_to_tell_from_chance() -> None:
    table = pd.DataFrame(
        {"model": "m", "task": "belebele", "metric": "accuracy_label", "language": list("abcd"),
         "score": 0.3, "chance": [0.25, 0.25, 0.25, np.nan],
         "above_chance": pd.Series([True, False, None, False], dtype=object)}
    )  # fmt: skip
    assert complete(table)["told"].tolist() == [True, False, True, True]


def test_several_rows_for_one_language_are_refused() -> None:
    table = make_options(MODEL, "belebele", CODES[:3]).assign(selected=False)
    texts = table[table["metric"] == "accuracy_text"]
    with pytest.raises(Refusal, match=r"several rows for gemma_270m_q4, belebele, accuracy_text"):
        select_scores(texts)


def test_panels_are_in_the_order_of_all_figures() -> None:
    table = make_task_scores(MODEL, CODES[:4], comet=True)
    panels = split_panels(select_scores(table.sample(frac=1, random_state=1)))
    assert [(own.task, own.metric, own.direction) for own in panels] == [
        ("belebele", "accuracy_text", ""),
        ("mmlu", "accuracy_text", ""),
        ("translation", "chrf", "to_pivot"),
        ("translation", "chrf", "from_pivot"),
        ("translation", "comet", "to_pivot"),
        ("translation", "comet", "from_pivot"),
    ]
    assert panels[0].title("English") == "Reading"
    assert panels[0].axis_label() == "accuracy\noption texts, per character; n = 100"
    assert panels[2].title("English") == "Translation into English"
    assert (panels[0].digits, panels[2].digits, panels[4].digits) == (2, 1, 2)
    two = pd.concat([table, table.assign(data="other")])
    assert split_panels(select_scores(two))[1].title("English") == "Reading: sample"


def test_outcomes_are_the_selected_measure_into_the_pivot_comet_first() -> None:
    table = make_task_scores(MODEL, CODES[:4], comet=True)
    marked = choose_outcomes(select_scores(table))
    assert set(marked.loc[marked["task"] == "translation", "metric"]) == {"chrf"}
    both = table["selected"] | (table["metric"] == "comet")
    outcomes = choose_outcomes(select_scores(table.assign(selected=both)))
    keys = outcomes[["task", "metric", "direction"]].drop_duplicates().to_numpy().tolist()
    assert keys == [
        ["belebele", "accuracy_text", ""],
        ["mmlu", "accuracy_text", ""],
        ["translation", "comet", "to_pivot"],
    ]
    merged = pd.DataFrame(
        {"model": "m", "task": "translation", "data": "", "metric": "comet",
         "direction": ["from_pivot", "both"]}
    )  # fmt: skip
    assert choose_outcomes(merged)["direction"].tolist() == ["both"]


def test_accuracies_of_different_models_share_a_scale() -> None:
    table = make_options(MODEL, "belebele", ("eng", "deu"))
    other = table.assign(model="b", selected=table["metric"] == "accuracy_calibrated")
    rows = unify_accuracies(select_scores(pd.concat([table, other])))
    assert set(rows["metric"]) == {"accuracy"}
    assert len(rows) == 4


def test_models_are_picked_by_name() -> None:
    table = pd.DataFrame({"model": ["a", "b"]})
    assert pick_model(table, None) is table
    assert pick_model(table, "b")["model"].tolist() == ["b"]
    with pytest.raises(Refusal, match="no row of the model 'c'; it has a, b"):
        pick_model(table, "c")


def test_names() -> None:
    assert order_tasks(["zulu", "translation", "belebele"]) == ["belebele", "translation", "zulu"]
    assert outcome_label("translation", "from_pivot", "English") == "Translation from English"
    assert outcome_label("translation", "both", "English") == "Translation, both ways"
    assert formulation_label("label", "orders") == "option letters, all orders"
    assert formulation_label("generated", "none") == "generated answers"
    assert formulation_label("own", "way") == "own, way"
    assert formulation_label("", "") == ""
    assert measure_of("chrf", "nrefs:1|nc:6|nw:0|space:no").label == "chrF"
    assert measure_of("chrf", "nrefs:1|nc:6|nw:2|space:no").label == "chrF++"
    assert measure_of("chrf").limits == (0, 100)
    assert measure_of("own_measure").label == "own_measure"


def test_rates_name_their_worst_language() -> None:
    rows = pd.DataFrame({"language": ["deu", "tam", "xxx"], "rate": [0.0, 0.125, np.nan]})
    assert highest_rate(rows, "rate", {"tam": "Tamil"}) == "up to 12.5% (Tamil)"
    assert highest_rate(rows, "rate", {}) == "up to 12.5% (tam)"
    assert highest_rate(rows.head(1), "rate", {}) == ""
    assert highest_rate(rows.tail(1), "rate", {}) == ""


def test_correlations_in_words() -> None:
    row = {"pearson_r": -0.623, "pearson_p": 0.0123, "p_adjusted": 0.0004, "n": 16, "reason": ""}
    assert format_correlation(row) == "r = -.62, p = .012 (adjusted < .001), n = 16"
    undefined = row | {"pearson_r": np.nan, "reason": "constant scores"}
    assert format_correlation(undefined) == "r undefined: constant scores, n = 16"
    assert format_correlation(row | {"pearson_p": np.nan, "p_adjusted": None}) == (
        "r = -.62, n = 16"
    )
    assert format_p(0.0001) == "p < .001"
    assert format_p(float("nan")) == ""
