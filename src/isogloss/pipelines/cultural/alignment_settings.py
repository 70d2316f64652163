"""How agreement is measured, and the draws that all scores of a study share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_floors import pro_shares_of_options
from isogloss.pipelines.cultural.alignment_scores import Resampling
from isogloss.pipelines.cultural.analysis_truth import batteries_of
from isogloss.pipelines.cultural.survey_questions import read_scored_questions
from isogloss.statistics.profile_permutation import permutation_keys
from isogloss.statistics.resampling import bootstrap_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """What is the same for all scores of a study.

    Attributes:
        counts: int [rounds, questions], how often each question is drawn in each round.
        keys: float64 [permutations, questions], by which answers are permuted.
        batteries: [questions], their labels.
        option_shares: float64 [questions], of pro options among those that take a side; NaN where
            it is not known.
        common: bool [questions], those that may be used.
        least: questions that a voice needs.
        bootstrap: whether errors of agreements come from a bootstrap, not from the jackknife.
        confidence: of the intervals.
    """

    counts: NDArray[np.int64]
    keys: Floats
    batteries: NDArray[np.str_]
    option_shares: Floats
    common: NDArray[np.bool_]
    least: int
    bootstrap: bool
    confidence: float

    @classmethod
    def of(
        cls,
        questions: Sequence[str],
        common: NDArray[np.bool_],
        survey_questions: pd.DataFrame,
        truth: pd.DataFrame,
        parameters: AnalysisParameters,
    ) -> Setting:
        """Draw questions and permutations, from one seed.

        Args:
            questions: codes of all questions.
            common: [questions], those that may be used.
            survey_questions: question, battery, pro, con.
            truth: `survey_ground_truth`, of whose rules options are pro or con.
            parameters: of the analyses.
        """
        generator = np.random.default_rng(parameters.seed)
        n = len(questions)
        return cls(
            bootstrap_counts(n, parameters.rounds, generator),
            permutation_keys(n, parameters.permutations, generator),
            batteries_of(questions, survey_questions),
            pro_shares_of_options(questions, read_scored_questions(survey_questions, truth)),
            common,
            parameters.least_questions,
            parameters.interval == "bootstrap",
            parameters.confidence,
        )

    def resampling(self, columns: NDArray[np.intp]) -> Resampling:
        """Give the draws of some questions, by their numbers."""
        counts = self.counts[:, columns].astype(np.float64) if self.bootstrap else None
        return Resampling(counts, self.keys[:, columns], self.batteries[columns], self.confidence)
