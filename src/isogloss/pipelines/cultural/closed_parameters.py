"""What can be set of the survey's questions with given answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic, Overlong
from isogloss.pipelines.cultural.prompt_parameters import ALL, Names
from isogloss.word_list import WordList

Order = Literal["forward", "reversed", "cyclic"]
ClosedFormulation = Literal["number", "text"]
PMI: Literal["pmi"] = "pmi"


class ClosedSurveyParameters(BaseModel, frozen=True, extra="forbid"):
    """How a model is asked the survey's own questions, and what counts as its answer.

    Attributes:
        languages: codes, `all` that questions are written in, or `asked`: those of the prompts.
        questions: names, or `all`.
        orders: in which answers are shown, numbered in that order: `forward` as in the survey,
            `reversed`, `cyclic` in all rotations (only of answers that all have words: a scale
            keeps its direction or is reversed). Probabilities are averaged over them.
        formulation: what stands for a model in scores: the `number` of an answer, or its `text`
            (of a scale of which only the ends have words, the two ends). Both are measured.
        normalisation: `pmi` takes off what an answer gets where the answers are shown without the
            question, which is scored for it; `none`.
        token_budget: tokens a batch, padding included; `auto` suits the device.
        overlong: cut questions beyond the model's limit from the left and say so, or refuse.
    """

    languages: Names = (ALL,)
    questions: Names = (ALL,)
    orders: Annotated[WordList[Order], Field(min_length=1)] = ("forward", "reversed")
    formulation: ClosedFormulation = "number"
    normalisation: Literal["none", "pmi"] = "none"
    token_budget: PositiveInt | Automatic = AUTOMATIC
    overlong: Overlong = "refuse"
