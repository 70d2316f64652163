"""The configuration of a session, and what the pipeline registry needs to know of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.framework import project
from kedro.framework.project import settings
from kedro.framework.session.store import BaseSessionStore
from kedro.validation.type_extractor import TypeExtractor
from pydantic import BaseModel, ValidationError

from isogloss.errors import Refusal, suggest
from isogloss.setting_errors import describe_problems
from isogloss.slugs import require_slug
from isogloss.word_list import joined_words
from isogloss.zoo import name_models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
TASKS = ("belebele", "mmlu", "translation")
DEFAULT_ITEMS = "sample"
TRAINED = "trained"
OFFERS = ("lm", "chat", "embeddings")
Kind = Literal["causal", "encoder", "seq2seq", "vectors", "chat"]


class ConfigurationError(Refusal):
    """The configuration names something that does not exist; says what comes nearest."""


@dataclass(frozen=True)
class StudyModel:
    """A model of the active study.

    Attributes:
        name: in the zoo.
        kind: causal, encoder or seq2seq; `vectors` for sentence vectors made elsewhere.
        offers: which catalog entries there are: lm, chat, embeddings.
    """

    name: str
    kind: Kind
    offers: frozenset[str]


@dataclass(frozen=True)
class MergingStudy:
    """Whose classifiers are merged.

    Attributes:
        encoders: names of the models.
        sources: `trained`, or how the entries of the catalog that hold classifiers are called.
        by_alignment: whether sources are chosen by measured alignment.
    """

    encoders: tuple[str, ...]
    sources: str
    by_alignment: bool


@dataclass(frozen=True)
class Study:
    """What the active environment studies.

    Attributes:
        corpus: name of the source of parallel sentences.
        reading: name of the source of reading items.
        knowledge: name of the source of knowledge items.
        intents: name of the source of utterances with intents.
        tasks: names of the tasks to do.
        models: the models, in the order asked for.
        merging: whose classifiers are merged.
    """

    corpus: str
    reading: str
    knowledge: str
    intents: str
    tasks: tuple[str, ...]
    models: tuple[StudyModel, ...]
    merging: MergingStudy


class SessionConfigLoader(OmegaConfigLoader):
    """Config loader that checks parameter names and that the registry can ask about this session.

    Kedro does not tell `register_pipelines` for which environment it registers, but always makes
    the config loader first; so the loader remembers itself.
    """

    current: ClassVar[SessionConfigLoader | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        SessionConfigLoader.current = self
        _register_anew()

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Load one type of configuration.

        Raises:
            ConfigurationError: if a top-level parameter has a name that base does not declare.
        """
        # The loader made last serves `globals` to all: those below read other environments.
        self._register_globals_resolver()
        if key == "credentials":
            return {**self._local_credentials(), **self._own_credentials()}
        configuration: dict[str, Any] = super().__getitem__(key)
        if key == "parameters":
            self._check_names(configuration)
        return name_models(configuration) if key == "catalog" else configuration

    def _own_credentials(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().__getitem__("credentials")
        except MissingConfigException:
            return {}
        return found

    def _local_credentials(self) -> dict[str, Any]:
        """Read conf/local/credentials.yml, which `--env X` would otherwise replace."""
        local = OmegaConfigLoader(self.conf_source, base_env="local", default_run_env="local")
        try:
            found: dict[str, Any] = local["credentials"]
        except MissingConfigException:
            return {}
        return found

    def _check_names(self, parameters: Mapping[str, Any]) -> None:
        base = OmegaConfigLoader(self.conf_source, base_env="base", default_run_env="base")
        declared = {*base["parameters"], *base["globals"]}
        for name in parameters:
            if name not in declared:
                raise ConfigurationError(
                    f"Unknown parameter '{name}'.{suggest(name, declared)} "
                    f"Declared are: {', '.join(sorted(declared))}."
                )

    def declaring_file(self, name: str) -> Path:
        """Give the file of base that declares a top-level parameter, from the project's root."""
        source = Path(self.conf_source)
        for path in sorted((source / "base").rglob("*.yml")):
            is_parameters = "parameters" in path.relative_to(source).as_posix()
            if is_parameters and f"\n{name}:" in "\n" + path.read_text(encoding="utf-8"):
                return path.relative_to(source.parent)
        return Path(source.name, "base")


class SessionStore(BaseSessionStore):
    """Session store that makes the config loader of a session as soon as the session exists.

    Kedro makes it with the context only. Somebody who opens a session and looks at `pipelines`
    would otherwise see those of the session before.
    """

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take what describes the session: project path, environment, runtime parameters."""
        super().update(*args, **kwargs)
        if "project_path" in self:
            _make_loader(self.get("env"), self.get("runtime_params"))


def _register_anew() -> None:
    """Have Kedro register the pipelines again: two sessions may have two environments."""
    if project.PACKAGE_NAME:
        project.pipelines.configure(f"{project.PACKAGE_NAME}.pipeline_registry")


def _make_loader(
    environment: str | None, runtime_parameters: dict[str, Any] | None = None
) -> SessionConfigLoader:
    return SessionConfigLoader(
        str(ROOT / settings.CONF_SOURCE),
        env=environment,
        runtime_params=runtime_parameters,
        **settings.CONFIG_LOADER_ARGS,
    )


def active_study() -> Study:
    """Read what the present session studies.

    Raises:
        ConfigurationError: a model or corpus that the catalog does not know.
    """
    loader = SessionConfigLoader.current
    if loader is None:  # a config loader without loaded keys is falsy: never write "or" here
        loader = _make_loader(os.environ.get("KEDRO_ENV"))
    parameters, catalog = loader["parameters"], loader["catalog"]
    names = _model_names(parameters["models"])
    models = tuple(_study_model(name, catalog) for name in names)
    return Study(
        corpus=_source(parameters["corpus"], "texts", catalog),
        reading=_source(_corpus_of("reading", parameters), "reading", catalog),
        knowledge=_source(_corpus_of("knowledge", parameters), "knowledge", catalog),
        intents=_source(_corpus_of("intents", parameters), "intents", catalog),
        tasks=_included_tasks(parameters),
        models=models,
        merging=_merging_study(parameters, catalog, models),
    )


def _corpus_of(group: str, parameters: Mapping[str, Any]) -> object:
    """Give the source that a group of parameters names; an environment may leave it out."""
    return _setting(group, "corpus", "To choose a source", parameters) or DEFAULT_ITEMS


def _included_tasks(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the tasks that are included.

    Raises:
        ConfigurationError: if there is no such task.
    """
    given = _setting("tasks", "include", "To choose tasks", parameters)
    if given is None:
        return TASKS
    words = _words(given)
    for word in words:
        if word not in (*TASKS, "none"):
            raise ConfigurationError(
                f"tasks.include: there is no task '{word}'.{suggest(word, TASKS)} "
                f"There are {', '.join(TASKS)}, and none."
            )
    return tuple(word for word in words if word != "none")


def _merging_study(
    parameters: Mapping[str, Any], catalog: Mapping[str, Any], models: Sequence[StudyModel]
) -> MergingStudy:
    """Give whose classifiers are merged.

    Raises:
        ConfigurationError: if an encoder is named that the study has not, or a source that the
            catalog has not.
    """
    purpose = "To choose what is merged"
    encoders, features, sources = (
        _setting("merging", name, purpose, parameters)
        for name in ("encoders", "features", "sources")
    )
    there = [model.name for model in models if model.kind == "encoder" and "lm" in model.offers]
    wanted = _words(encoders) or ["all"]
    for word in wanted:
        if word not in (*there, "all", "none"):
            kind = next((f" It is of kind {one.kind}." for one in models if one.name == word), "")
            raise ConfigurationError(
                f"merging.encoders: the study has no encoder '{word}'.{suggest(word, there)}{kind} "
                f"There are: {', '.join([*there, 'all', 'none'])}."
            )
    named = there if "all" in wanted else [name for name in there if name in wanted]
    name = str(sources or TRAINED)
    for encoder in named:
        _require_classifiers(name, encoder, catalog)
    return MergingStudy(tuple(named), name, "alignment" in _words(features))


def _require_classifiers(name: str, encoder: str, catalog: Mapping[str, Any]) -> None:
    """Check that the catalog has an entry `<encoder>.<name>_classifiers`, or one for any model."""
    ending = "_classifiers"
    entries = [entry.rpartition(".") for entry in catalog if entry.endswith(ending)]
    known = {
        last.removesuffix(ending) for model, _, last in entries if model == encoder or "{" in model
    }
    if name != TRAINED and name not in known:
        among = sorted({TRAINED, *known})
        raise ConfigurationError(
            f"merging.sources: there are no classifiers '{name}'.{suggest(name, among)} There are: "
            f"{', '.join(among)}. Others are described as {encoder}.{name}{ending} in "
            "conf/local/catalog.yml."
        )


def _words(given: object) -> list[str]:
    """Give the words of a list, which on the command line is one text."""
    if given is None:
        return []
    if isinstance(given, str):
        return given.split()
    return [str(word) for word in given] if isinstance(given, list | tuple) else [str(given)]


def _setting(group: str, name: str, purpose: str, parameters: Mapping[str, Any]) -> Any:
    settings = parameters.get(group, {})
    if not isinstance(settings, dict):
        raise ConfigurationError(
            f"{group} = {settings!r}: it has settings of its own. {purpose}, write "
            f"{group}.{name}={settings}."
        )
    return settings.get(name)


def _source(name: object, kind: str, catalog: Mapping[str, Any]) -> str:
    """Check that the catalog has an entry `<name>_<kind>`, and give the name."""
    known = [entry.removesuffix(f"_{kind}") for entry in catalog if entry.endswith(f"_{kind}")]
    if str(name) not in known:
        raise ConfigurationError(
            f"Unknown corpus '{name}'.{suggest(str(name), known)} There are: {', '.join(known)}."
        )
    return str(name)


def checked_parameters(loader: SessionConfigLoader) -> dict[str, Any]:
    """Give the parameters of all rooms, those that nodes take as pydantic models as such.

    Kedro does so too, for the rooms of a run, but tells what is wrong in pydantic's words.

    Raises:
        ConfigurationError: names every setting that does not fit, with what it may be.
    """
    parameters = dict(loader["parameters"])
    problems: list[str] = []
    types = TypeExtractor(dict(project.pipelines)).extract_types_from_pipelines()
    for name, model in types.items():
        if not issubclass(model, BaseModel) or name not in parameters:
            continue
        try:
            parameters[name] = model.model_validate(parameters[name])
        except ValidationError as error:
            problems += [
                f"{text} Declared in {loader.declaring_file(name)}."
                for text in describe_problems(name, parameters[name], model, error)
            ]
    if problems:
        raise ConfigurationError("\n".join(problems))
    return parameters


def _model_names(given: object) -> list[str]:
    if words := joined_words(given):
        raise ConfigurationError(
            f"models = {given!r}: write a list on the command line as words without brackets, "
            f"models='{words}'."
        )
    names = given.split() if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not names:
        raise ConfigurationError(
            f"models = {given!r}: name one or more models of conf/base/catalog/models.yml, for "
            "example models='gemma_270m_q4 minilm_l6'."
        )
    return list(dict.fromkeys(str(name) for name in names))


def _study_model(name: str, catalog: Mapping[str, Any]) -> StudyModel:
    require_slug(name)
    offers = frozenset(offer for offer in OFFERS if f"{name}.{offer}" in catalog)
    if not offers:
        zoo = {entry.rpartition(".")[0] for entry in catalog if entry.endswith(OFFERS)} - {""}
        models = sorted(entry for entry in zoo if "{" not in entry)
        raise ConfigurationError(
            f"Unknown model '{name}'.{suggest(name, models)} The zoo has: {', '.join(models)}. "
            "Describe your own in conf/base/catalog/models.yml or conf/local/catalog.yml."
        )
    kind: Kind = "vectors" if "embeddings" in offers else "chat"
    if "lm" in offers:
        kind = catalog[f"{name}.lm"]["kind"]
    return StudyModel(name, kind, offers)
