"""Task vectors: how alike fine-tuning in two locales is, and what that goes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.levels import interval_name
from isogloss.figures.merging_clouds import Cloud
from isogloss.figures.merging_names import choose_approaches, list_approaches
from isogloss.figures.merging_similarity import (
    OUTCOMES,
    explain_r,
    finish_clouds,
    make_points,
    weigh_sources,
)
from isogloss.figures.merging_study import StudyGuide, average_seeds, pick_encoder
from isogloss.figures.style import CHANCE, MUTED
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.figure import Figure

    from isogloss.figures.families import LanguageGuide

_COSINE = "cosine of the task vectors"


def draw_task_vectors(
    task_vectors: pd.DataFrame,
    transfer_accuracy: pd.DataFrame,
    merge_results: pd.DataFrame,
    merge_weights: pd.DataFrame,
    study: StudyGuide,
    *,
    recipe: str | None = None,
    encoder: str | None = None,
) -> Figure:
    """Draw the cosine of task vectors against transfer between two locales, and against synergy.

    A task vector is what fine-tuning added to the encoder; the head, which would make up most of
    it, is left out. Left: pairs of locales, and how well
    their models do on each other's test items, on average. Right: locales, the mean cosine of
    their own task vector with those of the sources, weighted as they are merged, and the synergy
    of the merge. A panel without points is left out.

    Args:
        task_vectors: `{encoder}.task_vectors`.
        transfer_accuracy: `{encoder}.transfer_accuracy`.
        merge_results: `{encoder}.merge_results`.
        merge_weights: `{encoder}.merge_weights`.
        study: names, spelling and what captions must say.
        recipe: merge to show; without a wish the first linear one, by similarity if there is one.
        encoder: which to draw; may be left out where the tables hold only one.

    Raises:
        Refusal: if the encoder or the recipe is not there, or there are several encoders.
    """
    vectors, transfer, results, weights = (
        pick_encoder(table, encoder)
        for table in (task_vectors, transfer_accuracy, merge_results, merge_weights)
    )
    title = study.title(vectors, "task vectors, transfer and merging")
    cosines = _both_ways(vectors)
    clouds = [
        cloud
        for cloud in (
            _pair_cloud(cosines, transfer, study),
            _locale_cloud(cosines, results, weights, study, recipe),
        )
        if cloud is not None
    ]
    if not clouds:
        return say_instead(title, "No two locales have task vectors and a score.")
    explained = _explain(clouds, study, interval_name(results))
    return finish_clouds(title, clouds, [*study.warnings(vectors), *explained])


def _both_ways(vectors: pd.DataFrame) -> pd.DataFrame:
    """Give source, other, seed and cosine in the encoder, each pair in both orders."""
    if vectors.empty:
        return pd.DataFrame(columns=["source", "other", "seed", "cosine"])
    pairs = vectors[(vectors["part"] == "encoder") & (vectors["source_a"] != vectors["source_b"])]
    names = {"source_a": "source", "source_b": "other"}
    swapped = {"source_a": "other", "source_b": "source"}
    both = pd.concat([pairs.rename(columns=names), pairs.rename(columns=swapped)])
    return both.drop_duplicates(["source", "other", "seed"])[["source", "other", "seed", "cosine"]]


def _pair_cloud(cosines: pd.DataFrame, transfer: pd.DataFrame, study: StudyGuide) -> Cloud | None:
    """Join the cosine of a pair to the mean of the two accuracies; None if there is no pair."""
    if cosines.empty or transfer.empty:
        return None
    tested = transfer[transfer["partition"] == "test"].rename(columns={"target": "other"})
    joined = cosines.merge(tested[["source", "other", "seed", "accuracy"]])
    spelled = ~(joined["source"].isin(study.unspelled) | joined["other"].isin(study.unspelled))
    first = joined[["source", "other"]].min(axis=1)
    second = joined[["source", "other"]].max(axis=1)
    pairs = joined[spelled].assign(first=first, second=second)
    rows = average_seeds(pairs, ("first", "second"), ("cosine", "accuracy"))
    if rows.empty:
        return None
    locales = sorted({*rows["first"], *rows["second"]})
    return Cloud(
        title="Pairs of locales",
        rows=_pair_points(rows, study.guide(locales), locales),
        locales=len(locales),
        across=_COSINE,
        up="accuracy on each other's items, mean of both",
        pairs=True,
    )


def _pair_points(
    rows: pd.DataFrame, guide: LanguageGuide, locales: Collection[str]
) -> pd.DataFrame:
    """Bring pairs into the form of `Cloud.rows`; those of one family have its colour."""
    short = {locale: locale.split("-")[0] for locale in locales}
    names = short if len(set(short.values())) == len(short) else {one: one for one in locales}
    pairs = list(zip(rows["first"], rows["second"], strict=True))
    akin = [guide.family(a) == guide.family(b) for a, b in pairs]
    lone = pd.DataFrame(
        {
            "code": [f"{names[a]}–{names[b]}" for a, b in pairs],
            "across": rows["cosine"].to_numpy(float),
            "up": rows["accuracy"].to_numpy(float),
            "low": np.nan,
            "high": np.nan,
            "colour": [
                guide.colour(a) if own else CHANCE for own, (a, _) in zip(akin, pairs, strict=True)
            ],
            "text_colour": [
                guide.text_colour(a) if own else MUTED
                for own, (a, _) in zip(akin, pairs, strict=True)
            ],
            "marker": [
                guide.marker(a) if own else "." for own, (a, _) in zip(akin, pairs, strict=True)
            ],
            "counted": True,
            "akin": akin,
        }
    )
    return lone.sort_values("akin", kind="stable", ignore_index=True)


def _locale_cloud(
    cosines: pd.DataFrame,
    results: pd.DataFrame,
    weights: pd.DataFrame,
    study: StudyGuide,
    recipe: str | None,
) -> Cloud | None:
    """Join the weighted mean cosine with the sources to synergy; None if no locale has both."""
    if cosines.empty or weights.empty or results.empty:
        return None
    listed = list_approaches(results)
    merged = listed[listed.index.isin(weights["recipe"])]
    chosen = choose_approaches(merged, None if recipe is None else [recipe], 1, merges_only=True)
    names = {"source": "target", "other": "source"}
    own = weights[weights["recipe"].isin(chosen) & (weights["source"] != weights["target"])]
    cosine = weigh_sources(own.merge(cosines.rename(columns=names), how="left"), "cosine")
    joined = results.merge(cosine, on=["recipe", "locale", "seed"]).dropna(
        subset=["cosine", "synergy"]
    )
    rows = average_seeds(
        joined, ("recipe", "locale"), ("cosine", "synergy", "synergy_ci_low", "synergy_ci_high")
    )
    if rows.empty:
        return None
    points = make_points(rows, "cosine", "synergy", study.guide(rows["locale"]))
    return Cloud(
        title=f"Locales, {merged['label'][chosen[0]]}",
        rows=points,
        locales=int(points["counted"].sum()),
        across="cosine of the own task vector with the sources', weighted mean",
        up=OUTCOMES["synergy"],
        level=0,
    )


def _explain(clouds: list[Cloud], study: StudyGuide, intervals: str) -> list[str]:
    locales = [str(code) for cloud in clouds if not cloud.pairs for code in cloud.rows["code"]]
    return [
        "Task vector: what fine-tuning added to the encoder, without the head",
        *_explain_pairs([cloud for cloud in clouds if cloud.pairs]),
        f"Locales: bars are {intervals}s over test items; the own task vector takes labels of the "
        "target, so this describes and predicts nothing"
        if locales
        else "",
        explain_r(clouds),
        study.explain_unspelled(
            [*locales, *study.unspelled], "no pairs, and crosses among the locales"
        ),
    ]


def _explain_pairs(clouds: list[Cloud]) -> list[str]:
    if not clouds:
        return []
    named = len(clouds[0].labelled)
    return [
        "Pairs: in the colour of their family, grey if of two; they share locales, so r has no "
        "interval",
        f"Named: the {named} pairs farthest from the others" if named < len(clouds[0].rows) else "",
    ]
