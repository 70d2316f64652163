"""The tables that the answers of a survey become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.ground_truth import score_groups, share_codes
from isogloss.pipelines.cultural.ground_truth_draws import group_variances
from isogloss.pipelines.cultural.survey_answers import Labels
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks
from isogloss.surveys import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.survey_answers import Respondents
    from isogloss.pipelines.cultural.truth_parameters import SurveyParameters

FEW_ANSWERS = "Groups with too few answers to a question, left out"
FEW_RESPONDENTS = "Groups with too few respondents, left out"
NO_ANSWER = "Questions that nobody in a group answered"
ONE_SIDED_STRATA = "Strata with a single sampling unit"
TRUTH_COLUMNS = (
    "level",
    "group",
    "language",
    "question",
    "pro_score",
    "error",
    "ci_low",
    "ci_high",
    "n",
    "n_eff",
    "neutral_share",
    "group_variance",
    "group_size",
    "rules",
    "synthetic",
)
DISTRIBUTION_COLUMNS = ("level", "group", "question", "code", "share", "n", "n_eff", "synthetic")


def levels_of(respondents: Respondents, languages: list[str]) -> dict[str, Labels]:
    """Give the groups of every level.

    Args:
        respondents: of a survey; `countries` are those that get scores.
        languages: those that get scores.
    """
    spoken = respondents.languages
    lookup = {name: place for place, name in enumerate(languages)}
    places = np.array([lookup.get(name, -1) for name in spoken.names] + [-1])
    everyone = np.zeros(len(respondents.weights), np.int64)
    return {
        "country": respondents.countries,
        "language": Labels(languages, places[spoken.places]),
        "global": Labels([EVERYONE], everyone),
    }


def place_answers(respondents: Respondents) -> NDArray[np.int8]:
    """Give what every answer counts as: int8 [questions, respondents]."""
    sides = np.empty(respondents.codes.shape, np.int8)
    for place, question in enumerate(respondents.questions):
        sides[place] = question.place(respondents.codes[place].astype(np.int64))
    return sides


def tabulate_truth(
    respondents: Respondents,
    levels: Mapping[str, Labels],
    main_languages: Mapping[str, str],
    parameters: SurveyParameters,
    remarks: Remarks,
) -> pd.DataFrame:
    """Score every question that has pro and con codes in every group.

    Args:
        respondents: of a survey.
        levels: the groups of every level.
        main_languages: country -> language.
        parameters: of the ground truth.
        remarks: gets the groups with too few answers.

    Returns:
        `survey_ground_truth` without `synthetic`.
    """
    scored = [number for number, one in enumerate(respondents.questions) if one.has_score]
    keys = [respondents.questions[number].question for number in scored]
    sides = place_answers(respondents)[scored]
    _note_lone_units(respondents, remarks)
    parts = [
        _score_level(respondents, level, groups, sides, keys, parameters, remarks)
        for level, groups in levels.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    languages = [
        main_languages.get(group, "") if level == "country" else ""
        for level, group in zip(table["level"], table["group"], strict=True)
    ]
    table.insert(2, "language", languages)
    return table


def _score_level(
    respondents: Respondents,
    level: str,
    groups: Labels,
    sides: NDArray[np.int8],
    keys: list[str],
    parameters: SurveyParameters,
    remarks: Remarks,
) -> pd.DataFrame:
    """Score the questions in the groups of one level that answered them often enough."""
    scores = score_groups(
        respondents, groups, sides, parameters.confidence, parameters.design_effect
    )
    kept = scores.n >= parameters.minimum_respondents
    _note_few(level, groups, keys, scores.n, kept, remarks)
    variances = group_variances(
        respondents.weights, groups, sides, kept, (level, keys), parameters.drawn
    )
    rows, columns = np.nonzero(kept)
    return pd.DataFrame(
        {
            "level": level,
            "group": [groups.names[row] for row in rows],
            "question": [keys[column] for column in columns],
            "pro_score": scores.score[kept],
            "error": scores.error[kept],
            "ci_low": scores.low[kept],
            "ci_high": scores.high[kept],
            "n": scores.n[kept],
            "n_eff": scores.n_eff[kept],
            "neutral_share": scores.neutral[kept],
            "group_variance": variances[kept],
            "group_size": parameters.group.size,
            "rules": parameters.rules_followed,
        }
    )


def tabulate_distributions(
    respondents: Respondents, levels: Mapping[str, Labels], parameters: SurveyParameters
) -> pd.DataFrame:
    """Give the share of each answer to every question in every group with enough answers.

    Args:
        respondents: of a survey.
        levels: the groups of every level.
        parameters: of the ground truth.

    Returns:
        `survey_distributions` without `synthetic`.
    """
    parts = []
    for level, groups in levels.items():
        for question, codes in zip(respondents.questions, respondents.codes, strict=True):
            shares, n, n_eff = share_codes(respondents.weights, groups, codes, question.codes)
            kept = np.flatnonzero(n >= parameters.minimum_respondents)
            width = len(question.codes)
            parts.append(
                pd.DataFrame(
                    {
                        "level": level,
                        "group": np.repeat([groups.names[place] for place in kept], width),
                        "question": question.question,
                        "code": np.tile(np.array(question.codes), len(kept)),
                        "share": shares[kept].ravel(),
                        "n": np.repeat(n[kept].astype(np.int64), width),
                        "n_eff": np.repeat(n_eff[kept], width),
                    }
                )
            )
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _note_few(
    level: str,
    groups: Labels,
    keys: list[str],
    n: NDArray[np.float64],
    kept: NDArray[np.bool_],
    remarks: Remarks,
) -> None:
    members = np.bincount(groups.places[groups.places >= 0], minlength=len(groups.names))
    for place, name in enumerate(groups.names):
        of = int(members[place])
        if not kept[place].any():
            remarks.add(Remark(FEW_RESPONDENTS, level, name, n=of))
            continue
        for number in np.flatnonzero(~kept[place]):
            answers = int(n[place, number])
            what = FEW_ANSWERS if answers else NO_ANSWER
            remarks.add(Remark(what, level, name, keys[number], answers, of, expected=not answers))


def _note_lone_units(respondents: Respondents, remarks: Remarks) -> None:
    strata = respondents.strata.places
    if respondents.clusters is not None:
        strata = np.unique(np.stack([strata, respondents.clusters.places]), axis=1)[0]
    for place in np.flatnonzero(np.bincount(strata, minlength=len(respondents.strata.names)) == 1):
        remarks.add(Remark(ONE_SIDED_STRATA, detail=respondents.strata.names[place]))
