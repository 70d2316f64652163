"""What can be set of interventions: steering, interchange of lists, and cut attention."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.pipelines.mediation.probe_parameters import Spot
from isogloss.word_list import WordList

EdgeSet = Literal["final_to_swapped", "end_to_swapped", "later_to_swapped", "all_to_swapped"]
Window = Literal["all", "early", "middle", "late"]


class InterventionParameters(BaseModel, frozen=True, extra="forbid"):
    """Which activations are changed, and which attention is cut.

    Attributes:
        spots: `item`: the last token of an item; `separator`: the token behind it.
        every: of the layers 0..L only those divisible by this, and the last.
        steps: by how many members lists are steered.
        draws: random directions for each that is found, of its length.
        interchanges: pairs of unrelated lists in a language.
        edges: attention that is cut: to the swapped word from the `final` token, from the `end`
            (all tokens behind the list), from the `later` items, or from `all` tokens behind it.
        windows: layers in which it is cut: `all`, or the `early`, `middle` or `late` third.
        token_budget: tokens a batch, padding included; `auto` suits the device.
        seed: of all draws.
    """

    spots: Annotated[WordList[Spot], Field(min_length=1)] = ("item", "separator")
    every: PositiveInt = 1
    steps: Annotated[WordList[int], Field(min_length=1)] = (-1, 1)
    draws: PositiveInt = 4
    interchanges: PositiveInt = 48
    edges: Annotated[WordList[EdgeSet], Field(min_length=1)] = (
        "final_to_swapped",
        "end_to_swapped",
        "later_to_swapped",
        "all_to_swapped",
    )
    windows: Annotated[WordList[Window], Field(min_length=1)] = ("all",)
    token_budget: PositiveInt | Automatic = AUTOMATIC
    seed: NonNegativeInt = 0
