"""How consistent models and countries are: correlations of distinct answers to one question."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.cultural.analysis_voices import INTERVIEW, WAY
from isogloss.statistics.deletion import deletion_error, deletion_weights
from isogloss.statistics.intervals import correlation_interval, student_interval
from isogloss.statistics.response_agreement import (
    Moments,
    crossed_pairs,
    distinct_pairs,
    pair_correlation,
    sampled_groups,
)
from isogloss.surveys import ALL_ALIKE, ASKED_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.pipelines.cultural.analysis_truth import Groups

Floats = NDArray[np.float64]

MODEL, COUNTRY = "model", "country"
ESTIMATOR = "pearson"
WITHIN, BETWEEN, DIFFERENCE = "within", "between", "difference"
ALL = "all"
VOICE = ["model", "family", "elicitation", "labeller"]
_NONE = 1e-9

logger = logging.getLogger(__name__)


def score_models(
    responses: pd.DataFrame, questions: Sequence[str], least: int, confidence: float
) -> Iterator[dict[str, Any]]:
    """Give the self-consistency of every model in every language.

    Pearson's r over all pairs of distinct responses to one question, each question's pairs weighing
    alike (`response_agreement.pair_correlation`); questions with one response fall out.

    Args:
        responses: open, decided, of prompts that name no country.
        questions: codes of those to use, the same for countries.
        least: questions that a value takes.
        confidence: of the intervals, which are over questions.

    Yields:
        rows of `self_consistency`.
    """
    known = responses[responses["question"].isin(questions)]
    index = pd.Index(questions)
    for key, own in known.groupby([*VOICE, "language"]):
        numbers = index.get_indexer(pd.Index(own["question"]))
        moments = distinct_pairs(own["pro_score"], numbers, np.arange(len(own)), len(index))
        found = _assess([moments], least, confidence)
        model, family, elicitation, labeller, language = key
        yield {
            "estimator": ESTIMATOR,
            "kind": MODEL,
            "name": model,
            "family": family,
            "elicitation": elicitation,
            "labeller": labeller,
            "language": language,
            **found,
            "n_responses": len(own),
            "opinions": _count_opinions(own),
            "variance": "responses",
        }


def sizes_of_groups(models: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Tell how many people are to be compared with answers, by way of asking and labeller.

    Args:
        models: of `score_models`.

    Returns:
        (elicitation, labeller) -> median over models and languages of how many opinions that take
        a side their median response holds; without models ten people.
    """
    if models.empty:
        return {("", ""): INTERVIEW}
    return {
        (str(elicitation), str(labeller)): float(own["opinions"].median())
        for (elicitation, labeller), own in models.groupby(WAY, sort=False)
    }


def _count_opinions(responses: pd.DataFrame) -> float:
    """Give the median number of pro and con opinions; ten in a response that does not tell."""
    sides = (responses["pro"] + responses["con"]).astype("Float64").fillna(INTERVIEW)
    return float(sides.median())


def score_countries(
    countries: Groups,
    questions: NDArray[np.bool_],
    sizes: Mapping[tuple[str, str], float],
    least: int,
    confidence: float,
) -> Iterator[dict[str, Any]]:
    """Give the consistency of every country: of two groups of respondents drawn at random.

    The same correlation over questions as of models: var(p) / (var(p) + mean v), with p the pro
    scores and v the sampling variance of as many respondents who take a side as a model's response
    has opinions. Where v is not known, it is that of n answers of equal weight, p (1 - p) / n: too
    small where weights of respondents vary.

    Args:
        countries: on some questions.
        questions: bool [questions], those to use.
        sizes: of the groups; see `sizes_of_groups`.
        least: questions that a value takes.
        confidence: of the intervals, which are over questions.

    Yields:
        rows of `self_consistency`.
    """
    assumed = 0
    for number, name in enumerate(countries.names):
        scores = np.where(questions, countries.scores[number], np.nan)
        known = ~np.isnan(countries.variances[number]) | np.isnan(scores)
        assumed += not known.all()
        variances = countries.variances[number] if known.all() else scores * (1 - scores)
        for (elicitation, labeller), size in sizes.items():
            moments = sampled_groups(scores, variances / size)
            yield {
                "estimator": ESTIMATOR,
                "kind": COUNTRY,
                "name": name,
                "family": "",
                "elicitation": elicitation,
                "labeller": labeller,
                "language": countries.languages[number],
                **_assess([moments], least, confidence),
                "n_responses": 0,
                "opinions": size,
                "variance": "survey" if known.all() else "binomial",
            }
    if assumed:
        logger.info(
            "The sampling variance of a few respondents is not known for %d of %d countries and is "
            "taken as p (1 - p) / n; their consistency is then too high where weights vary.",
            assumed,
            len(countries.names),
        )


