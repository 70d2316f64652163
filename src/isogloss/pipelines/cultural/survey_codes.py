"""Codes of answers: read, and compared with what the table of questions says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import Refusal, join_faults
from isogloss.pipelines.cultural.survey_questions import (
    ORIGINAL_MAXIMA,
    SurveyQuestion,
    original_question,
)
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

FAULTS_SHOWN = 8
NO_CODE = -1
"""Stands for an empty cell."""
_FURTHEST = 2**30
"""Codes beyond it are no codes of answers."""

ZERO = "Answers of 0, which the table of questions does not count as valid"


class SurveyError(Refusal):
    """A survey does not fit its table of questions or its settings; says where and what to do."""


def read_codes(table: pd.DataFrame, asked: Sequence[str], origin: str) -> NDArray[np.int32]:
    """Read the codes of answers.

    Args:
        table: a column of numbers a question.
        asked: the questions.
        origin: of the table, for messages.

    Returns:
        int32 [questions, respondents]; `NO_CODE` for empty cells.

    Raises:
        SurveyError: names every question with a number that is not whole.
    """
    codes = np.empty((len(asked), len(table)), np.int32)
    faults = []
    for place, key in enumerate(asked):
        values = table[key].to_numpy(np.float64)
        values = np.where(np.isnan(values), NO_CODE, values)
        if not np.all((values == np.rint(values)) & (np.abs(values) < _FURTHEST)):
            odd = values[(values != np.rint(values)) | (np.abs(values) >= _FURTHEST)][0]
            faults.append(f"{origin}, question {key}: {odd:g} is no code of an answer.")
            continue
        codes[place] = values
    if faults:
        rest = "more questions have such faults."
        raise SurveyError(
            join_faults(faults, FAULTS_SHOWN, rest) + "\nCodes are whole numbers: correct the file."
        )
    return codes


def original_questions(asked: Sequence[str], codes: NDArray[np.int32]) -> list[SurveyQuestion]:
    """Choose the questions that the original study kept, by their highest code.

    Args:
        asked: keys of questions.
        codes: int32 [questions, respondents], the answers to them.
    """
    maxima = codes.max(axis=1, initial=NO_CODE)
    return [
        original_question(key, int(highest))
        for key, highest in zip(asked, maxima, strict=True)
        if highest in ORIGINAL_MAXIMA
    ]


def require_valid(
    questions: Sequence[SurveyQuestion],
    codes: NDArray[np.int32],
    origin: str,
    remarks: Remarks,
) -> None:
    """Refuse codes above 0 that are not on a question's scale; count those of 0 that are not.

    Args:
        questions: what was asked.
        codes: int32 [questions, respondents].
        origin: of the answers, for messages.
        remarks: gets the zeros.

    Raises:
        SurveyError: names every question with such codes.
    """
    faults = []
    for question, own in zip(questions, codes, strict=True):
        outside = (own > 0) & ((own > question.highest) | (own < question.lowest))
        if outside.any():
            found, counts = np.unique(own[outside], return_counts=True)
            named = ", ".join(f"{a} ({b}x)" for a, b in zip(found[:5], counts[:5], strict=True))
            faults.append(
                f"{origin}, question {question.question}: its answers go from {question.lowest} to "
                f"{question.highest}, but the file also has {named}"
                f"{' and others' * (len(found) > 5)}."
            )
        zeros = int((own == 0).sum())
        if zeros and question.lowest > 0:
            valid = int(((own >= question.lowest) & (own <= question.highest)).sum())
            remarks.add(Remark(ZERO, question=question.question, n=zeros, of=zeros + valid))
    if faults:
        rest = "more questions have such faults."
        raise SurveyError(
            join_faults(faults, FAULTS_SHOWN, rest)
            + "\nIf these codes stand for missing answers, write negative ones or nothing in the "
            "file. If the scale is another, correct it in a table of questions of your own: copy "
            "data/01_raw/reference/survey_questions.csv and give it with "
            "--params survey_questions=FILE."
        )
