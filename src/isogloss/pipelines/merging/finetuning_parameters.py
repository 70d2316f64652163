"""What can be set in the fine-tuning of classifiers that are to be merged."""

from __future__ import annotations

from pydantic import BaseModel, PositiveInt

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.language_models.finetuning_recipe import FinetuningRecipe


class FinetuningParameters(BaseModel, frozen=True, extra="forbid"):
    """How an encoder becomes a classifier for each locale.

    Attributes:
        recipe: the same for all locales.
        joint: also fine-tune one classifier a seed on the train rows of all locales together, in as
            many steps as the locale with the most train rows takes.
        fewest_train_rows: of a locale; one with fewer is refused.
        fewest_dev_rows: of a locale; one with fewer is refused.
        token_budget: tokens a batch when classifiers are tried, padding included; `auto` suits the
            device.
    """

    recipe: FinetuningRecipe = FinetuningRecipe()
    joint: bool = False
    fewest_train_rows: PositiveInt = 50
    fewest_dev_rows: PositiveInt = 20
    token_budget: PositiveInt | Automatic = AUTOMATIC
