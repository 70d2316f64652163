from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.figures.culture_names import tell_apart
from isogloss.figures.culture_study import (
    choose_answers,
    count_questions,
    excludes_zero,
    explain_answers,
    family_styles,
    is_synthetic,
    of_models,
    order_languages,
    order_models,
    published_rounds,
    widest,
    without_named,
)
from tests.figures.culture_drawing import make_guide
from tests.figures.culture_tables import make_culture

ANSWERS = pd.DataFrame(
    {
        "elicitation": ["closed", "open", "open", "open"],
        "labeller": ["", "likelihood", "judge", "likelihood"],
        "value": [0, 1, 2, 3],
    }
)


def test_open_answers_of_the_first_labeller_are_shown() -> None:
    rows = choose_answers(ANSWERS)
    assert rows["value"].tolist() == [1, 3]
    said = explain_answers(ANSWERS, rows)
    assert said == "open answers, labelled by likelihood (not shown: by judge)"
    assert choose_answers(ANSWERS, "closed")["value"].tolist() == [0]
    assert explain_answers(ANSWERS, ANSWERS[:1]) == "answers on the survey's own scale"
    assert choose_answers(ANSWERS, labeller="judge")["value"].tolist() == [2]
    assert choose_answers(ANSWERS[:1])["value"].tolist() == [0], "closed if there are no others"
    assert choose_answers(ANSWERS[:0]).empty
    bare = ANSWERS[["value"]]
    assert choose_answers(bare) is bare
    with pytest.raises(Refusal, match="'jury'. There are likelihood, judge"):
        choose_answers(ANSWERS, labeller="jury")


def test_models_come_by_family_and_size() -> None:
    rows = pd.DataFrame(
        {
            "model": ["gpt-4o", "gemma-2-27b", "gemma-2-9b", "gpt-3.5", "all", "gemma-2-9b"],
            "family": ["openai", "gemma", "gemma", "openai", "", "gemma"],
        }
    )
    assert order_models(rows) == ["gemma-2-9b", "gemma-2-27b", "gpt-3.5", "gpt-4o"]
    assert order_models(rows[["model"]]) == ["gemma-2-9b", "gemma-2-27b", "gpt-3.5", "gpt-4o"]
    styles = family_styles(rows["family"])
    assert len({style["color"] for style in styles.values()}) == 3
    assert len({style["marker"] for style in styles.values()}) == 3


def test_models_are_told_apart_by_what_differs_within_their_family() -> None:
    study = make_culture()
    names = tell_apart(study.alignment, make_guide(study))
    assert names["gemma-2-27b-it"] == "27b"
    assert names["OLMo-2-1124-13B-Instruct"] == "1124-13B"
    assert names["gpt-4o"] == "4o"
    assert names["gpt-4-turbo-2024-04-09"] == "4-turbo", "a date tells nothing more"
    assert names["gpt-3.5-turbo-0125"] == "3.5-turbo"
    like = pd.DataFrame({"model": ["a-turbo-2024-04-09", "a-turbo-2024-08-06"], "family": "a"})
    assert set(tell_apart(like, make_guide(study)).values()) == {"04-09", "08-06"}
    long = pd.DataFrame({"model": ["a-extraordinary", "b-extraordinarily"], "family": "a"})
    assert set(tell_apart(long, make_guide(study)).values()) == {"a", "b"}
    lone = tell_apart(study.alignment[study.alignment["model"] == "gpt-4o"], make_guide(study))
    assert lone == {"gpt-4o": "gpt-4o"}


def test_languages_and_countries_have_an_order() -> None:
    study = make_culture()
    guide = make_guide(study)
    assert order_languages(["por", "eng", "all", "dan", "nld"], guide) == [
        "dan", "eng", "nld", "por",
    ]  # fmt: skip
    countries = guide.order_countries(["US", "PT", "ZZ", "BR", "DK"], ["dan", "eng", "por"])
    assert countries == ["DK", "US", "BR", "PT", "ZZ"], "unknown ones come last"
    assert guide.spoken_in("ZZ") == ""


def test_the_wider_interval_counts() -> None:
    rows = pd.DataFrame(
        {
            "ci_low": [0.1, 0.1, np.nan, np.nan], "ci_high": [0.3, 0.3, np.nan, np.nan],
            "battery_ci_low": [-0.1, 0.15, 0.2, np.nan],
            "battery_ci_high": [0.5, 0.25, 0.4, np.nan],
        }
    )  # fmt: skip
    wide = widest(rows)
    assert wide["low"].tolist()[:3] == [-0.1, 0.1, 0.2]
    assert wide["high"].tolist()[:3] == [0.5, 0.3, 0.4]
    assert excludes_zero(wide).tolist() == [False, True, True, False]
    narrow = widest(rows[["ci_low", "ci_high"]])
    assert excludes_zero(narrow).tolist() == [True, True, False, False]


def test_synthetic_rows_are_found_in_any_table() -> None:
    real, made_up = (pd.DataFrame({"synthetic": [False, flag]}) for flag in (False, True))
    assert not is_synthetic(real, pd.DataFrame({"x": [1]}))
    assert is_synthetic(real, made_up)


def test_counts_do_not_break() -> None:
    said = count_questions(pd.DataFrame({"n_questions": [30, 32, np.nan]}))
    assert said.replace("\u00a0", " ") == "n = 30 to 32 questions"
    assert " " not in said


def test_rows_that_no_figure_shows() -> None:
    named = pd.DataFrame({"named_country": ["", "US", "native"]})
    assert len(without_named(named)) == 1
    assert len(without_named(pd.DataFrame({"named": [True, False, False]}))) == 2
    families = pd.DataFrame({"family": ["gemma", "Baseline"]})
    assert of_models(families)["family"].tolist() == ["gemma"]
    rounds = pd.DataFrame({"rounds": [0, 100, 100], "term": ["a", "a", "b"]})
    assert len(published_rounds(rounds)) == 2
    assert len(published_rounds(rounds[["term"]])) == 3
