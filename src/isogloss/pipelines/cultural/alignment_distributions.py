"""Distributions of answers over the options of a question: of closed questions and of people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_measures import MeanSimilarity
from isogloss.pipelines.cultural.survey_questions import read_questions
from isogloss.statistics.distribution_similarity import (
    jensen_shannon_similarity,
    wasserstein_similarity,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

JENSEN_SHANNON, WASSERSTEIN = "jensen_shannon", "wasserstein"
DISTRIBUTION_METRICS = (JENSEN_SHANNON, WASSERSTEIN)
NOMINAL = "nominal"


@dataclass(frozen=True)
class Scales:
    """The options of some questions.

    Attributes:
        questions: their codes.
        lowest: int [questions], lowest valid code; 0 if the question is not listed.
        sizes: int [questions], number of codes; 0 if the question is not listed.
        ordered: bool [questions], whether the codes are in an order.
    """

    questions: tuple[str, ...]
    lowest: NDArray[np.intp]
    sizes: NDArray[np.intp]
    ordered: NDArray[np.bool_]

    @classmethod
    def of(cls, questions: Sequence[str], survey_questions: pd.DataFrame) -> Scales:
        """Read the codes and the scale of questions off `survey_questions`."""
        known = read_questions(survey_questions)
        scale = survey_questions.set_index("question")["scale"]
        return cls(
            tuple(questions),
            np.array([known[one].lowest if one in known else 0 for one in questions], np.intp),
            np.array([len(known[one].codes) if one in known else 0 for one in questions], np.intp),
            np.array([one in known and scale[one] != NOMINAL for one in questions], np.bool_),
        )

    def uniform(self) -> Floats:
        """Give every option of a question the same share, float64 [questions, codes]."""
        codes = np.arange(max(self.sizes.max(initial=1), 1))
        there = codes < self.sizes[:, None]
        return np.where(there, 1 / np.maximum(self.sizes, 1)[:, None], 0.0)

    def fill(self, rows: pd.DataFrame, owners: Sequence[str], owner: str) -> Floats:
        """Turn rows owner, question, code, share into distributions.

        Args:
            rows: share of each code; codes that are not listed have none.
            owners: whose distributions to give, in this order.
            owner: the column that names them.

        Returns:
            float64 [owners, questions, codes], summing to 1; NaN without a row of the question.
        """
        width = max(int(self.sizes.max(initial=1)), 1)
        found = np.zeros((len(owners), len(self.questions), width))
        at = pd.Index(owners).get_indexer(pd.Index(rows[owner]))
        question = pd.Index(self.questions).get_indexer(pd.Index(rows["question"]))
        code = rows["code"].to_numpy(np.intp) - self.lowest[question]
        kept = (at >= 0) & (question >= 0) & (code >= 0) & (code < self.sizes[question])
        share = rows["share"].to_numpy(np.float64)
        np.add.at(found, (at[kept], question[kept], code[kept]), share[kept])
        total = found.sum(axis=-1, keepdims=True)
        shares: Floats = np.full_like(found, np.nan)
        np.divide(found, total, out=shares, where=total > 0)
        return shares


def compare_distributions(
    metric: str,
    scales: Scales,
    columns: NDArray[np.intp],
    voices: Floats,
    groups: Floats,
    others: Floats | None,
) -> MeanSimilarity:
    """Measure how alike distributions are; answers are permuted among questions of equal codes.

    Args:
        metric: jensen_shannon or wasserstein.
        scales: of all questions.
        columns: numbers of those at hand.
        voices: [voices, questions, codes], of the questions at hand.
        groups: [groups, questions, codes].
        others: of the other groups together; None without others.
    """
    strata = np.array([f"{scales.lowest[one]}-{scales.sizes[one]}" for one in columns])
    if metric == JENSEN_SHANNON:
        return MeanSimilarity(voices, groups, others, jensen_shannon_similarity, strata)
    span = np.maximum(scales.sizes[columns] - 1, 1).astype(np.float64)
    compare = partial(wasserstein_similarity, span=span)
    return MeanSimilarity(voices, groups, others, compare, strata)
