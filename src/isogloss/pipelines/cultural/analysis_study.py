"""Responses and truth of one study, brought together on their questions."""

from __future__ import annotations

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
from isogloss.pipelines.cultural.analysis_voices import (
    Voices,
    collect_voices,
    say_nothing,
    select_responses,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters


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
        tell: Callable[[str], None] = say_nothing,
    ) -> Study | None:
        """Read responses and truth; None if there are no responses, or no questions in common.

        Args:
            scores: `survey_scores`.
            truth: `survey_ground_truth`.
            survey_questions: question, battery, pro, con.
            parameters: of the analyses.
            tell: is given what is left out, and why; several nodes read the same study, and one
                of them tells.
        """
        responses = select_responses(scores, parameters, tell)
        asked = set(responses["question"])
        questions = sorted(asked & set(truth["question"]))
        if lost := sorted(asked - set(questions)):
            tell(
                f"{len(lost)} of the questions that models were asked are not in "
                f"survey_ground_truth and are left out: {' '.join(lost)}."
            )
        if not questions:
            return None
        levels = tuple(
            read_groups(truth, level, questions)
            for level in LEVELS
            if (truth["level"] == level).any()
        )
        reference = choose_reference(truth, parameters)
        common = np.ones(len(questions), np.bool_)
        if parameters.questions == "common":
            common = common_questions(levels, tell)
        setting = Setting.of(questions, common, survey_questions, truth, parameters)
        voices = collect_voices(responses, native_languages(truth), reference, questions)
        return cls(responses, voices, levels, reference, setting)
