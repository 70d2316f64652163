"""Small tables of the cross-study analysis for tests, with planted associations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.reporting.cross_gates import ON_TEXTS
from isogloss.pipelines.reporting.cross_study import COLUMNS, study_across
from isogloss.pipelines.reporting.parameters import CrossStudyParameters
from isogloss.scoreboard_schemas import CrossStudy
from tests.scoreboard_tables import CELL

Floats = NDArray[np.float64]

QUICK = CrossStudyParameters(permutations=1999)
CONFIRMATORY = ("reading", "knowledge", "merging", "culture", "counting")
FAMILIES = 6
ERROR = 0.02
METRICS = {
    "reading": ("", "accuracy_label", 0.25),
    "knowledge": ("", "accuracy_label", 0.25),
    "merging": ("target", "synergy", np.nan),
    "culture": ("", "distinctive", np.nan),
    "counting": ("", "accuracy", 0.2),
    "translation": ("", "chrf", np.nan),
}


def codes(n: int) -> list[str]:
    """Name n languages; the pivot is not among them."""
    return [f"l{chr(97 + place // 26)}{chr(97 + place % 26)}" for place in range(n)]


def make_languages(n: int) -> pd.DataFrame:
    names = ["eng", *codes(n)]
    families = ["Germanic", *(f"family {place % FAMILIES}" for place in range(n))]
    return pd.DataFrame({"language": names, "name": [f"Name of {code}" for code in names],
                         "family": families, "script": "Latn"})  # fmt: skip


def make_predictor(values: Floats, model: str = "gemma", error: float = ERROR) -> pd.DataFrame:
    """Give `alignment_predictor` of one model."""
    return pd.DataFrame(
        {
            "model": model,
            "pivot": "eng",
            "pooling": "mean",
            "predictor": "mexa_at_100",
            "language": codes(len(values)),
            "value": values,
            "ci_low": values - 1.959964 * error,
            "ci_high": values + 1.959964 * error,
            "confidence": 0.95,
            "n": 100,
            "n_pool": 100,
            "samples": 1,
            "chance": 1 / 199,
            "layer_first": 7,
            "layer_last": 12,
            "reliability": 0.9,
        }
    )


def make_outcome(
    values: Floats, study: str, model: str = "gemma", error: float = ERROR, **changes: Any
) -> pd.DataFrame:
    """Give the rows of one outcome and model in `scoreboard`, with the pivot first."""
    role, metric, chance = METRICS[study]
    names = ["eng", *codes(len(values))]
    given = np.concatenate([[0.9], values])
    own = {
        "model": model, "language": names, "study": study, "role": role, "metric": metric,
        "value": given, "ci_low": given - 1.959964 * error, "ci_high": given + 1.959964 * error,
        "n": 900, "chance": chance,
        "text_overlap": 0.0 if study in ON_TEXTS else np.nan,
        "above_chance": pd.array([None if np.isnan(chance) else True] * len(names), "boolean"),
    }  # fmt: skip
    return pd.DataFrame({**CELL, **own, **changes})


def make_profiles(n: int, models: tuple[str, ...] = ("gemma",), seed: int = 5) -> pd.DataFrame:
    """Give `language_profiles` that have nothing to do with anything."""
    generator = np.random.default_rng(seed)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": model,
                    "language": codes(n),
                    "information_parity": generator.uniform(0.3, 0.9, n),
                    "token_parity": generator.uniform(1, 4, n),
                }
            )
            for model in models
        ]
    )


def spread(generator: np.random.Generator, n: int, around: float = 0.6) -> Floats:
    """Draw values that errors of `ERROR` hardly blur."""
    return np.asarray(around + 0.15 * generator.uniform(-1, 1, n), np.float64)


def make_items(
    slope: float, languages: int = 12, passages: int = 30, models: tuple[str, ...] = ("gemma",)
) -> pd.DataFrame:
    """Give `item_evidence`, two items a passage, hard items and poor languages included."""
    generator = np.random.default_rng(7)
    hard = generator.uniform(-0.2, 0.2, 2 * passages)
    parts = []
    for model in models:
        for code, poor in zip(
            codes(languages), generator.uniform(-0.2, 0.2, languages), strict=True
        ):
            aligned = generator.integers(0, 7, 2 * passages) / 6
            chance = np.clip(0.45 + hard + poor + slope * (aligned - 0.5), 0, 1)
            parts.append(
                pd.DataFrame(
                    {
                        "model": model,
                        "task": "belebele",
                        "language": code,
                        "stratum": "",
                        "item_id": [f"p{item // 2}#{item % 2}" for item in range(2 * passages)],
                        "cluster": [f"p{item // 2}" for item in range(2 * passages)],
                        "right": (generator.random(2 * passages) < chance).astype(float),
                        "aligned": aligned,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def run(predictor: pd.DataFrame, scoreboard: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Run the analysis and check its table."""
    parameters = options.pop("parameters", QUICK)
    n = predictor["language"].nunique()
    found = study_across(predictor, scoreboard, make_languages(n), "eng", parameters, **options)
    CrossStudy.validate(found)
    assert list(found) == list(COLUMNS)
    return found


def plain(table: pd.DataFrame, level: int = 1) -> pd.DataFrame:
    """Give the rows of a level without covariates, by outcome."""
    return table[(table["level"] == level) & (table["covariates"] == "")].set_index("outcome")


def make_everything(n: int, seed: int, planted: tuple[str, ...] = (), **changes: Any) -> Any:
    """Give the predictor and all outcomes of one model, some of them following it."""
    generator = np.random.default_rng(seed)
    x = spread(generator, n)
    parts = []
    for study in (*CONFIRMATORY, "translation"):
        noise = spread(generator, n)
        y = 0.6 + 0.9 * (x - 0.6) + 0.3 * (noise - 0.6) if study in planted else noise
        parts.append(make_outcome(y, study, **changes))
    return make_predictor(x), pd.concat(parts)


def make_panel(
    slope: float, models: int = 4, n: int = 24
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give predictor, reading and profiles of several models."""
    generator = np.random.default_rng(11)
    names = tuple(f"model{place}" for place in range(models))
    shared, language = spread(generator, n), 0.05 * generator.normal(size=n)
    predictors, outcomes = [], []
    for name in names:
        x = 0.5 * shared + 0.5 * spread(generator, n)
        y = 0.55 + slope * (x - 0.6) + language + 0.03 * generator.normal(size=n)
        predictors.append(make_predictor(x, name, error=0.01))
        outcomes.append(make_outcome(y, "reading", name, error=0.01))
    return pd.concat(predictors), pd.concat(outcomes), make_profiles(n, names)
