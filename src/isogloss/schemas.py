"""What the tables hold, checked where they enter `03_primary` and where they leave a pipeline.

A schema names the columns that others rely on; a table may have more of them unless it says
`strict`. Columns typed `| None` are checked where they are there: a table made elsewhere may lack
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE: dict[str, Any] = {"in_range": {"min_value": 0, "max_value": 1}}
COSINE: dict[str, Any] = {"in_range": {"min_value": -1.001, "max_value": 1.001}}
CI_LOW, CI_HIGH = "ci_low", "ci_high"
# Bounds and scores come by different sums of the same numbers.
TOLERANCE = 1e-6


class WithIntervals(pa.DataFrameModel):
    """A table in which `x_ci_low` and `x_ci_high` are the interval of `x`, or of `x_score`."""

    @pa.dataframe_check(error="an interval does not hold its score: ci_low <= score <= ci_high")
    @classmethod
    def intervals_hold_their_scores(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare every score with its interval where both are numbers.

        The percentile interval of a maximum need not hold the maximum itself, which is compared
        with nothing then; its bounds must be in order all the same.
        """
        is_maximum = pd.Series(False, index=table.index)
        if "aggregation" in table:
            is_maximum |= table["aggregation"] == "max"
        holds = pd.Series(True, index=table.index)
        for low, high, score in _intervals(table):
            holds &= ~(table[low] > table[high] + TOLERANCE)
            if score is not None:
                outside = (table[low] > table[score] + TOLERANCE) | (
                    table[high] < table[score] - TOLERANCE
                )
                holds &= ~outside | is_maximum
        return Series[bool](holds)


def _intervals(table: pd.DataFrame) -> Iterator[tuple[str, str, str | None]]:
    """Find the columns of each interval and of the score that it belongs to."""
    for low in table.columns:
        stem = str(low).removesuffix(CI_LOW)
        if str(low).endswith(CI_LOW) and (high := stem + CI_HIGH) in table:
            names = [name for name in (f"{stem}score", stem.rstrip("_")) if name in table]
            yield str(low), high, next(iter(names), None)


class Languages(pa.DataFrameModel):
    """Known languages: one row a language code."""

    language: Series[str] = pa.Field(
        unique=True,
        str_matches=r"^[a-z]{3}(_\w+)?$",
        description="code of FLORES-101, such as deu or zho_simpl",
    )
    name: Series[str] = pa.Field(str_length={"min_value": 1}, description="in English")
    iso_639_3: Series[str] = pa.Field(str_matches=r"^[a-z]{3}$", description="code of ISO 639-3")
    script: Series[str] = pa.Field(str_matches=r"^[A-Z][a-z]{3}$", description="code of ISO 15924")
    family: Series[str] = pa.Field(str_length={"min_value": 1})
    flores200: Series[str] = pa.Field(description="code of FLORES-200; empty: not in it")
    ntrex: Series[str] = pa.Field(description="code of NTREX-128; empty: not in it")
    lang2vec: Series[str] | None = pa.Field(
        str_matches=r"^([a-z]{3})?$",
        description="code under which URIEL describes the language",
    )
    resource_class: Series[str] = pa.Field(
        isin=["", "0", "1", "2", "3", "4", "5"],
        description="of Joshi et al. 2020, 0 (left behind) to 5; empty: not known",
    )


class DataShares(pa.DataFrameModel):
    """What share of the training data each language makes up, as far as it is known."""

    language: Series[str] = pa.Field(unique=True)
    data_share: Series[float] = pa.Field(**SHARE, description="of the training data, 0 to 1")

    class Config:
        """Numbers may stand as text, as in a CSV file; no other columns."""

        coerce = True
        strict = True


class ParallelSentences(pa.DataFrameModel):
    """Sentences that are translations of each other where `sentence_id` is equal."""

    language: Series[str]
    sentence_id: Series[str] = pa.Field(description="the same for a sentence and its translations")
    text: Series[str] = pa.Field(str_length={"min_value": 1})

    class Config:
        """No sentence twice, no other columns."""

        strict = True
        unique: list[str] = ["language", "sentence_id"]


class SentenceSamples(pa.DataFrameModel):
    """Which sentences belong to which sample, in order of the draw."""

    sample: Series[int] = pa.Field(ge=0)
    sentence_id: Series[str] = pa.Field(description="of a sentence in parallel_sentences")

    class Config:
        """No sentence twice in a sample, no other columns."""

        strict = True
        unique: list[str] = ["sample", "sentence_id"]


class SentenceInformation(pa.DataFrameModel):
    """Bits that a model needs for each sentence of one language; NaN where it was truncated."""

    sentence_id: Series[str] = pa.Field(
        unique=True, description="of a sentence in parallel_sentences"
    )
    tokens: Series[int] = pa.Field(ge=1, description="of the sentence, special ones aside")
    bits: Series[float] = pa.Field(
        ge=0, nullable=True, description="-log2 p(sentence); empty where it was truncated"
    )


