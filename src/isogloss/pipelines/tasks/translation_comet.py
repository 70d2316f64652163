"""COMET scores of translations, computed in another environment, as rows of `task_scores`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.comet_scoring import hash_triples
from isogloss.pipelines.tasks.translation_metrics import average_scores
from isogloss.pipelines.tasks.translation_scores import (
    TranslationScoring,
    judged_tables,
    score_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

METRIC = "comet"
COVERED = "covered"


def average_comet(
    scoring: TranslationScoring,
    translations: Mapping[str, Callable[[], pd.DataFrame]],
    comet_scores: pd.DataFrame,
) -> pd.DataFrame:
    """Average the COMET scores of translations.

    An empty translation scores 0, whatever COMET gives it. Scores of other translations than the
    present ones do not count.

    Args:
        scoring: what is to be known beside them.
        translations: as for `score_translations`.
        comet_scores: model, direction, language, sentence_id, comet, signature (or checkpoint);
            where they are there, triple (hash of source, translation and reference) and covered
            (whether the encoder has seen the language). May be empty.

    Returns:
        Rows of `task_scores` with metric comet (0..1), one a direction, language and signature; n
        counts the sentences with a score; `covered` (nullable bool) if `comet_scores` has it. What
        has no score has no row.

    Raises:
        Refusal: if nothing says which COMET gave the scores.
    """
    own = comet_scores[comet_scores["model"] == scoring.model]
    if own.empty:
        return pd.DataFrame()
    own = own.assign(signature=own[_signature_column(own)].astype(str))
    rows: list[dict[str, Any]] = []
    for facts, table in judged_tables(scoring, translations):
        of_it = (own["direction"] == facts["direction"]) & (own["language"] == facts["language"])
        for signature, found in own[of_it].groupby("signature"):
            values = _values(scoring.model, table, found)
            if len(values):
                score = average_scores(values, scoring.resampling, str(signature))
                row = score_row(scoring, facts, METRIC, score, len(values))
                covered = found[COVERED].iloc[0] if COVERED in found else None
                # A score of a language that the encoder has never seen stands for nothing.
                known = pd.isna(covered) or bool(covered)
                rows.append(row | {COVERED: covered, "selected": known})
    return _table(rows, COVERED in comet_scores)


def _table(rows: list[dict[str, Any]], has_coverage: bool) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    if table.empty or not has_coverage:
        return table.drop(columns=COVERED, errors="ignore")
    return table.astype({COVERED: "boolean"})


def _signature_column(comet_scores: pd.DataFrame) -> str:
    for name in ("signature", "checkpoint"):
        if name in comet_scores:
            return name
    raise Refusal(
        "comet_scores has neither a column `signature` nor `checkpoint`, so that nothing says "
        "which COMET gave the scores. Add one."
    )


def _values(model: str, table: pd.DataFrame, found: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Give the scores of the translations that have one."""
    columns = [name for name in ("sentence_id", "triple", METRIC) if name in found]
    merged = table.merge(found[columns], on="sentence_id", how="left", validate="1:1")
    scores = merged[METRIC].astype(np.float64)
    if "triple" in merged:
        scores = scores.where(merged["triple"] == hash_triples(merged))
    scores = scores.mask(merged["text"].str.strip() == "", 0.0)
    if missing := int(scores.isna().sum()):
        first = table.iloc[0]
        logger.warning(
            "comet_scores lacks %d of %d present translations of %s, %s %s, which its mean leaves "
            "out. Run the COMET pipeline again.",
            missing,
            len(table),
            model,
            first["direction"],
            first["language"],
        )
    return scores.dropna().to_numpy()
