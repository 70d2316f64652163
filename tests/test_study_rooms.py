from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from isogloss.config import ConfigurationError
from isogloss.study import active_study
from tests.configurations import CATALOG, PARAMETERS, conf, forget_the_session, load, write

__all__ = ["conf", "forget_the_session"]


def ask(conf: Path, models: str = "tiny", **settings: Any) -> Any:
    write(conf / "base" / "parameters.yml", PARAMETERS | {"cultural": {}, "survey": {}})
    encoder = {"small.lm": {"type": "x", "kind": "encoder"}}
    both = {"tiny.chat": {"type": "x"}}
    catalog = CATALOG | encoder | (both if settings.pop("served", False) else {})
    write(conf / "base" / "catalog.yml", catalog)
    survey = settings.pop("survey", {})
    load(conf, models=models, cultural=settings, survey=survey)
    return active_study().cultural


def test_causal_and_chat_models_are_asked_and_others_are_not(conf: Path) -> None:
    study = ask(conf, "tiny small gpt mine")
    assert study.respondents == {"tiny": "lm", "gpt": "chat"}
    assert study.choosers == ("tiny",)
    assert (study.survey, study.published, study.original) == ("synthetic", False, False)


def test_a_model_that_is_served_is_asked_there(conf: Path) -> None:
    study = ask(conf, served=True)
    assert study.respondents == {"tiny": "chat"}
    assert study.choosers == ("tiny",)


def test_respondents_and_ways_of_asking_can_be_chosen(conf: Path) -> None:
    assert ask(conf, "tiny gpt", respondents="gpt").respondents == {"gpt": "chat"}
    nobody = ask(conf, "tiny gpt", respondents="none", published=True)
    assert (nobody.respondents, nobody.choosers, nobody.published) == ({}, (), True)
    closed = ask(conf, elicitation="closed")
    assert (closed.respondents, closed.choosers) == ({}, ("tiny",))
    assert ask(conf, elicitation=["open"]).choosers == ()


def test_any_model_of_the_zoo_may_label(conf: Path) -> None:
    assert ask(conf, labellers="gemma_7b gpt").labellers == {"gemma_7b": "lm", "gpt": "chat"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"respondents": "small"}, "no respondent 'small'.* It is of kind encoder"),
        ({"labellers": "small"}, "no causal or chat model 'small'.* gemma_7b, gpt, tiny"),
        ({"labellers": "gema_7b"}, "'gema_7b'. Did you mean gemma_7b"),
        ({"elicitation": "opn"}, "no elicitation 'opn'. Did you mean open"),
        ({"survey": {"source": "publishd"}}, "'publishd'. Did you mean published"),
    ],
)
def test_names_that_are_not_there(conf: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ask(conf, "tiny small", **settings)
