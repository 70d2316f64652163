"""What can be set of the answers that models write."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt


class ResponseParameters(BaseModel, frozen=True, extra="forbid"):
    """How answers are drawn: alike for all models of a study.

    Attributes:
        samples: answers to each prompt.
        temperature: by which logits are divided; 0 takes the most likely token.
        top_p: draw among the most likely tokens that together have this probability.
        max_tokens: longest answer.
        stop: texts that end an answer.
        seed: of the draws, for models that heed one; each sample adds its number to it.
    """

    samples: PositiveInt = 1
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_tokens: PositiveInt = 600
    stop: tuple[str, ...] = ("\n11.",)
    seed: NonNegativeInt = 0
