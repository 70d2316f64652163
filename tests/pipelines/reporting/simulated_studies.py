"""Outcomes of merging, values, counting, mediation and across studies; see `simulated_reports`."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from isogloss.pipelines.counting.count_differences import subtract_outcomes
from isogloss.statistics.clustered import resample_items
from isogloss.statistics.contrasts import mean_over_groups
from isogloss.statistics.correlation import spearman_interval
from isogloss.statistics.intervals import student_interval
from isogloss.statistics.sign_flips import flip_clusters, sign_flips
from isogloss.statistics.studentised import assess_jointly

Floats = NDArray[np.float64]
Rows = dict[str, list[dict[str, Any]]]

LANGUAGES = ("deu", "fra", "swh")
ROUNDS = 499
LOCALES, UTTERANCES = 6, 40
QUESTIONS, CATEGORIES, LISTS = 24, 14, 4


def merge(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """Right answers of a merge and of its sources; which is whose is shuffled item by item."""
    easy = generator.random((LOCALES, 1)) * 0.3
    merged = (generator.random((LOCALES, UTTERANCES)) < 0.5 + easy).astype(float)
    sources = (generator.random((LOCALES, UTTERANCES, 3)) < 0.2 + easy[..., None]).mean(axis=2)
    gaps = merged - sources
    if shuffled:
        gaps = gaps * generator.choice([-1, 1], size=gaps.shape)
    drawn = resample_items(np.arange(UTTERANCES), rounds=200, generator=generator)
    scores = gaps @ drawn.shares
    draws = scores[:, None] + (gaps - scores[:, None]) @ drawn.weights.T.astype(float)
    mean = mean_over_groups(scores, draws, generator=generator)
    shared = {"seed": 0, "recipe": "average", "method": "linear", "supervision": "none"}
    return {
        "merge_results": [{**shared, "weighting": "average", "n": UTTERANCES}],
        "merge_summary": [
            {
                **shared, "baseline": "own_sources", "mean": mean.score, "ci_low": mean.low,
                "ci_high": mean.high, "n_locales": LOCALES,
            }
        ],
    }  # fmt: skip


def agree(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """How much nearer answers are to one country than to others, question by question.

    Shuffled, the countries' answers change places at every question, in all languages alike.
    """
    nearer = 0.8 + generator.normal(size=(QUESTIONS, len(LANGUAGES)))
    nearer += 0.5 * generator.normal(size=(QUESTIONS, 1))
    if shuffled:
        nearer = nearer * generator.choice([-1, 1], size=(QUESTIONS, 1))
    means = nearer.mean(axis=0)
    without = (nearer.sum(axis=0) - nearer) / (QUESTIONS - 1)
    counts = generator.multinomial(QUESTIONS, np.full(QUESTIONS, 1 / QUESTIONS), size=ROUNDS)
    found = assess_jointly(means, without, np.ones(nearer.shape, np.bool_), counts)
    return {
        "contrasts": [
            {
                "family": "f", "elicitation": "closed", "labeller": "", "language": language,
                "metric": "spearman", "part": "distinctive", "reference": "US", "natives": "XX",
                "without": "", "named": False, "resampled": "questions",
                "difference": means[place], "ci_low": found.low[place],
                "ci_high": found.high[place], "p_adjusted": max(found.p[place],
                found.adjusted[place]), "n_questions": QUESTIONS, "synthetic": False,
            }
            for place, language in enumerate(LANGUAGES)
        ]
    }  # fmt: skip


def count(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """Right answers of a model and of a baseline; whose they are is shuffled, lists of a kind."""
    clusters = np.repeat(np.arange(CATEGORIES), LISTS)
    easy = np.repeat(generator.random(CATEGORIES) * 0.4, LISTS)
    model = (generator.random(len(clusters)) < 0.5 + easy).astype(float)
    baseline = (generator.random(len(clusters)) < 0.1 + easy).astype(float)
    if shuffled:
        swap = np.repeat(generator.random(CATEGORIES) < 0.5, LISTS)
        model, baseline = np.where(swap, baseline, model), np.where(swap, model, baseline)
    drawn = resample_items(clusters, rounds=400, generator=generator)
    found = subtract_outcomes(model, baseline, drawn, 0.95, shares=True)
    shared = {
        "language": "eng", "position": "first", "framing": "few_shot", "shots": 4,
        "scoring": "candidates", "by": "all", "group": "all", "metric": "accuracy",
        "n": len(clusters), "clusters": CATEGORIES, "unit": "category", "confidence": 0.95,
    }  # fmt: skip
    return {
        "counting": [
            {
                **shared, "answered_by": "model", "value": model.mean(), "ci_low": 0.0,
                "ci_high": 1.0, "baseline": "constant", "gap": found.value,
                "gap_ci_low": found.low, "gap_ci_high": found.high,
                "p_above_baseline_adjusted": found.p_above,
            },
            {**shared, "answered_by": "constant", "value": baseline.mean()},
        ]
    }  # fmt: skip


def patch(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """Total effects of swaps, category by category; which prompt is the swapped one is shuffled."""
    categories = 12
    effects = 2.0 + generator.normal(size=(2, categories))
    if shuffled:
        effects = effects * generator.choice([-1, 1], size=categories)
    flips = sign_flips(categories, ROUNDS, generator)
    test = flip_clusters(effects, flips)
    error = effects.std(axis=1, ddof=1) / np.sqrt(categories)
    low, high = student_interval(effects.mean(axis=1), error, categories)
    gates, totals = [], []
    for place, outcome in enumerate(("log_odds", "expected_count")):
        shared = {
            "language": "eng", "kind": "count_swap", "named": "first", "separators": "usual",
            "part": "all", "subset": "all", "outcome": outcome,
        }  # fmt: skip
        told = bool(low[place] > 0)
        gates.append(
            {
                **shared, "total": effects[place].mean(), "total_ci_low": low[place],
                "total_ci_high": high[place], "n_pairs": 24, "n_categories": categories,
                "gate": "open" if told else "closed",
                "remark": "" if told else "no total effect to mediate",
            }
        )  # fmt: skip
        totals.append({**shared, "component": "", "effect": "total", "p": test.p[place]})
    return {"gates": gates, "effects": totals}


def associate(generator: np.random.Generator, *, shuffled: bool) -> Rows:
    """A study's numbers and another's over languages, whose labels are shuffled."""
    n = 14
    one = generator.normal(size=n)
    two = one + 0.3 * generator.normal(size=n)
    if shuffled:
        two = generator.permutation(two)
    rho = float(scipy.stats.spearmanr(one, two).statistic)
    low, high = spearman_interval(np.array([rho]), np.array([n]), 0.95)
    return {
        "cross": [
            {
                "level": 1, "predictor": "mexa_at_60", "outcome": "reading",
                "outcome_metric": "accuracy_text", "n": n, "unit": "languages",
                "needed_r": 0.53, "estimate": rho, "estimate_name": "Spearman rho",
                "ci_low": float(low[0]), "ci_high": float(high[0]), "confidence": 0.95,
                "p_adjusted": _permute(one, two, generator), "covariates": "",
                "confirmatory": True, "gate": "open", "reason": "", "proxy": False,
            }
        ]
    }  # fmt: skip


def _permute(one: Floats, two: Floats, generator: np.random.Generator) -> float:
    ranks = [np.argsort(np.argsort(values)).astype(float) for values in (one, two)]
    first, second = (own - own.mean() for own in ranks)
    orders = np.argsort(generator.random((ROUNDS, len(one))), axis=1)
    drawn = np.abs(second[orders] @ first)
    return float((1 + (drawn >= abs(first @ second) - 1e-9).sum()) / (1 + ROUNDS))
