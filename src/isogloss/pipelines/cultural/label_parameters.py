"""What can be set of the labels of statements."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveInt, model_validator

from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.pipelines.cultural.prompt_parameters import ASKED, Names

LIKELIHOOD: Literal["likelihood"] = "likelihood"
LabellerKind = Literal["likelihood", "call"]


class LabellerParameters(BaseModel, frozen=True, extra="forbid"):
    """Who labels statements.

    Attributes:
        kind: `likelihood` compares what a language model gives to the two stance sentences after
            a statement; `call` has a chat model call a function.
        model: its name in the zoo: with an entry `.lm` for likelihood, `.chat` for calls.
    """

    kind: LabellerKind
    model: str


class LabellingParameters(BaseModel, frozen=True, extra="forbid"):
    """Who says of each statement whether it is pro, con or neutral, and how.

    Attributes:
        labellers: name -> who; all answers are labelled by each of them.
        scores: the one by whose labels the study goes on; the others are for comparison.
        check_languages: in which labellers are tried on statements whose side is known: codes,
            `all` that there are such statements in, or `asked`: those of the prompts.
        margin: of `likelihood`: with a smaller difference, in nats, a statement is neutral.
        token_budget: of `likelihood`: tokens a batch, padding included; `auto` suits the device.
        max_tokens: of `call`: longest answer of the labeller.
    """

    labellers: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], LabellerParameters],
        Field(min_length=1),
    ]
    scores: str
    check_languages: Names = (ASKED,)
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5
    token_budget: PositiveInt | Automatic = AUTOMATIC
    max_tokens: PositiveInt = 400

    @model_validator(mode="after")
    def _scores_by_one_of_them(self) -> LabellingParameters:
        if self.scores not in self.labellers:
            raise ValueError(
                f"scores names '{self.scores}', and the labellers are "
                f"{', '.join(self.labellers)}: name one of them"
            )
        return self
