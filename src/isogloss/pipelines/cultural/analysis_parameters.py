"""What can be set in the analyses of whose values models voice."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, NonNegativeInt, PositiveInt

from isogloss.word_list import WordList

Metric = Literal["spearman", "pearson", "distance"]
Outcome = Literal["distinctive", "overall", "overall_language"]
AUTOMATIC = "auto"


def _with_none(value: object) -> object:
    """Turn one text into the set of these countries, beside that of none."""
    return ("", value) if isinstance(value, str) and value.strip() else value


# On the command line, "cultural_analysis.contrast_sets=KE NG SG" leaves out these three.
ContrastSets = Annotated[tuple[str, ...], BeforeValidator(_with_none)]


class AlignmentRows(BaseModel, frozen=True, extra="forbid"):
    """Which rows of `alignment_summary` are a model's capability in a language.

    Attributes:
        metric: of alignment with the pivot.
        pooling: of hidden states.
        aggregation: over layers.
    """

    metric: str = "mexa_at_60"
    pooling: str = "mean"
    aggregation: str = "mean"


class TaskRows(BaseModel, frozen=True, extra="forbid"):
    """Which rows of `task_scores` are a model's capability in a language.

    Attributes:
        task: such as belebele.
        metric: such as accuracy_label; of several ways of asking the selected one counts.
    """

    task: str = "belebele"
    metric: str = "p_correct"


class CapabilityParameters(BaseModel, frozen=True, extra="forbid"):
    """How agreement is regressed on capability.

    Attributes:
        measures: benchmarks (published scores), alignment, task (of this project).
        outcomes: agreement with the countries of the language (distinctive, overall), or with all
            respondents who answered in the language (overall_language, as published).
        metric: of agreement.
        alignment: rows of the measure `alignment`.
        task: rows of the measure `task`.
        least_models: fewer give no slope.
        exact_up_to: the most models of which all orders are taken.
        permutations: of the models' capabilities otherwise.
    """

    measures: WordList[Literal["benchmarks", "alignment", "task"]] = (
        "benchmarks",
        "alignment",
        "task",
    )
    outcomes: WordList[Outcome] = ("distinctive", "overall", "overall_language")
    metric: Metric = "spearman"
    alignment: AlignmentRows = AlignmentRows()
    task: TaskRows = TaskRows()
    least_models: Annotated[int, Field(ge=3)] = 6
    exact_up_to: Annotated[int, Field(ge=1, le=10)] = 9
    permutations: PositiveInt = 20000


class AnalysisParameters(BaseModel, frozen=True, extra="forbid"):
    """How agreement of models with countries is measured, and how sure it is.

    Attributes:
        metrics: spearman, pearson, and distance (1 less the mean distance of the scores).
        questions: common (those that every group has) or pairwise (those of each pair).
        least_questions: voices with fewer are left out, and named.
        response_languages: any, or asked: only responses that are in the language of the prompt.
        reference: country that native ones are compared with; auto is US if it is there, else the
            first country of the pivot.
        pivot: language of the automatic reference.
        contrast_sets: countries that are left out of the native ones; an empty text leaves out
            none. A single text stands for these and for none.
        interval: jackknife (questions left out one at a time) or bootstrap, of agreements.
        confidence: of every interval.
        rounds: of the bootstrap of questions.
        permutations: of each voice's own answers.
        seed: of all draws.
        original: also the published analyses, with their defects.
        original_rounds: of their bootstrap.
        capability: of the regression on capability.
    """

    metrics: WordList[Metric] = ("spearman", "pearson", "distance")
    questions: Literal["common", "pairwise"] = "common"
    least_questions: Annotated[int, Field(ge=4)] = 8
    response_languages: Literal["any", "asked"] = "any"
    reference: str = AUTOMATIC
    pivot: str = "eng"
    contrast_sets: ContrastSets = ("", "KE NG SG")
    interval: Literal["jackknife", "bootstrap"] = "jackknife"
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    rounds: Annotated[int, Field(ge=100)] = 5000
    permutations: Annotated[int, Field(ge=100)] = 2000
    seed: NonNegativeInt = 0
    original: bool = False
    original_rounds: Annotated[int, Field(ge=2)] = 100
    capability: CapabilityParameters = CapabilityParameters()
