"""Small tables of merging, made by hand, as the pages on them are made from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.reporting.merge_inputs import PageInputs
from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.provenance import record_sources

ENCODER = "minilm_l6"
AVERAGE, TIES, SEEN = "average-geo-k2", "average-geo-k2-ties-d0.2-l1", "average-accuracy-k2"
BEST, NEAREST = "best_source-source_dev", "nearest_source-geo"
LOCALES = pd.DataFrame(
    {
        "locale": ["de-DE", "en-US", "ja-JP", "sw-KE"],
        "language": ["deu", "eng", "jpn", "swh"],
        "name": ["German", "English", "Japanese", "Swahili"],
        "script": ["Latn", "Latn", "Jpan", "Latn"],
    }
)
LANGUAGES = pd.DataFrame(
    {
        "language": ["deu", "eng", "jpn", "swh"],
        "family": ["Indo-European", "Indo-European", "Japonic", "Atlantic-Congo"],
    }
)
PARAMETERS = ReportingParameters(
    model_labels={ENCODER: "MiniLM", "xlmr": "XLM-R"}, english_models=(ENCODER,)
)
# recipe -> method, supervision, and the accuracy in de-DE, en-US, ja-JP, sw-KE.
APPROACHES: dict[str, tuple[str, str, tuple[float, float, float, float]]] = {
    "own": ("own", "target_train", (0.8, 0.9, 0.3, 0.7)),
    "pivot": ("pivot", "none", (0.5, np.nan, 0.1, 0.2)),
    "mean_source": ("mean_source", "none", (0.4, 0.35, 0.15, 0.2)),
    NEAREST: ("nearest_source", "none", (0.45, 0.3, 0.1, 0.15)),
    BEST: ("best_source", "none", (0.5, 0.25, 0.1, 0.2)),
    "majority": ("majority", "target_train", (0.125, 0.125, 0.125, 0.125)),
    AVERAGE: ("linear", "none", (0.6, 0.55, 0.2, 0.1)),
    TIES: ("ties", "none", (0.55, 0.75, 0.2, 0.3)),
    SEEN: ("linear", "target_dev", (0.65, 0.5, 0.2, 0.25)),
    f"ensemble_soft-{AVERAGE}": ("ensemble_soft", "none", (0.7, 0.6, 0.2, 0.25)),
}
MERGED = (AVERAGE, TIES, SEEN, f"ensemble_soft-{AVERAGE}")
SYNERGY = 0.05
AGAINST = ("own_sources", "nearest_source", "mean_source", BEST, "pivot", "own")


def make_results(seed: int = 0, shift: float = 0.0, encoder: str = ENCODER) -> pd.DataFrame:
    """Make `merge_results`: Japanese cannot be spelled; merges score the shift more."""
    rows: list[dict[str, Any]] = []
    for place, locale in enumerate(LOCALES["locale"]):
        for recipe, (method, supervision, scores) in APPROACHES.items():
            merged = recipe in MERGED
            if np.isnan(scores[place]):
                continue
            score = scores[place] + (shift if merged else 0)
            rows.append(
                {
                    "encoder": encoder, "seed": seed, "locale": locale,
                    "spelled": locale != "ja-JP", "recipe": recipe, "method": method,
                    "weighting": "average" if merged else None, "k": 2 if merged else np.nan,
                    "supervision": supervision, "n_sources": 2 if merged else 1,
                    "selected_on": "source_dev" if recipe == BEST else "",
                    "source": _source(recipe, locale), "accuracy": score,
                    "ci_low": score - 0.1, "ci_high": score + 0.1, "n": 40,
                    "synergy": SYNERGY + shift if merged else np.nan,
                    "synergy_ci_low": shift - 0.05 if merged else np.nan,
                    "synergy_ci_high": shift + 0.15 if merged else np.nan,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def make_comparisons(seed: int = 0, p: float = 0.2) -> pd.DataFrame:
    """Make `merge_comparisons` of the locales that can be spelled, all with the same p."""
    return pd.DataFrame(
        {
            "encoder": ENCODER, "seed": seed, "recipe": recipe, "baseline": baseline,
            "locale": locale, "difference": 0.1, "ci_low": -0.1, "ci_high": 0.3, "p": p,
            "p_adjusted": p, "p_mcnemar": np.nan, "family": 3, "n": 40,
        }
        for recipe in MERGED
        for baseline in AGAINST
        for locale in ("de-DE", "en-US", "sw-KE")
        if (baseline, locale) != ("pivot", "en-US")
    )  # fmt: skip


def make_summary(seed: int = 0, low: float = -0.05, encoder: str = ENCODER) -> pd.DataFrame:
    """Make `merge_summary`; every gain is 0.1 above the low end of its interval."""
    rows: list[dict[str, Any]] = []
    for recipe, (_, _, scores) in APPROACHES.items():
        mean = float(np.nanmean([scores[0], scores[1], scores[3]]))
        rows.append({"recipe": recipe, "baseline": "", "mean": mean, "ci_low": mean - 0.1})
    rows += [
        {"recipe": recipe, "baseline": baseline, "mean": low + 0.1, "ci_low": low}
        for recipe in MERGED
        for baseline in AGAINST
    ]
    table = pd.DataFrame(rows).assign(encoder=encoder, seed=seed, sd=0.1)
    fewer = (table["recipe"] == "pivot") | (table["baseline"] == "pivot")
    return table.assign(
        ci_high=2 * table["mean"] - table["ci_low"], n_locales=np.where(fewer, 2, 3)
    )


def make_spelling(encoder: str = ENCODER) -> pd.DataFrame:
    shares = [0.0, 0.0, 0.85, 0.001]
    spelled = [share < 0.02 for share in shares]
    return pd.DataFrame(
        {
            "encoder": encoder,
            "locale": LOCALES["locale"],
            "unknown_share": shares,
            "spelled": spelled,
        }
    )


def make_weights(seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {"recipe": recipe, "target": target, "seed": seed, "method": APPROACHES[recipe][0],
         "weighting": "average", "supervision": APPROACHES[recipe][1], "source": source,
         "weight": 0.5, "similarity": np.nan}
        for recipe in MERGED[:3] for target in LOCALES["locale"] for source in ("a", "b")
    )  # fmt: skip


def make_failures(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [(ENCODER, *row) for row in rows], columns=["encoder", "what", "name", "reason"]
    )


def make_inputs(**others: Any) -> PageInputs:
    """Make what a page is made from; any of it may be replaced."""
    transfer = pd.DataFrame(
        {"seed": 0, "source": "en-US", "target": LOCALES["locale"], "partition": "test", "n": 40}
    )
    inputs: PageInputs = {
        "results": record_sources(make_results(), settings={"merging.k": [2]}),
        "comparisons": make_comparisons(),
        "summary": make_summary(),
        "weights": make_weights(),
        "transfer": transfer,
        "remarks": pd.DataFrame(columns=["what", "name", "n", "detail"]),
        "failures": make_failures(),
        "spelling": make_spelling(),
        "locales": LOCALES,
        "corpus": "sample",
        "pivot": "en-US",
        "confidence": 0.95,
        "parameters": PARAMETERS,
    }
    return PageInputs(**{**inputs, **others})  # type: ignore[typeddict-item]


def _source(recipe: str, locale: str) -> str:
    if recipe == BEST:
        return "sw-KE" if locale == "en-US" else "en-US"
    return {"own": locale, "pivot": "en-US"}.get(recipe, "")
