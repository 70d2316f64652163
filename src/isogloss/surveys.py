"""Surveys as they lie in their sources: answers of respondents, or scores that others published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

EVERYONE = "all"
"""The group of level `global`."""
NO_CLUSTERS = "Errors take respondents as drawn one by one"
"""Remark on a survey whose sampling units are not told, and that has no design effect either."""
ALL_ALIKE = "the same score for every question, so there is no correlation"
ASKED_ONCE = "no question has two such answers"
"""Reasons of a correlation of answers that is missing."""


@dataclass(frozen=True)
class RawSurvey:
    """Answers of respondents, one row each, of which only the columns asked for are read.

    Attributes:
        origin: the file, for error messages.
        columns: their names as the file writes them.
        synthetic: whether the answers are made up.
        read: gives the columns with these names, the first as text and the second as float64 with
            NaN for empty cells, named as asked for; upper and lower case make no difference.
    """

    origin: str
    columns: tuple[str, ...]
    synthetic: bool
    read: Callable[[Sequence[str], Sequence[str]], pd.DataFrame] = field(repr=False)


@dataclass(frozen=True)
class PublishedTruth:
    """Scores of questions that others computed from a survey.

    Attributes:
        origin: the folder, for error messages.
        countries: cntry_an, question_key, pro_score, lnge_iso (the country's main language).
        languages: lnge_iso, question_key, pro_score.
        everyone: question_key, pro_score.
    """

    origin: str
    countries: pd.DataFrame = field(repr=False)
    languages: pd.DataFrame = field(repr=False)
    everyone: pd.DataFrame = field(repr=False)


SurveySource = RawSurvey | PublishedTruth
