"""What can be set in the fine-tuning of classifiers that are to be merged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.language_models.finetuning_recipe import FinetuningRecipe
from isogloss.word_list import WordList


class SpellingParameters(BaseModel, frozen=True, extra="forbid"):
    """Which locales an encoder can spell.

    Attributes:
        unknown_limit: share of tokens unknown to it, up to which it can.
        unspelled: `flag` locales beyond the limit in the table, or `refuse` them.
    """

    unknown_limit: Annotated[float, Field(ge=0, le=1)] = 0.02
    unspelled: Literal["flag", "refuse"] = "flag"


class FinetuningParameters(BaseModel, frozen=True, extra="forbid"):
    """How an encoder becomes a classifier for each locale.

    Attributes:
        recipe: the same for all locales.
        seeds: each gives every locale a classifier; head, order of rows and dropout depend on it.
        joint: also fine-tune one classifier a seed on the train rows of all locales together, in as
            many steps as the locale with the most train rows takes.
        fewest_train_rows: of a locale; one with fewer is refused.
        fewest_dev_rows: of a locale; one with fewer is refused.
        token_budget: tokens a batch when classifiers are tried, padding included; `auto` suits the
            device.
    """

    recipe: FinetuningRecipe = FinetuningRecipe()
    seeds: Annotated[WordList[NonNegativeInt], Field(min_length=1)] = (0,)
    joint: bool = False
    fewest_train_rows: PositiveInt = 50
    fewest_dev_rows: PositiveInt = 20
    token_budget: PositiveInt | Automatic = AUTOMATIC
