"""What the tables of merging hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.merge_columns import (
    BASELINES,
    ENSEMBLES,
    MERGE,
    METHODS,
    SUPERVISIONS,
)
from isogloss.schemas import COSINE, SHARE, TOLERANCE, WithIntervals

if TYPE_CHECKING:
    import pandas as pd

DIFFERENCE: dict[str, Any] = {"in_range": {"min_value": -1, "max_value": 1}}


class MergeWeights(pa.DataFrameModel):
    """How much of each source goes into each merge: one row a recipe, target, seed and source."""

    recipe: Series[str] = pa.Field(str_matches=r"^[\w.+-]+$")
    target: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    method: Series[str] = pa.Field(isin=METHODS)
    weighting: Series[str] = pa.Field(
        isin=["similarity", "average", "leave_one_out", "manual"],
        description="how weights of sources come about",
    )
    normalisation: Series[str] = pa.Field(
        isin=["", "softmax", "proportional", "sinkhorn"],
        description="of similarities into weights; empty: none",
    )
    features: Series[str] = pa.Field(description="by which sources were chosen; empty if by none")
    k: Series[int] = pa.Field(ge=0, description="sources to choose; 0 where none are chosen")
    temperature: Series[float] = pa.Field(gt=0, nullable=True, description="of the softmax")
    include_target: Series[bool] = pa.Field(description="the target's own classifier is a source")
    scale: Series[float] = pa.Field(
        alias="lambda", gt=0, nullable=True, description="by which task vectors are multiplied"
    )
    density: Series[float] = pa.Field(
        gt=0, le=1, nullable=True, description="share of each task vector that TIES keeps"
    )
    supervision: Series[str] = pa.Field(
        isin=SUPERVISIONS, description="labels of the target that went into the merge"
    )
    source: Series[str]
    weight: Series[float] = pa.Field(
        gt=0, le=1 + TOLERANCE, description="of the source; they sum to 1"
    )
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
    name: Series[str] = pa.Field(description="of the locale, recipe or seed")
    n: Series[int] = pa.Field(ge=1, description="how many locales, recipes or seeds")
    detail: Series[str]

    class Config:
        """An empty table has columns without a type; no other columns."""

        coerce = True
        strict = True


class LocaleSpelling(pa.DataFrameModel):
    """Which locales an encoder can spell: how many of their tokens it does not know."""

    encoder: Series[str]
    locale: Series[str]
    tokens: Series[int] = pa.Field(ge=1, description="of all utterances")
    unknown_tokens: Series[int] = pa.Field(ge=0, description="that the vocabulary lacks")
    unknown_share: Series[float] = pa.Field(**SHARE, description="of the tokens")
    utterances: Series[int] = pa.Field(ge=1, description="that were read")
    utterances_with_unknown: Series[int] = pa.Field(ge=0, description="with such a token")
    spelled: Series[bool] = pa.Field(description="the share is small enough for a fair comparison")

    class Config:
        """One row a locale, no other columns."""

        strict = True
        unique: list[str] = ["encoder", "locale"]


class TransferAccuracy(WithIntervals):
    """How well the classifier of every locale does on every locale."""

    encoder: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    source: Series[str]
    target: Series[str]
    partition: Series[str] = pa.Field(isin=["dev", "test"])
    accuracy: Series[float] = pa.Field(**SHARE)
    ci_low: Series[float] = pa.Field(**SHARE)
    ci_high: Series[float] = pa.Field(**SHARE)
    n: Series[int] = pa.Field(ge=1, description="items")

    class Config:
        """Every pair of locales once, no other columns."""

        strict = True
        unique: list[str] = ["encoder", "seed", "source", "target", "partition"]


class TaskVectors(pa.DataFrameModel):
    """How much alike fine-tuning changed two classifiers; each pair in both orders."""

    encoder: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    part: Series[str] = pa.Field(
        isin=["encoder", "head", "all"], description="of the classifier that is compared"
    )
    source_a: Series[str] = pa.Field(description="locale of one classifier")
    source_b: Series[str] = pa.Field(description="of the other one")
    dot: Series[float] = pa.Field(description="of a source with itself the square of its length")
    cosine: Series[float] = pa.Field(nullable=True, **COSINE, description="of the two changes")

    class Config:
        """An empty table has columns without a type; no other columns."""

        coerce = True
        strict = True
        unique: list[str] = ["encoder", "seed", "part", "source_a", "source_b"]


class MergeResults(WithIntervals):
    """How well every approach classifies the test items of every locale."""

    encoder: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    locale: Series[str]
    spelled: Series[bool] = pa.Field(description="the encoder can spell the locale")
    recipe: Series[str]
    method: Series[str] = pa.Field(isin=[*BASELINES, *METHODS, *ENSEMBLES])
    n_sources: Series[int] = pa.Field(ge=0, description="classifiers in the merge")
    source: Series[str] = pa.Field(description="whose model it is, if it is one locale's")
    supervision: Series[str] = pa.Field(
        isin=[*SUPERVISIONS, "target_test"], description="labels of the target that it has seen"
    )
    selected_on: Series[str] = pa.Field(
        description="dev items by which a source was chosen; empty: none"
    )
    accuracy: Series[float] = pa.Field(**SHARE)
    ci_low: Series[float] = pa.Field(**SHARE)
    ci_high: Series[float] = pa.Field(**SHARE)
    n: Series[int] = pa.Field(ge=1, description="items")
    macro_f1: Series[float] = pa.Field(nullable=True, **SHARE, description="mean F1 of the classes")
    accuracy_unseen: Series[float] = pa.Field(
        nullable=True, description="on items whose text does not stand in train", **SHARE
    )
    n_unseen: Series[int] = pa.Field(ge=0, description="such items")
    synergy: Series[float] = pa.Field(
        nullable=True,
        description="accuracy less the mean of its weighted sources",
        **DIFFERENCE,
    )
    gain: Series[float] = pa.Field(
        nullable=True, description="accuracy less that of the best source", **DIFFERENCE
    )
    normalised: Series[float] = pa.Field(
        nullable=True, ge=0, description="share of the accuracy of the locale's own classifier"
    )

    class Config:
        """Every approach once a locale."""

        unique: list[str] = ["encoder", "seed", "locale", "recipe"]


class MergeComparisons(WithIntervals):
    """Every merge against every baseline on the same items, locale by locale."""

    encoder: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    recipe: Series[str]
    baseline: Series[str] = pa.Field(description="that the merge is compared with")
    locale: Series[str]
    difference: Series[float] = pa.Field(
        **DIFFERENCE, description="accuracy - that of the baseline"
    )
    ci_low: Series[float] = pa.Field(description="for all locales of the family at once")
    ci_high: Series[float]
    p: Series[float] = pa.Field(**SHARE)
    p_adjusted: Series[float] = pa.Field(description="max-T over the family", **SHARE)
    p_mcnemar: Series[float] = pa.Field(
        nullable=True, **SHARE, description="McNemar's, one locale by itself"
    )
    family: Series[int] = pa.Field(ge=1, description="locales compared at once")
    n: Series[int] = pa.Field(ge=1, description="items")

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["encoder", "seed", "recipe", "baseline", "locale"]


class MergeSummary(WithIntervals):
    """Accuracies, and gains over every baseline, averaged over locales."""

    encoder: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    recipe: Series[str]
    baseline: Series[str] = pa.Field(description="empty: the accuracy itself")
    mean: Series[float] = pa.Field(**DIFFERENCE, description="over locales")
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    sd: Series[float] = pa.Field(ge=0, nullable=True, description="over locales")
    lowest: Series[float] = pa.Field(description="of the locales")
    highest: Series[float] = pa.Field(description="of the locales")
    n_locales: Series[int] = pa.Field(ge=1, description="locales averaged")

    class Config:
        """Every approach once against each baseline."""

        coerce = True
        unique: list[str] = ["encoder", "seed", "recipe", "baseline"]


class MergeFailures(pa.DataFrameModel):
    """What could not be made, and why."""

    encoder: Series[str]
    what: Series[str] = pa.Field(isin=["classifier", "classification", "merge"])
    name: Series[str] = pa.Field(description="of the classifier or merge")
    reason: Series[str] = pa.Field(str_length={"min_value": 1}, description="why, in words")

    class Config:
        """An empty table has columns without a type; no other columns."""

        coerce = True
        strict = True
