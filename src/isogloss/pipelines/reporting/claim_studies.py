"""What reports claim of merging and of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.counting_ways import ALL
from isogloss.figures.culture_study import (
    COUNTRY,
    LANGUAGE,
    as_text,
    choose_answers,
    is_synthetic,
    of_models,
)
from isogloss.figures.merging_names import REFERENCE, list_approaches
from isogloss.pipelines.reporting.claim_rows import (
    choose_member,
    complete_claims,
    list_members,
)
from isogloss.pipelines.reporting.culture_agreement import DISTINCTIVE, native_agreement
from isogloss.pipelines.reporting.culture_contrasts import judge_contrasts
from isogloss.pipelines.reporting.merge_table import OWN_SOURCES
from isogloss.pipelines.reporting.score_cells import CULTURE_FORMULA
from isogloss.pipelines.reporting.score_merging import FORMULA as MERGING_FORMULA
from isogloss.pipelines.reporting.score_merging import declared_recipe, note_merging
from isogloss.scoreboard_columns import NOT_TESTED, SHOWN, SYNTHETIC, TESTED
from isogloss.statistics.intervals import p_of_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters

SYNERGY, GAIN = "merge_synergy", "merge_gain"
REFERENCE_COUNTRY, AGREEMENT = "reference_country", "distinctive_agreement"
MADE_UP = "synthetic_survey"
SPEAKERS = {
    LANGUAGE: "all who answered in the language",
    COUNTRY: "the only country where the language is the main one",
}
"""Level of the survey's scores -> who stands for the language."""
CONTRAST_FORMULA = "methods/culture.md#the-reference-country-against-native-ones"


def claim_merging(
    merge_results: pd.DataFrame,
    merge_summary: pd.DataFrame,
    corpus: str,
    confidence: float,
    settings: ScoreboardParameters,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Claim what the declared merge gains over its own sources, and over the best of them.

    The p is that of the interval of the mean over locales, of several seeds the largest.

    Args:
        merge_results: of all encoders.
        merge_summary: of all encoders.
        corpus: of the intents.
        confidence: of the intervals.
        settings: which merge stands for the study.
        parameters: English models.
    """
    rows: list[dict[str, Any]] = []
    for encoder, own in merge_results.groupby("encoder", sort=False):
        recipe = declared_recipe(own, settings)
        if recipe is None:
            continue
        merged = own[own["recipe"] == recipe]
        listed = list_approaches(merged)["label"]
        basis = {
            "recipe": str(listed[recipe]),
            "items": int(merged["n"].min()),
            "cautions": note_merging(str(encoder), own["seed"], corpus, parameters),
        }
        for subject, baseline in ((SYNERGY, OWN_SOURCES), (GAIN, REFERENCE)):
            means = merge_summary[
                (merge_summary["encoder"] == encoder)
                & (merge_summary["recipe"] == recipe)
                & (merge_summary["baseline"] == baseline)
            ]
            if len(means):
                rows.append(
                    {
                        "study": "merging",
                        "model": encoder,
                        "subject": subject,
                        **_mean_gain(means, confidence),
                        "reference": baseline,
                        "further": basis,
                    }
                )
    return complete_claims(rows)


def _mean_gain(means: pd.DataFrame, confidence: float) -> dict[str, Any]:
    bounds = {name: float(means[name].mean(skipna=False)) for name in ("ci_low", "ci_high")}
    p = p_of_interval(
        means["mean"], means["ci_low"], means["ci_high"], means["n_locales"], confidence
    )
    known = bool(np.isfinite(p).all())
    return {
        "estimate": float(means["mean"].mean()),
        **bounds,
        "confidence": confidence,
        "n": int(means["n_locales"].min()),
        "unit": "locales",
        "null": 0.0,
        "p": float(p.max()) if known else np.nan,
        "wording": TESTED if known else NOT_TESTED,
        "source": "merge_summary",
        "formula": MERGING_FORMULA,
    }


def claim_culture(
    survey_scores: pd.DataFrame,
    truth: pd.DataFrame,
    cultural_alignment: pd.DataFrame,
    cultural_contrasts: pd.DataFrame,
    survey: str,
    confidence: float,
) -> pd.DataFrame:
    """Claim with whom a model agrees more than all people do; of a made-up survey nothing.

    Args:
        survey_scores: answers of all models.
        truth: `survey_ground_truth`.
        cultural_alignment: of all models.
        cultural_contrasts: of all models.
        survey: name of the source of what people answered.
        confidence: of the intervals.
    """
    answers = of_models(survey_scores)
    if is_synthetic(truth, cultural_alignment, cultural_contrasts):
        return complete_claims(
            {
                "study": "culture",
                "model": model,
                "subject": MADE_UP,
                "n": len(own),
                "unit": "answers",
                "wording": SYNTHETIC,
                "source": "survey_scores",
                "formula": CULTURE_FORMULA,
                "further": {"survey": survey, "languages": int(own["language"].nunique())},
            }
            for model, own in answers.groupby("model", sort=False)
        )
    shared = {"study": "culture", "unit": "questions", "confidence": confidence}
    found = [*_agreement(cultural_alignment), *_contrasts(cultural_contrasts)]
    return complete_claims(
        {**shared, **row, "further": {"survey": survey, **row["further"]}} for row in found
    )


def _agreement(alignment: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if alignment.empty:
        return
    rows = choose_answers(native_agreement(of_models(alignment)))
    rows = rows[(rows["part"] == DISTINCTIVE) & rows["value"].notna()]
    for model, own in rows.groupby("model", sort=False):
        yield {
            "model": model,
            "subject": AGREEMENT,
            "estimate": float(own["value"].mean()),
            "n": int(own["n_questions"].min()),
            "wording": SHOWN,
            "reference": SPEAKERS[str(own["level"].iloc[0])],
            "source": "cultural_alignment",
            "formula": CULTURE_FORMULA,
            "further": {
                "lowest": float(own["value"].min()),
                "highest": float(own["value"].max()),
                "languages": int(own["language"].nunique()),
                "conformist": float(own["conformist"].mean()),
            },
        }


def _contrasts(contrasts: pd.DataFrame) -> Iterator[dict[str, Any]]:
    rows = judge_contrasts(contrasts) if len(contrasts) else contrasts
    if rows.empty:
        return
    kept = (rows["part"] == DISTINCTIVE) & (as_text(rows["without"]) == "")
    own = choose_answers(rows[kept & ~rows["named"].astype(bool) & (rows["model"] != ALL)])
    for model, found in own[own["p_adjusted"].notna()].groupby("model", sort=False):
        members = found.assign(
            score=found["value"].abs(), ci_low=found["low"], ci_high=found["high"],
            p=found["p_adjusted"], null=0.0,
        )  # fmt: skip
        row = choose_member(members)
        yield {
            "model": model,
            "language": row["language"],
            "subject": REFERENCE_COUNTRY,
            "estimate": row["value"],
            "ci_low": row["low"],
            "ci_high": row["high"],
            "n": int(row["n_questions"]),
            "null": 0.0,
            "p": row["p_adjusted"],
            "wording": TESTED,
            "reference": row["natives"],
            "source": "cultural_contrasts",
            "formula": CONTRAST_FORMULA,
            "members": list_members(members),
            "further": {"country": row["reference"]},
        }
