"""What merging brings to a language, as a target of merges and as a source in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.errors import Refusal, suggest
from isogloss.figures.merging_names import choose_approaches, list_approaches
from isogloss.merge_columns import METHODS
from isogloss.pipelines.reporting.merge_inputs import NO_LABELS, OF_THE_PROJECT, list_cautions
from isogloss.pipelines.reporting.merge_table import OWN_SOURCES
from isogloss.pipelines.reporting.score_rows import complete_cells
from isogloss.scoreboard_columns import LEVEL
from isogloss.statistics.reliability import error_of_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters

FORMULA = "methods/merging.md#scores"
_BOUNDS = ["value", "ci_low", "ci_high"]
_AVERAGED = [*_BOUNDS, "error"]


def score_merging(
    merge_results: pd.DataFrame,
    merge_comparisons: pd.DataFrame,
    merge_weights: pd.DataFrame,
    locales: pd.DataFrame,
    corpus: str,
    confidence: float,
    settings: ScoreboardParameters,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Give the synergy of the declared merge for every language as a target and as a source.

    As a source: the mean synergy of the targets, each weighted by the weight of the source in its
    merge. Of several seeds, locales of a language or targets bounds and errors are averaged too,
    which is cautious: the error of a mean is at most the mean of the errors. An error has the
    degrees of freedom of the items, whatever it is averaged over.

    Args:
        merge_results: of one encoder.
        merge_comparisons: likewise.
        merge_weights: likewise.
        locales: locale, language.
        corpus: of the intents.
        confidence: of the intervals.
        settings: which merge stands for the study.
        parameters: English models.
    """
    recipe = declared_recipe(merge_results, settings)
    if recipe is None:
        return complete_cells([])
    spoken = dict(zip(locales["locale"], locales["language"], strict=True))
    merged = merge_results[(merge_results["recipe"] == recipe) & merge_results["spelled"]]
    bounds = {"value": "synergy", "ci_low": "synergy_ci_low", "ci_high": "synergy_ci_high"}
    merged = merged.assign(**{name: merged[column] for name, column in bounds.items()})
    errors = error_of_interval(merged["ci_low"], merged["ci_high"], merged["n"], confidence)
    merged = merged.assign(error=errors)
    tests = merge_comparisons[
        (merge_comparisons["recipe"] == recipe) & (merge_comparisons["baseline"] == OWN_SOURCES)
    ]
    weights = merge_weights[merge_weights["recipe"] == recipe]
    encoder = str(merge_results["encoder"].iloc[0])
    shared = {
        "model": encoder,
        "study": "merging",
        "metric": "synergy",
        "confidence": confidence,
        "chance": 0.0,
        "data": corpus,
        "note": note_merging(encoder, merge_results["seed"], corpus, parameters),
        "source": "merge_results",
        "formula": FORMULA,
    }
    rows = [*_as_targets(merged, tests, spoken), *_as_sources(merged, weights, spoken)]
    return complete_cells({**shared, **row} for row in rows)


def declared_recipe(results: pd.DataFrame, settings: ScoreboardParameters) -> str | None:
    """Give the merge that stands for the study; None if nothing was merged without labels.

    Without a wish it is the first linear one that has seen no label of a target, by similarity if
    there is one: chosen by what it is, never by its scores.

    Args:
        results: `merge_results` of one encoder.
        settings: the wish.

    Raises:
        Refusal: if a merge is wished for that there is not; names similar ones.
    """
    merges = results[results["method"].isin(METHODS)]
    if settings.merge_recipe != "auto":
        known = sorted(set(merges["recipe"]))
        if settings.merge_recipe in known:
            return settings.merge_recipe
        raise Refusal(
            f"scoreboard.merge_recipe: there is no merge {settings.merge_recipe!r}."
            f"{suggest(settings.merge_recipe, known)} There are: auto, {', '.join(known)}."
        )
    free = merges[merges["supervision"] == NO_LABELS]
    if free.empty:
        return None
    [chosen] = choose_approaches(list_approaches(free), None, 1, merges_only=True)
    return chosen


def note_merging(
    encoder: str, seeds: Iterable[int], corpus: str, parameters: ReportingParameters
) -> str:
    """Say how far the results of an encoder go: `one seed, English encoder, synthetic sample`."""
    cautions = list_cautions(encoder, seeds, corpus, parameters)
    return ", ".join("synthetic sample" if one == OF_THE_PROJECT else one for one in cautions)


def _as_targets(
    merged: pd.DataFrame, tests: pd.DataFrame, spoken: dict[str, str]
) -> Iterator[dict[str, Any]]:
    above = (tests["p_adjusted"] <= LEVEL) & (tests["difference"] > 0)
    told = above.groupby(tests["locale"]).all()
    for language, own in merged.groupby(merged["locale"].map(spoken), sort=False):
        known = [told[locale] for locale in own["locale"] if locale in told]
        yield {
            "language": language,
            "role": "target",
            **{name: float(own[name].mean(skipna=False)) for name in _AVERAGED},
            "n": int(own["n"].min()),
            "unit": "items",
            "above_chance": all(known) if len(known) == len(own) else None,
        }


def _as_sources(
    merged: pd.DataFrame, weights: pd.DataFrame, spoken: dict[str, str]
) -> Iterator[dict[str, Any]]:
    together = weights.merge(
        merged[["locale", "seed", "n", *_AVERAGED]],
        left_on=["target", "seed"],
        right_on=["locale", "seed"],
    )
    together = together[together["source"] != together["target"]]
    for language, own in together.groupby(together["source"].map(spoken), sort=False):
        yield {
            "language": language,
            "role": "source",
            **{name: float(np.average(own[name], weights=own["weight"])) for name in _AVERAGED},
            "n": int(own["target"].nunique()),
            "unit": "targets",
            "items": int(own["n"].min()),
        }
