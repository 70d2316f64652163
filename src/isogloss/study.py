"""What the active environment studies: which models, on what, and which rooms take part."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.config import ConfigurationError, SessionConfigLoader, make_loader
from isogloss.errors import suggest
from isogloss.slugs import require_slug
from isogloss.study_rooms import (
    OFFERS,
    CountingStudy,
    CulturalStudy,
    Kind,
    MediationStudy,
    MergingStudy,
    StudyModel,
    read_counting_study,
    read_cultural_study,
    read_mediation_study,
    read_merging_study,
)
from isogloss.study_settings import choose_words, read_setting, require_source
from isogloss.word_list import joined_words

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTIONS = ("belebele", "mmlu")
TASKS = (*QUESTIONS, "translation")
DEFAULT_ITEMS = "sample"


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
        cultural: who is asked for values, and how.
        counting: who counts, and who makes lists to count in.
        mediation: in which models activations are patched.
    """

    corpus: str
    reading: str
    knowledge: str
    intents: str
    tasks: tuple[str, ...]
    models: tuple[StudyModel, ...]
    merging: MergingStudy
    cultural: CulturalStudy
    counting: CountingStudy
    mediation: MediationStudy

    @property
    def local(self) -> dict[str, Kind]:
        """Models whose weights are at hand: name -> kind."""
        return {model.name: model.kind for model in self.models if "lm" in model.offers}

    @property
    def measured(self) -> dict[str, Kind]:
        """Models with weights or vectors to look into: name -> kind."""
        inside = {"lm", "embeddings"}
        return {model.name: model.kind for model in self.models if model.offers & inside}

    @property
    def causal(self) -> list[str]:
        """Names of local models that answer and translate."""
        return [name for name, kind in self.local.items() if kind == "causal"]

    @property
    def asks_items(self) -> bool:
        """Whether a model is asked test items, which are read for it alone."""
        return bool(self.causal) and not set(QUESTIONS).isdisjoint(self.tasks)


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
        corpus=require_source("corpus", parameters["corpus"], "texts", catalog),
        reading=_source("reading", parameters, catalog),
        knowledge=_source("knowledge", parameters, catalog),
        intents=_source("intents", parameters, catalog),
        tasks=_included_tasks(parameters),
        models=models,
        merging=read_merging_study(parameters, catalog, models),
        cultural=read_cultural_study(parameters, catalog, models),
        counting=read_counting_study(parameters, catalog, models),
        mediation=read_mediation_study(parameters, catalog, models),
    )


def _source(group: str, parameters: Mapping[str, Any], catalog: Mapping[str, Any]) -> str:
    """Give the source that a group of parameters names; an environment may leave it out."""
    given = read_setting(group, "corpus", "To choose a source", parameters) or DEFAULT_ITEMS
    return require_source(f"{group}.corpus", given, group, catalog)


def _included_tasks(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the tasks that are included.

    Raises:
        ConfigurationError: if there is no such task.
    """
    given = read_setting("tasks", "include", "To choose tasks", parameters)
    if given is None:
        return TASKS
    words = choose_words("tasks.include", given, TASKS, ("none",), "task")
    return tuple(word for word in words if word != "none")


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
            "Describe your own in conf/base/catalog/models.yml, which all environments read, or in "
            "conf/local/catalog.yml, which is read where no --env is given."
        )
    kind: Kind = "vectors" if "embeddings" in offers else "chat"
    if "lm" in offers:
        kind = catalog[f"{name}.lm"]["kind"]
    return StudyModel(name, kind, offers)