class Tokenization(WithIntervals):
    """What a tokenizer makes of each language."""

    model: Series[str]
    language: Series[str]
    sentences: Series[int] = pa.Field(ge=1, description="that were read")
    tokens: Series[int] = pa.Field(ge=1, description="of all sentences, special ones aside")
    characters: Series[int] = pa.Field(ge=1, description="of all sentences")
    bytes: Series[int] = pa.Field(ge=1, description="of all sentences, UTF-8")
    fertility: Series[float] = pa.Field(gt=0, description="tokens a word")
    tokens_per_character: Series[float] = pa.Field(gt=0, description="tokens / characters")
    unknown_rate: Series[float] = pa.Field(
        **SHARE, description="share of tokens that the vocabulary lacks"
    )
    byte_fallback_rate: Series[float] = pa.Field(
        **SHARE, description="share of tokens that stand for single bytes"
    )
    truncated: Series[int] = pa.Field(ge=0, description="sentences that were cut")
    mean_truncation_position: Series[float] = pa.Field(
        **SHARE,
        nullable=True,
        description="share of a cut sentence that was kept; empty: none was cut",
    )
    token_parity: Series[float] = pa.Field(
        gt=0, description="tokens / tokens of the pivot, same sentences"
    )

    class Config:
        """One row a language."""

        unique: list[str] = ["model", "language"]


class LanguageProfile(WithIntervals):
    """What each language costs a model, and what is known of the language otherwise."""

    model: Series[str]
    language: Series[str]
    token_parity: Series[float] = pa.Field(
        gt=0, description="tokens / tokens of the pivot, same sentences"
    )
    bits_per_sentence: Series[float] = pa.Field(
        ge=0, nullable=True, description="-log2 p(sentence), mean; empty: no causal model"
    )
    information_parity: Series[float] = pa.Field(
        gt=0, nullable=True, description="bits of the pivot / bits of the language"
    )
    unk_share: Series[float] = pa.Field(
        **SHARE, description="share of tokens that the vocabulary lacks"
    )
    byte_fallback_share: Series[float] = pa.Field(
        **SHARE, description="share of tokens that stand for single bytes"
    )
    truncated_share: Series[float] = pa.Field(
        **SHARE, description="share of sentences that were cut"
    )
    mean_truncation_position: Series[float] = pa.Field(
        **SHARE,
        nullable=True,
        description="share of a cut sentence that was kept; empty: none was cut",
    )
    script: Series[str] = pa.Field(description="code of ISO 15924")
    family: Series[str]
    resource_class: Series[str] = pa.Field(
        description="of Joshi et al. 2020, 0 to 5; empty: not known"
    )
    data_share: Series[float] = pa.Field(
        **SHARE, nullable=True, description="of the training data, as given by you; else empty"
    )
    uriel_syntactic_distance: Series[float] = pa.Field(
        **SHARE, nullable=True, description="from the pivot: 1 - cosine of features; see URIEL"
    )
    uriel_genetic_distance: Series[float] = pa.Field(
        **SHARE, nullable=True, description="from the pivot, by families; see URIEL"
    )
    n: Series[int] = pa.Field(ge=1, description="sentences")

    class Config:
        """One row a model and language."""

        unique: list[str] = ["model", "language"]


class RunPlan(pa.DataFrameModel):
    """What each stage of a run will take."""

    model: Series[str]
    stage: Series[str] = pa.Field(description="what is done")
    passes: Series[int] = pa.Field(ge=1, description="of the model over texts")
    tokens: Series[int] = pa.Field(ge=1, description="that it reads")
    gigabytes: Series[float] = pa.Field(ge=0, description="that are written")
    hours: Series[float] = pa.Field(gt=0, description="estimated, on this device")


class _Items(pa.DataFrameModel):
    """Questions with four options, the same ones in every language."""

    language: Series[str]
    item_id: Series[str]
    question: Series[str] = pa.Field(str_length={"min_value": 1}, description="in the language")
    option_1: Series[str] = pa.Field(str_length={"min_value": 1}, description="first option")
    option_2: Series[str] = pa.Field(str_length={"min_value": 1}, description="second option")
    option_3: Series[str] = pa.Field(str_length={"min_value": 1}, description="third option")
    option_4: Series[str] = pa.Field(str_length={"min_value": 1}, description="fourth option")
    answer: Series[int] = pa.Field(isin=[1, 2, 3, 4], description="number of the right option")

    class Config:
        """No item twice in a language, no other columns."""

        strict = True
        unique: list[str] = ["language", "item_id"]


class ReadingItems(_Items):
    """Questions on passages, the same ones in every language."""

    passage_id: Series[str] = pa.Field(description="questions on one passage share it")
    passage: Series[str] = pa.Field(
        str_length={"min_value": 1}, description="that the question is about"
    )


class KnowledgeItems(_Items):
    """Questions of school subjects, the same ones in every language."""

    subject: Series[str] = pa.Field(description="such as astronomy")
    split: Series[str] = pa.Field(
        isin=["dev", "test"], description="dev items serve as examples and to choose by"
    )
    subset: Series[str] = pa.Field(
        isin=["", "culturally_agnostic", "culturally_sensitive"],
        description="of Global-MMLU; else empty",
    )
