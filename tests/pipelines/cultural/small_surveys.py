"""Small surveys and tables of questions for tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.survey_answers import Labels, Respondents
from isogloss.pipelines.cultural.survey_questions import SurveyQuestion, read_questions
from isogloss.pipelines.cultural.truth_parameters import SurveyParameters
from isogloss.surveys import RawSurvey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "data/01_raw/reference"
LANGUAGES = pd.read_csv(REFERENCE / "languages.csv", dtype=str, keep_default_na=False)
QUESTIONS = pd.read_csv(REFERENCE / "survey_questions.csv", dtype=str, keep_default_na=False)
COLUMNS = ["question", "lowest", "highest", "pro", "con", "neutral"]


def question_table(*rows: tuple[str, int, int, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def questions(*rows: tuple[str, int, int, str, str, str]) -> dict[str, SurveyQuestion]:
    return read_questions(question_table(*rows))


def survey(rows: Mapping[str, Sequence[Any]], synthetic: bool = False) -> RawSurvey:
    """Make a survey of columns; country, language and weights are filled in where absent."""
    size = max(len(values) for values in rows.values())
    given: dict[str, Sequence[Any]] = {"cntry_AN": ["US"] * size, "lnge_iso": ["en"] * size}
    given |= {"gwght": [1.0] * size, "pwght": [1.0] * size}
    table = pd.DataFrame({**given, **rows})
    names = {name.lower(): name for name in table.columns}

    def read(texts: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
        found = table[[names[name.lower()] for name in (*texts, *numbers)]]
        found.columns = pd.Index([*texts, *numbers])
        return found.astype(dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float64"))

    return RawSurvey("survey.csv", tuple(table.columns), synthetic, read)


def parameters(**settings: Any) -> SurveyParameters:
    return SurveyParameters.model_validate({"minimum_respondents": 1, **settings})


def labels(values: ArrayLike) -> Labels:
    names, places = np.unique(np.asarray(values, dtype=str), return_inverse=True)
    return Labels([str(name) for name in names], places)


def respondents(
    weights: ArrayLike,
    countries: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> Respondents:
    """Make respondents without any answers."""
    size = len(np.asarray(weights))
    where = labels(["US"] * size if countries is None else countries)
    return Respondents(
        countries=where,
        languages=labels(["eng"] * size),
        strata=where if strata is None else labels(strata),
        clusters=None if clusters is None else labels(clusters),
        weights=np.asarray(weights, np.float64),
        questions=[],
        codes=np.empty((0, size), np.int32),
    )
