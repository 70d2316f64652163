"""What the tables hold, checked where they enter `03_primary` and where they leave a pipeline."""

from __future__ import annotations

import pandera.pandas as pa
from pandera.typing import Series


class Languages(pa.DataFrameModel):
    """Known languages: one row a language code."""

    language: Series[str] = pa.Field(unique=True, str_matches=r"^[a-z]{3}(_\w+)?$")
    name: Series[str] = pa.Field(str_length={"min_value": 1})
    iso_639_3: Series[str] = pa.Field(str_matches=r"^[a-z]{3}$")
    script: Series[str] = pa.Field(str_matches=r"^[A-Z][a-z]{3}$")
    family: Series[str] = pa.Field(str_length={"min_value": 1})
    flores200: Series[str]
    ntrex: Series[str]
    resource_class: Series[str] = pa.Field(isin=["", "0", "1", "2", "3", "4", "5"])


class ParallelSentences(pa.DataFrameModel):
    """Sentences that are translations of each other where `sentence_id` is equal."""

    language: Series[str]
    sentence_id: Series[str]
    text: Series[str] = pa.Field(str_length={"min_value": 1})

    class Config:
        """No sentence twice, no other columns."""

        strict = True
        unique: list[str] = ["language", "sentence_id"]


class SentenceSamples(pa.DataFrameModel):
    """Which sentences belong to which sample, in order of the draw."""

    sample: Series[int] = pa.Field(ge=0)
    sentence_id: Series[str]

    class Config:
        """No sentence twice in a sample, no other columns."""

        strict = True
        unique: list[str] = ["sample", "sentence_id"]


class Alignment(pa.DataFrameModel):
    """Alignment of every pair of languages in every layer."""

    model: Series[str]
    pooling: Series[str] = pa.Field(isin=["mean", "last", "weighted"])
    sample: Series[int] = pa.Field(ge=0)
    layer: Series[int] = pa.Field(ge=0)
    language_a: Series[str]
    language_b: Series[str]
    n: Series[int] = pa.Field(ge=2)
    n_pool: Series[int] = pa.Field(ge=2)
    chance: Series[float] = pa.Field(in_range={"min_value": 0, "max_value": 1})
    cosine: Series[float] = pa.Field(in_range={"min_value": -1.001, "max_value": 1.001})
    retrieval_rank_score: Series[float] = pa.Field(
        in_range={"min_value": 0, "max_value": 1}, nullable=True
    )
    mexa: Series[float] = pa.Field(in_range={"min_value": 0, "max_value": 1})
    auc: Series[float] = pa.Field(in_range={"min_value": 0, "max_value": 1})


class AlignmentSummary(pa.DataFrameModel):
    """Alignment of every pair of languages, aggregated over a declared range of layers."""

    model: Series[str]
    metric: Series[str]
    pooling: Series[str] = pa.Field(isin=["mean", "last", "weighted"])
    sample: Series[int] = pa.Field(ge=-1)
    aggregation: Series[str] = pa.Field(isin=["mean", "max"])
    language_a: Series[str]
    language_b: Series[str]
    score: Series[float] = pa.Field(nullable=True)
