"""COMET of tables of translations: every triple of texts once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

TRIPLE = ["source", "text", "reference"]
KEYS = ["direction", "language", "sentence_id"]
CACHE = ["triple", "signature", "comet"]
EMPTY_SCORE = 0.0


@dataclass(frozen=True)
class Scorer:
    """What gives scores, beside what it has given before.

    Attributes:
        signature: names what decides the scores.
        known: hash of a triple -> score under this signature.
        score: hash -> `src`, `mt`, `ref` to hash -> score; asked only for what is not known.
    """

    signature: str
    known: Mapping[str, float]
    score: Callable[[Mapping[str, Mapping[str, str]]], Mapping[str, float]]


def hash_triples(translations: pd.DataFrame) -> list[str]:
    """Give a hash of source, translation and reference of every row.

    Args:
        translations: source, text, reference.
    """
    return [digest(*texts) for texts in translations[TRIPLE].itertuples(index=False, name=None)]


def known_scores(cache: pd.DataFrame, signature: str) -> dict[str, float]:
    """Give the scores in a cache that a present one would equal.

    Args:
        cache: triple, signature, comet.
        signature: of the present scores.
    """
    rows = cache[cache["signature"] == signature]
    return dict(zip(rows["triple"], rows["comet"].astype(float), strict=True))


def score_translations(
    model: str,
    translations: pd.DataFrame,
    coverage: Mapping[str, bool | None],
    scorer: Scorer,
) -> pd.DataFrame:
    """Score every translation; one that is empty or blank scores 0 and is not looked at.

    Args:
        model: whose translations they are.
        translations: direction, language, sentence_id, source, text, reference.
        coverage: language -> whether the encoder knows it.
        scorer: gives the scores.

    Returns:
        model, direction, language, sentence_id, triple, comet, signature, covered.
    """
    hashes = hash_triples(translations)
    scores = _scores_of(model, translations, hashes, scorer)
    return pd.DataFrame(
        {
            "model": model,
            **{name: translations[name].astype(str) for name in KEYS},
            "triple": hashes,
            "comet": [scores.get(key, EMPTY_SCORE) for key in hashes],
            "signature": scorer.signature,
            "covered": translations["language"].map(dict(coverage)).astype("boolean"),
        }
    )


def _scores_of(
    model: str, translations: pd.DataFrame, hashes: list[str], scorer: Scorer
) -> dict[str, float]:
    """Give the scores of all triples whose translation is not empty."""
    empty = translations["text"].str.strip() == ""
    rows = translations[TRIPLE].itertuples(index=False, name=None)
    asked = {
        key: {"src": source, "mt": text, "ref": reference}
        for key, (source, text, reference), is_empty in zip(hashes, rows, empty, strict=True)
        if not is_empty
    }
    new = {key: triple for key, triple in asked.items() if key not in scorer.known}
    logger.info(
        "%s, %s: %d translations, %d of them empty; COMET of %d is known from earlier runs",
        model,
        " ".join(translations[KEYS[:2]].drop_duplicates().to_numpy().ravel()),
        len(translations),
        empty.sum(),
        len(asked) - len(new),
    )
    scores = {key: scorer.known[key] for key in asked.keys() - new.keys()}
    return {**scores, **(scorer.score(new) if new else {})}


def add_to_cache(cache: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Add scores to those of earlier runs, which stay as they are.

    Args:
        cache: triple, signature, comet.
        scores: the same columns, and others.
    """
    tables = [table for table in (cache[CACHE], scores[CACHE]) if len(table)]
    if not tables:
        return scores[CACHE]
    return pd.concat(tables, ignore_index=True).drop_duplicates(
        ["triple", "signature"], ignore_index=True
    )