def compare_languages(
    responses: pd.DataFrame, least: int, confidence: float
) -> Iterator[dict[str, Any]]:
    """Compare agreement of responses within a language with that between two languages.

    Pairs are of distinct responses to one question, and within a language of different prompts
    where these are known: no pair between languages shares a prompt. The difference of two
    languages is the mean agreement within each less that between them, on questions that all three
    have; `all` averages over languages and over pairs of languages.

    Args:
        responses: open, decided, of prompts that name no country.
        least: questions that a value takes.
        confidence: of the intervals, which are over questions.

    Yields:
        rows of `cross_effects`.
    """
    codes = pd.Index(sorted(responses["question"].unique()))
    numbered = responses.assign(number=codes.get_indexer(pd.Index(responses["question"])))
    for key, own in numbered.groupby(VOICE):
        named = dict(zip(VOICE, key, strict=True))
        for row in _compare(own, len(codes), least, confidence):
            yield named | row


def _compare(
    responses: pd.DataFrame, n: int, least: int, confidence: float
) -> Iterator[dict[str, Any]]:
    parts = {str(language): own for language, own in responses.groupby("language")}
    within = {language: _within(own, n) for language, own in parts.items()}
    between = {
        (a, b): crossed_pairs(_scored(parts[a]), _scored(parts[b]), n)
        for a in parts
        for b in parts
        if a < b
    }
    for language, moments in within.items():
        found = _assess([moments], least, confidence)
        yield {"language_a": language, "language_b": language, "kind": WITHIN, **found}
    for (a, b), moments in between.items():
        names = {"language_a": a, "language_b": b}
        yield {**names, "kind": BETWEEN, **_assess([moments], least, confidence)}
        three = [within[a], within[b], moments]
        found = _assess(three, least, confidence, np.array([0.5, 0.5, -1]))
        yield {**names, "kind": DIFFERENCE, **found}
    if between:
        sides = [*within.values(), *between.values()]
        share = np.repeat([1 / len(within), 1 / len(between)], [len(within), len(between)])
        own = np.arange(len(sides)) < len(within)
        for kind, signs in (
            (WITHIN, np.where(own, share, 0)),
            (BETWEEN, np.where(own, 0, share)),
            (DIFFERENCE, np.where(own, share, -share)),
        ):
            found = _assess(sides, least, confidence, signs)
            yield {"language_a": ALL, "language_b": ALL, "kind": kind, **found}


def _within(responses: pd.DataFrame, n: int) -> Moments:
    """Take pairs of different prompts, or of different responses where prompts are not known."""
    prompts = responses["prompt_id"]
    alone = pd.Series([f"response {number}" for number in range(len(responses))], prompts.index)
    units = prompts.astype(object).where(prompts.notna(), alone)
    return distinct_pairs(*_scored(responses), units.astype(str), n)


def _scored(responses: pd.DataFrame) -> tuple[Floats, NDArray[np.intp]]:
    return (
        np.asarray(responses["pro_score"], np.float64),
        np.asarray(responses["number"], np.intp),
    )


def _assess(
    sides: Sequence[Moments], least: int, confidence: float, signs: Floats | None = None
) -> dict[str, Any]:
    """Sum correlations over pairs on the questions that all have, with the jackknife's interval.

    Where no question changes the sum, as in a perfect correlation, there is no error to be seen.
    A sum that is not known has its reason.
    """
    known = ~np.isnan(np.stack([one.product for one in sides])).any(axis=0)
    n = int(known.sum())
    pairs = [np.where(known, one.pairs, 0).sum() for one in sides]
    counts = {"n_questions": n, "n_pairs": int(min(pairs)) if np.isfinite(pairs).all() else 0}
    if n < least:
        missing = dict.fromkeys(("value", "error", "ci_low", "ci_high"), np.nan)
        lack = f"{n} questions, {least} are needed (cultural_analysis.least_questions)"
        return {**missing, **counts, "reason": lack if n else ASKED_ONCE}
    weights = deletion_weights(np.arange(n))
    kept = [Moments(*(values[known] for values in one)) for one in sides]
    found = np.stack([pair_correlation(one, weights) for one in kept], axis=1)
    value = found[:, 0] if signs is None else found @ signs
    error = np.asarray(deletion_error(value[1:]))
    single = signs is None or len(sides) == 1
    interval = correlation_interval if single else student_interval
    low, high = interval(
        np.asarray(value[0]), np.where(error > _NONE, error, np.nan), n, confidence
    )
    return {
        "value": float(value[0]),
        "error": float(error),
        "ci_low": float(low),
        "ci_high": float(high),
        **counts,
        "reason": ALL_ALIKE if np.isnan(value[0]) else "",
    }
