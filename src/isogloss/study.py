"""What the active environment studies: which models, on what, and which rooms take part."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from isogloss.config import ConfigurationError, SessionConfigLoader, make_loader
from isogloss.errors import suggest
from isogloss.slugs import require_slug
from isogloss.word_list import joined_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TASKS = ("belebele", "mmlu", "translation")
DEFAULT_ITEMS = "sample"
TRAINED = "trained"
OFFERS = ("lm", "chat", "embeddings")
Kind = Literal["causal", "encoder", "seq2seq", "vectors", "chat"]


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


def active_study() -> Study:
    """Read what the present session studies.

    Raises:
        ConfigurationError: a model or corpus that the catalog does not know.
    """
    loader = SessionConfigLoader.current
    if loader is None:  # a config loader without loaded keys is falsy: never write "or" here
        loader = make_loader(os.environ.get("KEDRO_ENV"))
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
