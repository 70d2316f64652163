"""What can be set of the check of lists that were made elsewhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field


class ExistingExamplesParameters(BaseModel, frozen=True, extra="forbid"):
    """How labels of existing lists are checked where there are no word lists for them.

    Attributes:
        error_rate: share of labels that are expected to be wrong.
        certainty: probability from which a label counts as contradicted.
    """

    error_rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.005
    certainty: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
