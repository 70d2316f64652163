"""What the tables about COMET hold."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from isogloss.partitions import DIGEST


class EncoderLanguages(pa.DataFrameModel):
    """Languages that an encoder was trained on, each in the scripts that it was trained on."""

    encoder: Series[str] = pa.Field(
        str_matches="^[a-z0-9_]+$", description="of COMET's checkpoints"
    )
    iso_639_3: Series[str] = pa.Field(str_matches="^[a-z]{3}$", description="code of ISO 639-3")
    script: Series[str] = pa.Field(str_matches="^[A-Z][a-z]{3}$", description="code of ISO 15924")
    code: Series[str] = pa.Field(description="under which the encoder's authors list it")

    class Config:
        """No language twice in one script."""

        unique = ("encoder", "iso_639_3", "script")


class CometCache(pa.DataFrameModel):
    """Scores by hash of source, translation and reference, and by what gave them."""

    triple: Series[str] = pa.Field(str_matches=f"^{DIGEST.pattern}$")
    signature: Series[str] = pa.Field(str_length={"min_value": 1})
    comet: Series[float] = pa.Field(description="score, about 0 to 1")

    class Config:
        """No triple twice; an empty table has columns without a type."""

        coerce = True
        unique = ("triple", "signature")


class CometScores(pa.DataFrameModel):
    """COMET of every translation; `covered` is empty where the encoder is unknown."""

    model: Series[str]
    direction: Series[str] = pa.Field(isin=["from_pivot", "to_pivot"])
    language: Series[str]
    sentence_id: Series[str] = pa.Field(description="of the translated sentence")
    triple: Series[str] = pa.Field(str_matches=f"^{DIGEST.pattern}$")
    comet: Series[float] = pa.Field(description="score, about 0 to 1")
    signature: Series[str] = pa.Field(str_length={"min_value": 1})
    covered: Series[pd.BooleanDtype] = pa.Field(
        nullable=True, description="the encoder was trained on the language"
    )

    class Config:
        """No translation twice; an empty table has columns without a type."""

        coerce = True
        unique = ("model", "direction", "language", "sentence_id")
