from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.score_cells import (
    score_alignment,
    score_counting,
    score_culture,
    score_tasks,
)
from isogloss.scoreboard_schemas import Scoreboard
from tests.figures.counting_examples import make_counting_scores
from tests.figures.culture_tables import make_demo
from tests.figures.task_examples import make_task_scores

PARAMETERS = ReportingParameters(english_models=("minilm",))


def ranking() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": "minilm",
            "pooling": ["mean", "mean", "last"],
            "metric": "mexa_at_60",
            "language": ["deu", "swh", "deu"],
            "score": [0.5, 0.01, 0.2],
            "ci_low": [0.4, 0.0, 0.1],
            "ci_high": [0.6, 0.07, 0.3],
            "confidence": 0.95,
            "n": 60,
            "chance": [0.008, np.nan, 0.008],
            "floor": [0.001, 0.002, 0.001],
            "above_random_pairing": [True, False, True],
        }
    )


def test_alignment_of_the_chosen_pooling() -> None:
    cells = Scoreboard.validate(score_alignment(ranking(), "sample", PARAMETERS))
    assert cells["language"].tolist() == ["deu", "swh"]
    assert cells["value"].tolist() == [0.5, 0.01]
    assert cells["chance"].tolist() == [0.008, 0.002]
    assert cells["above_chance"].tolist() == [True, False]
    assert set(cells["note"]) == {"English encoder"}
    assert (cells["data"] == "sample").all()


def test_alignment_at_chance_is_not_above_it_whatever_random_pairings_find() -> None:
    told = ranking().assign(above_random_pairing=True, floor=0.001)
    assert score_alignment(told, "sample", PARAMETERS)["above_chance"].tolist() == [True, False]
    higher = told.assign(floor=0.45)
    assert not score_alignment(higher, "sample", PARAMETERS)["above_chance"].any()


def test_tasks_are_the_selected_accuracy_and_translations_into_the_pivot() -> None:
    scores = make_task_scores("gemma", ("eng", "deu", "swh"))
    cells = Scoreboard.validate(score_tasks(scores))
    assert cells.groupby("study").size().to_dict() == {
        "reading": 3,
        "knowledge": 3,
        "translation": 2,
    }
    chosen = scores[scores["selected"] & (scores["direction"] == "to_pivot")]
    found = cells[cells["study"] == "translation"].set_index("language")["value"]
    for _, row in chosen.iterrows():
        assert found[row["language"]] == row["score"]
    assert (cells.loc[cells["study"] == "reading", "unit"] == "passages").all()
    assert cells.loc[cells["study"] == "reading", "note"].str.contains("items").all()


def test_comet_stands_for_translation_where_it_was_scored() -> None:
    scores = make_task_scores("gemma", ("eng", "deu", "swh"), comet=True)
    scores.loc[scores["metric"] == "comet", "selected"] = True
    cells = score_tasks(scores)
    assert set(cells.loc[cells["study"] == "translation", "metric"]) == {"comet"}


def test_chance_by_letters_is_what_one_letter_always_gets() -> None:
    scores = make_task_scores("gemma", ("eng", "deu"))
    cells = score_tasks(scores.assign(best_constant=0.4, chance=0.25))
    reading = cells[cells["study"] == "reading"]
    assert (reading["chance"] == 0.4).all()
    assert reading["note"].str.contains("always the same letter").all()


def test_tables_made_elsewhere_may_lack_columns() -> None:
    scores = pd.DataFrame(
        {"model": "a", "task": "belebele", "metric": "accuracy_label", "language": ["deu"],
         "score": [0.5], "n": [40.0], "confidence": 0.95}
    )  # fmt: skip
    [cell] = Scoreboard.validate(score_tasks(scores)).to_dict("records")
    assert (cell["value"], cell["n"]) == (0.5, 40)
    assert np.isnan(cell["chance"])
    assert pd.isna(cell["above_chance"])


def test_nothing_that_rests_on_a_synthetic_survey_has_a_cell() -> None:
    alignment = make_demo().alignment
    assert len(score_culture(alignment.assign(synthetic=False), "joint", 0.95)) > 0
    assert score_culture(alignment.assign(synthetic=True), "synthetic", 0.95).empty


def test_culture_is_distinctive_beside_a_conformist() -> None:
    alignment = make_demo().alignment.assign(synthetic=False, conformist=0.07)
    cells = Scoreboard.validate(score_culture(alignment, "joint", 0.9))
    assert set(cells["metric"]) == {"distinctive_spearman"}
    assert (cells["chance"] == 0.07).all()
    assert cells["above_chance"].isna().all()
    assert (cells["confidence"] == 0.9).all()


def test_a_metric_that_is_not_permuted_says_what_the_test_is_of() -> None:
    cells = score_alignment(ranking().assign(metric="auc"), "sample", PARAMETERS)
    assert set(cells["note"]) == {"English encoder; random pairings tested by MEXA"}


def test_culture_of_a_survey_without_languages_is_that_of_their_only_countries() -> None:
    alignment = make_demo().alignment.assign(synthetic=False, conformist=0.07)
    lone = alignment[alignment["level"] == "country"]
    cells = Scoreboard.validate(score_culture(lone, "joint", 0.9))
    assert len(cells) > 0
    assert cells["note"].str.endswith("; with the only country of the language").all()
    spoken = score_culture(alignment, "joint", 0.9)
    assert not spoken["note"].str.contains("only country").any()


def test_counting_stands_beside_the_best_baseline_and_all_is_no_language() -> None:
    cells = Scoreboard.validate(score_counting(make_counting_scores({"all": 0.3, "eng": 0.35})))
    [cell] = cells.to_dict("records")
    assert cell["language"] == "eng"
    assert cell["chance"] == pytest.approx(0.2)
    assert cell["above_chance"] is True
    assert (cell["n"], cell["unit"]) == (14, "categories")
    assert "constant" in cell["note"]


def test_studies_that_were_not_made_have_no_cells() -> None:
    assert score_alignment(pd.DataFrame(columns=["pooling"]), "sample", PARAMETERS).empty
    assert score_culture(pd.DataFrame(), "joint", 0.95).empty
    assert score_counting(make_counting_scores().iloc[:0]).empty
    assert score_tasks(make_task_scores("a", ("eng", "deu")).iloc[:0]).empty
