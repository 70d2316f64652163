"""What can be stated beforehand of the roles and layers that carry a count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, field_validator, model_validator

from isogloss.errors import suggest
from isogloss.pipelines.mediation.intervention_parameters import Window
from isogloss.pipelines.mediation.outcomes import has_outcome
from isogloss.pipelines.mediation.pair_parameters import SOURCES, Kind, Named
from isogloss.word_list import WordList

Predicts = Literal["running_count", "end_sum", "works", "other"]
"""A count kept in the list, a sum made behind it, that patches work at all, or none of these."""
TestedOutcome = Literal["log_odds", "expected_count", "up", "down"]
TestedComponent = Literal["residual", "attention", "mlp"]
TestedEffect = Literal[
    "noising", "denoising", "noising_less_irrelevant", "denoising_less_irrelevant"
]
Expects = Literal["greater", "less", "none"]
ALL = "all"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Cells(BaseModel, frozen=True, extra="forbid"):
    """Roles in layers: effects of a pair are summed over roles, and averaged over layers.

    Attributes:
        roles: of tokens; `*` stands for any number, as in `item_+*`. The sum is over those that a
            pair has.
        layers: numbers, `all` from 1 on, or the `early`, `middle` and `late` third. Of the residual
            these leave out the last layer, where the answer stands at the final token whatever the
            model does.
    """

    roles: Annotated[WordList[str], Field(min_length=1)]
    layers: Annotated[WordList[int | Window], Field(min_length=1)]


class Hypothesis(Cells, frozen=True, extra="forbid"):
    """What is expected of some cells before they are looked at.

    Attributes:
        states: one plain sentence.
        predicts: which model of counting says so: `running_count`, `end_sum`, `works` (that patches
            work at all) or `other`.
        kind: of the pairs.
        outcome: that is read from the answers.
        effect: of patching, or what of it is beyond the same lists under an irrelevant category.
        component: that is patched.
        against: cells that are subtracted pair by pair; pairs have to have both.
        share: of the total effect, which makes the margin. The total is that of the pair, or, where
            no count changes, the mean of the count swaps of its category.
        expects: `greater` or `less` than the margin, on average over the layers; or `none`: within
            the margin on both sides of 0, in every one of the layers.
        named: whether the category is named before the list or behind it.
    """

    states: Annotated[str, Field(min_length=1)]
    predicts: Predicts
    kind: Kind
    outcome: TestedOutcome = "expected_count"
    effect: TestedEffect = "noising"
    component: TestedComponent = "residual"
    against: Cells | None = None
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    expects: Expects
    named: Named = "first"

    @property
    def raw_effect(self) -> str:
        """The effect before anything is subtracted."""
        return self.effect.split("_")[0]

    @property
    def outcome_of_swaps(self) -> TestedOutcome:
        """What is read of count swaps beside it: both neighbours of a count are one there."""
        return "log_odds" if self.outcome in ("up", "down") else self.outcome

    @model_validator(mode="after")
    def _can_be_measured(self) -> Hypothesis:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        if not has_outcome(self.outcome, self.kind):
            known = [one for one in get_args(TestedOutcome) if has_outcome(one, self.kind)]
            yield f"outcome: {self.kind} has no {self.outcome}; it has {', '.join(known)}"
        beyond = self.effect != self.raw_effect
        if beyond and self.kind not in SOURCES.values():
            yield (
                f"effect: {self.kind} has no lists under an irrelevant category; take "
                f"{self.raw_effect}, or kind {' or '.join(dict.fromkeys(SOURCES.values()))}"
            )
        if self.expects == "none" and not self.share:
            yield "share: expects: none needs one, the share of the total effect that is too much"
        if self.against == Cells(roles=self.roles, layers=self.layers):
            yield "against: these are the same cells, so that nothing is left"


class HypothesisParameters(BaseModel, frozen=True, extra="forbid"):
    """What is stated before effects are looked at.

    Attributes:
        level: at which the adjusted p-values are judged.
        stated: name -> hypothesis; slugs.
        tested: names of those that are judged, and corrected for as one family; or `all`.
    """

    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    stated: dict[str, Hypothesis] = {}
    tested: WordList[str] = (ALL,)

    @property
    def judged(self) -> dict[str, Hypothesis]:
        """Those that are judged, as they are ordered in `stated`."""
        return {
            name: one
            for name, one in self.stated.items()
            if ALL in self.tested or name in self.tested
        }

    @field_validator("stated")
    @classmethod
    def _names_are_slugs(cls, stated: dict[str, Hypothesis]) -> dict[str, Hypothesis]:
        for name in stated:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name: lower-case letters, digits and _")
        return stated

    @model_validator(mode="after")
    def _tested_are_stated(self) -> HypothesisParameters:
        for name in self.tested:
            if name != ALL and name not in self.stated:
                raise ValueError(
                    f"tested: nothing is stated as {name!r}.{suggest(name, self.stated)} Stated "
                    f"are: {', '.join(self.stated) or 'none'}"
                )
        return self
