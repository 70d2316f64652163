"""Parameters of ingestion."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from isogloss.word_list import WordList


class Languages(RootModel[WordList[str]]):
    """The languages to read: codes, or the single word `all`."""

    model_config = ConfigDict(frozen=True)

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The codes asked for; None for all that the corpus has."""
        return None if self.root == ("all",) else self.root


class IngestionParameters(BaseModel):
    """How raw sentences are checked.

    Attributes:
        strict: refuse duplicate sentences; otherwise their ids are dropped from every language.
        code_column: how the source writes language codes: a column of `languages`, or `auto`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strict: bool = False
    code_column: Literal["auto", "language", "flores200", "flores_plus", "ntrex", "bcp47"] = "auto"


class SentenceSampleParameters(BaseModel):
    """Which sentences are measured.

    Attributes:
        size: sentences in a sample; None takes them all.
        repetitions: number of samples.
        seed: of the draw.
        sampler: `numpy` draws with `numpy.random.Generator`; `first` takes the first ones, as
            MEXA does; `python_random` reproduces the thesis, which drew with Python's `random`.
        outside_reading: draw no sentence that lies in a passage of a reading item, so that
            alignment and reading rest on different text; the originals drew from all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int | None = Field(default=None, ge=2)
    repetitions: int = Field(default=1, ge=1)
    seed: int = Field(default=42, ge=0)
    sampler: Literal["numpy", "first", "python_random"] = "numpy"
    outside_reading: bool = True


class ReadingItemParameters(BaseModel):
    """Which reading items are asked.

    Attributes:
        corpus: name of the source: the catalog has an entry `<corpus>_reading`.
        limit: number of items, the first of the source (as in the thesis); None takes all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: str = "sample"
    limit: int | None = Field(default=None, ge=1)


class KnowledgeItemParameters(BaseModel):
    """Which knowledge items are asked.

    Attributes:
        corpus: name of the source: the catalog has an entry `<corpus>_knowledge`.
        subjects: those asked about, or `all`.
        limit: test items a subject, the first of the source; None takes all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: str = "sample"
    subjects: WordList[str] = ("all",)
    limit: int | None = Field(default=None, ge=1)


class IntentParameters(BaseModel):
    """Which utterances of the intent classification are read.

    Attributes:
        corpus: name of the source: the catalog has an entry `<corpus>_intents`.
        locales: those to read, or `all`.
        exclude: locales to leave out.
        conflicts: largest share of a locale's ids that may have another partition or intent than in
            the other locales; a locale with more is refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: str = "sample"
    locales: WordList[str] = Field(default=("all",), min_length=1)
    exclude: WordList[str] = ()
    conflicts: float = Field(default=0.1, ge=0, le=1)
