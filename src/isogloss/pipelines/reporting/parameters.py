"""What can be set in the reporting of results."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt, field_validator

from isogloss.figures.metrics import metric_of


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
        corpora: corpus -> what its sentences are, in words; `{n}` stands for their number.
        rounds: of the multiplier bootstrap behind simultaneous paired intervals.
        seed: of that bootstrap.
    """

    metric: str = "auto"
    pooling: str = "mean"
    aggregation: Literal["mean", "max"] = "mean"
    extremes: PositiveInt = 10
    model_labels: dict[str, str] = Field(default_factory=dict)
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
