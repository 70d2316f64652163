"""Responses and truth of one study, brought together on their questions."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.cultural.alignment_settings import Setting
from isogloss.pipelines.cultural.analysis_truth import (
    COUNTRY,
    LEVELS,
    Groups,
    choose_reference,
    common_questions,
    native_languages,
    read_groups,
)
from isogloss.pipelines.cultural.analysis_voices import Voices, collect_voices, select_responses

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Study:
    """What the analyses of agreement share.

    Attributes:
        responses: of models, decided.
        voices: all voices, on the questions that both responses and truth have.
        levels: profiles of countries, languages and all people, those of them that the truth has.
        reference: code of the country that native ones are compared with.
        setting: draws, and the questions to use.
    """

    responses: pd.DataFrame
    voices: Voices
    levels: tuple[Groups, ...]
    reference: str
    setting: Setting

    @property
    def countries(self) -> Groups:
        """Give the profiles of the countries."""
        return next(groups for groups in self.levels if groups.level == COUNTRY)

    @classmethod
    def of(
        cls,
        scores: pd.DataFrame,
        truth: pd.DataFrame,
        survey_questions: pd.DataFrame,
        parameters: AnalysisParameters,
    ) -> Study | None:
        """Read responses and truth; None if there are no responses, or no questions in common.

        Args:
            scores: `survey_scores`.
            truth: `survey_ground_truth`.
            survey_questions: question, battery, pro, con.
            parameters: of the analyses.
        """
        responses = select_responses(scores, parameters)
        asked = set(responses["question"])
        questions = sorted(asked & set(truth["question"]))
        _name_lost_questions(asked - set(questions))
        if not questions:
            logger.warning(
                "No response is to a question of survey_ground_truth: there is nothing to compare."
            )
            return None
        levels = tuple(
            read_groups(truth, level, questions)
            for level in LEVELS
            if (truth["level"] == level).any()
        )
        reference = choose_reference(truth, parameters)
        common = np.ones(len(questions), np.bool_)
        if parameters.questions == "common":
            common = common_questions(levels)
        setting = Setting.of(questions, common, survey_questions, parameters)
        voices = collect_voices(responses, native_languages(truth), reference, questions)
        return cls(responses, voices, levels, reference, setting)


def _name_lost_questions(lost: set[str]) -> None:
    if lost:
        logger.info(
            "%d of the questions that models were asked are not in survey_ground_truth and are "
            "left out: %s.",
            len(lost),
            " ".join(sorted(lost)),
        )
