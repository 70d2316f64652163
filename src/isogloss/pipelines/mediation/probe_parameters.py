"""What can be set of the probes of running counts, and of interventions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.word_list import WordList

Spot = Literal["item", "separator"]


class ProbeParameters(BaseModel, frozen=True, extra="forbid"):
    """How running counts are read from activations.

    Attributes:
        spots: `item`: the last token of an item; `separator`: the token behind it.
        every: of the layers 0..L only those divisible by this, and the last.
        shuffles: sets of made-up members, for the control task.
        token_budget: tokens a batch, padding included; `auto` suits the device.
        confidence: of intervals.
        seed: of the shuffles.
    """

    spots: Annotated[WordList[Spot], Field(min_length=1)] = ("item", "separator")
    every: PositiveInt = 1
    shuffles: PositiveInt = 3
    token_budget: PositiveInt | Automatic = AUTOMATIC
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    seed: NonNegativeInt = 0
