from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from isogloss.config import ConfigurationError
from tests.configurations import CATALOG, conf, forget_the_session, load, write

__all__ = ["conf", "forget_the_session"]


def test_a_misspelt_parameter_is_refused_wherever_it_comes_from(conf: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'langages'\. Did you mean languages\?"):
        load(conf, langages="eng")["parameters"]
    write(conf / "other" / "parameters.yml", {"model": ["tiny"]})
    with pytest.raises(ConfigurationError, match=r"'model'\. Did you mean models\?"):
        load(conf, "other")["parameters"]
    assert load(conf, data_root="elsewhere")["parameters"]["data_root"] == "elsewhere"


def test_one_setting_of_a_group_leaves_the_others(conf: Path) -> None:
    group = {"size": 1, "place": "${globals:data_root}", "inner": {"a": 1, "b": 2}}
    write(conf / "base" / "parameters.yml", {"models": ["tiny"], "mine": group})
    write(conf / "other" / "globals.yml", {"data_root": "data/other"})
    given = {"mine": {"inner": {"b": 3}}}
    expected = {"size": 1, "place": "data/other", "inner": {"a": 1, "b": 3}}
    assert load(conf, "other", **given)["parameters"]["mine"] == expected
    write(conf / "other" / "parameters.yml", {"mine": {"size": 2, "inner": {"a": 4, "b": 5}}})
    expected = {"size": 2, "place": "data/other", "inner": {"a": 4, "b": 3}}
    assert load(conf, "other", **given)["parameters"]["mine"] == expected


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


def test_files_are_read_once_and_what_is_given_out_may_be_written_into(conf: Path) -> None:
    loader = load(conf)
    loader["parameters"]["models"].append("mine")
    write(conf / "base" / "parameters.yml", {"models": ["other"]})
    assert loader["parameters"]["models"] == ["tiny"]
    loader["parameters"] = {"models": ["set"]}
    assert loader["parameters"] == {"models": ["set"]}
    assert load(conf)["parameters"]["models"] == ["other"]


@pytest.mark.parametrize("content", ["a:\n  api_key: 'KEY\n b: 1\n", "a: *KEY\n", "- KEY\n"])
def test_broken_credentials_are_refused_without_their_key(conf: Path, content: str) -> None:
    path = conf / "local" / "credentials.yml"
    path.write_text(content.replace("KEY", "sk-sentinel"))
    for environment in ("local", "other"):
        loader = load(conf, environment)
        with pytest.raises(ConfigurationError) as caught:
            loader["catalog"]
        assert str(caught.value).startswith(str(path))
        assert len(str(caught.value).splitlines()) == 1
        shown = "".join(traceback.format_exception(caught.value))
        assert "sk-sentinel" not in shown


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("parameters.yml", b"a:\n\tb: 1\n", ", line 2, column 1 is no YAML (found character '\\t'"),
        ("catalog.yml", b"a: [1\n", ", line 2, column 1 is no YAML (expected ',' or ']'"),
        ("catalog.yml", b"a: 1\na: 2\n", ", line 2, column 1 is no YAML (found duplicate key a)"),
        ("globals.yml", b"a: b: c\n", ", line 1, column 5 is no YAML (mapping values are not"),
        ("parameters.yml", "a: \u00e9\n".encode("latin-1"), " is not UTF-8. Save it as such."),
        ("parameters.yml", b"a: \x00\n", " is no YAML. Save it as plain text"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(
    conf: Path, name: str, content: bytes, message: str
) -> None:
    path = conf / "other" / name
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        load(conf, "other")["catalog"], load(conf, "other")["parameters"]
    assert str(caught.value).startswith(f"{path}{message}")


def test_credentials_named_after_a_protocol_serve_all_that_lies_there(conf: Path) -> None:
    tables = {
        "table": {"filepath": "${runtime_params:data_root}/table.parquet"},
        "{model}.x": {"filepath": "${runtime_params:data_root}/{model}/x"},
        "own": {"filepath": "s3://other/own.csv", "credentials": "mine"},
        "local": {"filepath": "data/x"},
    }
    write(conf / "base" / "catalog.yml", {**CATALOG, **tables})
    root = "s3://bucket/run"
    assert "credentials" not in load(conf, data_root=root)["catalog"]["table"]
    write(conf / "local" / "credentials.yml", {"s3": {"key": "k", "secret": "never shown"}})
    catalog = load(conf, data_root=root)["catalog"]
    found = {name: catalog[name].get("credentials") for name in tables}
    assert found == {"table": "s3", "{model}.x": "s3", "own": "mine", "local": None}
    assert "never shown" not in str(catalog)
