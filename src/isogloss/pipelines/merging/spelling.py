"""Which locales an encoder can spell: how many of their tokens it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.corpora import Sentence
from isogloss.language_models.tokenization import count_tokens

if TYPE_CHECKING:
    import pandas as pd


def spelling_table(tokenizer: Any, intents: pd.DataFrame, unknown_limit: float) -> pd.DataFrame:
    """Count the tokens of all utterances of each locale that a tokenizer does not know.

    Args:
        tokenizer: of the encoder.
        intents: locale, item_id, text.
        unknown_limit: share of unknown tokens up to which a locale counts as spelled.

    Returns:
        One row a locale: locale, tokens (special ones not counted), unknown_tokens, unknown_share
        (of the tokens), utterances, utterances_with_unknown, spelled.
    """
    columns = (intents["locale"], intents["item_id"], intents["text"])
    sentences = [Sentence(*map(str, row)) for row in zip(*columns, strict=True)]
    counts = count_tokens(tokenizer, sentences, None).assign(
        has_unknown=lambda table: table["unknown"] > 0
    )
    table = (
        counts.groupby("language", sort=True)
        .agg(
            tokens=("tokens", "sum"),
            unknown_tokens=("unknown", "sum"),
            utterances=("tokens", "size"),
            utterances_with_unknown=("has_unknown", "sum"),
        )
        .rename_axis("locale")
        .reset_index()
    )
    table.insert(3, "unknown_share", table["unknown_tokens"] / table["tokens"])
    return table.assign(spelled=table["unknown_share"] <= unknown_limit)
