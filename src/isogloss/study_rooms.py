"""What single rooms study: whose classifiers are merged, who is asked for values, who counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from isogloss.config import ConfigurationError
from isogloss.errors import suggest
from isogloss.study_answering import find_answering, find_labellers
from isogloss.study_settings import choose_words, read_setting, read_words, require_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OFFERS = ("lm", "chat", "embeddings")
TRAINED = "trained"
DEFAULT_SURVEY = "synthetic"
ELICITATIONS = ("open", "closed")
# What mediation does beside patching.
ANALYSES = ("screen", "probes", "interventions")
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
class CulturalStudy:
    """Who is asked for values, and how.

    Attributes:
        survey: name of the source of what people answered.
        respondents: models that are asked: name -> entry of the catalog that answers (lm, chat).
        choosers: those whose weights are at hand, which choose among the answers of the survey.
        labellers: that label open answers: name -> (likelihood or call, model).
        families: of the respondents: name -> family.
        published: whether published scores are read.
        capabilities: what agreement is regressed on: benchmarks, alignment, task.
        translator: entry of the catalog that translates prompts; None if no model was named.
    """

    survey: str
    respondents: Mapping[str, str]
    choosers: tuple[str, ...]
    labellers: Mapping[str, tuple[str, str]]
    families: Mapping[str, str]
    published: bool
    capabilities: tuple[str, ...]
    translator: str | None


@dataclass(frozen=True)
class CountingStudy:
    """Who counts, and who makes the lists to count in.

    Attributes:
        counters: causal models whose weights are at hand, all or those that are named.
        author: entry of the catalog that writes lists; None if no model does.
        judge: entry that judges them; None if word lists alone decide.
    """

    counters: tuple[str, ...]
    author: str | None
    judge: str | None


@dataclass(frozen=True)
class MediationStudy:
    """In which models activations are patched.

    Attributes:
        models: causal models whose weights are at hand.
        analyses: what is done beside patching: screen, probes, interventions.
    """

    models: tuple[str, ...]
    analyses: tuple[str, ...]


def read_merging_study(
    parameters: Mapping[str, Any], catalog: Mapping[str, Any], models: Sequence[StudyModel]
) -> MergingStudy:
    """Give whose classifiers are merged.

    Raises:
        ConfigurationError: if an encoder is named that the study has not, or a source that the
            catalog has not.
    """
    purpose = "To choose what is merged"
    encoders, features, sources = (
        read_setting("merging", name, purpose, parameters)
        for name in ("encoders", "features", "sources")
    )
    there = [model.name for model in models if model.kind == "encoder" and "lm" in model.offers]
    named = _choose_models("merging.encoders", encoders, there, models, "encoder")
    name = str(sources or TRAINED)
    for encoder in named:
        _require_classifiers(name, encoder, catalog)
    return MergingStudy(tuple(named), name, "alignment" in read_words(features))


def read_cultural_study(
    parameters: Mapping[str, Any], catalog: Mapping[str, Any], models: Sequence[StudyModel]
) -> CulturalStudy:
    """Give who is asked for values, and how.

    Raises:
        ConfigurationError: if a respondent, labeller, translator, elicitation or source is named
            that there is not.
    """
    purpose = "To choose who is asked"
    respondents, elicitation, labellers, families, published = (
        read_setting("cultural", name, purpose, parameters)
        for name in ("respondents", "elicitation", "labellers", "families", "published")
    )
    there = [model.name for model in models if model.kind in ("causal", "chat")]
    asked = _choose_models("cultural.respondents", respondents, there, models, "respondent")
    answering = {model.name: _answering(model) for model in models if model.name in asked}
    with_weights = {model.name for model in models if "lm" in model.offers}
    ways = choose_words("cultural.elicitation", elicitation, ELICITATIONS, (), "elicitation")
    closed = not ways or "closed" in ways
    survey = read_setting("survey", "source", "To choose the survey", parameters)
    return CulturalStudy(
        survey=require_source("survey.source", survey or DEFAULT_SURVEY, "survey", catalog),
        respondents=answering if not ways or "open" in ways else {},
        choosers=tuple(name for name in asked if closed and name in with_weights),
        labellers=find_labellers(labellers, parameters, catalog),
        families={name: _family(name, families or {}, catalog) for name in asked},
        published=bool(published),
        capabilities=_capabilities(parameters),
        translator=find_answering(
            "prompt_translation", "translator", "To choose who translates", parameters, catalog
        ),
    )


def read_counting_study(
    parameters: Mapping[str, Any], catalog: Mapping[str, Any], models: Sequence[StudyModel]
) -> CountingStudy:
    """Give who counts, and who writes and judges lists.

    Raises:
        ConfigurationError: if a model, an author or a judge is named that there is not.
    """
    author, judge = (
        find_answering("counting", role, "To choose who makes lists", parameters, catalog)
        for role in ("author", "judge")
    )
    there = [model.name for model in models if model.kind == "causal" and "lm" in model.offers]
    counters = _choose_models("counters", parameters.get("counters"), there, models, "causal model")
    return CountingStudy(tuple(counters), author, judge)


def read_mediation_study(
    parameters: Mapping[str, Any], catalog: Mapping[str, Any], models: Sequence[StudyModel]
) -> MediationStudy:
    """Give in which models activations are patched, and what else is done with them.

    Raises:
        ConfigurationError: if a model is named that the study has not, or no such analysis.
    """
    purpose = "To choose what is patched"
    named, analyses = (
        read_setting("mediation", name, purpose, parameters) for name in ("models", "analyses")
    )
    there = [model.name for model in models if model.kind == "causal" and "lm" in model.offers]
    words = choose_words("mediation.analyses", analyses, ANALYSES, ("all", "none"), "analysis")
    chosen = ANALYSES if "all" in words else tuple(name for name in ANALYSES if name in words)
    patched = _choose_models("mediation.models", named, there, models, "causal model")
    return MediationStudy(tuple(patched), chosen)


def _choose_models(
    setting: str, given: object, there: Sequence[str], models: Sequence[StudyModel], what: str
) -> list[str]:
    """Give the models that a setting names: names, `all` (also if nothing is said) or `none`."""
    wanted = read_words(given) or ["all"]
    for word in wanted:
        if word not in (*there, "all", "none"):
            kind = next((f" It is of kind {one.kind}." for one in models if one.name == word), "")
            raise ConfigurationError(
                f"{setting}: the study has no {what} '{word}'.{suggest(word, there)}{kind} "
                f"There are: {', '.join([*there, 'all', 'none'])}."
            )
    return list(there) if "all" in wanted else [name for name in there if name in wanted]


def _answering(model: StudyModel) -> str:
    """Say which entry answers: a model that can be asked over the net is asked there."""
    return "chat" if "chat" in model.offers else "lm"


def _capabilities(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Give what agreement is regressed on, as far as that is results of other rooms."""
    group = "cultural_analysis"
    settings = read_setting(group, "capability", "To choose capabilities", parameters) or {}
    return tuple(read_words(settings.get("measures")))


def _family(name: str, families: Mapping[str, str], catalog: Mapping[str, Any]) -> str:
    """Give the family of a model: as the study says, else its entry, else itself alone."""
    stated = families.get(name) or catalog.get(f"{name}.chat", {}).get("family")
    return str(stated or name)


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
