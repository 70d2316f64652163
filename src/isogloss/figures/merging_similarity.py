"""What merging gains against how similar the target is to its sources."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from isogloss.figures.levels import interval_name
from isogloss.figures.merging_clouds import FEW, Cloud, draw_clouds, label_cloud
from isogloss.figures.merging_names import choose_approaches, list_approaches, name_left_out
from isogloss.figures.merging_study import (
    StudyGuide,
    average_seeds,
    pick_encoder,
    say_left_out,
)
from isogloss.figures.style import add_to_caption, set_caption, set_title, settle
from isogloss.figures.task_panels import say_instead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure

    from isogloss.figures.families import LanguageGuide

OUTCOMES = {
    "synergy": "synergy: accuracy less the\nweighted mean of its own sources",
    "gain": "gain: accuracy less that of\nthe best source (by source dev)",
}
_MOST = 3
_TITLE_WIDTH = 36
"""Letters across a panel."""
_NOTHING = (
    "No merge has similarities of its sources, so that there is nothing to compare gains with."
)


def draw_gain_against_similarity(
    merge_results: pd.DataFrame,
    merge_weights: pd.DataFrame,
    study: StudyGuide,
    *,
    outcome: Literal["synergy", "gain"] = "synergy",
    recipes: Sequence[str] | None = None,
    encoder: str | None = None,
) -> Figure:
    """Draw what merging gains in a locale against its similarity to the sources, a panel a merge.

    Similarity is the mean over the sources, weighted as they are merged. r and a line of least
    squares are over the locales that the encoder can spell; of fewer than ten, the panel says that
    r is no finding, and there is no line.

    Args:
        merge_results: `{encoder}.merge_results`.
        merge_weights: `{encoder}.merge_weights` with the column similarity.
        study: names, spelling and what captions must say.
        outcome: what is gained, over the merge's own sources or over the best source.
        recipes: merges to show; without a wish up to three are chosen, and the caption names the
            others.
        encoder: which to draw; may be left out where the tables hold only one.

    Raises:
        Refusal: if the encoder or a recipe is not there, or there are several encoders.
    """
    results, weights = (pick_encoder(table, encoder) for table in (merge_results, merge_weights))
    title = study.title(results, f"{outcome} of merging and similarity of the sources")
    points = _join(results, weights, outcome)
    if points.empty:
        return say_instead(title, _NOTHING)
    listed = list_approaches(results)
    known = listed[listed.index.isin(points["recipe"])]
    shown = choose_approaches(known, recipes, _MOST, merges_only=True)
    guide = study.guide(points["locale"])
    clouds = [
        _make_cloud(points[points["recipe"] == recipe], str(known["label"][recipe]), guide, outcome)
        for recipe in shown
    ]
    left_out = name_left_out(known, shown, merges_only=True)
    caption = [
        *study.warnings(results), *_explain(points, outcome), explain_r(clouds),
        study.explain_unspelled(points["locale"], "crosses, not in r"), say_left_out(left_out),
    ]  # fmt: skip
    return finish_clouds(title, clouds, caption)


def _join(results: pd.DataFrame, weights: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Give every merge of a locale its outcome and similarity, averaged over seeds."""
    if results.empty or weights.empty or "similarity" not in weights:
        return pd.DataFrame()
    similarity = weigh_sources(weights, "similarity")
    merged = results.merge(similarity, on=["recipe", "locale", "seed"])
    bounds = [outcome, f"{outcome}_ci_low", f"{outcome}_ci_high"]
    points = merged.dropna(subset=[outcome, "similarity"])
    return average_seeds(points, ("recipe", "locale"), ("similarity", *bounds))


def weigh_sources(weights: pd.DataFrame, value: str) -> pd.DataFrame:
    """Average a value over the sources of every merge, as they are weighted.

    Args:
        weights: recipe, target, seed, weight and the value.
        value: name of its column.

    Returns:
        recipe, locale, seed and the value; NaN where that of a source is missing.
    """
    keys = ["recipe", "target", "seed"]
    product = weights[value].astype(float) * weights["weight"].astype(float)
    groups = weights.assign(product=product).groupby(keys, sort=False)
    means = groups["product"].sum(min_count=1) / groups["weight"].sum()
    complete = groups["product"].count() == groups.size()
    return means.where(complete).rename(value).reset_index().rename(columns={"target": "locale"})


def make_points(
    rows: pd.DataFrame, across: str, outcome: str, guide: LanguageGuide
) -> pd.DataFrame:
    """Bring locales into the form of `Cloud.rows`.

    Args:
        rows: locale, the two columns, bounds of the outcome and, if known, spelled.
        across: column of the horizontal axis.
        outcome: column of the vertical axis.
        guide: families of the locales.
    """
    locales = [str(locale) for locale in rows["locale"]]
    spelled = rows["spelled"] if "spelled" in rows else pd.Series(True, index=rows.index)
    return pd.DataFrame(
        {
            "code": locales,
            "across": rows[across].to_numpy(float),
            "up": rows[outcome].to_numpy(float),
            "low": rows[f"{outcome}_ci_low"].to_numpy(float),
            "high": rows[f"{outcome}_ci_high"].to_numpy(float),
            "colour": [guide.colour(locale) for locale in locales],
            "text_colour": [guide.text_colour(locale) for locale in locales],
            "marker": [guide.marker(locale) for locale in locales],
            "counted": spelled.astype(bool).to_numpy(),
        }
    )


def explain_r(clouds: Iterable[Cloud]) -> str:
    """Say what r, its interval and the line are."""
    if all(cloud.is_few for cloud in clouds):
        return f"Pearson's r of fewer than {FEW} locales is no finding, so there is no line"
    return (
        "Pearson's r, with a 95% interval as if locales did not share sources and items (Fisher's "
        f"z); line: least squares; neither for fewer than {FEW} locales"
    )


def finish_clouds(title: str, clouds: Sequence[Cloud], caption: Sequence[str]) -> Figure:
    """Draw clouds with title, caption and labels, and say how many points have no label.

    Args:
        title: of the figure.
        clouds: side by side.
        caption: sentences.
    """
    figure, axes = draw_clouds(clouds)
    set_title(figure, title)
    set_caption(figure, caption)
    settle(figure)
    omitted = sum(label_cloud(ax, cloud) for ax, cloud in zip(axes, clouds, strict=True))
    if omitted:
        wanted = sum(len(cloud.labelled) for cloud in clouds)
        note = f"{omitted} of {wanted} labels found no room"
        add_to_caption(figure, caption, note)
    return figure


def _make_cloud(rows: pd.DataFrame, label: str, guide: LanguageGuide, outcome: str) -> Cloud:
    points = make_points(rows, "similarity", outcome, guide)
    features = [str(name) for name in pd.unique(rows["features"].dropna())]
    return Cloud(
        title=textwrap.fill(label, _TITLE_WIDTH),
        rows=points,
        locales=int(points["counted"].sum()),
        across=f"similarity to its sources\n({', '.join(['weighted mean', *features])})",
        up=OUTCOMES[outcome],
        level=0,
    )


def _explain(points: pd.DataFrame, outcome: str) -> list[str]:
    bars = np.isfinite(points[f"{outcome}_ci_low"].to_numpy(float)).any()
    return [
        "A point a locale; colours and markers are families",
        f"Bars: {interval_name(points)} over test items, paired" if bars else "",
        "Dotted: nothing gained",
        "Script, training text and family lie behind both axes: an association is not an effect",
    ]
