"""What the tables of intents and locales hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa
from pandera.typing import Series

if TYPE_CHECKING:
    import pandas as pd


class Locales(pa.DataFrameModel):
    """Known locales: one row a language as it is written and spoken somewhere."""

    locale: Series[str] = pa.Field(unique=True, str_matches=r"^[a-z]{2,3}-[A-Z]{2}$")
    language: Series[str] = pa.Field(
        str_matches=r"^[a-z]{3}(_\w+)?$", description="code in the table of languages"
    )
    name: Series[str] = pa.Field(str_length={"min_value": 1}, description="in English")
    iso_639_3: Series[str] = pa.Field(str_matches=r"^[a-z]{3}$", description="code of ISO 639-3")
    lang2vec: Series[str] = pa.Field(
        str_matches=r"^[a-z]{3}$", description="code under which URIEL describes the language"
    )
    script: Series[str] = pa.Field(str_matches=r"^[A-Z][a-z]{3}$", description="code of ISO 15924")
    massive: Series[str] = pa.Field(isin=["true", "false"], description="MASSIVE 1.1 has it")
    xsid: Series[str] = pa.Field(isin=["true", "false"], description="xSID 0.7 has it")


class Intents(pa.DataFrameModel):
    """Utterances with intents, translations of each other where `item_id` is equal."""

    locale: Series[str] = pa.Field(str_length={"min_value": 1})
    partition: Series[str] = pa.Field(isin=["train", "dev", "test"])
    item_id: Series[str] = pa.Field(str_length={"min_value": 1})
    scenario: Series[str] = pa.Field(
        str_length={"min_value": 1}, description="group of intents, such as alarm"
    )
    intent: Series[str] = pa.Field(
        str_length={"min_value": 1}, description="class of the utterance"
    )
    text: Series[str] = pa.Field(str_length={"min_value": 1})
    seen_in_train: Series[bool] = pa.Field(
        description="the text of dev or test stands in train of the same locale"
    )

    class Config:
        """No utterance twice in a locale, no other columns."""

        strict = True
        unique: list[str] = ["locale", "item_id"]


class IntentsReport(pa.DataFrameModel):
    """What the utterances of each locale hold and lack, counted."""

    locale: Series[str] = pa.Field(str_length={"min_value": 1})
    what: Series[str] = pa.Field(str_length={"min_value": 1})
    n: Series[int] = pa.Field(ge=0, description="how many")
    of: Series[int] = pa.Field(ge=0, description="out of how many")
    detail: Series[str]

    @pa.dataframe_check(error="more are counted than there are: n <= of")
    @classmethod
    def counts_are_parts(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare every count with what it is a part of."""
        return Series[bool](table["n"] <= table["of"])

    class Config:
        """Nothing is counted twice in a locale, no other columns."""

        strict = True
        unique: list[str] = ["locale", "what"]
