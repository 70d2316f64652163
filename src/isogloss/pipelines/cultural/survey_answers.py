"""Respondents of a survey: who they are, how much they weigh, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.errors import suggest
from isogloss.pipelines.cultural.survey_codes import (
    SurveyError,
    original_questions,
    read_codes,
    require_valid,
)
from isogloss.pipelines.cultural.survey_languages import UNKNOWN, LanguageNames
from isogloss.pipelines.cultural.survey_questions import (
    CON,
    SurveyQuestion,
    choose_questions,
    original_columns,
)
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.truth_parameters import SurveyColumns, SurveyParameters
    from isogloss.surveys import RawSurvey

NO_WEIGHT = "Respondents without a weight above 0, left out"
NO_COUNTRY = "Respondents without a country, left out"
NO_LANGUAGE = "Respondents without a language of interview, in no language's scores"
NOT_ASKED = "Questions that the file does not have"
NO_SCORE = "Questions without pro and con codes, which get no score"
COLUMNS_SHOWN = 10
OTHER_LANGUAGE = "Language codes that no list has, kept as they are"


class Labels(NamedTuple):
    """A label for every respondent.

    Attributes:
        names: the different labels, sorted.
        places: int [respondents], which of them; -1 for none.
    """

    names: list[str]
    places: NDArray[np.int64]


@dataclass(frozen=True)
class Respondents:
    """Those of a survey who have a weight.

    Attributes:
        countries: where each was interviewed.
        languages: in which language; none if that is not known.
        strata: in which part of the sample each is: the country and whatever else is given.
        clusters: in which primary sampling unit of the stratum; None: each is one.
        weights: float64 [respondents].
        questions: what was asked.
        codes: int32 [questions, respondents], the answers; valid or not.
    """

    countries: Labels
    languages: Labels
    strata: Labels
    clusters: Labels | None
    weights: NDArray[np.float64]
    questions: Sequence[SurveyQuestion]
    codes: NDArray[np.int32]


def read_respondents(
    survey: RawSurvey,
    questions: Mapping[str, SurveyQuestion],
    languages: pd.DataFrame,
    parameters: SurveyParameters,
    remarks: Remarks,
) -> Respondents:
    """Read the answers to the questions of a study.

    Args:
        survey: of which only the columns needed are read.
        questions: what codes mean; with the rules of the original these are inferred instead.
        languages: the table of known languages.
        parameters: of the ground truth.
        remarks: gets what is left out.

    Raises:
        SurveyError: if there is no respondent or question left, or a code that is above 0 lies
            outside of its scale.
        Refusal: if the file lacks a column.
    """
    present = {column.lower(): column for column in survey.columns}
    if parameters.rules == "original":
        asked = [column.lower() for column in original_columns(survey.columns)]
    else:
        asked = _asked(survey, questions, parameters, remarks)
    columns = parameters.columns
    _require_columns(survey, columns, asked)
    texts = [columns.country, columns.language]
    texts += [name for name in columns.strata if name.lower() in present]
    texts += [columns.cluster] * bool(columns.cluster)
    texts = list(dict.fromkeys(texts))
    table = survey.read(texts, [*columns.weights, *asked])
    codes = read_codes(table, asked, survey.origin)
    if parameters.rules == "original":
        found = original_questions(asked, codes)
    else:
        found = [questions[key] for key in asked]
        require_valid(found, codes, survey.origin, remarks)
    weights = _weights(table, columns)
    kept = _keep(table, weights, columns, survey.origin, remarks)
    table, weights = table.loc[kept, texts], weights[kept]
    rows = [asked.index(question.question) for question in found]
    codes = codes[rows][:, kept]
    if parameters.neutral == "con":
        found = [question.with_neutral_as(CON) for question in found]
    return _describe(table, weights, found, codes, languages, parameters, remarks)


def keep_countries(respondents: Respondents, names: Sequence[str]) -> Respondents:
    """Leave the countries of all others out of the scores by country."""
    order = sorted(names)
    place = {name: order.index(name) for name in order}
    lookup = np.array([place.get(name, -1) for name in respondents.countries.names] or [-1])
    return replace(respondents, countries=Labels(order, lookup[respondents.countries.places]))


def _asked(
    survey: RawSurvey,
    questions: Mapping[str, SurveyQuestion],
    parameters: SurveyParameters,
    remarks: Remarks,
) -> list[str]:
    present = {column.lower() for column in survey.columns}
    chosen = choose_questions(questions, parameters.questions)
    absent = [key for key in chosen if key not in present]
    if absent and parameters.questions != ("all",):
        raise SurveyError(
            f"{survey.origin} has no column {', '.join(absent)}, which survey.questions names. "
            "Leave them out, or choose another file."
        )
    asked = [key for key in chosen if key in present]
    if not asked:
        raise SurveyError(
            f"{survey.origin} has none of the {len(chosen)} questions of the table "
            f"survey_questions, such as {', '.join(list(chosen)[:5])}. Is it the right file? For a "
            "survey of your own, write a table of its questions and give it with "
            "--params survey_questions=FILE."
        )
    if not any(chosen[key].has_score for key in asked):
        raise SurveyError(
            f"None of the questions {', '.join(asked[:5])} has both pro and con codes, so that "
            "there is no score. Name others in survey.questions, or give them some in a table of "
            "your own with --params survey_questions=FILE."
        )
    for key in absent:
        remarks.add(Remark(NOT_ASKED, question=key, expected=True))
    for key in asked:
        if not chosen[key].has_score:
            remarks.add(Remark(NO_SCORE, question=key, expected=True))
    return asked


def _require_columns(survey: RawSurvey, columns: SurveyColumns, asked: Sequence[str]) -> None:
    """Refuse a file without a column that a setting names; the optional ones it may lack."""
    named = {
        "country": ((columns.country,), ""),
        "language": ((columns.language,), ""),
        "weights": (columns.weights, ", or to an empty list"),
        "cluster": ((columns.cluster,) * bool(columns.cluster), ", or to an empty text"),
    }
    present = {column.lower() for column in survey.columns}
    # No column is two things.
    taken = {name.lower() for names, _ in named.values() for name in names} | set(asked)
    free = [column for column in survey.columns if column.lower() not in taken]
    faults = [
        f"{survey.origin} has no column '{name}', which survey.columns.{setting} names."
        f"{suggest(name, free)} Set survey.columns.{setting} to what the file calls it{otherwise}."
        for setting, (names, otherwise) in named.items()
        for name in names
        if name.lower() not in present
    ]
    if faults:
        more = " …" * (len(free) > COLUMNS_SHOWN)
        raise SurveyError(
            "\n".join(faults) + f"\nIts other columns: {', '.join(free[:COLUMNS_SHOWN])}{more}"
        )


def _weights(table: pd.DataFrame, columns: SurveyColumns) -> NDArray[np.float64]:
    weights = np.ones(len(table))
    for name in columns.weights:
        own = table[name].to_numpy(np.float64)
        # -1 to -5 stand for missing: two of them must not make a weight
        weights = weights * np.where(own > 0, own, 0)
    return np.where(np.isfinite(weights), weights, 0)


def _keep(
    table: pd.DataFrame,
    weights: NDArray[np.float64],
    columns: SurveyColumns,
    origin: str,
    remarks: Remarks,
) -> NDArray[np.bool_]:
    countries = table[columns.country].str.strip()
    nowhere = ((countries == "") | countries.str.startswith("-")).to_numpy()
    if nowhere.any():
        remarks.add(Remark(NO_COUNTRY, n=int(nowhere.sum()), of=len(table)))
    light = ~(weights > 0) & ~nowhere
    for country, lost in countries[light].value_counts(sort=False).sort_index().items():
        of = int((countries == country).sum())
        remarks.add(Remark(NO_WEIGHT, "country", str(country), n=int(lost), of=of))
    kept = ~nowhere & ~light
    if not kept.any():
        raise SurveyError(
            f"{origin}: no respondent has a country ({columns.country}) and a weight above 0 "
            f"({' * '.join(columns.weights) or 'none asked for'}). Say how these columns are "
            "called with survey.columns, or set survey.columns.weights to an empty list."
        )
    return kept


def _describe(
    table: pd.DataFrame,
    weights: NDArray[np.float64],
    questions: Sequence[SurveyQuestion],
    codes: NDArray[np.int32],
    languages: pd.DataFrame,
    parameters: SurveyParameters,
    remarks: Remarks,
) -> Respondents:
    columns = parameters.columns
    countries = _label(table[columns.country])
    spoken = _languages(table, countries, languages, parameters, remarks)
    present = [name for name in columns.strata if name in table]
    strata = _label_jointly([table[columns.country], *(table[name] for name in present)])
    clusters = None
    if columns.cluster:
        clusters = _label_jointly([table[columns.cluster]])
    return Respondents(countries, spoken, strata, clusters, weights, questions, codes)


def _label(values: pd.Series[str]) -> Labels:
    names, places = np.unique(values.str.strip().to_numpy(dtype=str), return_inverse=True)
    return Labels([str(name) for name in names], places.astype(np.int64))


def _label_jointly(columns: Sequence[pd.Series[str]]) -> Labels:
    joined = columns[0].str.strip()
    for column in columns[1:]:
        joined = joined + " " + column.str.strip()
    return _label(joined)


def _languages(
    table: pd.DataFrame,
    countries: Labels,
    languages: pd.DataFrame,
    parameters: SurveyParameters,
    remarks: Remarks,
) -> Labels:
    names = LanguageNames(languages, parameters.language_codes)
    written = _label(table[parameters.columns.language])
    pairs, places = np.unique(
        np.stack([written.places, countries.places]), axis=1, return_inverse=True
    )
    meant = [names.find(written.names[code], countries.names[where]) for code, where in pairs.T]
    found = sorted(set(meant) - {UNKNOWN})
    lookup = np.array([found.index(name) if name != UNKNOWN else -1 for name in meant])
    spoken = Labels(found, lookup[places])
    for language in found:
        if not names.knows(language):
            remarks.add(Remark(OTHER_LANGUAGE, detail=language))
    silent = spoken.places < 0
    for place, country in enumerate(countries.names):
        own = countries.places == place
        if lost := int((silent & own).sum()):
            remarks.add(Remark(NO_LANGUAGE, "country", country, n=lost, of=int(own.sum())))
    return spoken
