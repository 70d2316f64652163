"""What can be set of the effects of patches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.language_models.patching.sites import Component
from isogloss.word_list import WordList

Outcome = Literal["log_odds", "expected_count", "up", "down", "divergence", "flip"]


class EffectParameters(BaseModel, frozen=True, extra="forbid"):
    """Which activations are patched, and what is read from the answers.

    Attributes:
        components: `residual` (what leaves a block), `attention` and `mlp` (what these add to the
            residual), `head` (one head of the attention).
        layers: numbers of layers, or `all`: 1 to L, and of the residual also 0, the embeddings.
        every: of the layers only those divisible by this, and the last.
        roles: of the tokens that are patched, or `all` from the first differing token on. The
            tokens of a role are patched together; `swapped` are all tokens of the swapped word.
        outcomes: `log_odds` of the neighbouring counts, `expected_count` over 0..9, `up` and `down`
            (log-odds of one more and one less), `divergence` (Kullback-Leibler, of the answers),
            `flip` (another likeliest answer). Pairs have those that are defined for their kind.
        token_budget: tokens a batch, padding included; `auto` suits the device.
    """

    components: Annotated[WordList[Component], Field(min_length=1)] = (
        "residual",
        "attention",
        "mlp",
    )
    layers: Annotated[WordList[int | Literal["all"]], Field(min_length=1)] = ("all",)
    every: PositiveInt = 1
    roles: Annotated[WordList[str], Field(min_length=1)] = ("all",)
    outcomes: Annotated[WordList[Outcome], Field(min_length=1)] = (
        "log_odds",
        "expected_count",
        "up",
        "down",
    )
    token_budget: PositiveInt | Automatic = AUTOMATIC
