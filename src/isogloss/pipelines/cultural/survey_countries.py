"""Which countries and languages of a survey get scores, and what is spoken where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import suggest
from isogloss.pipelines.cultural.survey_codes import SurveyError
from isogloss.pipelines.cultural.survey_languages import UNKNOWN
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from isogloss.pipelines.cultural.survey_answers import Respondents
    from isogloss.pipelines.cultural.truth_parameters import SurveyParameters

ALL = ("all",)
NO_MAIN_LANGUAGE = "Countries without any known language of interview, left out"
NOT_SPOKEN = "Languages that nobody was interviewed in"
ELSEWHERE = "Countries whose main language survey.languages does not name, left out"


def country_languages(respondents: Respondents) -> pd.DataFrame:
    """Find the language in which most of each country was interviewed, by weight.

    Of languages of equal weight, the first by name.

    Returns:
        country, language (`UNKNOWN` if none is known), share (of the weights of those whose
        language is known), sorted by country.
    """
    countries, spoken = respondents.countries, respondents.languages
    known = spoken.places >= 0
    width = max(len(spoken.names), 1)
    places = countries.places[known] * width + spoken.places[known]
    size = len(countries.names) * width
    sums = np.bincount(places, respondents.weights[known], size).reshape(-1, width)
    main, whole = sums.argmax(axis=1), sums.sum(axis=1)
    names = [*spoken.names, UNKNOWN]
    return pd.DataFrame(
        {
            "country": countries.names,
            "language": [
                names[place] if weight > 0 else UNKNOWN
                for place, weight in zip(main, whole, strict=True)
            ],
            "share": np.where(whole > 0, sums.max(axis=1) / np.where(whole > 0, whole, 1), np.nan),
        }
    )


def choose_countries(
    spoken: pd.DataFrame, parameters: SurveyParameters, remarks: Remarks
) -> pd.DataFrame:
    """Choose the countries that get scores of their own.

    Args:
        spoken: what `country_languages` found.
        parameters: which countries and languages are asked for.
        remarks: gets those left out.

    Returns:
        the rows of `spoken` that are kept.

    Raises:
        SurveyError: if there is none of some name, or none is left.
    """
    if parameters.countries != ALL:
        there = spoken["country"].tolist()
        _require_present("countries", parameters.countries, there, "the survey", there)
        spoken = spoken[spoken["country"].isin(parameters.countries)]
    known = spoken["language"] != UNKNOWN
    for country in spoken.loc[~known, "country"]:
        remarks.add(Remark(NO_MAIN_LANGUAGE, "country", str(country)))
    spoken = spoken[known]
    if parameters.languages != ALL:
        wanted = spoken["language"].isin(parameters.languages)
        for row in spoken[~wanted].itertuples():
            remarks.add(
                Remark(ELSEWHERE, "country", str(row.country), detail=f"mainly {row.language}")
            )
        spoken = spoken[wanted]
    if spoken.empty:
        raise SurveyError(
            "No country is left: none that survey.countries names has a main language that "
            "survey.languages names. Name others, or all."
        )
    return spoken.reset_index(drop=True)


def choose_languages(
    present: Sequence[str],
    known: Iterable[str],
    parameters: SurveyParameters,
    remarks: Remarks,
) -> list[str]:
    """Choose the languages that get scores of their own.

    Args:
        present: those that somebody was interviewed in.
        known: all languages.
        parameters: which ones are asked for.
        remarks: gets those that nobody was interviewed in.

    Returns:
        them, sorted.

    Raises:
        SurveyError: if one is asked for that does not exist.
    """
    if parameters.languages == ALL:
        return sorted(present)
    wanted = set(parameters.languages)
    where = "the table of languages"
    _require_present("languages", sorted(wanted), [*known, *present], where, present)
    for language in sorted(wanted.difference(present)):
        remarks.add(Remark(NOT_SPOKEN, "language", language))
    return sorted(wanted.intersection(present))


def _require_present(
    setting: str, named: Sequence[str], there: Sequence[str], where: str, surveyed: Sequence[str]
) -> None:
    if absent := [name for name in named if name not in there]:
        hints = "".join(suggest(name, surveyed) or suggest(name, there) for name in absent)
        raise SurveyError(
            f"survey.{setting} names {', '.join(absent)}, which {where} does not have.{hints} The "
            f"survey has: {' '.join(surveyed)}."
        )
