"""Published scores of a survey as rows of the ground truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.cultural.survey_countries import ALL, choose_countries, choose_languages
from isogloss.pipelines.cultural.survey_languages import LanguageNames
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks
from isogloss.surveys import EVERYONE

if TYPE_CHECKING:
    from isogloss.pipelines.cultural.truth_parameters import SurveyParameters
    from isogloss.surveys import PublishedTruth

RULES = "published"
ABSENT = (
    "error",
    "ci_low",
    "ci_high",
    "n",
    "n_eff",
    "neutral_share",
    "group_variance",
    "group_size",
)
"""What published scores do not come with."""
NOT_PUBLISHED = "Questions of the table that have no published score"


def read_published(
    published: PublishedTruth,
    questions: list[str],
    languages: pd.DataFrame,
    parameters: SurveyParameters,
    remarks: Remarks,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn published scores into rows of the ground truth, without numbers or intervals.

    Args:
        published: the three tables.
        questions: keys of the table of questions.
        languages: the table of known languages.
        parameters: of the ground truth; its rules and minimum do not apply.
        remarks: gets what is left out.

    Returns:
        survey_ground_truth without `synthetic`; country, language, share (NaN).

    Raises:
        Refusal: if a country has two main languages, or a score is no share.
    """
    names = LanguageNames(languages, parameters.language_codes)
    countries = published.countries.assign(group=published.countries["cntry_an"].str.strip())
    countries["language"] = [
        names.find(code, country)
        for code, country in zip(countries["lnge_iso"], countries["group"], strict=True)
    ]
    spoken = countries[["group", "language"]].drop_duplicates().rename(columns={"group": "country"})
    if twice := sorted(set(spoken.loc[spoken["country"].duplicated(), "country"])):
        raise Refusal(
            f"{published.origin}: {', '.join(twice)} has several main languages (lnge_iso). "
            "Correct ground_truth_every_country.csv."
        )
    spoken = spoken.sort_values("country").assign(share=np.nan)
    by_language = published.languages.assign(
        group=[names.find(code, "") for code in published.languages["lnge_iso"]]
    )
    present = sorted(set(by_language["group"]) | set(spoken["language"]))
    spoken = choose_countries(spoken, parameters, remarks)
    chosen = choose_languages(present, languages["language"], parameters, remarks)
    table = pd.concat(
        [
            countries[countries["group"].isin(spoken["country"])].assign(level="country"),
            by_language[by_language["group"].isin(chosen)].assign(level="language"),
            published.everyone.assign(level="global", group=EVERYONE),
        ],
        ignore_index=True,
    )
    table["language"] = table["language"].fillna("")
    table["question"] = table["question_key"].str.strip().str.lower()
    table = _choose(table, questions, parameters, remarks)
    _require_shares(table, published.origin)
    table = table.sort_values(["level", "group", "question"], ignore_index=True)
    return table.assign(rules=RULES, **dict.fromkeys(ABSENT, np.nan)), spoken


def _choose(
    table: pd.DataFrame, questions: list[str], parameters: SurveyParameters, remarks: Remarks
) -> pd.DataFrame:
    present = set(table["question"])
    wanted = [name.lower() for name in parameters.questions]
    if tuple(wanted) == ALL:
        for question in questions:
            if question not in present:
                remarks.add(Remark(NOT_PUBLISHED, question=question, expected=True))
        return table
    if absent := [question for question in wanted if question not in present]:
        raise Refusal(
            f"survey.questions names {', '.join(absent)}, of which there are no published scores. "
            "Leave them out, or take the scores from a survey file."
        )
    return table[table["question"].isin(wanted)]


def _require_shares(table: pd.DataFrame, origin: str) -> None:
    odd = table[~table["pro_score"].between(0, 1)]
    if len(odd):
        row = odd.iloc[0]
        raise Refusal(
            f"{origin}: the score of {row['question']} in {row['group']} is {row['pro_score']}, "
            "which is no share between 0 and 1. Correct the published files."
        )
