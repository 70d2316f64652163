"""What reports claim of merging, values, counting and mediation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.counting_ways import ALL, list_ways
from isogloss.figures.culture_study import as_text, choose_answers, is_synthetic, of_models
from isogloss.figures.merging_names import REFERENCE, list_approaches
from isogloss.pipelines.reporting.claim_rows import (
    LEAST_P,
    choose_member,
    complete_claims,
    list_members,
)
from isogloss.pipelines.reporting.culture_agreement import DISTINCTIVE, native_agreement
from isogloss.pipelines.reporting.culture_contrasts import judge_contrasts
from isogloss.pipelines.reporting.merge_table import OWN_SOURCES
from isogloss.pipelines.reporting.score_cells import COUNTING_FORMULA, CULTURE_FORMULA
from isogloss.pipelines.reporting.score_merging import FORMULA as MERGING_FORMULA
from isogloss.pipelines.reporting.score_merging import declared_recipe, note_merging
from isogloss.scoreboard_columns import NOT_TESTED, SHOWN, SYNTHETIC, TESTED
from isogloss.statistics.intervals import p_of_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters

SYNERGY, GAIN = "merge_synergy", "merge_gain"
REFERENCE_COUNTRY, AGREEMENT = "reference_country", "distinctive_agreement"
MADE_UP = "synthetic_survey"
ABOVE_BASELINE, TOTAL_EFFECT = "counting_above_baseline", "total_effect"
CONTRAST_FORMULA = "methods/culture.md#the-reference-country-against-native-ones"
GATE_FORMULA = "methods/mediation.md#the-gate"
_CLAIMED_KINDS = ("count_swap", "category_swap", "control")
_MEDIATION_KEYS = ["model", "language", "kind", "named", "separators", "part", "subset", "outcome"]


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
            "reference": "all who answered in the language",
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


def claim_counting(counting_scores: pd.DataFrame) -> pd.DataFrame:
    """Claim that a model counts right more often than the best baseline.

    Args:
        counting_scores: of all models.
    """
    rows = []
    for model, own in counting_scores.groupby("model", sort=False):
        way = list_ways(own)[0].rows(own)
        codes = sorted(set(way["language"]) - {ALL})
        whole = ALL if len(codes) > 1 else codes[0]
        scores = way[
            (way["metric"] == "accuracy") & (way["by"] == ALL) & (way["language"] == whole)
        ]
        for row in scores[scores["answered_by"] == "model"].to_dict("records"):
            baselines = scores[scores["answered_by"] != "model"]
            p = row["p_above_baseline_adjusted"]
            rows.append(
                {
                    "study": "counting",
                    "model": model,
                    "subject": ABOVE_BASELINE,
                    "estimate": row["gap"],
                    "ci_low": row["gap_ci_low"],
                    "ci_high": row["gap_ci_high"],
                    "confidence": row["confidence"],
                    "n": int(row["clusters"]),
                    "unit": "categories" if row["unit"] == "category" else "lists",
                    "null": 0.0,
                    "p": p,
                    "wording": TESTED if pd.notna(p) else NOT_TESTED,
                    "reference": row["baseline"],
                    "source": "counting_scores",
                    "formula": COUNTING_FORMULA,
                    "further": {
                        "accuracy": [row["value"], row["ci_low"], row["ci_high"]],
                        "lists": int(row["n"]),
                        "languages": len(codes),
                        "baselines": dict(
                            zip(baselines["answered_by"], baselines["value"], strict=True)
                        ),
                    },
                }
            )
    return complete_claims(rows)


def claim_mediation(mediation_gates: pd.DataFrame, mediation_summary: pd.DataFrame) -> pd.DataFrame:
    """Claim that swaps have a total effect; where a gate is closed there is nothing to mediate.

    What a gate is closed for is tested all the same: else those that chance has opened would be
    the only tests that are counted.

    Args:
        mediation_gates: of all models.
        mediation_summary: of all models.
    """
    totals = mediation_summary[
        (mediation_summary["component"] == "") & (mediation_summary["effect"] == "total")
    ]
    tested = totals[[*_MEDIATION_KEYS, "p"]].drop_duplicates(_MEDIATION_KEYS)
    everything = (mediation_gates["subset"] == ALL) & (mediation_gates["part"] == ALL)
    gates = mediation_gates[everything & mediation_gates["kind"].isin(_CLAIMED_KINDS)].merge(
        tested, on=_MEDIATION_KEYS, how="left"
    )
    return complete_claims(
        {
            "study": "mediation",
            "model": row["model"],
            "language": row["language"],
            "subject": TOTAL_EFFECT,
            "key": ".".join(str(row[name]) for name in _MEDIATION_KEYS[1:]),
            "estimate": row["total"],
            "ci_low": row["total_ci_low"],
            "ci_high": row["total_ci_high"],
            "n": int(row["n_categories"]),
            "unit": "categories",
            "null": 0.0,
            "p": row["p"],
            "gate": row["gate"],
            "wording": TESTED if pd.notna(row["p"]) else NOT_TESTED,
            "reference": row["kind"],
            "source": "mediation_gates",
            "formula": GATE_FORMULA,
            "further": {
                "pairs": int(row["n_pairs"]),
                "remark": row["remark"],
                LEAST_P: 2.0 ** (1 - int(row["n_categories"])),
                **{name: row[name] for name in ("outcome", "named", "separators")},
            },
        }
        for row in gates.to_dict("records")
    )
