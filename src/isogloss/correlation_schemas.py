"""What the tables of correlations hold.

Besides the columns here, a row has those keys of `task_scores` that this table told (data,
formulation, normalisation, subset, average, shots, prompt_language, chat_template), and n_pool if
`alignment_summary` told it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.pandas as pa
from pandera.typing import Series

if TYPE_CHECKING:
    import pandas as pd

SHARE: dict[str, Any] = {"in_range": {"min_value": 0, "max_value": 1}, "nullable": True}
CORRELATION: dict[str, Any] = {"in_range": {"min_value": -1, "max_value": 1}, "nullable": True}


class _Correlations(pa.DataFrameModel):
    metric: Series[str]
    pooling: Series[str]
    aggregation: Series[str]
    n_pool: Series[int] | None = pa.Field(ge=2)
    sample: Series[int] = pa.Field(ge=-1, description="-1: averaged over samples")
    task: Series[str]
    task_metric: Series[str] = pa.Field(description="of the task's score")
    direction: Series[str] = pa.Field(isin=["", "from_pivot", "to_pivot", "both"])
    pivot: Series[str]
    n: Series[int] = pa.Field(ge=0, description="units without the pivot that both sides have")
    pearson_r: Series[float] = pa.Field(**CORRELATION, description="Pearson's r")
    pearson_p: Series[float] = pa.Field(
        **SHARE, description="by permutation of languages (or models)"
    )
    pearson_ci_low: Series[float] = pa.Field(
        **CORRELATION, description="Fisher's interval; empty with few units"
    )
    pearson_ci_high: Series[float] = pa.Field(**CORRELATION, description="its upper bound")
    spearman_rho: Series[float] = pa.Field(**CORRELATION, description="Spearman's rho")
    spearman_p: Series[float] = pa.Field(
        **SHARE, description="by permutation of languages (or models)"
    )
    spearman_ci_low: Series[float] = pa.Field(
        **CORRELATION, description="interval of Bonett and Wright; empty with few units"
    )
    spearman_ci_high: Series[float] = pa.Field(**CORRELATION, description="its upper bound")
    p_adjusted: Series[float] = pa.Field(
        **SHARE, description="of correlation.adjusted_statistic, for its family at once"
    )
    p_family: Series[str] = pa.Field(description="tests that p_adjusted is over")
    p_method: Series[str] = pa.Field(
        isin=["", "exact permutation", "drawn permutations", "student"],
        description="how p was found",
    )
    permutations: Series[int] = pa.Field(ge=0, description="that were taken; 0: none")
    confidence: Series[float] = pa.Field(gt=0, lt=1, description="of the intervals")
    reason: Series[str] = pa.Field(description="why there is no correlation; empty if there is")
    caution: Series[str] = pa.Field(description="too few, at chance, same text: no finding")
    text_overlap: Series[float] = pa.Field(**SHARE)
    above_chance: Series[float] = pa.Field(
        **SHARE, description="share of the units whose task score is above chance"
    )

    @pa.dataframe_check(error="a correlation is NaN exactly where a reason says why")
    @classmethod
    def undefined_correlations_have_a_reason(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the reasons with the correlations."""
        undefined = table["reason"] != ""
        return Series[bool](
            (table["pearson_r"].isna() == undefined) & (table["spearman_rho"].isna() == undefined)
        )


class Correlations(_Correlations):
    """Alignment and task scores over the languages of each model."""

    model: Series[str]
    languages: Series[str] = pa.Field(description="those that n counts, separated by blanks")


class PartialCorrelations(Correlations):
    """The same with properties of the languages held constant, and without single families."""

    covariates: Series[str] = pa.Field(description="separated by blanks; empty: none")
    pearson_r_without_family_low: Series[float] = pa.Field(
        **CORRELATION, description="lowest r without one family of languages"
    )
    pearson_r_without_family_high: Series[float] = pa.Field(
        **CORRELATION, description="highest r without one family"
    )
    families: Series[int] = pa.Field(ge=0, description="left out one at a time")
    n_without_family: Series[int] = pa.Field(ge=0, description="the fewest languages left")


class LanguageCorrelations(_Correlations):
    """Alignment and task scores over the models in each language; n counts models."""

    language: Series[str]
    models: Series[str] = pa.Field(description="those that n counts, separated by blanks")
