"""What can be set in the tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.language_models.pooling import Pooling
from isogloss.word_list import WordList

Task = Literal["belebele", "mmlu", "translation"]
Mode = Literal["likelihood", "generate"]
Normalisation = Literal["none", "orders", "contextual", "character", "byte", "pmi"]
Direction = Literal["from_pivot", "to_pivot"]


class TaskParameters(BaseModel, frozen=True, extra="forbid"):
    """What is asked, how, and how the answers are scored.

    Attributes:
        include: the tasks to do; `none` leaves them all out, also of the reporting.
        modes: `likelihood` scores the options that are given; `generate` has the model write an
            answer, with the prompts and the extraction of the thesis.
        formulation: whose scores stand for a model: `label` (the letters of options that stand in
            the prompt), `cloze` (the texts of options that do not), or `auto`: whichever, with
            whichever normalisation, is best on the pivot's development items.
        normalisation: of that formulation: for labels `none`, `orders` (mean over the option
            orders) or `contextual`; for texts `none`, `character`, `byte` or `pmi`.
        option_orders: orders in which labelled options are shown: `cyclic` takes all four
            rotations, `given` the one of the source.
        contextual_calibration: also measure the labels after a prompt without content.
        shots: examples before a question of MMLU, from its dev split. Belebele has no such split
            and is asked without.
        prompt_language: language of the words around the items: a code of `prompts`, or `own`.
        chat_template: put prompts into the model's chat template.
        dev_every: every so many-th passage of Belebele is a development item.
        token_budget: tokens a batch, padding included; `auto` suits the device.
        overlong: cut prompts beyond the model's limit from the left and count them, or refuse.
        confidence: of intervals.
        rounds: of the bootstrap.
        seed: of the bootstrap.
    """

    include: WordList[Task | Literal["none"]] = ("belebele", "mmlu", "translation")
    modes: Annotated[WordList[Mode], Field(min_length=1)] = ("likelihood",)
    formulation: Literal["auto", "label", "cloze"] = "auto"
    normalisation: Literal["auto"] | Normalisation = "auto"
    option_orders: Literal["cyclic", "given"] = "cyclic"
    contextual_calibration: bool = False
    shots: NonNegativeInt = 5
    prompt_language: str = "eng"
    chat_template: bool = False
    dev_every: Annotated[int, Field(ge=2)] = 5
    token_budget: PositiveInt | Automatic = AUTOMATIC
    overlong: Literal["truncate", "refuse"] = "truncate"
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    rounds: Annotated[int, Field(ge=200)] = 1000
    seed: NonNegativeInt = 0

    @model_validator(mode="after")
    def _is_measured(self) -> TaskParameters:
        """Refuse a way of asking that will not have been measured, before anything is asked."""
        if self.formulation == "auto" and self.normalisation == "auto":
            return self
        if "likelihood" not in self.modes:
            raise ValueError(
                "formulation and normalisation are of likelihoods, and modes has none: set both "
                "to auto, or add likelihood to modes"
            )
        formulations = ("label", "cloze") if self.formulation == "auto" else (self.formulation,)
        known = [name for formulation in formulations for name in self._measured(formulation)]
        if self.normalisation not in ("auto", *known):
            hint = {
                "contextual": " (contextual takes contextual_calibration: true)",
                "orders": " (orders takes option_orders: cyclic)",
            }.get(self.normalisation, "")
            raise ValueError(
                f"normalisation {self.normalisation} is not measured for formulation "
                f"{self.formulation}{hint}; there are {', '.join(dict.fromkeys(known))}"
            )
        return self

    def _measured(self, formulation: str) -> list[str]:
        if formulation == "cloze":
            return ["none", "character", "byte", "pmi"]
        orders = ["orders"] * (self.option_orders == "cyclic")
        return ["none", *orders, *["contextual"] * self.contextual_calibration]


class TranslationParameters(BaseModel, frozen=True, extra="forbid"):
    """What is translated, and how.

    Attributes:
        languages: between which and the pivot is translated, those of them that the corpus has; or
            `all`.
        sentences: how many a language and direction, those outside the alignment's samples first;
            None takes all.
        shots: translated sentences before the one to translate; never among those scored.
        template: name of a prompt in `translation_prompts`.
        chat_template: whether each request is a user's message in the model's chat template.
        directions: `from_pivot` into each language, `to_pivot` out of it.
        slack: a translation may have so many times the tokens that its source suggests.
        least_budget: tokens that every translation may have.
        chrf_word_order: 2 for chrF++, 0 for chrF.
    """

    languages: Annotated[WordList[str], Field(min_length=1)] = ("all",)
    sentences: PositiveInt | None = None
    shots: NonNegativeInt = 4
    template: str = "plain"
    chat_template: bool = False
    directions: Annotated[WordList[Direction], Field(min_length=1)] = ("from_pivot", "to_pivot")
    slack: PositiveFloat = 2.0
    least_budget: PositiveInt = 16
    chrf_word_order: NonNegativeInt = 2


class ItemAlignmentParameters(BaseModel, frozen=True, extra="forbid"):
    """How the options of items are compared with those of the pivot.

    Attributes:
        include: tasks whose items are compared.
        pooling: of the tokens of question and option.
        passage: whether passages are read with them.
        layer_range: over which alignment is averaged; `inner` are the outputs of blocks.
        token_budget: tokens a batch, padding included; `auto` suits the device.
    """

    include: WordList[Literal["belebele", "mmlu"]] = ("belebele",)
    pooling: Pooling = "mean"
    passage: bool = False
    layer_range: Literal["inner"] | tuple[NonNegativeInt, NonNegativeInt] = "inner"
    token_budget: PositiveInt | Automatic = AUTOMATIC
