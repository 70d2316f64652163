"""Responses joined with the truth as the published study joined them, and drawn again as it drew.

The published study listed a response once for every group that has a score of its question and
drew rows of this whole table again, so that numbers of rows of a cell vary too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.survey_score_rows import BASELINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANDOM = "Baseline_uniform_random"
"""Model whose answers are drawn at random: the reference level of the published regression."""
VOICE = ["model", "family", "language"]
_OBSERVED = [*VOICE, "group", "question", "pro_score", "truth"]


@dataclass(frozen=True)
class JoinedResponses:
    """Responses with the truth of some groups, equal ones put together.

    Attributes:
        observations: model, family, language, group, question, pro_score, truth; one row for what
            cannot be told apart.
        rows: int [rows], number of the observation that each row of the joined table is.
    """

    observations: pd.DataFrame
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, scores: pd.DataFrame, truth: pd.DataFrame) -> JoinedResponses:
        """Join responses with the truth of one level on the question.

        Args:
            scores: `survey_scores` with a pro score.
            truth: group, question, pro_score of one level.
        """
        theirs = truth.rename(columns={"pro_score": "truth"})[["group", "question", "truth"]]
        joined = scores[[*VOICE, "question", "pro_score"]].merge(theirs, on="question")
        return cls.put_together(joined, _OBSERVED)

    @classmethod
    def put_together(cls, table: pd.DataFrame, columns: list[str]) -> JoinedResponses:
        """Put equal rows of a table together, in the order of their values."""
        groups = table.groupby(columns, sort=True, dropna=False)
        observations = groups.size().reset_index(name="n")[columns]
        # sorted, so that draws do not depend on the order of the rows
        return cls(observations, np.sort(np.asarray(groups.ngroup(), np.intp)))

    def counts(self) -> NDArray[np.int64]:
        """Count the rows of each observation, int64 [1, observations]."""
        return np.bincount(self.rows, minlength=len(self.observations))[None]

    def draw(
        self, kept: NDArray[np.bool_], rounds: int, generator: np.random.Generator
    ) -> NDArray[np.int32]:
        """Draw as many rows as there are with replacement, from the whole table.

        Args:
            kept: [observations], those of interest; the others are drawn, but not told.
            rounds: how often.
            generator: the source of randomness.

        Returns:
            int32 [rounds, kept observations], how often each is drawn.
        """
        n, size = len(self.rows), int(kept.sum())
        place = np.full(len(kept), size)
        place[kept] = np.arange(size)
        places = place[self.rows]
        drawn = np.empty((rounds, size), np.int32)
        for number in range(rounds):
            found = places[generator.integers(n, size=n)]
            drawn[number] = np.bincount(found, minlength=size + 1)[:size]
        return drawn


def published_scores(scores: pd.DataFrame, *, named: bool = False) -> pd.DataFrame:
    """Give the responses that the published study analysed: open, decided, in the language asked.

    Args:
        scores: `survey_scores`.
        named: those to prompts that name a country, instead of the others.
    """
    kept = (scores["elicitation"] == "open") & scores["pro_score"].notna()
    same = scores["response_language"] == scores["language"]
    return scores[kept & same & ((scores["country"] != "") == named)].reset_index(drop=True)


def without_baselines(scores: pd.DataFrame) -> pd.DataFrame:
    """Leave out answers that no model gave."""
    return scores[scores["family"] != BASELINE].reset_index(drop=True)


def with_random_baseline(
    scores: pd.DataFrame, generator: np.random.Generator
) -> tuple[pd.DataFrame, bool]:
    """Give responses with one draw of uniform answers to what the first model by name was asked.

    The published regression rests on a single such draw; where it is among the responses it is
    kept, and nothing is drawn. The other published baseline, of answers about one half, is drawn
    with the rest and appears in no result.

    Returns:
        the responses, and whether a draw was made.
    """
    if (scores["model"] == RANDOM).any() or scores.empty:
        return scores, False
    first = scores.loc[scores["family"] != BASELINE, "model"].min()
    # sorted, so that draws do not depend on the order of the rows
    rows = scores[scores["model"] == first].sort_values([*VOICE, "question", "pro_score"])
    drawn = rows.assign(model=RANDOM, family=BASELINE, pro_score=generator.uniform(size=len(rows)))
    return pd.concat([scores, drawn], ignore_index=True), True


def number_cells(table: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Number the cells of a table in the order of their keys.

    Returns:
        the keys of each cell, and the number of each row's cell.
    """
    groups = table.groupby(keys, sort=True)
    cells = groups.size().reset_index(name="observations")[keys]
    return cells, np.asarray(groups.ngroup(), np.intp)
