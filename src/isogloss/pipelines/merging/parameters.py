"""What can be set in the merging of classifiers."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveInt,
    field_validator,
    model_validator,
)

from isogloss.errors import suggest
from isogloss.statistics.alignment_metrics import summary_metric
from isogloss.word_list import WordList

T = TypeVar("T")

Experiment = Literal["baseline", "similarity", "average", "leave_one_out", "manual"]
Normalisation = Literal["softmax", "proportional", "sinkhorn"]
Method = Literal["linear", "task_arithmetic", "ties"]

# Sets of URIEL as lang2vec calls them -> as the catalog's `typology` does.
URIEL_SETS = {
    "syntax_knn": "syntax",
    "phonology_knn": "phonology",
    "inventory_knn": "inventory",
    "geo": "geography",
    "fam": "family",
}
ALIGNMENT, ACCURACY = "alignment", "accuracy"
TRAINED = "trained"
AUTOMATIC: Literal["auto"] = "auto"


def _known_features(name: str) -> str:
    if name in (ALIGNMENT, ACCURACY):
        return name
    sets = name.split("+")
    for part in sets:
        if part in (ALIGNMENT, ACCURACY):
            raise ValueError(f"'{part}' stands alone: only the sets {_listed()} join with '+'.")
        if part not in URIEL_SETS:
            nearest = suggest(part, [*URIEL_SETS, ALIGNMENT, ACCURACY])
            raise ValueError(
                f"There are no features '{part}'.{nearest} There are {_listed()}, which join with "
                f"'+', {ALIGNMENT} and {ACCURACY}."
            )
    if len(set(sets)) < len(sets):
        raise ValueError(f"'{name}' names a set twice.")
    return name


def _listed() -> str:
    return ", ".join(URIEL_SETS)


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


Several = Annotated[WordList[T], Field(min_length=1), AfterValidator(_each_once)]
Features = Annotated[str, AfterValidator(_known_features)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Density = Annotated[float, Field(gt=0, le=1)]


class AlignmentChoice(BaseModel, frozen=True, extra="forbid"):
    """Which rows of `alignment_summary` the features `alignment` are.

    Attributes:
        metric: as named there.
        pooling: of the tokens.
        aggregation: of the layers.
    """

    metric: str = "mexa_at_60"
    pooling: str = "mean"
    aggregation: Literal["mean", "max"] = "mean"

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, name: str) -> str:
        summary_metric(name)
        return name


class TaskArithmeticParameters(BaseModel, frozen=True, extra="forbid"):
    """How far to go from the pretrained model (Ilharco et al. 2023).

    Attributes:
        lambdas: times the weighted mean of the task vectors. As weights sum to 1, a lambda of 1
            is the linear merge, and the number of sources gives the sum of their task vectors.
    """

    lambdas: Several[Positive] = (0.5, 1.5)


class TiesParameters(BaseModel, frozen=True, extra="forbid"):
    """How task vectors are trimmed and made to agree (Yadav et al. 2023).

    Attributes:
        densities: shares of the parameters that are kept, the largest ones.
        lambdas: times the merged task vector.
        trim: the largest of each `tensor` (mergekit) or of the whole `model` (the paper).
    """

    densities: Several[Density] = (0.2,)
    lambdas: Several[Positive] = (1.0,)
    trim: Literal["tensor", "model"] = "tensor"


class MergingParameters(BaseModel, frozen=True, extra="forbid"):
    """Which classifiers are merged for which locales, and how their weights come about.

    Attributes:
        encoders: those models of the study that become classifiers; `all` of kind encoder.
        sources: `trained` here as `finetuning` says, or the name of an entry
            `<model>.<name>_classifiers` of the catalog.
        targets: the locales to merge for; another choice changes no weights of the others. Which
            locales take part at all is set in `intents`.
        experiments: `baseline` (the locale's own classifier, and whatever else needs no merging);
            `similarity` (the k most similar sources, weighted by similarity); `average` (the same
            sources, weighted alike); `leave_one_out` (all sources but the target's own, weighted
            alike); `manual`.
        features: what similarity is of. A set of URIEL or several joined with `+`; `alignment`
            (measured by this project on the encoder); `accuracy` (of the source's classifier on
            the target's dev rows, which takes labels of the target).
        alignment: which alignment.
        missing_similarity: of a locale of which the features say nothing: `refuse`, or
            `leave_out` of the merges by these features, said in the remarks.
        k: how many sources; more than there are takes all.
        normalisations: of similarities s to weights: `softmax` of s/T, `proportional` to s^(1/T),
            or `sinkhorn`, with which the original's code balanced sources over targets, whereby
            the most similar source rarely gets the most weight.
        temperatures: T, in units of the similarity under softmax. Small: the most similar
            source alone; large: the average.
        include_target: whether the target's own classifier is one of the k sources. Then the
            merge has seen labels of the target.
        manual: target -> source -> weight; the weights of a target are scaled to sum to 1.
        methods: `linear`, `task_arithmetic`, `ties`.
        task_arithmetic: its settings.
        ties: its settings.
        seeds: of the classifiers; each seed is merged by itself.
        unknown_limit: share of tokens unknown to the encoder above which it cannot spell a
            locale.
        unspelled: `flag` such locales (never a source; as a target shown apart), or `refuse`.
        memory_gib: that merged models may take until they are evaluated; the sources are read once
            for as many as fit. `auto` is half of the memory that is free when merging begins.
        dtype: of merged models.
        write: recipes whose merged models are written as folders, `all` or `none`.
    """

    encoders: Several[str] = ("all",)
    sources: str = TRAINED
    targets: Several[str] = ("all",)
    experiments: Several[Experiment] = (
        "baseline",
        "similarity",
        "average",
        "leave_one_out",
    )
    features: Several[Features] = ("syntax_knn",)
    alignment: AlignmentChoice = AlignmentChoice()
    missing_similarity: Literal["refuse", "leave_out"] = "refuse"
    k: Several[PositiveInt] = (5,)
    normalisations: Several[Normalisation] = ("softmax",)
    temperatures: Several[Positive] = (0.05,)
    include_target: Several[bool] = (False,)
    manual: dict[str, dict[str, Weight]] = Field(default_factory=dict)
    methods: Several[Method] = ("linear",)
    task_arithmetic: TaskArithmeticParameters = TaskArithmeticParameters()
    ties: TiesParameters = TiesParameters()
    seeds: Several[NonNegativeInt] = (0,)
    unknown_limit: Annotated[float, Field(ge=0, le=1)] = 0.02
    unspelled: Literal["flag", "refuse"] = "flag"
    memory_gib: Positive | Literal["auto"] = AUTOMATIC
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    write: Several[str] = ("none",)

    @field_validator("manual")
    @classmethod
    def _some_weight(cls, manual: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for target, weights in manual.items():
            if not any(weights.values()):
                raise ValueError(f"{target} has no source with a weight above 0.")
        return manual

    @field_validator("write")
    @classmethod
    def _all_or_none_alone(cls, recipes: tuple[str, ...]) -> tuple[str, ...]:
        if len(recipes) > 1 and {"all", "none"} & set(recipes):
            raise ValueError("'all' and 'none' stand alone; else name recipes.")
        return recipes

    @model_validator(mode="after")
    def _manual_has_weights(self) -> MergingParameters:
        if "manual" in self.experiments and not self.manual:
            raise ValueError(
                "the experiment 'manual' needs weights in merging.manual: target -> source -> "
                "weight, on the command line merging.manual.sw-KE.en-US=1."
            )
        return self

    @property
    def needs_base(self) -> bool:
        """Whether a method needs what the sources were fine-tuned from."""
        return set(self.methods) != {"linear"}

    @property
    def needs_similarity(self) -> bool:
        """Whether an experiment chooses sources by similarity."""
        return bool({"similarity", "average"} & set(self.experiments))
