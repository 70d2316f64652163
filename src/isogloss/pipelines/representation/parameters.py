"""What can be set in the representation of sentences by models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveFloat, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.language_models.pooling import POOLINGS, Pooling
from isogloss.word_list import WordList


class RepresentationParameters(BaseModel, frozen=True, extra="forbid"):
    """How sentences become vectors.

    Attributes:
        poolings: which of `mean`, `last`, `weighted` to store.
        include_special_tokens: whether tokens such as a BOS are pooled, as in the original studies.
        token_budget: tokens a batch, padding included; `auto` suits the device.
        group_size: languages sorted by length together; a killed run loses at most so many.
        overlong: cut sentences beyond the model's limit and count them, or refuse them.
        gigaflops: floating-point operations a second (in 1e9) to plan with; null measures them.
    """

    poolings: Annotated[WordList[Pooling], Field(min_length=1)] = POOLINGS
    include_special_tokens: bool = False
    token_budget: PositiveInt | Automatic = AUTOMATIC
    group_size: PositiveInt = 8
    overlong: Literal["truncate", "refuse"] = "truncate"
    gigaflops: PositiveFloat | None = None
