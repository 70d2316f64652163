"""What can be set in the reporting of results."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt, field_validator

from isogloss.figures.metrics import metric_of
from isogloss.word_list import WordList

FamilyKey = Literal[
    "model",
    "metric",
    "pooling",
    "aggregation",
    "task",
    "task_metric",
    "direction",
    "language",
]
Outcome = Literal["reading", "knowledge", "translation", "merging", "culture", "counting"]
Covariate = Literal[
    "token_parity",
    "information_parity",
    "data_share",
    "resource_class",
    "uriel_syntactic_distance",
    "uriel_genetic_distance",
]
COVARIATES: dict[Covariate, int] = {"information_parity": 15, "token_parity": 24}
"""What the cross-study analysis holds constant -> languages that it takes."""

INTERVAL_LEAST = 10
"""Languages that an interval of a correlation takes."""


class ReportingParameters(BaseModel, frozen=True, extra="forbid"):
    """What figures and overviews show.

    Attributes:
        metric: that they lead with, as named in `alignment_summary`; `auto` takes MEXA at the
            largest common pool (100, else 60 sentences, else all).
        pooling: that the summaries show; the first there is if a model lacks it. A name that is
            neither measured nor one of mean, last and weighted is refused.
        aggregation: of the layers in summaries.
        extremes: pairs of languages to show at each end.
        model_labels: model -> what to call it in titles; say there if its weights are quantised.
        english_models: models that were trained on English alone; what is said of them in other
            languages says so.
        corpora: corpus -> what its sentences are, in words; `{n}` stands for their number.
        rounds: of the multiplier bootstrap behind simultaneous paired intervals.
        seed: of that bootstrap.
    """

    metric: str = "auto"
    pooling: str = "mean"
    aggregation: Literal["mean", "max"] = "mean"
    extremes: PositiveInt = 10
    model_labels: dict[str, str] = Field(default_factory=dict)
    english_models: WordList[str] = ()
    corpora: dict[str, str] = Field(default_factory=dict)
    rounds: Annotated[int, Field(ge=200)] = 2000
    seed: NonNegativeInt = 0

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, name: str) -> str:
        if name != "auto":
            metric_of(name)
        return name

    def label(self, model: str) -> str:
        """Give what to call a model."""
        return self.model_labels.get(model, model)

    def describe_corpus(self, corpus: str) -> str:
        """Say in words what the sentences of a corpus are; `{n}` stands for their number."""
        return self.corpora.get(corpus, f"{{n}} sentences of the corpus '{corpus}'")


class CorrelationParameters(BaseModel, frozen=True, extra="forbid"):
    """How alignment is correlated with task scores.

    Attributes:
        permutations: of the labels of languages (or models) to draw where there are too many.
        exact_up_to: the most languages (or models) of which all permutations are taken.
        adjusted_statistic: whose p-values are adjusted for the number of tests.
        family: columns whose values tell the families apart within which p-values are adjusted;
            none: all rows of a table are one family.
        confidence: of intervals.
        interval_least: languages that an interval takes.
        few: a correlation over fewer languages (or models) is marked as too few.
        original_rows: also give the correlations of every sample, as the thesis did.
        covariates: of the partial correlations, added one after the other; those that nothing is
            known of are left out.
        languages_per_covariate: languages that each covariate takes.
        least_models: models that a correlation over models takes.
        seed: of the permutations.
    """

    permutations: Annotated[int, Field(ge=999)] = 100_000
    exact_up_to: Annotated[int, Field(ge=3, le=9)] = 8
    adjusted_statistic: Literal["pearson", "spearman"] = "pearson"
    family: WordList[FamilyKey] = ()
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    interval_least: Annotated[int, Field(ge=4)] = INTERVAL_LEAST
    few: PositiveInt = 8
    original_rows: bool = True
    covariates: WordList[Covariate] = ("token_parity", "data_share")
    languages_per_covariate: Annotated[int, Field(ge=2)] = 8
    least_models: Annotated[int, Field(ge=3)] = 8
    seed: NonNegativeInt = 0


class CrossStudyParameters(BaseModel, frozen=True, extra="forbid"):
    """How alignment is set beside the outcomes of the other studies, and when that is a test.

    Attributes:
        predictor: metric of alignment, as named in `alignment_summary`; `auto` takes MEXA in the
            largest pool that the sentences allow. It is averaged over the middle third of the
            layers.
        pooling: of the tokens of the predictor.
        confirmatory: studies whose tests are one family; all others are exploratory.
        proxies: model with outcomes -> other model whose alignment is shown beside them. That is
            never tested.
        least_languages: without the pivot, that a test takes; an interval takes 10, and without
            one nothing can be called associated.
        least_reliability: of both sides over the languages, that a test takes.
        least_above_chance: share of the languages in which the outcome must be above chance.
        allow_text_overlap: test also where sentences of the alignment stand in the texts of the
            outcome; such tests are exploratory.
        covariates: what is held constant, added one after the other -> languages that it takes.
        least_models: that a test over models takes.
        least_languages_over_models: that they must share.
        least_passages: that a test over items takes.
        permutations: of the labels of languages to draw where there are too many to take all.
        exact_up_to: the most languages of which all permutations are taken.
        confidence: of intervals; a test passes at 1 - confidence.
        seed: of the permutations.
    """

    predictor: str = "auto"
    pooling: str = "mean"
    confirmatory: WordList[Outcome] = ("reading", "knowledge", "merging", "culture", "counting")
    proxies: dict[str, str] = Field(default_factory=dict)
    least_languages: Annotated[int, Field(ge=INTERVAL_LEAST)] = INTERVAL_LEAST
    least_reliability: Annotated[float, Field(ge=0, lt=1)] = 0.5
    least_above_chance: Annotated[float, Field(ge=0, le=1)] = 0.5
    allow_text_overlap: bool = False
    covariates: dict[Covariate, Annotated[int, Field(ge=6)]] = Field(
        default_factory=lambda: dict(COVARIATES)
    )
    least_models: Annotated[int, Field(ge=2)] = 4
    least_languages_over_models: Annotated[int, Field(ge=6)] = 20
    least_passages: Annotated[int, Field(ge=2)] = 10
    permutations: Annotated[int, Field(ge=999)] = 100_000
    exact_up_to: Annotated[int, Field(ge=3, le=9)] = 8
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    seed: NonNegativeInt = 0

    @field_validator("predictor")
    @classmethod
    def _known_predictor(cls, name: str) -> str:
        if name != "auto":
            metric_of(name)
        return name

    @property
    def level(self) -> float:
        """The largest p-value that passes."""
        return 1 - self.confidence


class ScoreboardParameters(BaseModel, frozen=True, extra="forbid"):
    """What of each study enters the scoreboard and the claims.

    Attributes:
        merge_recipe: the merge that stands for merging, as named in `merge_results`; `auto` takes
            the first linear one that has seen no label of a target, by similarity if there is one.
        sentences: of the paragraph that sums a report up, at the most.
    """

    merge_recipe: Annotated[str, Field(min_length=1)] = "auto"
    sentences: Annotated[int, Field(ge=2, le=12)] = 6


class ComparisonParameters(BaseModel, frozen=True, extra="forbid"):
    """How the results of another run are compared with those of this one.

    Attributes:
        models: model of the other run -> model of this one; none: those with the same name.
        rounds: of the bootstrap of items.
        seed: of it.
    """

    models: dict[str, str] = Field(default_factory=dict)
    rounds: Annotated[int, Field(ge=200)] = 1000
    seed: NonNegativeInt = 0
