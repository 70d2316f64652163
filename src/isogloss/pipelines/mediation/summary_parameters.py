"""What can be set of the summary of mediation."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

LEAST_CATEGORIES = 8
"""With G categories no p-value is smaller than 2^(1 - G): .008 with 8."""


class SummaryParameters(BaseModel, frozen=True, extra="forbid"):
    """How effects are averaged and tested.

    Attributes:
        confidence: of intervals.
        rounds: of the bootstrap over categories.
        flips: combinations of signs to draw where there are more than 12 categories.
        least_categories: fewer do not open the gate, and are not tested; 8 or more.
        require_skill: give shares only of models that count: the interval of their accuracy lies
            above the best constant answer.
        discovery_level: family-wise level at which cells of the discovery part go on to
            confirmation, where categories are split.
        seed: of all draws.
    """

    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    rounds: Annotated[int, Field(ge=200)] = 2000
    flips: PositiveInt = 4096
    least_categories: Annotated[int, Field(ge=LEAST_CATEGORIES)] = LEAST_CATEGORIES
    require_skill: bool = True
    discovery_level: Annotated[float, Field(gt=0, lt=1)] = 0.1
    seed: NonNegativeInt = 0
