"""Every parameter and every place has a model that refuses what it does not know."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from kedro.validation.type_extractor import TypeExtractor
from pydantic import BaseModel, RootModel

from isogloss.config import ConfigurationError, SessionConfigLoader, checked_parameters
from isogloss.setting_models import PARAMETERS, PLACES
from isogloss.settings import CONFIG_LOADER_ARGS
from tests.configurations import forget_the_session
from tests.sessions import ENVIRONMENTS, ROOT, session

__all__ = ["forget_the_session"]


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """Give the models that a type is made of, at any depth."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(kind):
        yield from models_in(part)


@pytest.mark.parametrize("name", sorted(PARAMETERS | PLACES))
def test_no_group_takes_settings_that_it_does_not_have(name: str) -> None:
    for model in models_in((PARAMETERS | PLACES)[name]):
        open_to_all = (
            not issubclass(model, RootModel) and model.model_config.get("extra") != "forbid"
        )
        assert not open_to_all, f"{name}: {model.__name__}"
        assert model.model_config.get("frozen"), f"{name}: {model.__name__}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_all_that_an_environment_declares_has_a_model_and_fits_it(environment: str) -> None:
    with session(environment) as opened:
        opened.load_context()
        loader = SessionConfigLoader.current
        assert loader is not None
        parameters, places = loader["parameters"], loader.places()
        types = TypeExtractor(dict(pipelines)).extract_types_from_pipelines()
    assert set(parameters) == set(PARAMETERS)
    assert set(places) == set(PLACES)
    for name, value in {**places, **parameters}.items():
        (PARAMETERS | PLACES)[name].model_validate(value)
    # What nodes take is what was checked.
    taken = {name: model for name, model in types.items() if issubclass(model, BaseModel)}
    assert taken.items() <= PARAMETERS.items()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pivot": ["eng"]}, r"pivot = \['eng'\]: it must be a text.*parameters/study\.yml"),
        ({"languages": {"a": 1}}, r"languages: it is a group of settings by --params, but a list"),
        ({"alignment": ["mean"]}, r"alignment: it is a list by --params, but a group of settings"),
        (
            {"device": "gpu"},
            r"device = 'gpu': it must be 'auto', 'all', 'cpu'.*mean cpu.*globals\.yml",
        ),
        ({"dtype": "half"}, r"dtype = 'half': it must be 'auto', 'float32'"),
        ({"cultural": {"respondent": "all"}}, r"no setting 'cultural\.respondent'.*respondents\?"),
        ({"cultural": {"families": {"tiny": 3}}}, r"cultural\.families\.tiny = 3: it must be a te"),
        ({"mediation": {"model": "all"}}, r"no setting 'mediation\.model'.*Did you mean models\?"),
        # Groups of rooms that take no part too: nothing is probed here.
        ({"mediation_probes": {"evry": 2}}, r"no setting 'mediation_probes\.evry'.*mean every\?"),
        (
            {"prompts": {"mmlu": {"labl": {}}}},
            r"prompts\.mmlu\.labl: it must be 'label', 'cloze' or 'generate'\. Did you mean",
        ),
        (
            {"translation_prompts": {"plain": {"sentense": "x"}}},
            r"no setting 'translation_prompts\.plain\.sentense'.*Did you mean sentence\?",
        ),
        ({"survey": {"columns": {"weight": "a"}}}, r"no setting 'survey\.columns\.weight'"),
        ({"merging": {"k": ["many"]}}, r"merging\.k = .*a list, each item of it a whole number"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_runs(given: dict[str, Any], message: str) -> None:
    with session("test", **given) as opened, pytest.raises(ConfigurationError, match=message):
        opened.load_context()


def test_places_of_the_command_line_may_be_numbers() -> None:
    with session("test", data_root=2024, device="cuda:1", dtype="bfloat16") as opened:
        assert opened.load_context().params["data_root"] == 2024


@pytest.mark.parametrize(
    ("environment", "file", "content", "message"),
    [
        ("local", "globals.yml", "data_rot: x\n", r"'data_rot' in globals\.yml\. Did you mean dat"),
        (
            "thesis",
            "globals.yml",
            "dtype: half\n",
            r"dtype = 'half'.*Set in .*/thesis/globals\.yml",
        ),
        ("local", "parameters.yml", "pivot: [a]\n", r"pivot = .*Set in .*/local/parameters\.yml"),
    ],
)
def test_files_of_environments_are_checked_alike(
    environment: str, file: str, content: str, message: str, tmp_path: Path
) -> None:
    bootstrap_project(ROOT)
    shutil.copytree(ROOT / "conf", tmp_path / "conf", ignore=shutil.ignore_patterns("local"))
    (tmp_path / "conf" / "local").mkdir()
    (tmp_path / "conf" / environment / file).write_text(content, encoding="utf-8")
    loader = SessionConfigLoader(str(tmp_path / "conf"), env=environment, **CONFIG_LOADER_ARGS)
    with pytest.raises(ConfigurationError, match=message):
        checked_parameters(loader, PARAMETERS, PLACES)
