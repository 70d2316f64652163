from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from isogloss.config import (
    ConfigurationError,
    MergingStudy,
    SessionConfigLoader,
    active_study,
)
from isogloss.settings import CONFIG_LOADER_ARGS

PARAMETERS = {
    "models": ["tiny"],
    "corpus": "sample",
    "languages": "all",
    "reading": {"corpus": "sample"},
    "knowledge": {"corpus": "sample"},
    "intents": {"corpus": "sample"},
}
CATALOG = {
    "sample_texts": {"type": "x"},
    "hub_texts": {"type": "x"},
    "sample_reading": {"type": "x"},
    "belebele_reading": {"type": "x"},
    "sample_knowledge": {"type": "x"},
    "sample_intents": {"type": "x"},
    "massive_intents": {"type": "x"},
    "tiny.lm": {"type": "x", "kind": "causal"},
    "gemma_7b.lm": {"type": "x", "kind": "causal"},
    "mine.embeddings": {"type": "x"},
    "gpt.chat": {"type": "x"},
    "{model}.embeddings": {"type": "x"},
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for environment in ("base", "local", "other"):
        (tmp_path / environment).mkdir()
    write(tmp_path / "base" / "parameters.yml", PARAMETERS)
    write(tmp_path / "base" / "catalog.yml", CATALOG)
    write(tmp_path / "base" / "globals.yml", {"data_root": "data"})
    return tmp_path


@pytest.fixture(autouse=True)
def forget_the_session() -> Any:
    yield
    SessionConfigLoader.current = None


def write(path: Path, content: object) -> None:
    import yaml

    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def load(conf: Path, environment: str | None = None, **parameters: Any) -> SessionConfigLoader:
    return SessionConfigLoader(
        str(conf), env=environment, runtime_params=parameters, **CONFIG_LOADER_ARGS
    )


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
    with pytest.raises(ConfigurationError, match="Unknown corpus 'belebele'. There are: sample."):
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
        ({"corpus": "hubb"}, r"Unknown corpus 'hubb'\. Did you mean hub\?"),
    ],
)
def test_names_that_are_not_there(conf: Path, parameters: Any, message: str) -> None:
    load(conf, **parameters)
    with pytest.raises(ValueError, match=message):
        active_study()


def test_a_model_named_twice_is_studied_once(conf: Path) -> None:
    load(conf, models="tiny mine tiny")
    assert [model.name for model in active_study().models] == ["tiny", "mine"]


def test_the_file_that_declares_a_parameter_is_found(conf: Path) -> None:
    (conf / "base" / "parameters").mkdir()
    write(conf / "base" / "parameters" / "alignment.yml", {"alignment": {"mode": "pivot"}})
    loader = load(conf)
    assert loader.declaring_file("alignment") == Path(
        conf.name, "base", "parameters", "alignment.yml"
    )
    assert loader.declaring_file("models") == Path(conf.name, "base", "parameters.yml")


def test_a_misspelt_parameter_is_refused_wherever_it_comes_from(conf: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'langages'\. Did you mean languages\?"):
        load(conf, langages="eng")["parameters"]
    write(conf / "other" / "parameters.yml", {"model": ["tiny"]})
    with pytest.raises(ConfigurationError, match=r"'model'\. Did you mean models\?"):
        load(conf, "other")["parameters"]
    assert load(conf, data_root="elsewhere")["parameters"]["data_root"] == "elsewhere"


def test_other_loaders_do_not_change_the_globals_of_an_environment(conf: Path) -> None:
    write(conf / "base" / "catalog.yml", {**CATALOG, "table": {"filepath": "${globals:data_root}"}})
    write(conf / "other" / "globals.yml", {"data_root": "data/other"})
    loader = load(conf, "other")
    for key in ("parameters", "credentials", "catalog"):
        content = loader[key]
    assert content["table"]["filepath"] == "data/other"


def test_local_credentials_are_read_in_every_environment(conf: Path) -> None:
    assert load(conf, "other")["credentials"] == {}
    write(conf / "local" / "credentials.yml", {"hub": {"token": "mine"}})
    assert load(conf, "other")["credentials"] == {"hub": {"token": "mine"}}
    assert load(conf)["credentials"] == {"hub": {"token": "mine"}}
    write(conf / "other" / "credentials.yml", {"hub": {"token": "other"}})
    assert load(conf, "other")["credentials"] == {"hub": {"token": "other"}}
