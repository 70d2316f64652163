from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from isogloss.config import ConfigurationError
from isogloss.study import active_study
from isogloss.study_rooms import MergingStudy
from tests.configurations import CATALOG, PARAMETERS, conf, forget_the_session, load, write

__all__ = ["conf", "forget_the_session"]


def test_the_study_of_base(conf: Path) -> None:
    load(conf)
    study = active_study()
    assert {study.corpus, study.reading, study.knowledge, study.intents} == {"sample"}
    assert [(model.name, model.kind) for model in study.models] == [("tiny", "causal")]


def test_the_latest_session_decides(conf: Path) -> None:
    write(conf / "other" / "parameters.yml", {"models": ["gemma_7b"]})
    load(conf, "other")
    assert [model.name for model in active_study().models] == ["gemma_7b"]
    load(conf)
    assert [model.name for model in active_study().models] == ["tiny"]


def test_sources_of_items_must_be_in_the_catalog(conf: Path) -> None:
    load(conf, reading={"corpus": "belebele"})
    assert active_study().reading == "belebele"
    load(conf, knowledge={"corpus": "belebele"})
    with pytest.raises(
        ConfigurationError,
        match="knowledge.corpus: there is no source 'belebele'. There are: sample.",
    ):
        active_study()


def test_sources_of_intents_must_be_in_the_catalog(conf: Path) -> None:
    load(conf, intents={"corpus": "massive"})
    assert active_study().intents == "massive"
    load(conf, intents={"corpus": "masive"})
    with pytest.raises(
        ConfigurationError, match="'masive'. Did you mean massive. There are: massive, sample."
    ):
        active_study()


def test_an_environment_may_set_other_settings_of_items_alone(conf: Path) -> None:
    write(conf / "other" / "parameters.yml", {"reading": {"limit": 5}})
    load(conf, "other")
    assert active_study().reading == "sample"


def test_classifiers_that_exist_must_be_in_the_catalog_of_their_encoder(conf: Path) -> None:
    entries = ("{model}.classifiers", "{model}.folder_classifiers", "one.mine_classifiers")
    encoders = {f"{name}.lm": {"type": "x", "kind": "encoder"} for name in ("one", "two")}
    write(conf / "base" / "parameters.yml", PARAMETERS | {"merging": {}})
    write(
        conf / "base" / "catalog.yml",
        CATALOG | encoders | {name: {"type": "x"} for name in entries},
    )
    load(conf, models="one two")
    assert active_study().merging.sources == "trained"
    load(conf, models="one two", merging={"sources": "folder"})
    assert active_study().merging.sources == "folder"
    load(conf, models="one two", merging={"sources": "mine", "encoders": "one"})
    assert active_study().merging == MergingStudy(("one",), "mine", by_alignment=False)
    load(conf, models="one two", merging={"sources": "mine"})
    with pytest.raises(
        ConfigurationError,
        match=r"no classifiers 'mine'.* There are: folder, trained\. .* as two.mine_classifiers in",
    ):
        active_study()
    load(conf, models="one two", merging={"sources": "foldr"})
    with pytest.raises(ConfigurationError, match="no classifiers 'foldr'. Did you mean folder"):
        active_study()


def test_models_may_be_typed_as_one_text(conf: Path) -> None:
    load(conf, models="tiny mine gpt")
    assert [(model.name, model.kind) for model in active_study().models] == [
        ("tiny", "causal"),
        ("mine", "vectors"),
        ("gpt", "chat"),
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"models": "gema_7b"}, r"Unknown model 'gema_7b'\. Did you mean gemma_7b\? The zoo has: "),
        ({"models": "Gemma-7B"}, r"'Gemma-7B' cannot name a model.*for example 'gemma_7b'"),
        ({"models": ["tiny mine"]}, r"without brackets, models='tiny mine'"),
        ({"models": ""}, r"models = '': name one or more models"),
        ({"reading": "belebele"}, r"reading = 'belebele'.*write reading\.corpus=belebele"),
        ({"corpus": "hubb"}, r"^corpus: there is no source 'hubb'\. Did you mean hub\?"),
    ],
)
def test_names_that_are_not_there(conf: Path, parameters: Any, message: str) -> None:
    load(conf, **parameters)
    with pytest.raises(ValueError, match=message):
        active_study()


def test_a_model_named_twice_is_studied_once(conf: Path) -> None:
    load(conf, models="tiny mine tiny")
    assert [model.name for model in active_study().models] == ["tiny", "mine"]
