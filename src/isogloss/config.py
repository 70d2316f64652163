"""The configuration of a session, and the parameters of all rooms in words that help."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.framework import project
from kedro.framework.project import settings
from kedro.framework.session.store import BaseSessionStore
from kedro.validation.type_extractor import TypeExtractor
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, ValidationError
from yaml import YAMLError

from isogloss.broken_files import describe_broken_files
from isogloss.errors import Refusal, suggest
from isogloss.setting_errors import Companion, locate_problems
from isogloss.setting_places import describe_clash, describe_place
from isogloss.store_credentials import name_credentials
from isogloss.zoo import excuse_absent_credentials, name_models

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ROOT = Path(__file__).parents[2]


class ConfigurationError(Refusal):
    """The configuration names something that does not exist; says what comes nearest."""


class UnknownNamesError(ConfigurationError):
    """Parameters have names that base does not declare.

    Attributes:
        problems: a line a name.
        parameters: all of the session.
    """

    def __init__(self, problems: list[str], parameters: dict[str, Any]) -> None:
        super().__init__("\n".join(problems))
        self.problems, self.parameters = problems, parameters


class SessionConfigLoader(OmegaConfigLoader):
    """Config loader that checks parameter names and that the registry can ask about this session.

    Kedro does not tell `register_pipelines` for which environment it registers, but always makes
    the config loader first; so the loader remembers itself.
    """

    current: ClassVar[SessionConfigLoader | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._read: dict[str, dict[str, Any]] = {}
        super().__init__(*args, **kwargs)
        SessionConfigLoader.current = self
        _register_anew()

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Load one type of configuration, once: Kedro and the hooks ask again and again.

        Raises:
            ConfigurationError: if a top-level parameter has a name that base does not declare, or
                a file is no YAML.
        """
        if key not in self._read:
            try:
                self._read[key] = self._load(key)
            except (YAMLError, UnicodeDecodeError, OmegaConfBaseException):
                self._refuse_what_cannot_be_read()
                raise
        # Kedro writes into what it is given.
        return deepcopy(self._read[key])

    def __setitem__(self, key: str, value: Any) -> None:
        """Set one type of configuration in place of what the files say."""
        self._read.pop(key, None)
        super().__setitem__(key, value)

    def _load(self, key: str) -> dict[str, Any]:
        # The loader made last serves `globals` to all: those below read other environments.
        self._register_globals_resolver()
        if key == "credentials":
            return {**self._local_credentials(), **self._own_credentials()}
        configuration: dict[str, Any] = super().__getitem__(key)
        if key == "parameters" and (problems := self._find_unknown_names(configuration)):
            raise UnknownNamesError(problems, configuration)
        if key == "catalog":
            known = self["credentials"]
            return name_credentials(
                excuse_absent_credentials(name_models(configuration), known), known
            )
        return configuration

    def _refuse_what_cannot_be_read(self) -> None:
        names = dict.fromkeys(["base", "local", self.env or self.default_run_env])
        if words := describe_broken_files(Path(self.conf_source, name) for name in names):
            # The error that led here may repeat a key.
            raise ConfigurationError(words) from None
        clash = describe_clash(
            Path(self.conf_source), self.env or self.default_run_env, self.runtime_params or {}
        )
        if clash:
            raise ConfigurationError(clash)

    def _own_credentials(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().__getitem__("credentials")
        except MissingConfigException:
            return {}
        return found

    def _local_credentials(self) -> dict[str, Any]:
        """Read conf/local/credentials.yml, which `--env X` would otherwise replace."""
        return self._read_alone("local", "credentials")

    def _read_alone(self, environment: str, key: str) -> dict[str, Any]:
        """Read what the files of one environment say; nothing if it has none."""
        loader = OmegaConfigLoader(
            self.conf_source,
            base_env=environment,
            default_run_env=environment,
        )
        self._register_globals_resolver()
        try:
            found: dict[str, Any] = loader[key]
        except MissingConfigException:
            return {}
        return found

    def _find_unknown_names(self, parameters: Mapping[str, Any]) -> list[str]:
        """Say which parameters and settings of globals.yml base does not declare."""
        places = self._read_alone("base", "globals")
        declared = {*self.base_parameters(), *places}
        problems = [
            f"Unknown setting '{name}' in globals.yml.{_nearest(name, places)} "
            f"{self.describe_place(name)}"
            for name in self.places()
            if name not in places
        ]
        return problems + [
            f"Unknown parameter '{name}'.{_nearest(name, declared)} {self.describe_place(name)}"
            for name in parameters
            if name not in declared
        ]

    def base_parameters(self) -> dict[str, Any]:
        """Give the parameters that base declares, as its files have them."""
        return self._read_alone("base", "parameters")

    def places(self) -> dict[str, Any]:
        """Give the settings of globals.yml, of base and of the environment."""
        try:
            found: dict[str, Any] = self["globals"]
        except MissingConfigException:
            return {}
        return found

    def describe_place(self, *path: str) -> str:
        """Say where a setting is set, and where it is declared: its group, then keys inside it."""
        return describe_place(
            path,
            Path(self.conf_source),
            self.env or self.default_run_env,
            self.runtime_params or {},
        )


class SessionStore(BaseSessionStore):
    """Session store that makes the config loader of a session as soon as the session exists.

    Kedro makes it with the context only. Somebody who opens a session and looks at `pipelines`
    would otherwise see those of the session before.
    """

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take what describes the session: project path, environment, runtime parameters."""
        super().update(*args, **kwargs)
        if "project_path" in self:
            make_loader(self.get("env"), self.get("runtime_params"))


def _nearest(name: str, declared: Collection[str]) -> str:
    """Suggest what a name may be meant to be; all there are if nothing is near."""
    return suggest(name, declared) or f" Declared are: {', '.join(sorted(declared))}."


def _register_anew() -> None:
    """Have Kedro register the pipelines again: two sessions may have two environments."""
    if project.PACKAGE_NAME:
        project.pipelines.configure(f"{project.PACKAGE_NAME}.pipeline_registry")


def make_loader(
    environment: str | None, runtime_parameters: dict[str, Any] | None = None
) -> SessionConfigLoader:
    """Make the loader of an environment as a session of it would.

    Args:
        environment: its name; None for the default.
        runtime_parameters: as given on the command line.
    """
    return SessionConfigLoader(
        str(ROOT / settings.CONF_SOURCE),
        env=environment,
        runtime_params=runtime_parameters,
        **settings.CONFIG_LOADER_ARGS,
    )


def checked_parameters(
    loader: SessionConfigLoader,
    groups: Mapping[str, type[BaseModel]],
    places: Mapping[str, type[BaseModel]],
) -> dict[str, Any]:
    """Check the parameters of all rooms; give those that nodes take as their models.

    Kedro does so too, for the rooms of a run, but tells what is wrong in pydantic's words.

    Args:
        loader: of the session.
        groups: the model of each parameter; nodes that the user adds may take others.
        places: the model of each setting of globals.yml.

    Raises:
        ConfigurationError: names every setting that does not fit, with what it may be.
    """
    problems: list[str] = []
    try:
        parameters = dict(loader["parameters"])
    except UnknownNamesError as error:
        # To be told together with values that do not fit.
        problems, parameters = error.problems, error.parameters
    settings = {**loader.places(), **parameters}
    pipelines = {} if problems else dict(project.pipelines)
    types = TypeExtractor(pipelines).extract_types_from_pipelines()
    taken = {name: model for name, model in types.items() if issubclass(model, BaseModel)}
    for name, model in {**taken, **places, **groups}.items():
        if name not in settings:
            continue
        try:
            checked = model.model_validate(settings[name])
        except ValidationError as error:
            problems += [
                f"{text} {loader.describe_place(name, *path)}"
                for path, text in locate_problems(name, settings[name], model, error).items()
            ]
        else:
            # Others stay as they are written: results note them so.
            if name in taken:
                parameters[name] = checked
    if not problems:
        problems = [
            f"{text} {loader.describe_place(*path)}"
            for group in parameters.values()
            if isinstance(group, Companion)
            for path, text in group.find_misfits(parameters).items()
        ]
    if problems:
        raise ConfigurationError("\n".join(problems))
    return parameters
