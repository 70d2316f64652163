"""Tables of answers to lists, as the counting room makes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

MODEL = "gemma_270m_q4"
WAY: dict[str, Any] = {
    "position": "first",
    "framing": "few_shot",
    "shots": 4,
    "scoring": "candidates",
}
LANGUAGES = ("eng", "deu", "swh", "zho_simpl")


def make_score(language: str, metric: str, value: float, **more: Any) -> dict[str, Any]:
    accuracy = metric == "accuracy" and more.get("answered_by", "model") == "model"
    gap = value - 0.2 if accuracy and more.get("by", "all") == "all" else np.nan
    return {
        "model": MODEL,
        "language": language,
        **WAY,
        "answered_by": "model",
        "by": "all",
        "group": "all",
        "metric": metric,
        "value": value,
        "n": 152 if language == "all" else 38,
        "clusters": 14,
        "unit": "category",
        "ci_low": value - 0.1,
        "ci_high": value + 0.1,
        "confidence": 0.95,
        "baseline": "" if np.isnan(gap) else "constant",
        "gap": gap,
        "gap_ci_low": gap - 0.1,
        "gap_ci_high": gap + 0.1,
        "gap_seen": np.nan,
        "p_above_baseline": np.nan,
        "p_above_baseline_adjusted": np.nan,
        "above_baseline": pd.NA if np.isnan(gap) else gap > 0.1,
        **more,
    }


def make_counting_scores(accuracy: dict[str, float] | None = None, **more: Any) -> pd.DataFrame:
    """Scores of one model; where no accuracies are given, it is at the best baseline."""
    given = accuracy or {"all": 0.2, **dict.fromkeys(LANGUAGES, 0.2)}
    rows = []
    for language, value in given.items():
        rows += [
            make_score(language, "accuracy", value, **more),
            make_score(language, "mae", 1.8, **more),
            make_score(language, "r", value - 0.2, **more),
            make_score(language, "candidate_mass", 0.9, **more),
        ]
        for name, own in {"constant": 0.2, "length": 0.15, "uniform": 1 / 11}.items():
            rows += [
                make_score(language, "accuracy", own, answered_by=name, **more),
                make_score(
                    language, "mae", 3.6 if name == "uniform" else 1.5, answered_by=name, **more
                ),
            ]
        for by, groups in {"count": range(6), "length": (6, 8, 10), "category": ("a",)}.items():
            for group in groups:
                for name in ("model", "constant", "length", "uniform"):
                    share = {"model": float(group == 4), "uniform": 1 / 11}.get(name, 0.1)
                    rows += [
                        make_score(
                            language,
                            metric,
                            share,
                            answered_by=name,
                            by=by,
                            group=str(group),
                            **more,
                        )
                        for metric in ("accuracy", "within_1", "mae", "bias")
                    ]
    return pd.DataFrame(rows).astype({"above_baseline": "boolean"})


def make_predictions(languages: tuple[str, ...] = LANGUAGES, **more: Any) -> pd.DataFrame:
    """Answers of a model that says 4, but 0 to every list of count 0, and 30 to one of them."""
    rows = [
        {
            "model": MODEL,
            "language": language,
            **WAY,
            "item_id": f"{number:016x}",
            "count": number % 6,
            "answer": 30 if number == 12 else 0 if number % 6 == 0 else 4,
            **more,
        }
        for language in languages
        for number in range(24)
    ]
    return pd.DataFrame(rows).astype({"answer": "Int64"})


def make_contrast(difference: float, **more: Any) -> dict[str, Any]:
    """A difference of one model, told from 0 if it is large."""
    return {
        "model": MODEL,
        "language": "all",
        **WAY,
        "contrast": "position",
        "reference": "last",
        "metric": "accuracy",
        "value": 0.2 + difference,
        "reference_value": 0.2,
        "difference": difference,
        "ci_low": difference - 0.1,
        "ci_high": difference + 0.1,
        "confidence": 0.95,
        "n": 152,
        "clusters": 14,
        "unit": "category",
        "p": 0.01 if abs(difference) > 0.1 else 0.4,
        "p_adjusted": 0.02 if abs(difference) > 0.1 else 0.8,
        "family": 1,
        **more,
    }


def make_contrasts() -> pd.DataFrame:
    """The category named first helps by nothing; German is worse than English."""
    german = {"language": "deu", "contrast": "language", "reference": "eng"}
    return pd.DataFrame(
        [
            make_contrast(0.02),
            make_contrast(-0.05, metric="mae"),
            make_contrast(-0.3, **german),
            make_contrast(0.5, metric="mae", **german),
        ]
    )
