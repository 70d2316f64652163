"""What the tables of merging hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import TOLERANCE

if TYPE_CHECKING:
    import pandas as pd

MERGE = ["recipe", "target", "seed"]
METHODS = ("linear", "task_arithmetic", "ties")
SUPERVISIONS = ("none", "target_dev", "target_train")


class MergeWeights(pa.DataFrameModel):
    """How much of each source goes into each merge: one row a recipe, target, seed and source."""

    recipe: Series[str] = pa.Field(str_matches=r"^[\w.+-]+$")
    target: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    method: Series[str] = pa.Field(isin=METHODS)
    weighting: Series[str] = pa.Field(isin=["similarity", "average", "leave_one_out", "manual"])
    normalisation: Series[str] = pa.Field(isin=["", "softmax", "proportional", "sinkhorn"])
    features: Series[str] = pa.Field(description="by which sources were chosen; empty if by none")
    k: Series[int] = pa.Field(ge=0, description="sources to choose; 0 where none are chosen")
    temperature: Series[float] = pa.Field(gt=0, nullable=True)
    include_target: Series[bool] = pa.Field(description="the target's own classifier is a source")
    scale: Series[float] = pa.Field(alias="lambda", gt=0, nullable=True)
    density: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    supervision: Series[str] = pa.Field(
        isin=SUPERVISIONS, description="labels of the target that went into the merge"
    )
    source: Series[str]
    weight: Series[float] = pa.Field(gt=0, le=1 + TOLERANCE)
    similarity: Series[float] = pa.Field(
        nullable=True, description="of source and target by the features; empty without any"
    )

    class Config:
        """An empty table has columns without a type; no source twice, no other columns."""

        coerce = True
        strict = True
        unique: list[str] = [*MERGE, "source"]

    @pa.dataframe_check(error="the weights of a merge do not sum to 1")
    @classmethod
    def weights_sum_to_one(cls, table: pd.DataFrame) -> Series[bool]:
        """Add up the weights of every merge."""
        sums = table.groupby(MERGE, sort=False)["weight"].transform("sum")
        return Series[bool]((sums - 1).abs() <= TOLERANCE)

    @pa.dataframe_check(error="include_target does not say whether the target is a source")
    @classmethod
    def the_target_is_a_source_where_said(cls, table: pd.DataFrame) -> Series[bool]:
        """Look for the target among the sources of every merge."""
        own = (table["source"] == table["target"]).groupby([table[key] for key in MERGE])
        return Series[bool](own.transform("any") == table["include_target"])

    @pa.dataframe_check(error="a merge with the target's own classifier has seen its train labels")
    @classmethod
    def own_classifiers_are_supervision(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare `include_target` with `supervision`."""
        return Series[bool]((table["supervision"] == "target_train") == table["include_target"])

    @pa.dataframe_check(error="lambda or density is missing, or stands where there is none")
    @classmethod
    def methods_have_their_settings(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the method with its settings."""
        scaled = table["lambda"].notna() == (table["method"] != "linear")
        return Series[bool](scaled & (table["density"].notna() == (table["method"] == "ties")))


class MergeRemarks(pa.DataFrameModel):
    """What was left out of merging and why, and what was decided by a rule."""

    what: Series[str]
    name: Series[str]
    n: Series[int] = pa.Field(ge=1, description="how many locales or recipes")
    detail: Series[str]

    class Config:
        """An empty table has columns without a type; no other columns."""

        coerce = True
        strict = True
