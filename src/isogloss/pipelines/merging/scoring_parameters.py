"""What can be set in the scoring of merged classifiers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.pipelines.merging.ensembles import Vote
from isogloss.word_list import WordList


class MergeScoringParameters(BaseModel, frozen=True, extra="forbid"):
    """With what merged classifiers are compared, and how sure the scores are.

    Attributes:
        pivot: locale whose own classifier stands for training in one language only.
        votes: how the sources of linear merges also answer together: majority, weighted, soft.
        confidence: of all intervals.
        rounds: of the bootstrap of items.
        seed: of the bootstrap.
    """

    pivot: str = "en-US"
    votes: WordList[Vote] = ("majority", "weighted", "soft")
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    rounds: PositiveInt = 1000
    seed: NonNegativeInt = 0
