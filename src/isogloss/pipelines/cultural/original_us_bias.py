"""The published regression of US-centric bias, term by term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.cultural.original_responses import RANDOM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.original_cells import Rounds

    Floats = NDArray[np.float64]

CELL = ["us", "model", "language"]


def regress_us_bias(rounds: Rounds, reference: str, drawn: Floats) -> pd.DataFrame | None:
    """Regress agreement on whether the country is the reference, the model and the language.

    metric ~ us * model:language by ordinary least squares, one row for each round and cell of
    model, language and country, as if these were independent. All combinations of us, model and
    language have their own mean, so that the coefficients are differences of means: with X the
    dummies of the combinations and m their means, b = X^-1 m with covariance
    s^2 X^-1 diag(1/n) X^-T and s^2 = RSS / (N - combinations). The reference levels are the first
    language and the random baseline.

    Args:
        rounds: whose cells name model, language and group.
        reference: the country whose term is called us.
        drawn: [rounds, cells], the outcomes; those that are NaN are no rows.

    Returns:
        term, kind, model, language, coefficient, error, ci_low, ci_high, t, p, n, r_squared,
        r_squared_adjusted, log_likelihood. None if a combination of us, model and language has no
        row, or there are no more rows than combinations.
    """
    table = rounds.cells.assign(us=rounds.cells["group"] == reference)
    models = [RANDOM, *sorted(set(table["model"]) - {RANDOM})]
    languages = sorted(set(table["language"]))
    summary = _summarise(table, drawn, models, languages)
    if summary is None:
        return None
    means, sizes, rest, total = summary
    terms, design = _design(models, languages)
    inverse = np.linalg.inv(design)
    n, degrees = int(sizes.sum()), int(sizes.sum()) - len(terms)
    if degrees < 1 or rest <= 0:
        return None
    variance = rest / degrees
    coefficient = inverse @ means
    error = np.sqrt(variance * (np.square(inverse) / sizes).sum(axis=1))
    ratio = coefficient / error
    reach = scipy.stats.t.ppf(0.975, degrees) * error
    return terms.assign(
        coefficient=coefficient,
        error=error,
        ci_low=coefficient - reach,
        ci_high=coefficient + reach,
        t=ratio,
        p=2 * scipy.stats.t.sf(np.abs(ratio), degrees),
        n=n,
        r_squared=1 - rest / total,
        r_squared_adjusted=1 - (rest / degrees) / (total / (n - 1)),
        log_likelihood=-n / 2 * (np.log(2 * np.pi * rest / n) + 1),
    )


def _summarise(
    table: pd.DataFrame, drawn: Floats, models: list[str], languages: list[str]
) -> tuple[Floats, Floats, float, float] | None:
    """Give mean and size of each combination, and the sums of squares within and in all.

    None if a combination has no row.
    """
    numbers = (
        table["us"].to_numpy(np.intp) * len(models)
        + np.array([models.index(model) for model in table["model"]], np.intp)
    ) * len(languages) + np.array([languages.index(one) for one in table["language"]], np.intp)
    combinations = 2 * len(models) * len(languages)
    known = ~np.isnan(drawn)
    sizes = np.bincount(numbers, known.sum(axis=0), combinations).astype(np.float64)
    if (sizes == 0).any():
        return None
    sums = np.where(known, drawn, 0.0).sum(axis=0)
    means = np.bincount(numbers, sums, combinations).astype(np.float64) / sizes
    within = float(np.square(drawn - means[numbers])[known].sum())
    return means, sizes, within, float(np.square(drawn[known] - drawn[known].mean()).sum())


def _design(models: list[str], languages: list[str]) -> tuple[pd.DataFrame, Floats]:
    """Give the terms, and their dummies for each combination of us, model and language."""
    rows = [(us, m, one) for us in (False, True) for m in models for one in languages]
    terms, columns = [], []
    for us in (False, True):
        for model in models:
            for language in languages:
                shown_model = "" if model == models[0] else model
                # without a model of its own, the term of the first language is the intercept
                shown = "" if not shown_model and language == languages[0] else language
                kind = ":".join(
                    name
                    for name, there in (("us", us), ("model", shown_model), ("language", shown))
                    if there
                )
                parts = [*(["us"] if us else []), *filter(None, (shown_model, shown))]
                terms.append(
                    {
                        "term": ":".join(parts) or "Intercept",
                        "kind": kind or "intercept",
                        "model": shown_model,
                        "language": shown,
                    }
                )
                columns.append(
                    [
                        (at_us or not us)
                        and (not shown_model or at_model == model)
                        and (not shown or at_language == language)
                        for at_us, at_model, at_language in rows
                    ]
                )
    return pd.DataFrame(terms), np.array(columns, np.float64).T
