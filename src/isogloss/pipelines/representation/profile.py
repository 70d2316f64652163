"""The language profile of a model: what each language costs it in tokens and in bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.representation.facts import TEXTS
from isogloss.pipelines.representation.ratios import Estimate, mean, ratio_of_sums

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

PROFILE_COLUMNS = (
    "model",
    "language",
    "token_parity",
    "token_parity_ci_low",
    "token_parity_ci_high",
    "bits_per_sentence",
    "bits_per_sentence_ci_low",
    "bits_per_sentence_ci_high",
    "information_parity",
    "information_parity_ci_low",
    "information_parity_ci_high",
    "unk_share",
    "byte_fallback_share",
    "truncated_share",
    "mean_truncation_position",
    "script",
    "family",
    "resource_class",
    "data_share",
    "uriel_syntactic_distance",
    "uriel_genetic_distance",
    "n",
)


def tokenization_table(counts: pd.DataFrame, model: str, pivot: str) -> pd.DataFrame:
    """Sum up by language what a tokenizer makes of sentences.

    Args:
        counts: of `isogloss.language_models.tokenization.count_tokens`.
        model: its name.
        pivot: language to compare with.

    Returns:
        One row a language: model, language, sentences, tokens, characters, bytes, fertility
        (tokens a word; tokens a character in scripts without blanks between words),
        tokens_per_character, unknown_rate and byte_fallback_rate (shares of tokens), truncated
        (sentences), mean_truncation_position (share of its tokens after which a truncated sentence
        ends, mean over these; NaN if there are none), token_parity = tokens / tokens of the pivot
        on the same sentences (Petrov et al. 2023, arXiv 2305.15425) with its interval.

    Raises:
        Refusal: if the pivot is not among the languages.
    """
    by_language = {
        str(language): rows.set_index("sentence_id")
        for language, rows in counts.groupby("language")
    }
    pivot_tokens = _of_pivot(by_language, pivot)["tokens"]
    return pd.DataFrame(
        [
            {
                "model": model,
                "language": language,
                **_tokenization_row(rows),
                **_interval(
                    "token_parity", ratio_of_sums(rows["tokens"], pivot_tokens.loc[rows.index])
                ),
            }
            for language, rows in by_language.items()
        ]
    )


def _tokenization_row(rows: pd.DataFrame) -> dict[str, float | int]:
    total = rows[["tokens", "characters", "bytes", "words", "unknown", "byte_fallback"]].sum()
    units = total["characters"] if rows["no_blanks"].mean() > 0.5 else total["words"]
    truncated = rows[rows["read"] < rows["tokens"]]
    return {
        "sentences": len(rows),
        "tokens": int(total["tokens"]),
        "characters": int(total["characters"]),
        "bytes": int(total["bytes"]),
        "fertility": float(total["tokens"] / units),
        "tokens_per_character": float(total["tokens"] / total["characters"]),
        "unknown_rate": float(total["unknown"] / total["tokens"]),
        "byte_fallback_rate": float(total["byte_fallback"] / total["tokens"]),
        "truncated": len(truncated),
        "mean_truncation_position": float((truncated["read"] / truncated["tokens"]).mean()),
    }


def information_table(information: Mapping[str, pd.DataFrame], pivot: str) -> pd.DataFrame:
    """Sum up by language how many bits a model needs for sentences.

    Args:
        information: language -> sentence_id, tokens, bits (NaN where a sentence was truncated).
        pivot: language to compare with.

    Returns:
        One row a language: language, bits_per_sentence, information_parity = bits of the pivot /
        bits of the language on the same sentences (Tsvetkov & Kipnis 2024, "Information Parity:
        Measuring and Predicting the Multilingual Capabilities of Language Models"), both with
        intervals. Sentences without bits in one of the two count in neither sum.

    Raises:
        Refusal: if the pivot is not among the languages.
    """
    bits = {
        language: rows.set_index("sentence_id")["bits"].dropna()
        for language, rows in information.items()
    }
    pivot_bits = _of_pivot(bits, pivot)
    rows = []
    for language, values in bits.items():
        shared = values.index.intersection(pivot_bits.index)
        parity = ratio_of_sums(pivot_bits.loc[shared], values.loc[shared])
        rows.append(
            {
                "language": language,
                **_interval("bits_per_sentence", mean(values)),
                **_interval("information_parity", parity),
            }
        )
    return pd.DataFrame(rows)


def profile_table(
    tokenization: pd.DataFrame, information: pd.DataFrame | None, facts: pd.DataFrame
) -> pd.DataFrame:
    """Join what is known of each language in one model.

    Args:
        tokenization: of `tokenization_table`.
        information: of `information_table`; None for models that give no probabilities (NaN).
        facts: of `language_facts` in this folder's `facts`, the same languages.

    Returns:
        One row a language with the columns of `PROFILE_COLUMNS`; n counts sentences.
    """
    profile = tokenization.rename(
        columns={
            "unknown_rate": "unk_share",
            "byte_fallback_rate": "byte_fallback_share",
            "sentences": "n",
        }
    ).assign(truncated_share=lambda table: table["truncated"] / table["n"])
    if information is not None:
        profile = profile.merge(information, on="language", how="left", validate="1:1")
    profile = profile.merge(facts, on="language", how="left", validate="1:1")
    profile = profile.reindex(columns=list(PROFILE_COLUMNS))
    numbers = [name for name in PROFILE_COLUMNS[2:] if name not in {*TEXTS, "n"}]
    return profile.astype(dict.fromkeys(numbers, np.float64))


def _of_pivot(by_language: Mapping[str, T], pivot: str) -> T:
    if pivot not in by_language:
        raise Refusal(
            f"The pivot '{pivot}' is not among the languages ({', '.join(sorted(by_language))}): "
            "add it to `languages`, or set `pivot` to one of them."
        )
    return by_language[pivot]


def _interval(name: str, estimate: Estimate) -> dict[str, float]:
    return {
        name: estimate.value,
        f"{name}_ci_low": estimate.ci_low,
        f"{name}_ci_high": estimate.ci_high,
    }
