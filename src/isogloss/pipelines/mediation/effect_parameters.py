"""What can be set of the effects of patches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.errors import suggest
from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.language_models.patching.sites import Component
from isogloss.pipelines.mediation.roles import NAMES, is_role
from isogloss.word_list import WordList

Outcome = Literal["log_odds", "expected_count", "up", "down", "divergence", "flip"]


Method = Literal["gradient", "integrated"]
ALL = "all"


def _require_role(name: str) -> str:
    if name != ALL and not is_role(name):
        raise ValueError(
            f"there is no role {name!r}.{suggest(name, NAMES)} Give {ALL}, or some of "
            f"{', '.join(NAMES)}, where 1 stands for any number"
        )
    return name


Roles = Annotated[WordList[Annotated[str, AfterValidator(_require_role)]], Field(min_length=1)]


class SiteParameters(BaseModel, frozen=True, extra="forbid"):
    """Which activations are patched.

    Attributes:
        components: `residual` (what leaves a block), `attention` and `mlp` (what these add to the
            residual), `head` (what one head of the attention gives), `query` (what it looks with).
        layers: numbers of layers, or `all`: 1 to L, and of the residual also 0, the embeddings.
        every: of `all` layers only those divisible by this, and the last; those that are given by
            number are patched in any case.
        roles: of the tokens that are patched, or `all` from the first differing token on. The
            tokens of a role are patched together; `swapped` are all tokens of the swapped word.
        token_budget: tokens a batch, padding included; `auto` suits the device.
    """

    components: Annotated[WordList[Component], Field(min_length=1)] = (
        "residual",
        "attention",
        "mlp",
    )
    layers: Annotated[WordList[NonNegativeInt | Literal["all"]], Field(min_length=1)] = ("all",)
    every: PositiveInt = 1
    roles: Roles = (ALL,)
    token_budget: PositiveInt | Automatic = AUTOMATIC


class EffectParameters(SiteParameters, frozen=True, extra="forbid"):
    """Which activations are patched, and what is read from the answers.

    Attributes:
        head_roles: of the tokens at which single heads and their queries are patched, in place of
            `roles`; or `all`. There are as many of them as heads in all layers.
        outcomes: `log_odds` of the neighbouring counts, `expected_count` over 0..9, `up` and `down`
            (log-odds of one more and one less), `divergence` (Kullback-Leibler, of the answers),
            `flip` (another likeliest answer). Pairs have those that are defined for their kind.
        word_questions: whether the model is asked, too, if each swapped word belongs to the
            category; pairs whose words it knows are then summarised by themselves.
    """

    head_roles: Roles = ("final",)
    outcomes: Annotated[WordList[Outcome], Field(min_length=1)] = (
        "log_odds",
        "expected_count",
        "up",
        "down",
    )
    word_questions: bool = False


class ScreenParameters(SiteParameters, frozen=True, extra="forbid"):
    """How effects are estimated from gradients, and how the estimates are checked.

    Attributes:
        methods: `gradient` at both prompts, or `integrated` over the way from one to the other.
        steps: of the way.
        top: cells with the largest estimates that are patched to check them.
        sample: other cells, drawn at random, that are patched to see what is missed.
        confidence: of the bound on what is missed.
        seed: of the sample.
    """

    methods: Annotated[WordList[Method], Field(min_length=1)] = ("gradient",)
    steps: PositiveInt = 5
    top: PositiveInt = 12
    sample: PositiveInt = 24
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    seed: NonNegativeInt = 0
