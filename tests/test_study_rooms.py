from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from isogloss.config import ConfigurationError
from isogloss.study import active_study
from tests.configurations import CATALOG, PARAMETERS, conf, forget_the_session, load, write

__all__ = ["conf", "forget_the_session"]


GROUPS = ("cultural", "survey", "stance_labelling", "prompt_translation")
DESCRIBED = {
    "weights": {"kind": "likelihood", "model": "gemma_7b"},
    "calls": {"kind": "call", "model": "gpt"},
}


def ask(conf: Path, models: str = "tiny", **settings: Any) -> Any:
    write(conf / "base" / "parameters.yml", PARAMETERS | {name: {} for name in GROUPS})
    encoder = {"small.lm": {"type": "x", "kind": "encoder"}}
    both = {"tiny.chat": {"type": "x"}}
    catalog = CATALOG | encoder | (both if settings.pop("served", False) else {})
    write(conf / "base" / "catalog.yml", catalog)
    survey = settings.pop("survey", {})
    labelling = {"labellers": settings.pop("described", {})}
    groups = {
        "survey": survey,
        "stance_labelling": labelling,
        "prompt_translation": {"translator": settings.pop("translator", None)},
    }
    load(conf, models=models, cultural=settings, **groups)
    return active_study().cultural


def test_causal_and_chat_models_are_asked_and_others_are_not(conf: Path) -> None:
    study = ask(conf, "tiny small gpt mine")
    assert study.respondents == {"tiny": "lm", "gpt": "chat"}
    assert study.choosers == ("tiny",)
    assert (study.survey, study.published, study.capabilities) == ("synthetic", False, ())


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
    everyone = {"weights": ("likelihood", "gemma_7b"), "calls": ("call", "gpt")}
    assert ask(conf, described=DESCRIBED).labellers == everyone
    assert ask(conf, described=DESCRIBED, labellers="all").labellers == everyone
    chosen = ask(conf, described=DESCRIBED, labellers="calls")
    assert chosen.labellers == {"calls": ("call", "gpt")}


def test_a_family_is_that_of_the_study_else_the_model_itself(conf: Path) -> None:
    study = ask(conf, "tiny gpt", families={"gpt": "openai"})
    assert study.families == {"tiny": "tiny", "gpt": "openai"}


def test_any_model_that_answers_may_translate_over_the_net_where_it_can(conf: Path) -> None:
    assert ask(conf).translator is None
    assert ask(conf, translator="gpt").translator == "gpt.chat"
    assert ask(conf, translator="gemma_7b").translator == "gemma_7b.lm"
    assert ask(conf, translator="tiny", served=True).translator == "tiny.chat"


def count(conf: Path, counters: str | None = None, **settings: Any) -> Any:
    who = {"counters": counters} if counters else {}
    write(conf / "base" / "parameters.yml", PARAMETERS | {"counting": {}} | who)
    write(conf / "base" / "catalog.yml", CATALOG | {"small.lm": {"type": "x", "kind": "encoder"}})
    load(conf, models="tiny small gpt mine", counting={"author": None, "judge": None} | settings)
    return active_study().counting


def test_models_with_weights_count_and_those_that_are_named_make_lists(conf: Path) -> None:
    study = count(conf)
    assert (study.counters, study.author, study.judge) == (("tiny",), None, None)
    named = count(conf, author="gpt", judge="gemma_7b")
    assert (named.author, named.judge) == ("gpt.chat", "gemma_7b.lm")


def test_who_counts_can_be_named(conf: Path) -> None:
    assert count(conf, counters="tiny").counters == ("tiny",)
    assert count(conf, counters="none").counters == ()
    with pytest.raises(ConfigurationError, match="counters: .* no causal model 'gpt'.* kind chat"):
        count(conf, counters="gpt")


def test_who_makes_lists_must_answer(conf: Path) -> None:
    with pytest.raises(ConfigurationError, match="counting.judge: .* no chat or causal .* 'small'"):
        count(conf, judge="small")


def described(kind: str, model: str) -> dict[str, Any]:
    return {"described": {"mine": {"kind": kind, "model": model}}}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"respondents": "small"}, "no respondent 'small'.* It is of kind encoder"),
        ({"labellers": "cals", "described": DESCRIBED}, "no labeller 'cals'. Did you mean calls"),
        (described("likelihood", "small"), "mine.model: .* no causal model 'small.lm'"),
        (described("likelihood", "gema_7b"), "'gema_7b.lm'. Did you mean gemma_7b"),
        (described("call", "tiny"), "no causal model 'tiny.chat'.* There are: gpt"),
        (described("calls", "gpt"), "kind = 'calls': it is likelihood or call"),
        ({"elicitation": "opn"}, "no elicitation 'opn'. Did you mean open"),
        (
            {"translator": "small"},
            "no chat or causal model 'small'",
        ),
        (
            {"survey": {"source": "publishd"}},
            "^survey.source: there is no source 'publishd'. Did you",
        ),
    ],
)
def test_names_that_are_not_there(conf: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ask(conf, "tiny small", **settings)


def patch(conf: Path, among: str = "tiny", **settings: Any) -> Any:
    write(conf / "base" / "parameters.yml", PARAMETERS | {"mediation": {}})
    encoder = {"small.lm": {"type": "x", "kind": "encoder"}}
    write(conf / "base" / "catalog.yml", CATALOG | encoder)
    load(conf, models=among, mediation=settings)
    return active_study().mediation


def test_causal_models_with_weights_are_patched(conf: Path) -> None:
    study = patch(conf, "tiny small gpt gemma_7b")
    assert (study.models, study.analyses) == (("tiny", "gemma_7b"), ())
    assert patch(conf, "tiny gemma_7b", models="gemma_7b").models == ("gemma_7b",)
    assert patch(conf, models="none").models == ()


def test_analyses_beside_patching_can_be_chosen(conf: Path) -> None:
    assert patch(conf, analyses="all").analyses == ("screen", "probes", "interventions")
    assert patch(conf, analyses="probes screen").analyses == ("screen", "probes")
    assert patch(conf, analyses="none").analyses == ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"models": "tini"}, "no causal model 'tini'. Did you mean tiny"),
        ({"models": "small"}, "no causal model 'small'.* It is of kind encoder"),
        ({"analyses": "probe"}, "no analysis 'probe'. Did you mean probes"),
    ],
)
def test_models_and_analyses_that_are_not_there(
    conf: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        patch(conf, "tiny small", **settings)
